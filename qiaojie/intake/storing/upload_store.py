"""What is kept of a file that was handed in, all of it encrypted: its bytes, decisions, the last plan and what it found."""

from __future__ import annotations

import hashlib
import io
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, astuple, dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from qiaojie.ledgers import journal, sight
from qiaojie.ledgers.viewer import Action, Viewer
from qiaojie.lib.cells import text_of
from qiaojie.lib.crypto import keyring
from qiaojie.lib.dates import print_date
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.sheets.book import MAX_BYTES

from ..judging.plan import Plan
from ..models import Part, Stage, Upload
from ..presenting import finding_titles
from ..reading import header_mapping
from ..vocabulary import mends
from ..vocabulary.mends import Mend
from ..vocabulary.outcome import Issue
from . import open_questions, plan_record, unwritten

CONTENT = "upload.content"
DECISIONS = "upload.decisions"
SUMMARY = "upload.summary"
PLAN = "upload.plan"
"""Purposes that the parts are encrypted for."""

CELLS = "cells"
"""Under what mended cells are kept among the decisions, which stand under the keys of their rows."""

SAID = "said"
"""Under what holds for all rows is kept among the decisions."""

PIECE = 4 * 1024 * 1024
"""Bytes of a file in one part."""


@dataclass(frozen=True, slots=True)
class FindingKind:
    """Findings of one kind: how much they weigh, their code and name, how many, and what the first of them says."""

    level: str
    code: str
    title: str
    number: int
    message: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What the last plan of a file found. ``version`` is the registry's it was made on, ``counts`` by verdict; ``made_for``
    is what of the viewer and the file's decisions went into it, ``seal`` what a second plan must equal. ``found`` is how many
    registered people it found."""

    version: int
    rows: int
    to_write: int
    counts: Mapping[str, int]
    kinds: tuple[FindingKind, ...]
    seal: str
    made_for: str
    found: int = 0

    @property
    def big(self) -> bool:
        """Whether it takes a worker to plan it, write it and take it back."""
        return self.rows > settings.AT_ONCE_ROWS

    @property
    def wrong(self) -> int:
        """Rows that are not written unless somebody mends or decides."""
        return self.counts.get("wrong", 0) + self.counts.get("conflict", 0)


def small(size: int) -> bool:
    """Whether a file of so many bytes can hold few rows only: it is then planned while the page is waited for."""
    return size <= settings.AT_ONCE_ROWS * 100


def store(upload: Upload, pieces: Iterable[bytes]) -> None:
    """Keep a new file as it comes, in encrypted parts; the caller holds the transaction, which what is raised ends.

    Raises Unusable ``file_too_large``.
    """
    digest = hashlib.sha256()
    upload.size = 0
    upload.save()
    for number, piece in enumerate(_even(pieces)):
        digest.update(piece)
        upload.size += len(piece)
        if upload.size > MAX_BYTES:
            message = _("“%(name)s”超过 %(limit)d MB，请分成几个文件再导入。")
            raise Unusable("file_too_large", message % {"name": upload.name, "limit": MAX_BYTES // 1024**2})
        sealed = keyring().encrypt_bytes(piece, CONTENT)
        Part.objects.create(upload=upload, number=number, content=sealed)
    upload.sha256 = digest.hexdigest()
    upload.save(update_fields=["sha256", "size"])


def content_of(upload: Upload) -> bytes:
    """The file as it was handed in."""
    whole = io.BytesIO()
    for sealed in upload.parts.order_by("number").values_list("content", flat=True).iterator(chunk_size=1):
        whole.write(keyring().decrypt_bytes(bytes(sealed), CONTENT))
    return whole.getvalue()


def decisions_of(upload: Upload) -> dict[int, str]:
    """What has been decided about rows of a kept file."""
    return {int(row): word for row, word in _decided(upload).items() if row not in (CELLS, SAID)}


def mends_of(upload: Upload) -> tuple[Mend, ...]:
    """The cells of a kept file that were mended, from top to bottom."""
    kept = _decided(upload).get(CELLS, ())
    return tuple(sorted((Mend(*one) for one in kept), key=lambda mend: mend.place))


def said_of(upload: Upload) -> dict[str, str]:
    """What was said of all rows of a kept file, by field."""
    return dict(_decided(upload).get(SAID, {}))


def keep_said(upload: Upload, said: Mapping[str, str]) -> None:
    """Keep what is said of all rows, in place of what was; all else stays. The caller holds the file and saves it."""
    _keep(upload, decisions_of(upload), mends_of(upload), said)


def keep_decisions(upload: Upload, decisions: Mapping[int, str]) -> None:
    """Keep what is decided about rows, in place of what was; mended cells stay. The caller holds the file and saves it."""
    _keep(upload, decisions, mends_of(upload))


def keep_mends(upload: Upload, mends: Iterable[Mend]) -> None:
    """Keep which cells are mended, in place of what was; decisions stay. The caller holds the file and saves it."""
    _keep(upload, decisions_of(upload), mends)


def _decided(upload: Upload) -> dict[str, Any]:
    if upload.decisions is None:
        return {}
    kept: dict[str, Any] = json.loads(keyring().decrypt(bytes(upload.decisions), DECISIONS))
    return kept


def _keep(
    upload: Upload,
    decisions: Mapping[int, str],
    mends: Iterable[Mend],
    said: Mapping[str, str] | None = None,
) -> None:
    kept: dict[str, Any] = {str(row): word for row, word in decisions.items()}
    held = said_of(upload) if said is None else dict(said)
    if held:
        kept[SAID] = held
    cells = [list(astuple(mend)) for mend in mends]
    if cells:
        kept[CELLS] = cells
    text = json.dumps(kept, ensure_ascii=False, default=text_of)
    upload.decisions = keyring().encrypt(text, DECISIONS)


def summary_of(upload: Upload) -> Summary | None:
    """What the last plan of the file found; None where none was made yet."""
    if upload.summary is None:
        return None
    kept: dict[str, Any] = json.loads(keyring().decrypt(bytes(upload.summary), SUMMARY))
    return Summary(**{**kept, "kinds": tuple(FindingKind(**kind) for kind in kept["kinds"])})


def remember(upload: Upload, planned: Plan, viewer: Viewer) -> Summary:
    """Keep what a plan found and what in it waits for an answer; and the plan itself where making it again
    takes too long to wait for."""
    before = summary_of(upload)
    found = _summary(upload, planned, viewer)
    upload.summary = keyring().encrypt(json.dumps(asdict(found), ensure_ascii=False), SUMMARY)
    upload.plan = keyring().encrypt_bytes(plan_record.write(planned), PLAN) if found.big else None
    upload.save(update_fields=["summary", "plan"])
    open_questions.keep(upload, planned)
    if before is None or found.found > before.found:
        unwritten.note(upload, found.found, viewer)
    return found


def is_current(upload: Upload, found: Summary, viewer: Viewer) -> bool:
    """Whether the kept plan still holds: the registry has not moved (where the plan hangs on it), nothing was decided since,
    and it was made for somebody who may see and do the same."""
    stands = viewer.outside or found.version == journal.registry_version()
    return stands and found.made_for == made_for(upload, viewer)


def current_plan(upload: Upload, found: Summary, viewer: Viewer) -> Plan | None:
    """The plan that a job made, without the file and the rows to write; None where it no longer holds, or was kept by
    another version of the program."""
    if upload.plan is None or not is_current(upload, found, viewer):
        return None
    try:
        return plan_record.read(keyring().decrypt_bytes(bytes(upload.plan), PLAN))
    except plan_record.PlanUnreadable:
        return None


def seal(planned: Plan) -> str:
    """What a looked-at plan must equal when it is committed; keyed, for it is made from personal data."""
    return salted_hmac("qiaojie.intake.plan", repr(planned.outcome), algorithm="sha256").hexdigest()


def made_for(upload: Upload, viewer: Viewer) -> str:
    """A word for what, beside file and registry, a plan hangs on: the table, what its columns were said to be, the decisions,
    what the viewer may."""
    parts = (
        _declared(upload.table),
        upload.region_id,
        upload.whole_on,
        sorted(decisions_of(upload).items()),
        mends.said(mends_of(upload)),
        sorted(said_of(upload).items()),
        header_mapping.in_force(upload.region_id, upload.table),
        viewer.may(Action.APPROVE),
        list(sight.every_kind(viewer)),
        repr(viewer.scope("")),
        viewer.outside,
    )
    return salted_hmac("qiaojie.intake.made_for", repr(parts), algorithm="sha256").hexdigest()


def _even(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in parts of one size, but for the last."""
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) >= PIECE:
            yield bytes(held[:PIECE])
            del held[:PIECE]
    yield bytes(held)


