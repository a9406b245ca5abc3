"""Why a file cannot be taken in as it is: what was recognised in it, what is missing, and the way that mends it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from qiaojie.lib.findings import Finding, Unusable
from qiaojie.sheets.book import Book, Sheet
from qiaojie.tables.matching import Match, match
from qiaojie.tables.stated_once import required

from ..vocabulary.outcome import Source
from . import table_detection

_NAMED = 12
"""So many columns are named in a message."""


def not_found(book: Book, source: Source) -> Unusable:
    """``table_not_found``: which columns of the table the likeliest header has, which it lacks, and which other table the file
    seems to be."""
    table = source.table
    sheets = "、".join(sheet.name for sheet in book.sheets)
    message = _("“%(file)s”（工作表：%(sheets)s）里没有表“%(table)s”的表头。") % {
        "file": book.name,
        "sheets": sheets,
        "table": table_detection.named(table),
    }
    likely = _likeliest(book, source)
    if likely is None:
        labels = dict.fromkeys(leaf.label for leaf in table.form.leaves if leaf.column.field)
        message += _("应有的栏目：%s。") % "、".join(labels)
    else:
        message += _recognised(*likely)
    others = [
        (one.score, one.described)
        for place in table_detection.elsewhere(book, table, {})
        for one in place.candidates
        if one.handed_in and not place.hidden
    ]
    if others:
        message += _("这份文件像是“%s”。") % max(others)[1]
    return Unusable("table_not_found", message + _way())


def lacking(source: Source, sheet: Sheet, matched: Match, cell: str, finding: Finding) -> Unusable:
    """The refusal of a header that lacks what every row needs: all of it is named at once."""
    message = _("“%(file)s”工作表“%(sheet)s”%(cell)s：%(what)s。")
    named = {"file": source.name, "sheet": sheet.name, "cell": cell, "what": finding.message}
    return Unusable(finding.code, message % named + _recognised(sheet, matched) + _way())


def _way() -> str:
    return _("请补上缺的栏；栏名不同的，在“表头对应”里指明各栏是什么；整张表都一样的，写在“整张表都是”里。")


def _likeliest(book: Book, source: Source) -> tuple[Sheet, Match] | None:
    found = [
        (sheet, one)
        for sheet in book.sheets
        if not sheet.hidden
        and (one := match(sheet, source.table.form, least=0, said=source.said)) is not None
    ]
    return max(found, key=lambda each: each[1].header.recall, default=None)


def _recognised(sheet: Sheet, found: Match) -> str:
    have = list(dict.fromkeys(binding.leaf.label for binding in found.bindings))
    wanted = required(found.form) - found.stated.keys()
    missing = list(dict.fromkeys(leaf.label for leaf in found.missing if leaf.column.field in wanted))
    words = {"sheet": sheet.name, "row": found.header.top + 1, "have": _listed(have)}
    told = _("认出的栏目（工作表“%(sheet)s”第%(row)d行）：%(have)s。") % words
    return told + (_("缺少必填的：%s。") % _listed(missing) if missing else "")


def _listed(labels: list[str]) -> str:
    shown = "、".join(labels[:_NAMED])
    return shown if len(labels) <= _NAMED else shown + _("等")
