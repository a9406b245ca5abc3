"""Amounts of money, kept as whole 分 (fen) and printed in 元 or 万元."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from django.utils.translation import gettext as _

from .cells import EMPTY, Cell, Parsed, failed, plain
from .findings import Finding, Level
from .numbers import approximate, shorten, written
from .text import figure, is_blank, is_ditto

FEN: Final[dict[str, int]] = {
    "": 100,
    "元": 100,
    "千元": 100_000,
    "万元": 1_000_000,
    "亿元": 10_000_000_000,
}
"""How many 分 one unit of a column has; a column that names no unit is in 元."""

LARGEST: Final = 10**15
"""Amounts are below this many 分 (ten trillion yuan): what is larger is no amount, and would not fit a database."""

_CURRENCY: Final = re.compile(r"^(?:人民币|RMB|CNY|[¥¥$])[:：]?", re.IGNORECASE)
_YUAN: Final = re.compile(r"(?:元|块|圆)(?:整|正|钱|人民币)?|(?:RMB|CNY)", re.IGNORECASE)


def read_money(cell: Cell, unit: str = "元") -> Parsed:
    """Read an amount of a column in ``unit`` (one of ``FEN``); the value is an ``int`` in 分, or None.

    An amount that carries its own unit (``1.6万`` or ``300元``) means what it says, whatever the column's unit; where the
    two differ the hint ``money_own_unit`` says so. Other hints: ``money_rounded`` (to the fen, half up),
    ``number_approximate``. Errors: ``money_unreadable``, ``money_negative``, ``money_too_large``,
    ``money_unit_unknown``.
    """
    if is_blank(cell):
        return EMPTY
    if is_ditto(cell):
        return failed("money_unreadable", _("金额不能写“同上”，请填写具体金额。"))
    if unit not in FEN:
        return failed(
            "money_unit_unknown", _("列标题的金额单位“%(unit)s”不认识，请改为元或万元。") % {"unit": unit}
        )
    currency = _CURRENCY.match(figure(cell)) if isinstance(cell, str) else None
    found = written(figure(cell)[currency.end() :] if currency else cell)
    if found is None or (found.unit and not _YUAN.fullmatch(found.unit)):
        return failed(
            "money_unreadable",
            _("“%(found)s”不是一个金额，请只填数字，如 36000 或 1.6万元。") % {"found": shorten(cell)},
        )
    if found.value < 0:
        return failed("money_negative", _("“%(found)s”是负数，请填写0或正数。") % {"found": shorten(cell)})
    findings: list[Finding] = []
    own = found.scaled or bool(found.unit or currency)
    exact = found.value * FEN["元" if own else unit]
    if exact >= LARGEST:
        return failed(
            "money_too_large", _("“%(found)s”太大，可能填错了列，请核对。") % {"found": shorten(cell)}
        )
    fen = int(exact.quantize(Decimal(1), ROUND_HALF_UP))
    if exact != found.bare * FEN[unit]:
        findings.append(
            Finding(
                "money_own_unit",
                _("本列单位是%(unit)s，“%(found)s”自带单位，已读作 %(value)s 元，请核对。")
                % {"unit": unit or "元", "found": shorten(cell), "value": print_money(fen)},
                Level.HINT,
            )
        )
    if fen != exact:
        findings.append(
            Finding(
                "money_rounded",
                _("金额精确到分，已四舍五入为 %(value)s 元。") % {"value": print_money(fen)},
                Level.HINT,
            )
        )
    if found.about:
        findings.append(approximate(print_money(fen) + "元"))
    return Parsed(fen, tuple(findings))


def print_money(fen: int, unit: str = "元") -> str:
    """An amount in 分 as a form prints it in ``unit``: exact, without needless zeros (30400, 1.6, 0.25).

    Raises ValueError for a unit that is not in ``FEN``.
    """
    if unit not in FEN:
        raise ValueError(f"no unit of money: {unit}; there are: {', '.join(filter(None, FEN))}")
    return plain(Decimal(fen) / FEN[unit])


def say_money(fen: int) -> str:
    """An amount in 分 as a sentence says it, with its unit: 36,000元, and from a hundred thousand yuan on 8,000万元, 12.5万元."""
    large = fen >= 10 * FEN["万元"]
    unit = "万元" if large else "元"
    whole, dot, rest = plain(Decimal(fen) / FEN[unit]).partition(".")
    return f"{int(whole):,}{dot}{rest}{unit}"
