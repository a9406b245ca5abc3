"""Which table a file holds: every block of every sheet named by its header, with the unit and the year it is about.

Nothing is guessed: one table that fits clearly better is sure, several that fit alike are named for somebody to choose.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import PurePath

from django.utils.translation import gettext as _

from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.findings import Unusable
from qiaojie.lib.text import clean, header_key
from qiaojie.notices import queries as notices
from qiaojie.notices import standard
from qiaojie.notices.forms import TableDef
from qiaojie.notices.schema import Notice
from qiaojie.regions import queries as regions
from qiaojie.regions.models import Region
from qiaojie.sheets.book import Book, Sheet
from qiaojie.sheets.marks import is_findings
from qiaojie.tables.blocks import Block, Fit, blocks

from . import unfolding

CLEARLY = 0.02
"""By so much the score of one table must be above that of the next to be sure: one column of fifty. A title of its own is worth
more, so two tables of the same columns are told apart by their titles alone."""

_SHARED_NAME = 4
"""So many characters in common with a table's own lines make the name of a sheet or file speak for it: 手工制作."""

_TITLED = 30
"""A title stands within the first rows of a sheet."""

_NAMED = 4
"""So many tables are named in a message."""

_YEAR = re.compile(r"(?<!\d)(20\d{2})(?!\d)")
_BLANK = re.compile(r"\{[^{}]*\}")
_REGION = "region"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A table that a block may be: ``score`` from 0 to 1; ``handed_in`` is False for forms that only print figures."""

    table: str
    title: str
    score: float
    handed_in: bool

    @property
    def described(self) -> str:
        """As messages name it (``named``)."""
        return _("%(table)s（%(notice)s）") % {
            "table": self.title,
            "notice": notices.notice(self.table.partition("/")[0]).title,
        }


@dataclass(frozen=True, slots=True)
class FoundBlock:
    """A block of a sheet: where its header stands, its last row (1-based), and the tables that it may be, best first.

    Of several, none fits clearly better than the others. ``region`` is what its captions or names say, as a name;
    ``year`` likewise.
    """

    sheet: str
    hidden: bool
    cell: str
    last_row: int
    candidates: tuple[Candidate, ...]
    region: str
    year: int | None

    @property
    def sure(self) -> Candidate | None:
        """The table that it is, if that is certain."""
        return self.candidates[0] if len(self.candidates) == 1 else None


@dataclass(frozen=True)
class Recognised:
    """What a file holds, block by block."""

    name: str
    sheets: tuple[str, ...]
    places: tuple[FoundBlock, ...]

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that the file may be handed in as: one is sure, none is none."""
        shown = [place for place in self.places if not place.hidden]
        sure = dict.fromkeys(one.table for place in shown if (one := place.sure) and one.handed_in)
        open_ = [
            names
            for place in shown
            if len(place.candidates) > 1
            if (names := [one.table for one in place.candidates if one.handed_in])
            if not sure.keys() & set(names)
        ]
        return tuple(dict.fromkeys([*sure, *(name for names in open_ for name in names)]))

    def table(self) -> TableDef:
        """The one table. Raises Unusable ``table_several`` or ``table_not_recognised``, each with what was seen."""
        names = self.tables
        if len(names) == 1:
            return notices.table(names[0])
        if names:
            text = _("“%(file)s”可能是这几张表：%(places)s。请指明是哪一张。")
            raise Unusable(
                "table_several", text % {"file": self.name, "places": self.described(names)}, names=names
            )
        text = _("“%(file)s”（工作表：%(sheets)s）里没有认得的表头。")
        message = text % {"file": self.name, "sheets": "、".join(self.sheets)}
        raise Unusable("table_not_recognised", message + self._unhanded())

    def described(self, names: Iterable[str]) -> str:
        """The blocks of these tables in words: sheet, cell, table."""
        wanted = set(names)
        found = [
            f"{place.sheet}!{place.cell} {one.described}"
            for place in self.places
            for one in place.candidates
            if one.table in wanted and not place.hidden
        ]
        more = len(found) - 2 * _NAMED
        shown = "；".join(found[: 2 * _NAMED])
        return shown + (_("等 %d 处") % len(found) if more > 0 else "")

    def region(self, table: TableDef, viewer: Viewer) -> Region | None:
        """The unit that the blocks of a table are of, as it was in the notice's time; None where they name none, several,
        or one that the viewer does not look after."""
        words = {
            place.region
            for place in self.places
            if place.region and not place.hidden and any(one.table == table.name for one in place.candidates)
        }
        found: dict[int, Region] = {}
        for word in words:
            try:
                one = regions.find(word, on=notices.notice(table.notice).span.ends)
            except Unusable:
                return None
            found[one.pk] = one
        if len(found) != 1:
            return None
        only = next(iter(found.values()))
        return only if viewer.covers(only.pk, viewer.name) else None

    def year(self, table: TableDef) -> int | None:
        """The year that the blocks of a table name, if it is one."""
        years = {
            place.year
            for place in self.places
            if place.year and any(one.table == table.name for one in place.candidates)
        }
        return years.pop() if len(years) == 1 else None

    def _unhanded(self) -> str:
        printed = [one for place in self.places for one in place.candidates if not one.handed_in]
        if not printed:
            return _("请指明是哪张表，或者在“表头对应”里写明各栏。")
        return _("像是“%s”，这张表由系统算出，不用导入。") % printed[0].title


