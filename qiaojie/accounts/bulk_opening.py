"""Agencies and accounts in bulk from a workbook: a template, a plan that writes nothing, faults by cell that are mended
in place, then all or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils import translation
from django.utils.translation import gettext as _

from qiaojie.ledgers.changing import together
from qiaojie.ledgers.viewer import Action, Viewer, demand
from qiaojie.lib.cells import text_of
from qiaojie.lib.dates import read_date
from qiaojie.lib.findings import Level, Unusable
from qiaojie.regions import queries as regions
from qiaojie.regions.models import Region
from qiaojie.sheets.book import Sheet, address
from qiaojie.sheets.reading import read
from qiaojie.tables.form import Column, Form
from qiaojie.tables.grid import Filled
from qiaojie.tables.writing import write_sheets

from . import services
from .models import Agency, Role, User, WorkLine

HEADINGS: Final = {
    "username": "账号",
    "holder": "姓名",
    "agency": "机构",
    "title": "岗位",
    "role": "角色",
}
"""Parts of an account → the heading of its column. Headings of a file are Chinese in every interface."""
AGENCY_HEADINGS: Final = {
    "name": "机构名称",
    "line": "条线",
    "region": "区域",
    "since": "从哪天起",
}
"""Parts of an agency → the heading of its column."""
SHEETS: Final = {"accounts": HEADINGS, "agencies": AGENCY_HEADINGS}
"""What a workbook may hold → the headings by which its sheet is known, wherever it stands."""

TITLE: Final = "批量开通账号"
AGENCY_TITLE: Final = "登记机构"
EXAMPLE: Final = {
    "username": "fuling-li",
    "holder": "李某",
    "agency": "涪陵区残疾人联合会",
    "title": "就业经办",
    "role": "clerk",
}
AGENCY_EXAMPLE: Final = {
    "name": "涪陵区残疾人联合会",
    "line": "dpf",
    "region": "涪陵区",
    "since": "",
}

CHOICES: Final = {"role": Role, "line": WorkLine}
"""Parts that are picked, and from what."""

MOST: Final = 1_000
"""Lines of one sheet: a municipality with all its counties has some hundreds of accounts."""

Rows = list[tuple[int, dict[str, str]]]
"""Lines of a sheet: the line's number in the file (0-based; below zero for what was added on the screen), and its parts."""


