"""Commands on lists of outside systems: compare."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from qiaojie.comparison import exporting, queries, services
from qiaojie.comparison.exporting import headings, numbers
from qiaojie.comparison.models import OutsideList
from qiaojie.comparison.queries import UnitRow
from qiaojie.lib.periods import read_period
from qiaojie.notices import queries as notices
from qiaojie.notices.forms import field_of, ledger_of
from qiaojie.regions import queries as regions

from .actors import actor
from .output import as_json, read_file, write_file

Commands = Any
"""argparse has no public name for the object that sub-commands are added to."""

CODES = ("ours", "theirs", "both", "differs", "only_ours", "only_theirs", "waiting", "likely")


def add(commands: Commands, who: argparse.ArgumentParser) -> None:
    """Declare the command of this module."""
    compare = commands.add_parser(
        "compare", parents=[who], help=_("把外部系统导出的名单与台账比对（不改台账）")
    )
    compare.add_argument("list", metavar="LIST")
    compare.add_argument("--table", required=True, metavar="SYSTEM/TABLE")
    compare.add_argument("--region", required=True)
    compare.add_argument("--period", help=_("只比这个时段，如 2023、2023H1（默认全部）"))
    compare.add_argument("--out", metavar="FILE", help=_("比对结果，.xlsx"))
    compare.add_argument("--json", action="store_true")
    compare.set_defaults(run=run_compare)


def run_compare(options: argparse.Namespace) -> int:
    """Keep the list, hold it against the registry, write what differs; 1 where anything does."""
    table = notices.table(options.table)
    period = read_period(options.period) if options.period else notices.notice(table.notice).span
    region = regions.find(options.region, on=min(period.ends, date.today()))
    viewer = actor(options)
    data = read_file(options.list)
    held = services.take(data, Path(options.list).name, table, region, period, viewer, options.purpose)
    if options.out:
        purpose = options.purpose or _("命令行比对")
        write_file(options.out, exporting.export(held, viewer, purpose))
    print(as_json(plain(held)) if options.json else "\n".join(lines(held)))
    whole = queries.figures(held)
    findings = queries.findings(held)
    return (
        1
        if findings or whole.differs or whole.only_ours or whole.only_theirs or whole.waiting or whole.likely
        else 0
    )


def plain(held: OutsideList) -> dict[str, Any]:
    """A comparison as JSON values: the numbers of the whole and of each unit, fields that differ, rows set aside."""

    def figures(numbered: tuple[int, ...]) -> dict[str, int]:
        return dict(zip(CODES, numbered, strict=True))

    return {
        "list": held.pk,
        "table": held.table,
        "region": held.region.short_name,
        "period": held.period,
        "total": figures(numbers(queries.figures(held))),
        "units": [
            {"name": _name(unit), "depth": unit.depth, **figures(numbers(unit.figures))}
            for unit in queries.units(held)
        ],
        "fields": held.fields,
        "aside": held.aside,
        "findings": queries.findings(held),
    }


def lines(held: OutsideList) -> list[str]:
    """A comparison as text: a line per unit, then the fields that differ and what could not be compared."""
    found = ["  ".join((_("单位"), *headings()))]
    for unit in queries.units(held):
        found.append("\u3000" * unit.depth + "  ".join((_name(unit), *map(str, numbers(unit.figures)))))
    ledger = ledger_of(notices.table(held.table).ledger)
    for name, number in held.fields.items():
        words = {"field": field_of(ledger, name).label, "number": number}
        found.append(_("%(field)s不同：%(number)d条") % words)
    words_of = queries.aside()
    found += [f"{words_of[reason]}：{number}" for reason, number in held.aside.items()]
    found += [f"{one['sheet']}!{one['cell']}  {one['message']}" for one in queries.findings(held)]
    return found


def _name(unit: UnitRow) -> str:
    return unit.region.short_name if unit.region else _("名单未写明单位")