def recognise(book: Book, others_than: str = "") -> Recognised:
    """Name every block of a workbook by the tables that notices declare.

    ``others_than`` is a table (``notice/table``) that the caller reads itself: it is left out, and no unit is sought.
    """
    known = _Known(others_than)
    book, _laid_out = unfolding.unfolded(book, [*known.forms.values(), *known.own.values()])
    sheets = [sheet for sheet in book.sheets if not is_findings(sheet)]
    places = tuple(place for sheet in sheets for place in known.places(sheet, book.name))
    return Recognised(book.name, tuple(sheet.name for sheet in sheets), places)


def titled(table: TableDef) -> str:
    """What people call a table."""
    return table.called


def named(table: TableDef) -> str:
    """A table as messages name it: its title, and that of the notice that asks for it, for several ask for a 花名册."""
    return _("%(table)s（%(notice)s）") % {
        "table": titled(table),
        "notice": notices.notice(table.notice).title,
    }


class _Known:
    """The tables of all notices, and the names of their units."""

    def __init__(self, others_than: str = "") -> None:
        self.notices: dict[str, Notice] = {}
        self.tables: dict[str, TableDef] = {}
        for notice in notices.every():
            self.notices[notice.code] = notice
            for declared in notice.tables:
                name = f"{notice.code}/{declared.code}"
                if name != others_than:
                    self.tables[name] = notices.table(name)
        self.forms = {name: table.form for name, table in self.tables.items()}
        own = standard.notice()
        self.notices[own.code] = own
        found = {f"{own.code}/{one.code}": notices.table(f"{own.code}/{one.code}") for one in own.tables}
        self.tables |= found
        self.own = {name: table.form for name, table in found.items() if name != others_than}
        self.alone = not others_than
        self.units: dict[str, tuple[str, ...]] = {}

    def places(
        self, sheet: Sheet, file: str, start: int | None = None, stop: int | None = None
    ) -> Iterator[FoundBlock]:
        """The blocks of a sheet between two of its rows."""
        for block in self.blocks(sheet, start, stop, file):
            fits = self.best(block, sheet.name, file)
            yield FoundBlock(
                sheet=sheet.name,
                hidden=sheet.hidden,
                cell=sheet.address(block.top, fits[0].header.heads[0].col),
                last_row=block.end + 1,
                candidates=tuple(self.candidate(fit) for fit in fits),
                region=self.region(fits[0], (*block.lines, sheet.name, file)),
                year=block.year or _year(sheet.name) or _year(file),
            )

    def blocks(self, sheet: Sheet, start: int | None, stop: int | None, file: str) -> list[Block]:
        """What notices prescribe, where a sheet does not call itself by the name of a ledger's own table. The ledgers' tables
        come last: their columns are those of many a form."""
        titles = {header_key(cell) for row in sheet.rows[:_TITLED] for cell in row if isinstance(cell, str)}
        meant = {name: form for name, form in self.own.items() if header_key(form.title) in titles}
        found = list(blocks(sheet, meant or self.forms, start, stop, file=file))
        if not found and self.alone:
            found = list(blocks(sheet, self.own, start, stop, file=file))
        return found

    def candidate(self, fit: Fit) -> Candidate:
        table = self.tables[fit.name]
        return Candidate(fit.name, titled(table), round(fit.score, 4), table.handed_in)

    def best(self, block: Block, sheet: str, file: str) -> list[Fit]:
        """The fits that nothing tells apart from the best: not the header, the year, nor the names of sheet and file."""
        left = [fit for fit in block.fits if fit.score > block.fits[0].score - CLEARLY]
        year = block.year or _year(sheet) or _year(file)
        if len(left) > 1 and year is not None:
            left = [fit for fit in left if self.in_time(fit, year)] or left
        for name in (sheet, PurePath(file).stem):
            if len(left) > 1:
                left = self.meant_by(name, left)
        return left

    def in_time(self, fit: Fit, year: int) -> bool:
        span = self.notices[self.tables[fit.name].notice].span
        return span.begins.year <= year <= span.ends.year

    def meant_by(self, name: str, fits: list[Fit]) -> list[Fit]:
        """Those whose own lines have most in common with a name, if that is enough to say anything."""
        said = header_key(name)
        shared = {fit.name: max(_common(said, line) for line in _own(fit)) for fit in fits}
        most = max(shared.values())
        return [fit for fit in fits if shared[fit.name] == most] if most >= _SHARED_NAME else fits

    def region(self, fit: Fit, texts: Iterable[str]) -> str:
        """The unit that the captions, the title, else other lines or the sheet's or file's name speak of; '' for none."""
        said = fit.captions.get(_REGION)
        if said is not None and said.text:
            return clean(said.text)
        if fit.blanks.get(_REGION):
            return fit.blanks[_REGION]
        for text in texts:
            if found := self.unit_in(self.notices[self.tables[fit.name].notice], text):
                return found
        return ""

    def unit_in(self, notice: Notice, text: str) -> str:
        """The one unit of the notice's map whose name stands in a text."""
        if notice.edition not in self.units:
            try:
                view = regions.edition(notice.edition)
                self.units[notice.edition] = tuple(unit.name for unit in view.units)
            except Unusable:
                self.units[notice.edition] = ()
        key = header_key(text)
        found = [name for name in self.units[notice.edition] if header_key(name) in key]
        return found[0] if len(found) == 1 else ""


