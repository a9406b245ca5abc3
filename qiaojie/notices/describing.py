"""A notice as plain data, for ``notice show`` and for whoever wants it as JSON."""

from __future__ import annotations

from typing import Any

from . import queries, rulings
from .rulings import KnownRuling
from .schema import Notice
from .systems import System
from .targets.figures import Targets

_OF_SYSTEMS = ("issuers", "known", "definitions", "indicators", "maps", "tables", "checks", "acknowledged")


def describe(notice: Notice) -> dict[str, Any]:
    """Everything that a notice (or an outside system) declares, as JSON-able values in a steady order; dates are ISO texts.

    Targets are those that hold now, with where each comes from. Figures that the source does not give are null.
    Raises Unusable ``edition_unknown``.
    """
    declared: dict[str, Any] = notice.model_dump(mode="json")
    if isinstance(notice, System):
        return {key: declared[key] for key in ("code", "title", *_OF_SYSTEMS)}
    figures = queries.targets(notice)
    untrusted = queries.folder(notice.code).untrusted
    return {
        "code": notice.code,
        "title": notice.title,
        "short": notice.short,
        "english": notice.english,
        "number": notice.number,
        "issued_on": declared["issued_on"],
        "issuers": declared["issuers"],
        "addressees": declared["addressees"],
        "edition": notice.edition,
        "period": notice.period,
        "definitions": declared["definitions"],
        "indicators": [
            {**item, "measured": indicator.measured}
            for item, indicator in zip(declared["indicators"], notice.indicators, strict=True)
        ],
        "base_kinds": declared["base_kinds"],
        "industries": declared["industries"],
        "criteria": declared["criteria"],
        "tables": declared["tables"],
        "checks": declared["checks"],
        "duties": declared["duties"],
        "targets": _targets(figures),
        "rulings": [_ruling(one) for one in rulings.rulings(notice)],
        "acknowledged": declared["acknowledged"],
        "untrusted": [
            {**item, "rows": [list(row) for row in untrusted[item["file"]]]} for item in declared["untrusted"]
        ],
    }


def _ruling(one: KnownRuling) -> dict[str, Any]:
    return {
        "indicator": one.indicator,
        "on": one.on.isoformat(),
        "by": one.office,
        "text": one.text,
        "question": one.question,
        "asked_by": one.asked_by,
        "where": dict(one.condition),
        "superseded": one.superseded_by is not None,
        "contradiction": one.contradiction,
    }


def _targets(figures: Targets) -> dict[str, Any]:
    return {
        "units": [
            {
                "name": unit.name,
                "code": unit.code,
                "values": dict(unit.figures),
                "origins": dict(unit.origins),
                "local": dict(unit.local),
            }
            for unit in figures.units
        ],
        "total": dict(figures.total),
        "printed": dict(figures.printed),
        "text": dict(figures.text),
        "origins": dict(figures.origins),
        "conflicts": [
            {
                "indicator": conflict.indicator,
                "text": conflict.text,
                "table": conflict.table,
                "holds": conflict.holds,
                "reason": conflict.reason,
                "on": conflict.on.isoformat() if conflict.on else None,
            }
            for conflict in figures.conflicts
        ],
    }
