"""Numbers held against money: each names its unit, or the notice is not used at all.

Money is kept in fen: of a number without a unit nobody could tell which was meant, and what a county counted by it would be
wrong without a word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from qiaojie.folders.faults import Fault
from qiaojie.ledgers.conditions import reading
from qiaojie.lib.findings import Unusable

from ..ledger_fields import ledger_of
from ..schema import Notice

CODE = "money_unit_missing"


def faults(notice: Notice, file: str) -> Iterator[Fault]:
    """``money_unit_missing`` for every condition of a notice that holds a number without a unit against money. What else is
    wrong with a condition is said by the check."""
    for code, where, key in _conditions(notice):
        if not where or code is None:
            continue
        try:
            ledger = ledger_of(code)
        except Unusable:
            continue
        for fault in reading.read(ledger, where, key, asked=False)[1]:
            if fault.code == CODE:
                yield Fault(file, fault.key, fault.code, fault.message)


def _conditions(notice: Notice) -> Iterator[tuple[str | None, Mapping[str, Any], str]]:
    """Every condition of a notice, with the code of its ledger and its key."""
    counted = {indicator.code: indicator.ledger for indicator in notice.indicators}
    for indicator in notice.indicators:
        key = f"indicators.{indicator.code}"
        for number, source in enumerate(indicator.sources):
            place = f"{key}.{'reached' if indicator.reached else f'also[{number - 1}]'}" if number else key
            yield source.ledger, source.where, f"{place}.where"
        for word in ("split", "prefer", "beside"):
            yield indicator.ledger, getattr(indicator, word), f"{key}.{word}"
    for number, ruling in enumerate(notice.rulings):
        yield counted.get(ruling.indicator), ruling.where, f"rulings.{number}.where"
    for check in notice.checks:
        for word in ("when", "must"):
            yield check.ledger, getattr(check, word), f"checks.{check.code}.{word}"
    for table in notice.tables:
        key, code = f"tables.{table.code}", table.ledger or counted.get(table.indicator or "")
        yield code, table.where, f"{key}.where"
        for name, figure in table.figures.items():
            yield code, figure.where, f"{key}.figures.{name}.where"
        for check in table.checks:
            for word in ("when", "must"):
                yield code, getattr(check, word), f"{key}.checks.{check.code}.{word}"
