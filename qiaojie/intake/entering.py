"""One row typed into boxes instead of a file: it is written as a file of one row, and everything that holds for files holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.findings import Level, Unusable
from qiaojie.lib.text import header_key, split_unit
from qiaojie.lib.values import Label
from qiaojie.notices.forms import TableDef
from qiaojie.regions.models import Region
from qiaojie.tables.form import Caption, Leaf
from qiaojie.tables.grid import Filled, Mark
from qiaojie.tables.writing import write

from . import services
from .judging.plan import Plan
from .models import Upload
from .reading.table_detection import titled
from .storing import upload_store
from .vocabulary.outcome import PERSON, Issue, Question

LONGEST = 500
"""Characters that a box takes."""

_CELL = re.compile(r"（[A-Z]{1,2}[0-9]+）")


@dataclass(frozen=True, slots=True)
class Box:
    """A column or caption of a table to be filled in. ``heading`` is what stands over a group of columns ('' for none)."""

    name: str
    label: str
    heading: str
    kind: str
    unit: str
    choices: tuple[tuple[str, Label], ...]
    required: bool


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
    def ready(self) -> bool:
        """Whether the row would be written."""
        return not self.errors and self.plan.to_write > 0


def boxes(table: TableDef) -> tuple[Box, ...]:
    """What can be typed for a row of a table: captions that hold for rows first, then its columns in their order.

    Running numbers, what is filled in by hand and what the programme computes have no box (a figure that is kept beside
    the computed one has). Several columns to be ticked for one field are one choice.
    """
    return tuple(_boxes(table))


def enterable(table: TableDef) -> bool:
    """Whether rows of a table can be typed in."""
    return table.handed_in and next(_boxes(table), None) is not None


def about_person(table: TableDef) -> frozenset[str]:
    """Boxes that say who somebody is, but for her name: none of them is asked for where she has been chosen."""
    return frozenset(
        target.name
        for piece in table.shape.people
        for word, target in piece.own_target.items()
        if word != "name"
    )


def name_box(table: TableDef) -> str:
    """The box of the name of the person whom rows are about; '' where they are about nobody."""
    people = (piece.own_target.get("name") for piece in table.shape.people)
    return next((target.name for target in people if target is not None), "")


def attempt(
    table: TableDef, typed: Mapping[str, str], region: Region, viewer: Viewer, decision: str = ""
) -> Trial:
    """What entering the row would do; writes nothing.

    ``typed`` has texts by box, ``decision`` is a word of ``outcome`` (whom it is about). Raises as ``services.plan`` does;
    Unusable ``text_too_long``, ``table_empty``; Refused where the role may not enter rows.
    """
    data, name = _file(table, typed, region), _name(table)
    planned = services.plan(data, name, table, region, viewer)
    key = planned.rows[0].key
    if decision:
        planned = services.plan(data, name, table, region, viewer, decisions={key: decision})
    known = {box.name for box in boxes(table)}
    said = tuple(_said(issue, known) for issue in planned.issues)
    return Trial(planned, key, said)


def enter(trial: Trial, viewer: Viewer, decision: str = "", reason: str = "") -> Upload:
    """Take the row in as a kept file of one row, all or nothing. From outside the offices it is only handed in.

    ``reason`` says why its warnings may pass. Raises as ``services.commit_upload`` does; Unusable ``reason_missing`` where
    there are warnings and no reason.
    """
    source = trial.plan.source
    if trial.warnings and not reason.strip():
        raise Unusable("reason_missing", _("有需要留意的问题，请先核对；确实如此的，写明理由后再登记。"))
    with transaction.atomic():
        upload = services.keep([source.data], source.name, source.table.name, source.region, viewer)
        for word in decision.split():
            services.decide(upload.pk, trial.key, word, viewer)
        for code in dict.fromkeys(one.code for one in trial.warnings):
            services.explain(upload.pk, code, None, reason, viewer)
        if viewer.outside:
            upload_store.remember(upload, trial.plan, viewer)
        else:
            services.commit_upload(upload.pk, trial.plan, viewer)
    return upload


def chosen(person: int) -> str:
    """The decision that a row is about a person."""
    return f"{PERSON}{person}"


def _boxes(table: TableDef) -> Iterator[Box]:
    form, wanted = table.form, table.above
    for part in form.captions:
        if part.field in wanted and part.field:
            yield Box(part.field, part.label.strip("：: "), "", part.kind, "", _choices(part.choices), False)
    seen = set()
    for leaf in form.leaves:
        name = leaf.column.field
        if name is None or name in seen or not _typed(leaf, table):
            continue
        seen.add(name)
        ticks = form.tick_choices(name)
        heading = "" if len(leaf.path) < 2 else leaf.path[0]
        label = header_key(heading) if ticks else split_unit(leaf.label)[0]
        choices = _choices(ticks or leaf.column.choices)
        kind = "choice" if ticks else leaf.column.kind
        over = "" if ticks else header_key(heading)
        yield Box(name, label or leaf.label, over, kind, leaf.unit, choices, leaf.column.required)


def _typed(leaf: Leaf, table: TableDef) -> bool:
    column = leaf.column
    computed = column.computed and column.field not in table.claims
    return not (computed or column.by_hand or column.kind == "ordinal")


def _choices(declared: Mapping[str, Label] | None) -> tuple[tuple[str, Label], ...]:
    return tuple((code, label) for code, label in (declared or {}).items() if code)


def _file(table: TableDef, typed: Mapping[str, str], region: Region) -> bytes:
    """The workbook that says what was typed."""
    wanted = table.above
    said = {name: text for name, text in typed.items() if name in wanted}
    row = {name: text for name, text in typed.items() if name not in wanted}
    return workbook(table, said, [row], region)


def workbook(
    table: TableDef, said: Mapping[str, str], rows: Iterable[Mapping[str, str]], region: Region
) -> bytes:
    """The table's own form with texts by box: ``said`` in the captions that hold for all rows, ``rows`` beneath the header.

    Raises Unusable ``text_too_long``.
    """
    known = boxes(table)
    wanted = table.above
    captions: dict[str, Any] = {"region": region.short_name}
    captions.update((box.name, text) for box in known if box.name in wanted and (text := _text(box, said)))
    columns = [box for box in known if box.name not in wanted]
    lines = [{box.name: _value(box, text) for box in columns if (text := _text(box, row))} for row in rows]
    # What was typed stands in the file as it was typed; reading it is the reader's work.
    parts = tuple(_plain(part) for part in table.form.captions)
    form = replace(table.form, title=titled(table), captions=parts, signatures=(), notes=(), total=None)
    return write(Filled(form, captions, lines), "xlsx")


def _text(box: Box, typed: Mapping[str, str]) -> str:
    text = typed.get(box.name, "").strip()
    if len(text) > LONGEST:
        message = _("“%(box)s”最多填 %(limit)d 个字。")
        raise Unusable("text_too_long", message % {"box": box.label, "limit": LONGEST})
    return text


def _plain(part: Caption) -> Caption:
    return part if part.choices else replace(part, kind="text")


def _value(box: Box, text: str) -> Any:
    if box.kind == "yes_no" and text in ("0", "1"):
        return text == "1"
    return text if any(text == code for code, _label in box.choices) else Mark(text)


def _name(table: TableDef) -> str:
    return _("%s（逐条登记）.xlsx") % titled(table)[:200]


def _said(issue: Issue, known: set[str]) -> RowMessage:
    """A finding at its box; cells are of no use to somebody who sees none."""
    box = issue.field if issue.field in known else ""
    return RowMessage(box, issue.code, issue.level, without_cell(issue.message))


def without_cell(message: str) -> str:
    """A sentence about a cell for somebody who sees none."""
    return _CELL.sub("", message)
