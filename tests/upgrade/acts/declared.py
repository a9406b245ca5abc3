"""Rows of ledgers that are declared as data: handed in as a list of each ledger's own table."""

from __future__ import annotations

import csv
import io
from typing import Any

from qiaojie.accounts.viewers import SystemViewer
from qiaojie.declared import running
from qiaojie.declared.kept import Kept
from qiaojie.intake import services as intake
from qiaojie.ledgers import declaration
from qiaojie.notices import queries as notices
from qiaojie.notices import standard
from tests.declared.rows import row_of
from tests.web.factories import identity

from ..desk import one

ROWS = 6


def declared() -> None:
    """So many rows of each, about six women, a base and whatever else; of added columns with the rows they belong to."""
    county = one("regions.Region", key="500240")
    base = one("bases.Base", filed_by=county)
    for kept in running.in_order(list(running.current().values())):
        if kept.declared.extends:
            kept_of_class(kept, county)
            continue
        table = notices.table(standard.name_of(declaration.get(kept.code)))
        lines = [said(table, row(kept, number, base.name)) for number in range(ROWS)]
        put(table, county, lines)


def row(kept: Kept, number: int, base: str) -> dict[str, str]:
    """One row as it is typed; each about another woman, under another name."""
    found = row_of(kept)
    for name, text in found.items():
        if text == identity(900):
            found[name] = identity(910 + number)
        elif name == "person.name":
            found[name] = "田" + "春夏秋冬梅兰"[number]
        elif name == "person.phone":
            found[name] = f"1390000091{number}"
        elif name.endswith("base.name"):
            found[name] = base
        elif text == "新村" and "." not in name and number:
            # The first bears the name by which rows of other ledgers refer to it.
            found[name] = f"新村{number}"
    return found


def said(table: Any, typed: dict[str, str]) -> dict[str, str]:
    """The row as a paper says it."""
    found = {}
    for leaf in table.form.readable:
        text = typed.get(leaf.column.field or "", "")
        if leaf.column.kind == "yes_no" and text:
            text = "是"
        if text:
            found[leaf.label] = str((leaf.column.choices or {}).get(text, text))
    return found


def kept_of_class(kept: Kept, county: Any) -> None:
    """Columns more of classes, with classes of their own."""
    table = notices.table("ledgers/classes")
    common = {"培训类别": "农村实用技术培训", "开班日期": "2023.7.1", "结业日期": "2023.7.20"}
    added = {leaf.column.field: leaf.label for leaf in table.form.leaves}
    details = {
        f"{kept.declared.word}.{field.code}": "是" for field in kept.declared.fields if field.kind == "yes_no"
    }
    lines = [
        {
            "培训班名称": f"织锦提高{number}班",
            **common,
            **{added[name]: text for name, text in details.items()},
        }
        for number in range(ROWS)
    ]
    put(table, county, lines)


def put(table: Any, county: Any, lines: list[dict[str, str]]) -> None:
    """Hand in a list and write it."""
    kept = io.StringIO()
    names = list(dict.fromkeys(name for line in lines for name in line))
    writer = csv.DictWriter(kept, names)
    writer.writeheader()
    writer.writerows(lines)
    system = SystemViewer()
    plan = intake.plan(kept.getvalue().encode("utf-8-sig"), "台账.csv", table, county, system)
    assert not [issue for issue in plan.issues if issue.level == "error"], (table.name, plan.issues)
    intake.commit(plan, system)
