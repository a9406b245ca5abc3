"""What can be typed for a row of a table: its captions and columns as boxes, each with its label and choices."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from django.utils import timezone

from qiaojie.codes.choices import DatedChoices
from qiaojie.lib.text import clean, header_key, split_unit
from qiaojie.lib.values import Label, kind
from qiaojie.notices.forms import TableDef, field_of, ledger_of
from qiaojie.tables.form import Leaf

_YES_NO = ("0", "1")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

_NUMBERS = {
    "id_number": re.compile(r"([^\d]+?)[\s,，、;；:：]*([1-9]\d{14}|[1-9]\d{16}[\dXx])"),
    "certificate": re.compile(r"([^\d]+?)[\s,，、;；:：]*([1-9]\d{16}[\dXx][1-7][1-4](?:[Bb]\d{1,2})?)"),
}
"""A name with a number after it, as a chat or a sheet gives both at once, by the field of a person that the number is."""


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
    offered: tuple[tuple[str, Label], ...] = ()
    """What may be chosen on the day on which it is filled in; ``choices`` has what was there before besides."""

    def said(self, text: str) -> str:
        """What a text in the box says: a code by its label, 1 and 0 as yes and no, anything else as it was typed."""
        if self.kind == "yes_no" and text in _YES_NO:
            return kind("yes_no").print(text == "1")
        return next((str(label) for code, label in self.choices if code == text), text)


def boxes(table: TableDef, county: int | None = None) -> tuple[Box, ...]:
    """What can be typed for a row of a table, by a county (key of its region; None: without what counties added to lists):
    captions that hold for rows first, then its columns in their order.

    Running numbers, what is filled in by hand and what the programme computes have no box (a figure that is kept beside
    the computed one has). Several columns to be ticked for one field are one choice.
    """
    return tuple(replace(box, offered=_offered(table, box, county)) for box in _boxes(table))


def control(box: Box, text: str) -> str:
    """How a box that holds a text is filled in: a choice, a day (what is no day stays a text), a number, a text."""
    if box.choices or box.kind == "yes_no":
        return "choice"
    if box.kind == "date" and (not text or _DAY.fullmatch(text)):
        return "date"
    return "number" if box.kind in ("integer", "money", "percent") else "text"


def offers(box: Box) -> tuple[tuple[str, Label], ...]:
    """What may be chosen in a box."""
    if box.kind == "yes_no" and not box.choices:
        return tuple((code, kind("yes_no").print(code == "1")) for code in reversed(_YES_NO))
    return box.offered or box.choices


def parted(table: TableDef, typed: Mapping[str, str]) -> dict[str, str]:
    """What was typed, where a name with her number after it was put into the box of the name: each in its own box. A box that
    holds something already is left alone, and so is the name then."""
    found = dict(typed)
    for piece in table.shape.people:
        own = piece.own_target
        for field, form in _NUMBERS.items():
            if "name" not in own or field not in own:
                continue
            told = form.fullmatch(clean(typed.get(own["name"].name, "")))
            if told is not None and not typed.get(own[field].name, "").strip():
                found |= {own["name"].name: told[1], own[field].name: told[2]}
    return found


def enterable(table: TableDef) -> bool:
    """Whether rows of a table can be typed in."""
    return table.handed_in and next(_boxes(table), None) is not None


def labels(known: tuple[Box, ...]) -> tuple[str, ...]:
    """What boxes are called where they do not stand under their headings: no two alike if the headings tell them apart."""
    counted = Counter(box.label for box in known)
    return tuple(
        f"{box.heading}：{box.label}" if box.heading and counted[box.label] > 1 else box.label
        for box in known
    )


def _boxes(table: TableDef) -> Iterator[Box]:
    form, wanted = table.form, table.above
    for part in form.captions:
        if part.field in wanted and part.field:
            yield Box(part.field, part.label.strip("：: "), "", part.kind, "", _choices(part.choices), False)
    seen = set()
    for leaf in form.asked:
        name = leaf.column.field
        if name is None or name in seen or not _typed(leaf, table):
            continue
        seen.add(name)
        ticks = form.tick_choices(name)
        heading = "" if len(leaf.path) < 2 else leaf.path[0]
        label = _brackets(header_key(heading) if ticks else split_unit(leaf.label)[0])
        choices = _choices(ticks or leaf.column.choices)
        word = "choice" if ticks else leaf.column.kind
        over = "" if ticks else header_key(heading)
        yield Box(name, label or leaf.label, over, word, leaf.unit, choices, leaf.column.required)


def _typed(leaf: Leaf, table: TableDef) -> bool:
    column = leaf.column
    computed = column.computed and column.field not in table.claims
    return not (computed or column.by_hand or column.kind == "ordinal")


def _choices(declared: Mapping[str, Label] | None) -> tuple[tuple[str, Label], ...]:
    return tuple((code, label) for code, label in (declared or {}).items() if code)


def _offered(table: TableDef, box: Box, county: int | None) -> tuple[tuple[str, Label], ...]:
    """Of a list with days what a box offers, in the words of the form where it has its own."""
    known = box.choices and field_of(ledger_of(table.ledger), box.name).choices
    if not isinstance(known, DatedChoices):
        return box.choices
    open_words = known.offered(timezone.localdate(), county)
    words = dict(box.choices)
    return tuple(
        (code, words[code] if known[code] == label else label)
        for code, label in open_words.items()
        if code in words
    )


def _brackets(key: str) -> str:
    """A header's key as a label: its brackets are those of Chinese again."""
    return key.replace("(", "（").replace(")", "）")
