"""Commands on data: intake of a workbook, undo of a batch."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from qiaojie.intake import services as intake
from qiaojie.intake.public import (
    ASKED,
    ISSUED_BY,
    VERDICTS,
    WHOLE_FILE,
    HeaderMap,
    Plan,
    as_mapping,
    choices_of,
    header_mapping,
    is_decision,
    joined,
    marked_copy,
    named,
    recognise,
    stated_for_all,
    unsaid,
)
from qiaojie.ledgers import undoing
from qiaojie.ledgers.models import Batch
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.notices.forms import TableDef
from qiaojie.regions import queries as regions
from qiaojie.regions import residence
from qiaojie.regions.models import Region
from qiaojie.sheets.reading import read as read_book

from .actors import actor
from .output import as_json, read_file, write_file

Commands = Any
"""argparse has no public name for the object that sub-commands are added to."""


def add(commands: Commands, who: argparse.ArgumentParser) -> None:
    """Declare the commands of this module."""
    take = commands.add_parser("intake", parents=[who], help=_("读入一个表格文件（默认只看计划，不写入）"))
    take.add_argument("file")
    take.add_argument("--table", metavar="NOTICE/TABLE", help=_("哪张表（不写则按表头认）"))
    take.add_argument("--region", help=_("填报单位（不写则按表头、表名、文件名认）"))
    take.add_argument(
        "--map",
        action="append",
        default=[],
        metavar=_("列名=字段"),
        help=_("这一列当作哪个字段读，可写多次；字段留空为不导入"),
    )
    take.add_argument(
        "--say",
        action="append",
        default=[],
        metavar=_("栏名=内容"),
        help=_(
            "整张表都是同一个值的，写在这里，可写多次，例如“培训班名称=竹编班”“培训时间=2023年6月1日至6月10日”"
        ),
    )
    take.add_argument("--commit", action="store_true", help=_("写入新增和有变化的行"))
    take.add_argument("--errors", metavar="OUT.xlsx", help=_("另存一份标出问题的表格，改好后可以再读入"))
    take.add_argument(
        "--decide",
        action="append",
        default=[],
        metavar="ROW=WORD",
        help=_(
            "对一行的处理，可写多次：person:编号 是她，new_person 新登记，leave_out 不导入，use_certificate，overwrite"
        ),
    )
    take.add_argument(
        "--issued-by",
        metavar="COUNTY",
        help=_("名单和户籍地都看不出由哪里发证的残疾人证，是哪个区县发的（不写则待定）"),
    )
    take.add_argument("--json", action="store_true")
    take.set_defaults(run=run_intake)
    undo = commands.add_parser("undo", parents=[who], help=_("撤销一批写入"))
    undo.add_argument("batch", type=int)
    undo.add_argument("--reason", default="", help=_("撤销的原因；有已审核的记录时必须写"))
    undo.set_defaults(run=run_undo)


def run_intake(options: argparse.Namespace) -> int:
    """Plan a file, and write it if told to; 1 where something was found in it."""
    viewer = actor(options)
    table = notices.table(options.table) if options.table else None
    region = _named(options.region, table) if options.region and table else None
    data, name = read_file(options.file), Path(options.file).name
    seen = recognise(read_book(data, name)) if table is None or region is None else None
    if seen is not None:
        table = table or seen.table()
        region = _named(options.region, table) if options.region else seen.region(table, viewer)
    if table is None or region is None:
        text = _("“%s”没有写明是哪个单位的，或写了几个单位，请用 --region 指明。")
        raise Unusable("region_missing", text % name)
    decided = decisions(options.decide)
    if options.issued_by:
        decided[WHOLE_FILE] = f"{ISSUED_BY}{_county(options.issued_by)}"
    chosen = header_mapping.asked(options.map, table)
    if options.say:
        said = stated_for_all.asked(options.say, table)
        chosen = replace(chosen or HeaderMap({}), values=said)
    plan = intake.plan(data, name, table, region, viewer, decisions=decided, chosen=chosen)
    if options.errors:
        copy = marked_copy.marked(
            plan, viewer, options.purpose or _("退回填报单位修改"), f"intake/{table.name}.marked"
        )
        write_file(options.errors, copy.content)
    batch = intake.commit(plan, viewer, options.purpose) if options.commit and plan.to_write else None
    if options.json:
        recognised = {} if seen is None else {"table": table.name, "region": region.name}
        lacking = [field.name for field in unsaid.of(plan)]
        more = {"not_said": lacking} if lacking else {}
        print(as_json({**as_mapping(plan, batch), **more, **recognised}))
    else:
        if seen is not None:
            text = _("按文件认出：%(table)s，填报单位 %(region)s")
            print(text % {"table": named(table), "region": region.short_name})
        print("\n".join(lines(plan, batch)))
    return 1 if plan.issues else 0


def decisions(texts: Sequence[str]) -> dict[int, str]:
    """Decisions by row from ``ROW=WORD``. Raises Unusable ``decision_unknown``."""
    found: dict[int, str] = {}
    for text in texts:
        row, _sep, word = text.partition("=")
        if not (row.isascii() and row.isdecimal() and is_decision(word)):
            raise Unusable("decision_unknown", _("没有“%s”这种处理方式。") % text)
        found[int(row)] = joined(found.get(int(row), ""), word)
    return found


def _named(region: str, table: TableDef) -> Region:
    """The unit that is asked for. Names of regions are those of the notice's time: 两江新区 of 2023 is not the division of
    2026."""
    return regions.find(region, on=notices.notice(table.notice).span.ends)


def _county(text: str) -> int:
    """The county or zone that is named. Raises Unusable ``county_expected`` and as ``regions.find``."""
    found = regions.find(text)
    if not residence.is_county(found.level, found.kind):
        raise Unusable("county_expected", _("“%s”不是区县，发证残联要写到区县。") % found.short_name)
    return found.pk


def lines(plan: Plan, batch: Batch | None) -> list[str]:
    """A plan as text: counts, then every finding with its cell."""
    counts = "，".join(f"{VERDICTS[verdict]} {number}" for verdict, number in plan.counts.items())
    found = [_("%(rows)s 行：%(counts)s") % {"rows": len(plan.rows), "counts": counts}]
    if not_said := unsaid.words(plan):
        found.append(not_said)
    if plan.carried:
        found.append(_("新增的行还会改动台账里已有的：%s。") % plan.carried_words)
    choices = choices_of(plan)
    for issue in plan.issues:
        asked = (
            f"  --decide {issue.row}=… {' '.join(choices.get(issue.row, ()))}" if issue.code in ASKED else ""
        )
        found.append(f"{issue.sheet}!{issue.cell}  {issue.message}{asked}")
    left = sum(one.county is None for one in plan.counties)
    if left:
        text = _("有 %d 本残疾人证看不出由哪里发证，写入后待定；都由一处发证的，用 --issued-by 指明。")
        found.append(text % left)
    if batch is not None:
        text = _("已写入 %(rows)s 行，批次号 %(batch)s（撤销：qiaojie undo %(batch)s）")
        found.append(text % {"rows": plan.to_write, "batch": batch.pk})
    return found


def run_undo(options: argparse.Namespace) -> int:
    """Take a batch back, all of it or nothing."""
    batch = undoing.undo(options.batch, actor(options), options.reason)
    print(_("已撤销批次 %s。") % batch.pk)
    return 0
