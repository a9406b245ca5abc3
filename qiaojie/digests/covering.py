"""What the digests cover: every row and every column of the product, but for what is named here with its reason.

A model or column that a room adds is covered by itself; bytes that depend on keys must be named, opened or spared.
"""

from __future__ import annotations

from typing import Final

from qiaojie.ledgers import declaration
from qiaojie.ledgers.tracing import rowmarks, witnessing

APART: Final = {
    "accounts.AccessEntry": "the access log has marks and seals of its own, and is held whole by the doctor",
    "accounts.AccessOpen": "lines of the access log that wait a second for their seal",
    "accounts.AccessSeal": "the seals of the access log, chained by themselves",
    "accounts.Export": "files to be fetched again within a day, encrypted and authenticated",
    "accounts.KeyUse": "how often a key asked in this minute",
    "accounts.Presence": "who is signed in; ends with the session",
    "accounts.SignInFailures": "failed attempts of the last hours",
    "comparison.Line": "the result of a comparison, made anew from the list that was handed in",
    "digests.HashBlock": "the digest itself: sealed, and summed up in its digest",
    "digests.Difference": "what the last night found, found again by the next",
    "digests.Digest": "the digest itself: each is marked, and chained to the one before",
    "intake.Draft": "what somebody is typing, seen by nobody else and counted by nothing",
    "intake.Part": "pieces of files that were handed in, encrypted and authenticated; their SHA-256 stands in the upload",
    "intake.Waiting": "questions of a plan, asked anew whenever it is made",
    "keys.KeyMark": "by what the database knows its keys; altered it stops every command, and the doctor names what is missing",
    "ledgers.RegistryVersion": "counts changes; nothing is read from it",
    "measures.Counted": "computed from facts; the doctor counts anew and compares",
    "measures.Measure": "which counts are kept; the doctor counts anew and compares",
    "measures.Tally": "computed from facts; the doctor counts anew and compares",
    "people.Doubt": "pairs that follow the persons and are looked for anew; what was answered is journalled",
    "queue.Job": "work in hand; what it does to rows is covered there",
    "queue.Nightly": "when the work of the night was last done; the doctor names times that have not come",
    "regions.TreeState": "which delivery of regions is loaded; loading draws a new stamp",
}
"""Models whose rows no digest covers."""

SPARED: Final = {
    "accounts.User": {"last_login": "set at every sign-in"},
    "accounts.SecondFactor": {
        "last_step": "counts up with every code that is used",
        "sign_count": "counts up with every use of the key",
    },
    "comparison.OutsideList": {
        "content": "the list as it was handed in, encrypted and authenticated; its SHA-256 is covered",
        "findings": "the result of a comparison, made anew from the list",
    },
    "intake.Answer": {"evidence": "a keyed hash of what was said, made again and compared"},
    "intake.Commit": {
        "content": "the file that was written, encrypted and authenticated; its SHA-256 is covered"
    },
    "intake.Delivery": {
        "mark": "a keyed hash of what was handed in, made again and compared",
        "content": "what a program handed in, encrypted and authenticated",
    },
    "intake.HeaderMapping": {"chosen": "which heading is which field, encrypted and authenticated"},
    "intake.RawRows": {"content": "lines of a file as they came, encrypted and authenticated"},
    "intake.Upload": {
        "decisions": "answers about a file that is not written yet, encrypted and authenticated",
        "summary": "computed from the file",
        "plan": "computed from the file",
    },
    "ledgers.Change": {
        "mark": "the keyed hash over the line, made anew when keys change; verified by itself"
    },
    "ledgers.Witness": {
        "mark": "the keyed hash over the line, made anew when keys change; verified by itself"
    },
    "papers.UnplacedSheet": {"content": "a picture that waits to be placed, encrypted and authenticated"},
    "people.Certificate": {"number_hash": "a keyed hash of the number, made again and compared"},
    "people.Person": {
        "id_hash": "a keyed hash of the number, made again and compared",
        "id_core": "a keyed hash of a part of the number, made again and compared",
        "id_begin": "a keyed hash of a part of the number, made again and compared",
        "id_end": "a keyed hash of a part of the number, made again and compared",
        "phone_hash": "a keyed hash of the telephone, made again and compared",
    },
}
"""Columns that no digest covers."""

OPENED: Final = {
    "documents.Content": {"whole": "document.whole", "preview": "document.preview"},
    "ledgers.Change": {"before": "journal", "after": "journal"},
    "ledgers.Proposal": {"before": "journal", "after": "journal"},
}
"""Encrypted bytes that are covered by what they say → the purpose of their encryption."""

LARGE: Final = {"documents.Content"}
"""Models whose rows hold whole files: a few are read at a time."""

PLAIN: Final = {
    "accounts.AccessKey": {"secret"},
    "accounts.SecondFactor": {"credential"},
    "ledgers.Change": {"made"},
    "ledgers.Witness": {"told"},
}
"""Bytes that no key changes: covered as they are."""

JOURNALLED: Final = ("people.Tie",)
"""Models beside those of ledgers whose rows are written in bulk and journalled, and only so."""

SHIPPED: Final = "regions"
"""The room whose rows come with the program: they change when a delivery is loaded, and never else."""


def declare() -> None:
    """Tell the room that hashes rows."""
    for label, reason in APART.items():
        rowmarks.leave_apart(label, reason)
    for label, columns in SPARED.items():
        rowmarks.spare(label, columns)
    for label, purposes in OPENED.items():
        rowmarks.open_with(label, purposes, large=label in LARGE)
    # Rows that pages of their own make (agencies) are witnessed, as those of no ledger are.
    made = (ledger.model._meta.label for ledger in declaration.declared() if ledger.made)
    witnessing.journalled(*JOURNALLED, *made)
