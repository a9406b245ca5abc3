"""The columns of a matrix: a notice's units × its indicators, as targets, as values, as ratios, or all three abreast."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiaojie.lib.text import split_unit

from .schema import Indicator, Notice

REGION_FIELD = "region"
"""The field of a matrix's first column: the unit of the row."""

ON_FIELD = "on"
"""The field of the caption that says as of which day values are."""


class Show(StrEnum):
    """What a matrix shows of each indicator."""

    TARGET = "target"
    APPROVED = "approved"
    RATIO = "ratio"
    ALL = "all"

    @property
    def parts(self) -> tuple[Show, ...]:
        """What stands in the columns of one indicator."""
        return (Show.TARGET, Show.APPROVED, Show.RATIO) if self is Show.ALL else (self,)


SHOWN: Mapping[Show, str | Promise] = {
    Show.TARGET: gettext_lazy("任务数"),
    Show.APPROVED: gettext_lazy("完成数"),
    Show.RATIO: gettext_lazy("完成率"),
    Show.ALL: gettext_lazy("任务数、完成数、完成率"),
}
"""What a matrix of each kind holds, as its title and its columns say."""

_OF_TASKS = re.compile("任务|目标|计划")

_WIDE = 24
"""Matrices of more columns go on A3."""


def field(code: str, part: Show, show: Show) -> str:
    """The field of an indicator's column: its code, and which of three where three stand abreast."""
    return f"{code}.{part.value}" if show is Show.ALL else code


def declared(notice: Notice, form: Mapping[str, Any], corner: tuple[str, ...], show: Show) -> dict[str, Any]:
    """A matrix's form with its columns. Targets are the notice's own table; others say in title and caption what they
    hold and as of which day, and bear no heading that speaks of tasks."""
    if show is Show.TARGET:
        return {"columns": _columns(notice, corner, show), **form}
    columns = _columns(notice, corner, show)
    made = {**form, "columns": columns, "title": f"{form['title']}（{SHOWN[show]}）"}
    as_of = {"label": _("截至："), "field": ON_FIELD, "kind": "date", "align": "right"}
    made["captions"] = [*form.get("captions", ()), as_of]
    if len(notice.indicators) * len(show.parts) > _WIDE:
        made["paper"] = "A3"
    return made


def _columns(notice: Notice, corner: tuple[str, ...], show: Show) -> list[dict[str, Any]]:
    """Regions × indicators as the indicators' headings say; indicators of one group stand side by side."""
    first: dict[str, Any] = {"diagonal": list(corner)} if corner else {"label": _("单位")}
    columns: list[dict[str, Any]] = [{**first, "field": REGION_FIELD, "kind": "region"}]
    open_groups: list[tuple[str, list[dict[str, Any]]]] = []
    for indicator in notice.indicators:
        shared = 0
        while shared < min(len(open_groups), len(indicator.group)) and (
            open_groups[shared][0] == indicator.group[shared]
        ):
            shared += 1
        del open_groups[shared:]
        for label in indicator.group[shared:]:
            inner: list[dict[str, Any]] = []
            (open_groups[-1][1] if open_groups else columns).append({"label": label, "columns": inner})
            open_groups.append((label, inner))
        (open_groups[-1][1] if open_groups else columns).extend(_of(indicator, show))
    return columns


def _of(indicator: Indicator, show: Show) -> list[dict[str, Any]]:
    """An indicator's own columns: one, or three under its heading (a group's own value has none: they stand in it)."""
    label, unit = _heading(indicator, show)
    if show is not Show.ALL:
        return [_leaf(indicator, show, show, {"label": label, **unit})]
    leaves = [_leaf(indicator, part, show, {"label": str(SHOWN[part])}) for part in show.parts]
    return [{"label": label, "columns": leaves, **unit}] if label else leaves


def _heading(indicator: Indicator, show: Show) -> tuple[str, dict[str, str]]:
    heading = indicator.heading
    if heading is None:
        heading = indicator.label if indicator.group else f"{indicator.label}（{indicator.unit}）"
    elif show is not Show.TARGET and _OF_TASKS.search(heading):
        # 2023年任务数 heads no other figure: it stands in its group as what it is.
        heading = "" if show is Show.ALL else str(SHOWN[show])
    in_header = any(split_unit(text)[1] for text in (*indicator.group, heading))
    return heading, {} if in_header else {"unit": indicator.unit}


def _leaf(indicator: Indicator, part: Show, show: Show, said: dict[str, Any]) -> dict[str, Any]:
    number = {"kind": "percent"} if part is Show.RATIO else {"kind": "integer", "total": True}
    return {**said, "field": field(indicator.code, part, show), "computed": True, **number}