@dataclass(frozen=True, slots=True)
class BulkSheet:
    """A sheet as it came: what it holds is a key of ``SHEETS``; ``columns`` says where each part stands (0-based)."""

    name: str
    columns: dict[str, int]
    rows: Rows


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong with a cell. ``part`` of line ``row`` of what the sheet holds; ``cell`` as the file calls it ('' for
    what was added on the screen)."""

    cell: str
    message: str
    kind: str
    row: int
    part: str


@dataclass(frozen=True, slots=True)
class PlannedAgency:
    """An agency to be opened; ``region`` is None where the faults say why."""

    row: int
    parts: dict[str, str]
    region: Region | None
    line: str
    since: date | None


@dataclass(frozen=True, slots=True)
class Planned:
    """An account to be opened: the parts as they stand in the file, the agency found for it, and its role.

    ``agency`` is None where it is to be opened with the account (then ``opened`` is its place among the plan's agencies),
    or where the faults say why.
    """

    row: int
    parts: dict[str, str]
    agency: int | None
    role: str
    opened: int | None = None


@dataclass(frozen=True, slots=True)
class BulkPlan:
    """What a file would open, and what is wrong with it. ``unknown`` are names of agencies that accounts name and nobody
    knows: they can be opened in the same step."""

    accounts: tuple[Planned, ...]
    faults: tuple[CellFault, ...]
    agencies: tuple[PlannedAgency, ...] = ()
    unknown: tuple[str, ...] = ()
    sheets: Mapping[str, BulkSheet] | None = None


def choices(part: str) -> dict[str, str]:
    """What a part that is picked may be: code → how files call it, which is Chinese in every interface."""
    with translation.override("zh-hans"):
        return {str(value): str(label) for value, label in CHOICES[part].choices}


def _codes(part: str) -> dict[str, str]:
    """What a file may write for a part that is picked → its code."""
    return {label: code for code, label in choices(part).items()} | {code: code for code in choices(part)}


def template() -> bytes:
    """A workbook with a sheet for accounts and one for agencies, the roles and lines to choose from, and in each a line
    to write over."""
    offered = {part: choices(part) for part in CHOICES}
    accounts, agencies = (
        tuple(
            Column(label, name, "choice" if name in offered else "text", choices=offered.get(name))
            for name, label in headings.items()
        )
        for headings in (HEADINGS, AGENCY_HEADINGS)
    )
    forms = (
        Filled(Form("accounts", TITLE, accounts), {}, [EXAMPLE]),
        Filled(Form("agencies", AGENCY_TITLE, agencies), {}, [AGENCY_EXAMPLE]),
    )
    return write_sheets([[form] for form in forms], "xlsx")


def plan(data: bytes, name: str, viewer: Viewer) -> BulkPlan:
    """What the file would open. Writes nothing.

    Raises Unusable for a file that cannot be read, ``column_missing``, ``table_empty``, ``file_too_large``; Refused.
    """
    demand(viewer, Action.ADMINISTER, "accounts/bulk")
    sheets = _sheets(read(data, name).sheets, name)
    if not any(sheet.rows for sheet in sheets.values()):
        raise Unusable("table_empty", _("“%s”里没有账号，也没有机构。") % name)
    if any(len(sheet.rows) > MOST for sheet in sheets.values()):
        raise Unusable("file_too_large", _("一次最多开通 %d 个账号，请分几次。") % MOST)
    return _judge(sheets, viewer)


def again(sheets: Mapping[str, BulkSheet], viewer: Viewer) -> BulkPlan:
    """The plan of the same lines, or of what was mended in them, as the registry is now. Raises Refused."""
    demand(viewer, Action.ADMINISTER, "accounts/bulk")
    return _judge(dict(sheets), viewer)


def mended(
    sheets: Mapping[str, BulkSheet], cells: Mapping[tuple[str, int, str], str]
) -> dict[str, BulkSheet]:
    """The lines with cells (what the sheet holds, line, part) written anew; of lines and parts that are not there nothing is
    taken."""
    return {
        kind: BulkSheet(
            sheet.name,
            sheet.columns,
            [
                (row, {part: cells.get((kind, row, part), text).strip() for part, text in parts.items()})
                for row, parts in sheet.rows
            ],
        )
        for kind, sheet in sheets.items()
    }


def with_agency(sheets: Mapping[str, BulkSheet], name: str, line: str, region: str) -> dict[str, BulkSheet]:
    """The lines with an agency more that is opened with them."""
    held = sheets.get("agencies") or BulkSheet("", {}, [])
    below = min([0, *(row for row, _parts in held.rows)]) - 1
    added = {"name": name.strip(), "line": line, "region": region.strip(), "since": ""}
    return {**sheets, "agencies": BulkSheet(held.name, held.columns, [*held.rows, (below, added)])}


def commit(planned: BulkPlan, viewer: Viewer, reason: str) -> list[tuple[User, str]]:
    """Open all agencies and accounts or none; each account with its first password. Raises Unusable ``bulk_faulty``;
    Refused."""
    demand(viewer, Action.ADMINISTER, "accounts/bulk")
    if planned.faults:
        raise Unusable("bulk_faulty", _("还有错误，没有开通任何账号：%s") % planned.faults[0].message)
    known = Agency.objects.in_bulk([one.agency for one in planned.accounts if one.agency is not None])
    with together():
        made = [
            services.open_agency(viewer, one.region, one.line, one.parts["name"], one.since)
            for one in planned.agencies
            if one.region is not None
        ]
        opened = []
        for one in planned.accounts:
            agency = known[one.agency] if one.agency is not None else made[one.opened or 0]
            opened.append(
                services.open_account(
                    viewer,
                    one.parts["username"],
                    one.parts["holder"],
                    agency,
                    one.parts["title"],
                    one.role,
                    reason,
                )
            )
        return opened


# --- reading ---------------------------------------------------------------------------------------------------------


def _sheets(sheets: tuple[Sheet, ...], name: str) -> dict[str, BulkSheet]:
    found: dict[str, BulkSheet] = {}
    missing = list(HEADINGS.values())
    for sheet in sheets:
        for kind, headings in SHEETS.items():
            if kind in found:
                continue
            header, absent = _header(sheet, headings)
            if header is not None:
                found[kind] = _lines(sheet, *header)
            elif kind == "accounts":
                missing = min(missing, absent, key=len)
    if not found:
        text = _("“%(name)s”里缺少这几列：%(columns)s。请用模板填写。")
        raise Unusable("column_missing", text % {"name": name, "columns": "、".join(missing)})
    return found


def _header(sheet: Sheet, headings: Mapping[str, str]) -> tuple[tuple[int, dict[str, int]] | None, list[str]]:
    missing = list(headings.values())
    for place, cells in enumerate(sheet.rows[:20]):
        texts = [text_of(cell).strip() for cell in cells]
        found = {part: texts.index(label) for part, label in headings.items() if label in texts}
        if len(found) == len(headings):
            return (place, found), []
        absent = [label for part, label in headings.items() if part not in found]
        missing = min(missing, absent, key=len)
    return None, missing


def _lines(sheet: Sheet, top: int, columns: dict[str, int]) -> BulkSheet:
    rows: Rows = []
    for offset, cells in enumerate(sheet.rows[top + 1 :], start=top + 1):
        parts = {
            part: text_of(cells[col]).strip() if col < len(cells) else "" for part, col in columns.items()
        }
        if any(parts.values()):
            rows.append((sheet.first_row + offset, parts))
    return BulkSheet(sheet.name, {part: sheet.first_col + col for part, col in columns.items()}, rows)


# --- judging ---------------------------------------------------------------------------------------------------------


def _judge(sheets: dict[str, BulkSheet], viewer: Viewer) -> BulkPlan:
    faults = _Faults(sheets)
    new, opened = (sheets[kind].rows if kind in sheets else [] for kind in ("agencies", "accounts"))
    agencies = [_agency(row, parts, viewer, faults) for row, parts in new]
    _demand_once(agencies, faults)
    accounts, unknown = _accounts(opened, agencies, viewer, faults)
    return BulkPlan(tuple(accounts), tuple(faults.found), tuple(agencies), tuple(unknown), sheets)


class _Faults:
    """What is wrong with which cell, gathered while lines are judged."""

    def __init__(self, sheets: Mapping[str, BulkSheet]) -> None:
        self.sheets = sheets
        self.found: list[CellFault] = []

    def add(self, kind: str, row: int, part: str, message: str) -> None:
        sheet = self.sheets[kind]
        cell = address(row, sheet.columns[part]) if row >= 0 and part in sheet.columns else ""
        several = sum(1 for one in self.sheets.values() if one.columns) > 1
        shown = f"{sheet.name}!{cell}" if cell and several else cell
        self.found.append(CellFault(shown, message, kind, row, part))


def _agency(row: int, parts: dict[str, str], viewer: Viewer, faults: _Faults) -> PlannedAgency:
    line = _codes("line").get(parts["line"], "")
    if not parts["name"]:
        faults.add("agencies", row, "name", _("请填写名称。"))
    if not line:
        faults.add("agencies", row, "line", _("没有“%s”这条线。") % parts["line"][:20])
    region = None
    if not parts["region"]:
        faults.add("agencies", row, "region", _("请填写区域。"))
    else:
        try:
            region = regions.find(parts["region"])
        except Unusable as wrong:
            faults.add("agencies", row, "region", wrong.message)
    if region is not None and not viewer.covers(region.pk):
        faults.add("agencies", row, "region", _("“%s”不在您的范围内。") % parts["region"][:40])
        region = None
    since = read_date(parts["since"])
    for finding in since.findings:
        if finding.level is Level.ERROR:
            faults.add("agencies", row, "since", finding.message)
    known = Agency.objects.filter(region=region, line=line, name=parts["name"])
    if region is not None and line and known.exists():
        faults.add("agencies", row, "name", _("“%s”已经登记过。") % parts["name"])
    return PlannedAgency(row, parts, region, line, since.value)


def _demand_once(agencies: list[PlannedAgency], faults: _Faults) -> None:
    number = Counter(
        (one.parts["name"], one.line, one.region.pk) for one in agencies if one.region is not None
    )
    for one in agencies:
        if one.region is not None and number[one.parts["name"], one.line, one.region.pk] > 1:
            text = _("机构“%s”在文件里出现了不止一次。")
            faults.add("agencies", one.row, "name", text % one.parts["name"])


def _accounts(
    rows: Rows, agencies: list[PlannedAgency], viewer: Viewer, faults: _Faults
) -> tuple[list[Planned], list[str]]:
    """Accounts that would be opened, and the names of agencies that nobody knows."""
    roles = _codes("role")
    known: dict[str, list[tuple[Agency, int | None]]] = {}
    wanted = {parts["agency"] for _row, parts in rows}
    for agency in Agency.objects.filter(viewer.scope("region"), name__in=wanted, closed_from__isnull=True):
        known.setdefault(agency.name, []).append((agency, None))
    for place, new in enumerate(agencies):
        made = Agency(region=new.region, line=new.line, name=new.parts["name"])
        known.setdefault(made.name, []).append((made, place))
    names = Counter(parts["username"].casefold() for _row, parts in rows)
    posts: dict[tuple[str, str], str] = {}
    planned: list[Planned] = []
    unknown: dict[str, None] = {}
    for row, parts in rows:
        found = known.get(parts["agency"], [])
        role = roles.get(parts["role"], parts["role"])
        if len(found) == 1:
            checked = services.check_account(
                parts["username"], parts["holder"], found[0][0], parts["title"], role
            )
            # Accounts of one file may share a post that none of them has opened yet.
            if posts.setdefault((parts["agency"], parts["title"]), role) != role:
                text = _("岗位“%s”是另一种角色，请改岗位名或角色。") % parts["title"]
                checked.setdefault("role", text)
            for part, message in checked.items():
                faults.add("accounts", row, part, message)
        elif found:
            text = _("有几个机构都叫“%s”，请逐个开通。")
            faults.add("accounts", row, "agency", text % parts["agency"])
        else:
            text = _("您的范围内没有机构“%s”。请写全称，或在下面一并登记。")
            faults.add("accounts", row, "agency", text % parts["agency"])
            if parts["agency"]:
                unknown[parts["agency"]] = None
        if names[parts["username"].casefold()] > 1:
            text = _("账号“%s”在文件里出现了不止一次。")
            faults.add("accounts", row, "username", text % parts["username"])
        agency_, place_ = found[0] if len(found) == 1 else (None, None)
        planned.append(Planned(row, parts, agency_.pk if agency_ else None, role, place_))
    return planned, list(unknown)
