"""Columns of a sheet that nothing was read from: all of them named, once, where somebody may still say what they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from django.utils.translation import gettext as _
from django.utils.translation import override

from qiaojie.ledgers import declaration
from qiaojie.lib.findings import Level
from qiaojie.notices.standard import HEADERS, WORDS
from qiaojie.sheets.book import Sheet
from qiaojie.tables.bindings import Head
from qiaojie.tables.headers import key_and_unit
from qiaojie.tables.matching import Match
from qiaojie.tables.question_headers import COUNTING, OF_THE_FORM

from ..vocabulary.outcome import HeaderMap, Issue

UNREAD = "columns_unread"
"""The finding that names columns which the table does not take."""

OF_FORM = "columns_of_form"
"""The finding that names columns which an online form adds of itself."""


NOT_ORDERED = "columns_not_ordered"
"""The finding that names columns which only an order may collect, and which no form of a notice in force orders."""


@cache
def _on_order() -> frozenset[str]:
    """The headers of what is collected by order alone, as headers are compared."""
    with override(WORDS):
        fields = [field for ledger in declaration.every() for field in ledger.fields if field.on_order]
        words = {
            word
            for field in fields
            for word in (
                str(field.label),
                *field.headers,
                *HEADERS.get(field.name, HEADERS.get(field.name.rpartition(".")[2], ())),
            )
        }
    return frozenset(key_and_unit(word)[0] for word in words)


def not_kept(matched: Match) -> frozenset[int]:
    """The sheet columns (0-based) that hold what nobody may collect now: neither read nor kept beside the rows."""
    return frozenset(head.col for head in matched.header.unread if _last(head) in _on_order())


def told(sheet: Sheet, matched: Match, maps: Sequence[HeaderMap]) -> Iterator[Issue]:
    """``columns_unread``, ``columns_of_form`` and ``columns_not_ordered``, each at most once, with every column that holds
    something and is not read.

    Not of those that only number the rows, of which somebody said that they are not to be read, and of which ``header_twice``
    tells.
    """
    known = {head.col for head, _leaf in matched.header.rivals}
    refused = maps[matched.used].chosen if matched.used is not None else {}
    heads = [
        head
        for head in matched.header.unread
        if head.col not in known
        and not _refused(head, refused)
        and _last(head) not in COUNTING
        and _says_something(sheet, matched, head.col)
    ]
    unordered = [head for head in heads if head.col in not_kept(matched)]
    own = [head for head in heads if _last(head) in OF_THE_FORM and head not in unordered]
    rest = [head for head in heads if head not in own and head not in unordered]
    if unordered:
        text = _("没有读入也没有登记的栏：%s。现在没有启用的通知要求收集；要收集的，请用写明这一栏的表。")
        yield _issue(sheet, matched, unordered, NOT_ORDERED, Level.WARNING, text)
    if rest:
        text = _("没有读入的栏：%s。要读入的，请在“表头对应”里指明各是什么。")
        yield _issue(sheet, matched, rest, UNREAD, Level.WARNING, text)
    if own:
        text = _("在线表单自己加的栏，说的不是这个人，没有读入：%s。")
        yield _issue(sheet, matched, own, OF_FORM, Level.HINT, text)


def _issue(sheet: Sheet, matched: Match, heads: Sequence[Head], code: str, level: Level, text: str) -> Issue:
    cell = sheet.address(matched.header.bottom, heads[0].col)
    return Issue(sheet.name, cell, code, level, text % "、".join(f"“{head.text}”" for head in heads))


def _last(head: Head) -> str:
    """The key of a head's lowest text, as it would stand alone."""
    return key_and_unit(head.text.rpartition(" ")[2])[0] or head.key


def _refused(head: Head, chosen: dict[str, str] | object) -> bool:
    return isinstance(chosen, dict) and chosen.get(head.key) == ""


def _says_something(sheet: Sheet, matched: Match, col: int) -> bool:
    place = col - sheet.first_col
    rows = sheet.rows
    return any(
        0 <= place < len(cells) and cells[place] not in (None, "")
        for cells in (rows[row.row - sheet.first_row] for row in matched.data)
    )
