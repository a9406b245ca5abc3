"""Commands on notices: check, show, measure, table."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from qiaojie.comparison import queries as comparison
from qiaojie.lib.findings import Unusable
from qiaojie.lib.percentages import printed
from qiaojie.lib.periods import read_period
from qiaojie.measures import queries as measures
from qiaojie.measures.queries import Measurement, Value
from qiaojie.notices import queries as notices
from qiaojie.notices import switching
from qiaojie.notices.checking import report_check
from qiaojie.notices.describing import describe
from qiaojie.notices.matrix import Show
from qiaojie.notices.targets.figures import squeeze
from qiaojie.regions import queries as regions
from qiaojie.reports import filling

from .actors import actor
from .output import as_json, write_file

Commands = Any
"""argparse has no public name for the object that sub-commands are added to."""


def add(commands: Commands, who: argparse.ArgumentParser) -> None:
    """Declare the commands of this module."""
    _add_notice(commands, who)

    measure = commands.add_parser("measure", parents=[who], help=_("计量一份通知的各项指标"))
    measure.add_argument("notice")
    measure.add_argument("--region", help=_("只看这个区域"))
    measure.add_argument("--on", metavar="DATE", help=_("截至日期，如 2023-11-30（默认今天）"))
    measure.add_argument("--edition", help=_("按另一版区划显示"))
    measure.add_argument("--json", action="store_true")
    measure.set_defaults(run=run_measure)

    table = commands.add_parser("table", parents=[who], help=_("填出一张报表"))
    table.add_argument("table", metavar="NOTICE/TABLE")
    table.add_argument("--region", required=True)
    table.add_argument("--period", required=True, help=_("如 2019H1、2023、2023-05"))
    table.add_argument("--out", required=True, metavar="FILE", help=".xlsx .docx .pdf .html .csv")
    table.add_argument("--blank", action="store_true", help=_("空白表，只写好区域和时段"))
    table.add_argument(
        "--show",
        choices=[show.value for show in Show],
        default=Show.TARGET.value,
        help=_("任务表显示：target 任务数、approved 完成数、ratio 完成率、all 三项并列"),
    )
    table.add_argument("--on", metavar="DATE", help=_("截至日期，也是填报日期，如 2023-11-30（默认今天）"))
    table.add_argument(
        "--missing-only", action="store_true", help=_("外部系统的模板：只写对方还没有的（按最近一份名单）")
    )
    table.set_defaults(run=run_table)


def _add_notice(commands: Commands, who: argparse.ArgumentParser) -> None:
    notice = commands.add_parser("notice", help=_("检查、查看通知")).add_subparsers(
        required=True, metavar="ACTION"
    )
    check = notice.add_parser("check", help=_("列出通知文件夹里的全部问题"))
    check.add_argument("folders", nargs="*", metavar="DIR")
    check.set_defaults(run=run_check)
    show = notice.add_parser("show", help=_("显示一份通知"))
    show.add_argument("code")
    show.add_argument("--json", action="store_true")
    show.set_defaults(run=run_show)
    listed = notice.add_parser("list", help=_("列出全部通知，哪些启用、从哪天到哪天"))
    listed.add_argument("--json", action="store_true")
    listed.set_defaults(run=run_list)
    on = notice.add_parser("on", parents=[who], help=_("启用一份通知，此前到期的报送不算逾期"))
    on.add_argument("code")
    on.add_argument("--from", dest="begins", metavar="DATE", help=_("从哪天起（默认今天）"))
    on.add_argument("--until", metavar="DATE", help=_("到哪天止（默认一直有效）"))
    on.set_defaults(run=run_on)
    off = notice.add_parser("off", parents=[who], help=_("停用一份通知，报表照样打开"))
    off.add_argument("code")
    off.add_argument("--until", metavar="DATE", help=_("到哪天止（默认昨天）"))
    off.set_defaults(run=run_off)


def run_check(options: argparse.Namespace) -> int:
    """Every fault with file and key; acknowledged ones do not fail."""
    folders = [Path(name) for name in options.folders]
    if not folders:
        kept = [*settings.NOTICE_DIRS, *settings.SYSTEM_DIRS]
        # An installation need not have notices of its own.
        folders = [parent for parent in kept if parent != settings.OWN_NOTICES or parent.is_dir()]
    lines, status = report_check(folders)
    for line in lines:
        print(line)
    return status


def run_show(options: argparse.Namespace) -> int:
    """A notice as JSON, or its title and indicators as text."""
    found = describe(notices.notice(options.code))
    if options.json:
        print(as_json(found))
        return 0
    print(f"{found['title']}（{found['code']}）")
    for indicator in found["indicators"]:
        print(f"  {indicator['label']}（{indicator['unit']}）")
    return 0


def run_list(options: argparse.Namespace) -> int:
    """Every notice with its span and whether this installation works by it."""
    switched, today = notices.switches(), date.today()
    found = []
    for one in notices.every():
        held = switched.get(one.code)
        found.append(
            {
                "code": one.code,
                "title": one.title,
                "in_force": held is not None and held.holds(today),
                "begins": held.begins.isoformat() if held is not None and held.begins else None,
                "ends": held.ends.isoformat() if held is not None and held.ends else None,
            }
        )
    if options.json:
        print(as_json(found))
        return 0
    for line in found:
        state = _("在用") if line["in_force"] else _("没有启用")
        days = f"{line['begins'] or '…'}—{line['ends'] or '…'}" if line["code"] in switched else ""
        print(f"{line['code']}  {line['title']}  {state} {days}".rstrip())
    return 0


def run_on(options: argparse.Namespace) -> int:
    """Switch a notice on: what was due before its first day is not owed."""
    last = _day(options.until) if options.until else None
    held = switching.switch_on(
        notices.notice(options.code), _day(options.begins), last, actor(options), purpose=options.purpose
    )
    print(_("已启用 %(code)s，从 %(day)s 起。") % {"code": held.notice, "day": held.begins})
    return 0


def run_off(options: argparse.Namespace) -> int:
    """Switch a notice off after its last day."""
    last = _day(options.until) if options.until else None
    held = switching.switch_off(notices.notice(options.code), last, actor(options), purpose=options.purpose)
    print(_("已停用 %(code)s，到 %(day)s 止。") % {"code": held.notice, "day": held.ends})
    return 0


def _day(text: str | None) -> date:
    if text is None:
        return date.today()
    try:
        return date.fromisoformat(text)
    except ValueError as reason:
        raise Unusable("date_unreadable", _("看不懂日期“%s”，请写成 2023-11-30 的样子。") % text) from reason


def run_measure(options: argparse.Namespace) -> int:
    """Target, approved and pending per unit and in total, as of a date."""
    notice = notices.notice(options.notice)
    on = _day(options.on)
    area = regions.find(options.region, on=on) if options.region else None
    measurement = measures.measure(notice, on, actor(options), area, options.edition)
    print(as_json(plain(measurement)) if options.json else "\n".join(lines(measurement)))
    return 0


def plain(measurement: Measurement) -> dict[str, Any]:
    """A measurement as JSON values: codes in the notice's column order, units in the order of its edition.

    ``doubtful`` are those of the approved persons who may be another one that is counted too. Of a ratio, approved are
    those who reached it, and nothing is pending (null); the text form prints both numbers.
    """

    def number(value: Value) -> dict[str, int | None]:
        return {
            "target": value.target,
            "approved": value.approved,
            "pending": value.pending,
            "doubtful": value.doubtful,
        }

    codes = [indicator.code for indicator in measurement.indicators]
    return {
        "notice": measurement.notice.code,
        "on": measurement.on.isoformat(),
        "indicators": [
            {"code": i.code, "label": i.label, "unit": i.unit, "measured": i.count is not None}
            for i in measurement.indicators
        ],
        "regions": [
            {
                "name": squeeze(u.name),
                "code": u.code,
                "values": {code: number(u.values[code]) for code in codes},
            }
            for u in measurement.units
        ],
        "total": {code: number(measurement.total[code]) for code in codes},
    }


def lines(measurement: Measurement) -> list[str]:
    """A measurement as text: one block per indicator, units with approved / target and what is pending."""
    found = [_("%(title)s  截至 %(on)s") % {"title": measurement.notice.title, "on": measurement.on}]
    for indicator in measurement.indicators:
        total = measurement.total[indicator.code]
        words = {"label": indicator.label, "unit": indicator.unit, "total": _text(total)}
        found.append(_("%(label)s（%(unit)s）  合计 %(total)s") % words)
        if indicator.count is not None:
            found += [
                f"  {squeeze(unit.name)}  {_text(unit.values[indicator.code])}" for unit in measurement.units
            ]
    return found


def _text(value: Value) -> str:
    target = "—" if value.target is None else f"{value.target:,}"
    if value.approved is None:
        return _("尚未计量 / %s") % target
    if value.cohort is not None:
        share = printed(value.share)
        due = _("，未到期 %s") % f"{value.waiting:,}" if value.waiting else ""
        aim = target if value.target is None else f"{target}%"
        return f"{value.approved:,} ÷ {value.cohort:,} = {share} / {aim}{due}"
    waiting = _("，待审核 %s") % f"{value.pending:,}" if value.pending else ""
    asked = _("，其中 %s 人待核对") % f"{value.doubtful:,}" if value.doubtful else ""
    return f"{value.approved:,} / {target}{asked}{waiting}"


def run_table(options: argparse.Namespace) -> int:
    """Fill a form from the ledgers and write it in the format that the file's ending names."""
    table = notices.table(options.table)
    period = read_period(options.period)
    region = regions.find(options.region, on=period.ends)
    form = Path(options.out).suffix.removeprefix(".").lower()
    viewer = actor(options)
    held = comparison.they_hold(table, region, period, viewer) if options.missing_only else frozenset()
    content = filling.write(
        table,
        region,
        period,
        form,
        viewer,
        on=_day(options.on) if options.on else None,
        show=Show(options.show),
        empty=options.blank,
        purpose=options.purpose,
        without=held,
    )
    write_file(options.out, content)
    without_code = [] if options.blank else filling.unmapped(table, region, period, viewer)
    for column, words, number in without_code:
        text = _("%(column)s：“%(words)s”在对方代码表中没有对应，共%(number)d行，照原文写出，请人工核对。")
        print(text % {"column": column, "words": words, "number": number})
    return 1 if without_code else 0
