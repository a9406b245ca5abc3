"""What other rooms may use of intake's insides, all of it listed here: plans with their verdicts and decisions, how they are
shown, what columns are read as, drafts and open questions. The use cases beside this module are public as they are."""

from .judging import issuers
from .judging.lost_numbers import is_decision, joined
from .judging.plan import Plan, as_mapping, choices_of
from .presenting import finding_titles, marked_copy, plan_pages, reasons, unsaid
from .presenting.plan_pages import FindingFilter, IssueGroup, ShownIssue
from .reading import header_mapping, inference, stated_for_all
from .reading.header_mapping import Layout
from .reading.table_detection import named, recognise
from .storing import drafts, kept_files, open_questions
from .storing.unwritten import SUBJECT as UNWRITTEN
from .storing.upload_store import Summary, small, summary_of
from .vocabulary.outcome import (
    ANOTHER,
    ASKED,
    ISSUED_BY,
    LEAVE_OUT,
    LEFT_OPEN,
    NEW_PERSON,
    OVERWRITE,
    SAME_AS,
    USE_CERTIFICATE,
    VERDICTS,
    WHOLE_FILE,
    AskedCounty,
    HeaderMap,
    NameQuestion,
    NameSide,
    Question,
    Verdict,
    hide_numbers,
)
from .vocabulary.progress import CHECK, READ, STEP, WRITE, Progress, silent

__all__ = [
    "ANOTHER",
    "ASKED",
    "CHECK",
    "ISSUED_BY",
    "LEAVE_OUT",
    "LEFT_OPEN",
    "NEW_PERSON",
    "OVERWRITE",
    "READ",
    "SAME_AS",
    "STEP",
    "UNWRITTEN",
    "USE_CERTIFICATE",
    "VERDICTS",
    "WHOLE_FILE",
    "WRITE",
    "AskedCounty",
    "FindingFilter",
    "HeaderMap",
    "IssueGroup",
    "Layout",
    "NameQuestion",
    "NameSide",
    "Plan",
    "Progress",
    "Question",
    "ShownIssue",
    "Summary",
    "Verdict",
    "as_mapping",
    "choices_of",
    "drafts",
    "finding_titles",
    "header_mapping",
    "hide_numbers",
    "inference",
    "is_decision",
    "issuers",
    "joined",
    "kept_files",
    "marked_copy",
    "named",
    "open_questions",
    "plan_pages",
    "reasons",
    "recognise",
    "silent",
    "small",
    "stated_for_all",
    "summary_of",
    "unsaid",
]
