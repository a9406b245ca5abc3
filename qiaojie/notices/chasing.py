"""Who has not sent what is due, as text for a chat group (催报): asked politely, or as 通报; and as a small list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from qiaojie.accounts.exports import watermark
from qiaojie.ledgers.viewer import Action, Viewer, demand
from qiaojie.regions.models import Region, RegionKind
from qiaojie.tables.form import Column, Form
from qiaojie.tables.grid import Filled
from qiaojie.tables.writing import write

from .duties import Due, DutyStatus

OFFICIAL: Final = "zh-hans"
"""The language of what is sent to offices, in every interface."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Somebody who has not sent it: the unit, and its offices that have to, by the names they bear."""

    unit: str
    offices: tuple[str, ...]
    group: str

    @property
    def called(self) -> str:
        """Its offices by their names, the unit before those whose name does not say it; the unit where none is known."""
        known = [one if self.unit in one else f"{self.unit}{one}" for one in self.offices]
        return "、".join(known) or self.unit


@dataclass(frozen=True, slots=True)
class Chase:
    """What is due, how many owe it, who has not sent it; ``contact`` is whom to ask."""

    due: Due
    owing: int
    missing: tuple[Missing, ...]
    late: int
    contact: str

    @property
    def groups(self) -> list[tuple[str, list[Missing]]]:
        """Those missing by what kind of unit they are, in the order of the notice's map."""
        found: dict[str, list[Missing]] = {}
        for one in self.missing:
            found.setdefault(one.group, []).append(one)
        return list(found.items())


def chase(
    due: Due, statuses: Sequence[DutyStatus], offices: dict[int, tuple[str, ...]], contact: str, today: date
) -> Chase:
    """Who of those that owe what is due has not sent it. ``offices`` are the names of those that answer, by region. One query."""
    waiting = [one for one in statuses if one.filing is None]
    kinds = dict(Region.objects.filter(pk__in={one.region_id for one in waiting}).values_list("pk", "kind"))
    missing = (
        Missing(one.unit, () if one.owner.agency else offices.get(one.region_id, ()), _group(one, kinds))
        for one in waiting
    )
    return Chase(due, len(statuses), tuple(missing), (today - due.on).days, contact)


def _group(one: DutyStatus, kinds: dict[int, str]) -> str:
    with override(OFFICIAL):
        return str(_("机构") if one.owner.agency else RegionKind(kinds[one.region_id]).label)


def polite(found: Chase) -> str:
    """The text as one asks colleagues, in Chinese."""
    with override(OFFICIAL):
        return _polite(found)


def reprimand(found: Chase) -> str:
    """The text as 通报, in Chinese."""
    with override(OFFICIAL):
        return _reprimand(found)


def _polite(found: Chase) -> str:
    what = _matter(found)
    if not found.missing:
        return _("各位同事：%(what)s，%(number)d个单位都已报齐，谢谢大家！") % {
            "what": what,
            "number": found.owing,
        }
    text = ngettext(
        "各位同事好：%(what)s，%(time)s，还有%(number)d个单位没有收到：",
        "各位同事好：%(what)s，%(time)s，还有%(number)d个单位没有收到：",
        len(found.missing),
    )
    said = [
        text % {"what": what, "time": _time(found), "number": len(found.missing)},
        *_lines(found),
        _("麻烦抽空报给%(whom)s；已经报了的请回复一声。谢谢！") % {"whom": _whom(found)},
    ]
    return "\n".join([*said, *_contact(found)])


def _reprimand(found: Chase) -> str:
    what, number = _matter(found), len(found.missing)
    head = _(
        "【报送情况通报】%(what)s，应报%(owing)d个单位，已报%(sent)d个，未报%(number)d个（%(time)s）。"
    ) % {
        "what": what,
        "owing": found.owing,
        "sent": found.owing - number,
        "number": number,
        "time": _time(found),
    }
    if not found.missing:
        return head
    end = (
        _("请未报单位立即报送%(whom)s，并说明原因。")
        if found.late > 0
        else _("请未报单位务必按期报送%(whom)s。")
    )
    return "\n".join([head, _("未报单位："), *_lines(found), end % {"whom": _whom(found)}, *_contact(found)])


def workbook(found: Chase, viewer: Viewer) -> bytes:
    """Those missing as a workbook in Chinese, a line each; logged. Raises Refused where the role may not export."""
    subject = f"{found.due.subject}/missing.xlsx"
    demand(viewer, Action.EXPORT, subject)
    with override(OFFICIAL):
        content = write(_filled(found, viewer), "xlsx")
    viewer.note(Action.EXPORT, subject, rows=len(found.missing))
    return content


def _filled(found: Chase, viewer: Viewer) -> Filled:
    columns = (
        Column(_("序号"), "ordinal", "integer"),
        Column(_("单位"), "unit"),
        Column(_("由谁报"), "offices"),
        Column(_("报送期限"), "on", "date"),
        Column(_("逾期天数"), "late", "integer"),
    )
    rows = [
        {
            "ordinal": number,
            "unit": one.unit,
            "offices": "、".join(one.offices),
            "on": found.due.on,
            "late": max(found.late, 0),
        }
        for number, one in enumerate(found.missing, 1)
    ]
    notes = (_("通知：%s") % found.due.notice.title, *_contact(found))
    form = Form("missing", _("未报单位：%s") % found.due.duty.label, columns, notes=notes)
    return Filled(form, {}, rows, mark=watermark(viewer))


def _matter(found: Chase) -> str:
    on = found.due.on
    return _("《%(notice)s》要求%(year)d年%(month)d月%(day)d日前报送的“%(duty)s”") % {
        "notice": found.due.notice.title.removeprefix("《").removesuffix("》"),
        "year": on.year,
        "month": on.month,
        "day": on.day,
        "duty": found.due.duty.label,
    }


def _time(found: Chase) -> str:
    if found.late > 0:
        return ngettext("已逾期%d天", "已逾期%d天", found.late) % found.late
    if found.late == 0:
        return _("今天到期")
    return ngettext("还有%d天到期", "还有%d天到期", -found.late) % -found.late


def _lines(found: Chase) -> list[str]:
    """Those missing, a line for each kind of unit; without its word where there is one kind only."""
    groups = found.groups
    if len(groups) == 1:
        return [_listed(groups[0][1])]
    return [
        _("%(group)s（%(number)d）：%(units)s") % {"group": group, "number": len(of), "units": _listed(of)}
        for group, of in groups
    ]


def _listed(missing: Iterable[Missing]) -> str:
    return "、".join(one.called for one in missing)


def _whom(found: Chase) -> str:
    return "、".join(one.name for one in found.due.duty.recipients)


def _contact(found: Chase) -> list[str]:
    return [_("联系：%s") % found.contact] if found.contact else []
