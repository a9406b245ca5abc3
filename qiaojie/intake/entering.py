"""One row typed into boxes instead of a file: it is kept as it was typed, and everything that holds for files holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from qiaojie.ledgers.changing import together
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.findings import Level, Unusable
from qiaojie.notices.forms import TableDef
from qiaojie.people import lookups
from qiaojie.regions.models import Region

from . import services
from .judging.plan import Plan
from .models import Upload
from .reading import typed_rows
from .reading.boxes import Box as Box
from .reading.boxes import boxes as boxes
from .reading.boxes import control as control
from .reading.boxes import enterable as enterable
from .reading.boxes import offers as offers
from .reading.boxes import parted
from .reading.dated_words import county_at as county_at
from .reading.pasted import Pasted as Pasted
from .reading.pasted import pasted_columns as pasted_columns
from .reading.pasted import pasted_file as pasted_file
from .reading.pasted import pasted_lacking as pasted_lacking
from .reading.prefilled import About as About
from .reading.prefilled import about as about
from .reading.prefilled import again as again
from .reading.prefilled import like as like
from .reading.prefilled import words as words
from .storing import upload_store
from .vocabulary.outcome import PERSON, Issue, Question


@dataclass(frozen=True, slots=True)
class RowMessage:
    """What was found about a typed row: the box that it is about ('' for the row), and the words."""

    box: str
    code: str
    level: Level
    message: str


@dataclass(frozen=True)
class Trial:
    """A typed row as it would be taken in. Nothing is written yet."""

    plan: Plan
    key: int
    said: tuple[RowMessage, ...]

    @property
    def errors(self) -> tuple[RowMessage, ...]:
        """What has to be mended first."""
        return tuple(one for one in self.said if one.level is Level.ERROR)

    @property
    def warnings(self) -> tuple[RowMessage, ...]:
        """What may pass with a reason, once nothing has to be mended and it is known who is meant."""
        return tuple(one for one in self.said if one.level is Level.WARNING)

    @property
    def question(self) -> Question | None:
        """Who is meant, where that has to be said."""
        return next((question for question in self.plan.questions if question.waits), None)

    @property
    def asks_county(self) -> bool:
        """Whether nobody has said yet by which county her certificate was issued, nor that this stays open."""
        return any(not one.decided for one in self.plan.counties)

    @property
    def ready(self) -> bool:
        """Whether the row would be written."""
        return not self.errors and self.plan.to_write > 0


def name_box(table: TableDef) -> str:
    """The box of the name of the person whom rows are about; '' where they are about nobody."""
    people = (piece.own_target.get("name") for piece in table.shape.people)
    return next((target.name for target in people if target is not None), "")


def attempt(
    table: TableDef, typed: Mapping[str, str], region: Region, viewer: Viewer, decision: str = ""
) -> Trial:
    """What entering the row would do; writes nothing.

    ``typed`` has texts by box (her number may stand after her name), ``decision`` is a word of ``outcome`` (whom it is about).
    Raises as ``services.plan`` does; Unusable ``text_too_long``, ``table_empty``; Refused where the role may not enter rows.
    """
    typed = parted(table, typed)
    data = typed_rows.pack(table, typed, [typed])
    name = _("%s（逐条登记）") % table.called[:200]
    decisions = {typed_rows.FIRST: decision} if decision else None
    planned = services.plan(data, name, table, region, viewer, decisions=decisions, typed=True)
    known = {box.name for box in boxes(table)}
    said = tuple(_said(issue, known, planned) for issue in planned.issues)
    return Trial(planned, typed_rows.FIRST, said)


def enter(trial: Trial, viewer: Viewer, decision: str = "", reason: str = "") -> Upload:
    """Take the row in as it was typed, all or nothing. From outside the offices it is only handed in.

    ``reason`` says why its warnings may pass. Raises as ``services.commit_upload`` does; Unusable ``reason_missing`` where
    there are warnings and no reason.
    """
    source = trial.plan.source
    if trial.warnings and not reason.strip():
        raise Unusable("reason_missing", _("有需要留意的问题，请先核对；确实如此的，写明理由后再登记。"))
    with together():
        upload = services.keep(
            [source.data], source.name, source.table.name, source.region, viewer, typed=True
        )
        for word in decision.split():
            services.decide(upload.pk, trial.key, word, viewer)
        for code in dict.fromkeys(one.code for one in trial.warnings):
            services.explain(upload.pk, code, None, reason, viewer)
        if viewer.outside:
            upload_store.remember(upload, trial.plan, viewer)
        else:
            services.commit_upload(upload.pk, trial.plan, viewer)
    return upload


def note_trial(table: TableDef, typed: Mapping[str, str], viewer: Viewer) -> None:
    """Log that a row was looked at and not written: what was found about its numbers has been told."""
    lookups.note_trial(table.name, [text for text in typed.values() if lookups.is_whole(text)], viewer)


def entered_before(upload_id: int, table: TableDef, viewer: Viewer) -> dict[str, str]:
    """The texts of the one row that the viewer entered before by the same table, by box; none where it was not so."""
    kept = Upload.objects.filter(pk=upload_id, received_by=viewer.name, table=table.name, typed=True).first()
    if kept is None:
        return {}
    typed = typed_rows.unpack(upload_store.content_of(kept))
    return {**typed.said, **(typed.rows[0] if typed.rows else {})}


def chosen(person: int) -> str:
    """The decision that a row is about a person."""
    return f"{PERSON}{person}"


def _said(issue: Issue, known: set[str], planned: Plan) -> RowMessage:
    """A finding at its box, with other boxes named by their labels."""
    box = issue.field if issue.field in known else ""
    return RowMessage(box, issue.code, issue.level, planned.told(issue))