def elsewhere(book: Book, table: TableDef, read: Mapping[str, list[tuple[int, int]]]) -> list[FoundBlock]:
    """Blocks of other tables, beside what was read of one: on other sheets, hidden ones too, and above and below it.

    ``read`` has by sheet the runs of sheet rows that were read.
    """
    known: _Known | None = None
    found: list[FoundBlock] = []
    for sheet in book.sheets:
        for start, stop in _gaps(sheet, sorted(read.get(sheet.name, ()))):
            known = known or _Known(table.name)
            found.extend(known.places(sheet, book.name, start, stop))
    return found


def rivals(sheet: Sheet, table: TableDef, first: int, stop: int) -> list[Fit]:
    """Other tables that fit a header between two sheet rows, the best first."""
    known = _Known(table.name)
    return [
        fit
        for block in blocks(sheet, known.forms, first, stop)
        for fit in block.fits
        if known.tables[fit.name].handed_in
    ]


def _gaps(sheet: Sheet, runs: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    at = sheet.first_row
    for first, last in runs:
        if first > at:
            yield at, first
        at = max(at, last + 1)
    if at < sheet.first_row + len(sheet.rows):
        yield at, sheet.first_row + len(sheet.rows)


def _own(fit: Fit) -> list[str]:
    parts = (part.label for part in fit.form.captions if not part.field)
    return [header_key(_BLANK.sub("", text)) for text in (fit.form.title, *parts)]


def _common(left: str, right: str) -> int:
    return SequenceMatcher(None, left, right, autojunk=False).find_longest_match().size


def _year(name: str) -> int | None:
    """The year in the name of a file or sheet, if it is one."""
    found = Counter(_YEAR.findall(name))
    return int(next(iter(found))) if len(found) == 1 else None
