"""Whether the parts of one notice fit each other: names used are declared, and each only once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from qiaojie.folders.faults import Fault

from .choice_labels import kinds_of_base, trades
from .schema import Notice


def faults(notice: Notice, file: str) -> Iterator[Fault]:
    """Everything in a notice that contradicts another part of it; needs neither ledgers nor regions."""
    for kind, codes in (
        ("indicators", [item.code for item in notice.indicators]),
        ("criteria", [item.code for item in notice.criteria]),
        ("tables", [item.code for item in notice.tables]),
        ("duties", [item.code for item in notice.duties]),
        ("untrusted", [item.file for item in notice.untrusted]),
        ("definitions", [item.term for item in notice.definitions]),
    ):
        yield from _once(kind, codes, file)
    yield from _parents(notice, file)
    yield from _references(notice, file)


def _once(kind: str, codes: list[str], file: str) -> Iterator[Fault]:
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        yield Fault(file, f"{kind}.{code}", "code_twice", _("“%s”写了两次。") % code)


def _parents(notice: Notice, file: str) -> Iterator[Fault]:
    by_code = {indicator.code: indicator for indicator in notice.indicators}
    for indicator in notice.indicators:
        if indicator.parent is None:
            continue
        key = f"indicators.{indicator.code}.parent"
        if indicator.parent not in by_code:
            yield _unknown(file, key, "indicator_unknown", indicator.parent, by_code)
            continue
        if by_code[indicator.parent].unit != indicator.unit:
            text = _("“其中”与所属指标“%s”的单位不同。") % indicator.parent
            yield Fault(file, key, "part_unit_differs", text)
        passed = {indicator.code}
        above = by_code.get(indicator.parent)
        while above is not None and above.code not in passed:
            passed.add(above.code)
            above = by_code.get(above.parent) if above.parent else None
        if above is not None:
            yield Fault(file, key, "parent_cycle", _("“其中”关系绕成了圈：%s。") % "、".join(sorted(passed)))


def _references(notice: Notice, file: str) -> Iterator[Fault]:
    indicators = [indicator.code for indicator in notice.indicators]
    tables = [table.code for table in notice.tables]
    for number, ruling in enumerate(notice.rulings):
        if ruling.indicator not in indicators:
            yield _unknown(
                file, f"rulings.{number}.indicator", "indicator_unknown", ruling.indicator, indicators
            )
    for duty in notice.duties:
        for table in duty.tables:
            if table not in tables:
                yield _unknown(file, f"duties.{duty.code}.tables", "table_unknown", table, tables)
    for criterion in notice.criteria:
        key = f"criteria.{criterion.code}"
        if criterion.base not in (known := kinds_of_base(notice)):
            yield _unknown(file, f"{key}.base", "value_unknown", criterion.base, known)
        if criterion.industry not in (known := trades(notice)):
            yield _unknown(file, f"{key}.industry", "value_unknown", criterion.industry, known)


def _unknown(file: str, key: str, code: str, name: str, known: Iterable[str]) -> Fault:
    text = _("没有“%(name)s”。现有：%(known)s。")
    return Fault(file, key, code, text % {"name": name, "known": "、".join(known) or _("无")})