def _summary(upload: Upload, planned: Plan, viewer: Viewer) -> Summary:
    numbers = Counter((issue.level.value, issue.code) for issue in planned.issues)
    first: dict[tuple[str, str], Issue] = {}
    for issue in planned.issues:
        first.setdefault((issue.level.value, issue.code), issue)
    table = planned.source.table
    found = tuple(
        FindingKind(
            level,
            code,
            str(finding_titles.title(one := first[level, code], table)),
            number,
            planned.told(one),
        )
        for (level, code), number in numbers.most_common()
    )
    counts = {verdict.value: number for verdict, number in planned.counts.items()}
    return Summary(
        version=planned.version,
        rows=len(planned.rows),
        to_write=planned.to_write,
        counts=counts,
        kinds=found,
        seal=seal(planned),
        made_for=made_for(upload, viewer),
        found=unwritten.people(planned),
    )


def _declared(name: str) -> str:
    """A table as its notice declares it today."""
    code, _slash, wanted = name.partition("/")
    return next(table.model_dump_json() for table in notices.notice(code).tables if table.code == wanted)


def refuse_older(upload: Upload, day: date, kinds: Collection[str]) -> None:
    """Refuse a whole list of a day where a later one of the same kinds was written, or the very same file; one query.

    Raises Unusable ``list_older``, ``list_twice``.
    """
    others = Upload.objects.filter(table=upload.table, region=upload.region, whole_on__isnull=False)
    written = [
        one
        for one in others.exclude(pk=upload.pk).select_related("batch").defer("decisions", "plan", "summary")
        if one.stage is Stage.COMMITTED and set(one.whole_kinds.split()) & set(kinds) | ({""} & set(kinds))
    ]
    for one in written:
        if one.sha256 == upload.sha256:
            raise Unusable("list_twice", _("同一份名单（%s）已经写入过了，不用再导。") % one.name)
        if one.whole_on is not None and one.whole_on > day:
            text = _("%(day)s的名单（%(name)s）已经写入，这一份更早，不能再当作完整名单。")
            raise Unusable("list_older", text % {"day": print_date(one.whole_on), "name": one.name})
