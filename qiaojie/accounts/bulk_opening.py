"""Accounts in bulk from a workbook: a template, a plan that writes nothing, faults by cell, then all or none."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from qiaojie.ledgers.changing import together
from qiaojie.ledgers.viewer import Action, Viewer, demand
from qiaojie.lib.cells import text_of
from qiaojie.lib.findings import Unusable
from qiaojie.sheets.book import Sheet, address
from qiaojie.sheets.reading import read
from qiaojie.tables.form import Column, Form
from qiaojie.tables.grid import Filled
from qiaojie.tables.writing import write

from . import services
from .models import Agency, Role, User

HEADINGS: Final = {
    "username": "账号",
    "holder": "姓名",
    "agency": "机构",
    "title": "岗位",
    "role": "角色",
}
"""Parts of an account → the heading of its column. Headings of a file are Chinese in every interface."""

TITLE: Final = "批量开通账号"
EXAMPLE: Final = {
    "username": "fuling-li",
    "holder": "李某",
    "agency": "涪陵区残疾人联合会",
    "title": "就业经办",
    "role": "clerk",
}

MOST: Final = 1_000
"""Accounts of one workbook: a municipality with all its counties has some hundreds."""


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong with a cell."""

    cell: str
    message: str


@dataclass(frozen=True, slots=True)
class Planned:
    """An account to be opened: the parts as they stand in the file, the agency found for it (None: see the faults)."""

    row: int
    parts: dict[str, str]
    agency: int | None
    role: str


@dataclass(frozen=True, slots=True)
class BulkPlan:
    """What a file would open, and what is wrong with it."""

    accounts: tuple[Planned, ...]
    faults: tuple[CellFault, ...]


def template() -> bytes:
    """An empty workbook with the headings, the roles to choose from, and a line to write over."""
    roles = {role.value: str(role.label) for role in Role}
    columns = tuple(
        Column(label, name, "choice" if name == "role" else "text", choices=roles if name == "role" else None)
        for name, label in HEADINGS.items()
    )
    return write(Filled(Form("accounts", TITLE, columns), {}, [EXAMPLE]), "xlsx")


def plan(data: bytes, name: str, viewer: Viewer) -> BulkPlan:
    """What the file would open. Writes nothing.

    Raises Unusable for a file that cannot be read, ``column_missing``, ``table_empty``, ``file_too_large``; Refused.
    """
    demand(viewer, Action.ADMINISTER, "accounts/bulk")
    sheet, top, columns = _header(read(data, name).sheets, name)
    rows = []
    for offset, cells in enumerate(sheet.rows[top + 1 :], start=top + 1):
        parts = {
            part: text_of(cells[col]).strip() if col < len(cells) else "" for part, col in columns.items()
        }
        if any(parts.values()):
            rows.append((sheet.first_row + offset, parts))
    if not rows:
        raise Unusable("table_empty", _("“%s”里没有账号。") % name)
    if len(rows) > MOST:
        raise Unusable("file_too_large", _("一次最多开通 %d 个账号，请分几次。") % MOST)
    return _judge(rows, {part: sheet.first_col + col for part, col in columns.items()}, viewer)


def again(rows: list[tuple[int, dict[str, str]]], viewer: Viewer) -> BulkPlan:
    """The plan of the same rows as the registry is now."""
    demand(viewer, Action.ADMINISTER, "accounts/bulk")
    return _judge(rows, {part: col for col, part in enumerate(HEADINGS)}, viewer)


def commit(planned: BulkPlan, viewer: Viewer, reason: str) -> list[tuple[User, str]]:
    """Open all accounts or none; each with its first password. Raises Unusable ``bulk_faulty``; Refused."""
    demand(viewer, Action.ADMINISTER, "accounts/bulk")
    if planned.faults:
        raise Unusable("bulk_faulty", _("还有错误，没有开通任何账号：%s") % planned.faults[0].message)
    agencies = Agency.objects.in_bulk([one.agency for one in planned.accounts])
    with together():
        return [
            services.open_account(
                viewer,
                one.parts["username"],
                one.parts["holder"],
                agencies[one.agency],
                one.parts["title"],
                one.role,
                reason,
            )
            for one in planned.accounts
            if one.agency is not None
        ]


def _header(sheets: tuple[Sheet, ...], name: str) -> tuple[Sheet, int, dict[str, int]]:
    missing = list(HEADINGS.values())
    for sheet in sheets:
        for place, cells in enumerate(sheet.rows[:20]):
            texts = [text_of(cell).strip() for cell in cells]
            found = {part: texts.index(label) for part, label in HEADINGS.items() if label in texts}
            if len(found) == len(HEADINGS):
                return sheet, place, found
            absent = [label for part, label in HEADINGS.items() if part not in found]
            missing = min(missing, absent, key=len)
    text = _("“%(name)s”里缺少这几列：%(columns)s。请用模板填写。")
    raise Unusable("column_missing", text % {"name": name, "columns": "、".join(missing)})


def _judge(rows: list[tuple[int, dict[str, str]]], columns: dict[str, int], viewer: Viewer) -> BulkPlan:
    faults: list[CellFault] = []
    accounts: list[Planned] = []
    roles = {str(role.label): role.value for role in Role} | {role.value: role.value for role in Role}
    wanted = {parts["agency"] for _row, parts in rows}
    known: dict[str, list[Agency]] = {}
    for agency in Agency.objects.filter(viewer.scope("region"), name__in=wanted):
        known.setdefault(agency.name, []).append(agency)
    names = Counter(parts["username"].casefold() for _row, parts in rows)
    for row, parts in rows:

        def fault(part: str, message: str, row: int = row) -> None:
            faults.append(CellFault(address(row, columns[part]), message))

        found = known.get(parts["agency"], [])
        role = roles.get(parts["role"], parts["role"])
        if len(found) != 1:
            several = (
                _("有几个机构都叫“%s”，请逐个开通。") if found else _("您的范围内没有机构“%s”。请写全称。")
            )
            fault("agency", several % parts["agency"])
        else:
            checked = services.check_account(
                parts["username"], parts["holder"], found[0], parts["title"], role
            )
            for part, message in checked.items():
                fault(part, message)
        if names[parts["username"].casefold()] > 1:
            fault("username", _("账号“%s”在文件里出现了不止一次。") % parts["username"])
        accounts.append(Planned(row, parts, found[0].pk if len(found) == 1 else None, role))
    return BulkPlan(tuple(accounts), tuple(faults))
