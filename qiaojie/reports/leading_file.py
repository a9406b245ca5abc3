"""The leader's sheet on paper: one page across, with what the screen has: sentences, tiles, gaps and what closes them, money,
what waits, definitions and rulings. It names nobody. Files are Chinese in every interface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from qiaojie.accounts.exports import watermark
from qiaojie.ledgers.viewer import Action, Viewer, demand
from qiaojie.lib.money import print_money
from qiaojie.lib.percentages import printed
from qiaojie.measures.queries import Value
from qiaojie.notices import rulings
from qiaojie.tables.typesetting import asked, set_page

from .leading import Closing, LeaderSheet
from .money import Amount

FORMATS = ("pdf",)
_FILE = "%s%s领导一页%s.%s"
_SIZES = (10.2, 9.6, 8.8, 8.0, 7.2, 6.4)
"""Points of the text, the largest that keeps the sheet on one page."""
_RULE = "口径：只计审核通过的记录，待审核的另列；一人在一项指标只由一个单位计数。不同用途的钱不相加。"
_KINDS = ("实色已审核", "斜纹待审核", "竖纹差一件", "空白没有着落")
_TASKS = "{tasks} 项任务，{done} 项已经完成，{near} 项过了八成，{low} 项不到八成。"
_SLOWEST = "最慢的是{name}，{share}。"
_ALL_DONE = "有任务的指标都已完成。"
_WIDEST = "{name}完成 {value}，还差 {missing} {unit}：待审核 {pending}，补一件就能计的 {near}，还没有着落的 {left}。"
_PAID = "{ledger}付出 {paid} 元，待审核 {pending} 元；"
_WAITS = "等您定的 {number} 件，最久的 {days} 天。"
_TITLE = "{area}任务进度"
_ASIDE = ("{office}　截至 {on}", "依据 {notice}　{tasks} 项任务")
_AMOUNTS = ("用途、来源", "预算", "已付", "待审核")
_FOOT = "{at} 打印　校验号 {check}　{who}"
_APPROVERS = "审核人员审核 {number}"
_CLERKS = "经办人员补 {steps}"
_LEFT = "还有 {number} 没有着落，请安排"
_LEFT_BEHIND = "还有 {number} 没有着落，请督促。不算待审核，差得最多：{behind}"
_BEFORE = "上月同日 {number}"
_UNSAID = "没有写明"
"""What the sheet says. It goes to whoever decides, and is Chinese in every interface."""


@dataclass(frozen=True, slots=True)
class UnitTile:
    """A unit's square: its column and row (from 0), what stands on it, and how far it has come (``done``, ``near``, ``mid``,
    ``low``, ``none``)."""

    column: int
    row: int
    label: str
    share: str
    band: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Something that waits for the leader: what, how many, and for how long in words ('' where no day is known)."""

    what: str
    number: int
    age: str


@dataclass(frozen=True, slots=True)
class Waits:
    """What waits: the lines, how many things together, and how many days the oldest does; ``others`` is what waits for others."""

    lines: Sequence[Wait]
    number: int
    oldest: int
    others: Wait | None = None


def name(sheet: LeaderSheet, format: str) -> str:
    """What the file is called: unit, notice, day."""
    number = sheet.found.notice.number or sheet.found.notice.code
    return _FILE % (sheet.area, number, f"{sheet.found.on:%Y%m%d}", format)


def write(sheet: LeaderSheet, tiles: Sequence[UnitTile], waits: Waits, viewer: Viewer, office: str) -> bytes:
    """The sheet as PDF, always one page; logged as an export. Whoever may see the sheet may take it along: it has sums only.

    Raises Refused where the role may not, Unusable ``pdf_no_face``.
    """
    subject = f"leader/{sheet.found.notice.code}.pdf"
    demand(viewer, Action.COUNT, subject)
    content = _content(sheet, tiles, waits, viewer, office)
    for size in _SIZES:
        content["points"] = size
        if asked(_TEMPLATE, content, "<last>") == 1:
            break
    made = set_page(_TEMPLATE, content)
    viewer.note(Action.EXPORT, subject, rows=len(sheet.found.indicators))
    return made


def sentences(sheet: LeaderSheet, waits: Waits) -> tuple[str, str, str]:
    """Where it stands, in the three sentences of the screen."""
    done, near, low = sheet.counts
    first = _TASKS.format(tasks=len(sheet.aimed), done=done, near=near, low=low)
    if sheet.slowest is not None:
        share = printed(sheet.values[sheet.slowest.code].done)
        first += _SLOWEST.format(name=sheet.slowest.name, share=share)
    main = sheet.weightiest
    second = _ALL_DONE
    if main is not None:
        gap = main.gap
        second = _WIDEST.format(
            name=gap.indicator.name,
            value=_figure(gap.value),
            missing=f"{gap.missing:,}",
            unit=gap.indicator.unit,
            pending=f"{gap.pending:,}",
            near=f"{main.near:,}",
            left=f"{main.left:,}",
        )
    third = "".join(
        _PAID.format(ledger=one.kind.ledger.label, paid=_yuan(whole.approved), pending=_yuan(whole.pending))
        for one in sheet.money
        for whole in [one.of(sheet.unit_id)]
    )
    return first, second, third + _WAITS.format(number=f"{waits.number:,}", days=waits.oldest)


def _content(
    sheet: LeaderSheet, tiles: Sequence[UnitTile], waits: Waits, viewer: Viewer, office: str
) -> dict[str, Any]:
    notice, main = sheet.found.notice, sheet.weightiest
    budgets = any(sheet.budget(one.kind) for one in sheet.money)
    chosen = main.gap.indicator if main is not None else sheet.found.indicators[0]
    return {
        "title": _TITLE.format(area=sheet.area),
        "aside": [
            _ASIDE[0].format(office=office, on=sheet.found.on.isoformat()).strip("　"),
            _ASIDE[1].format(notice=notice.number or notice.title, tasks=len(sheet.aimed)),
        ],
        "said": sentences(sheet, waits),
        "chosen": chosen.name,
        "whole": printed(sheet.values[chosen.code].done),
        "tiles": [[one.column, one.row, one.label, one.share, one.band] for one in tiles],
        "lowest": "、".join(
            f"{''.join(unit.name.split())} {printed(done)}" for unit, done in sheet.lowest(chosen)
        )
        if sheet.own is None
        else "",
        "standings": [] if sheet.own is None else _standings(sheet),
        "kinds": "　".join(_KINDS),
        "gaps": [_gap(one) for one in sheet.closings],
        "amounts": [one for one in _AMOUNTS if budgets or one != _AMOUNTS[1]],
        "money": _money(sheet, budgets=budgets),
        "waits": [[one.what, f"{one.number:,}", one.age] for one in waits.lines],
        "others": []
        if waits.others is None
        else [waits.others.what, f"{waits.others.number:,}", waits.others.age],
        "beneath": [
            _RULE,
            *(f"{one.name}：{one.definition}" for one in sheet.named),
            *rulings.lines(notice, [one.code for one in sheet.named]),
        ],
        "foot": _FOOT.format(
            at=f"{timezone.localtime():%Y-%m-%d %H:%M}", check=sheet.check, who=watermark(viewer)
        ),
    }


def _figure(value: Value) -> str:
    """What is approved; of a ratio its share."""
    return printed(value.share) if value.cohort is not None else f"{value.approved or 0:,}"


def _aim(value: Value) -> str:
    if not value.target:
        return "—"
    return f"{value.target:,}%" if value.cohort is not None else f"{value.target:,}"


def _standings(sheet: LeaderSheet) -> list[list[Any]]:
    """Of a unit's sheet every indicator: its name, figure, aim, share, how wide its bar is."""
    lines = []
    for one in sheet.found.indicators:
        value = sheet.values[one.code]
        if one.measured:
            said = f"{_figure(value)} / {_aim(value)} {one.unit}"
            wide = float(min(value.done or 0, 100))
            waits = (value.pending or 0) * 100 / value.target if value.target and not value.cohort else 0
            lines.append(
                [
                    one.name,
                    said,
                    printed(value.done) if value.done is not None else "",
                    [wide, min(waits, 100 - wide)],
                ]
            )
    return lines


def _gap(one: Closing) -> dict[str, Any]:
    gap = one.gap
    parts = [_APPROVERS.format(number=f"{gap.pending:,}")] if gap.pending else []
    if one.near:
        parts.append(_CLERKS.format(steps="、".join(f"{step.label} {step.number:,}" for step in one.steps)))
    if one.left:
        behind = "、".join(f"{unit.name} {unit.number:,}" for unit in one.behind)
        parts.append((_LEFT_BEHIND if behind else _LEFT).format(number=f"{one.left:,}", behind=behind))
    before = _BEFORE.format(number=f"{one.before:,}") if one.before is not None else ""
    return {
        "name": gap.indicator.name,
        "figure": _figure(gap.value),
        "aim": f"{_aim(gap.value)} {gap.indicator.unit}",
        "missing": f"{gap.missing:,}",
        "widths": [float(part) for part in one.widths],
        "said": "；".join(parts) + "。" if parts else "",
        "before": before,
    }


def _money(sheet: LeaderSheet, *, budgets: bool) -> list[dict[str, Any]]:
    """Lines of the table of money: what it is, planned (where any budget says), paid, waiting, and whether it is a whole kind."""
    lines: list[dict[str, Any]] = []

    def line(name: str, plan: int | None, amount: Amount, *, whole: bool) -> None:
        planned = (
            [] if not budgets else ["—" if whole and plan is None else "" if plan is None else _yuan(plan)]
        )
        cells = [*planned, _yuan(amount.approved), _yuan(amount.pending)]
        lines.append({"name": name, "cells": cells, "whole": whole})

    for one in sheet.money:
        plans, known = sheet.budget(one.kind), one.by_source(sheet.unit_id)
        total = sum(plans.values()) if plans else None
        line(str(one.kind.ledger.label), total, one.of(sheet.unit_id), whole=True)
        for source in dict.fromkeys([*known, *plans]) if one.kind.source is not None else ():
            amount = known.get(source, Amount())
            if source in plans or amount.known:
                line(one.label(source) or _UNSAID, plans.get(source), amount, whole=False)
    return lines


def _yuan(fen: int) -> str:
    whole, point, rest = print_money(fen).partition(".")
    return f"{int(whole):,}{point}{rest}"


_TEMPLATE = """
#let d = json(bytes(sys.inputs.form))
#set document(title: d.title)
#set page(paper: "a4", flipped: true, margin: (x: 12mm, top: 10mm, bottom: 13mm), footer-descent: 30%,
  footer: align(center, text(size: 7pt, d.foot)))
#set text(font: d.faces.body, size: d.points * 1pt, lang: "zh", region: "cn", cjk-latin-spacing: none)
#set par(leading: 0.5em, spacing: 0.55em, justify: false)
#let strong-of(it) = text(font: d.faces.heading, it)
#show heading.where(level: 1): it => text(font: d.faces.title, size: 17pt, weight: "regular", it.body)
#show heading.where(level: 2): it => block(above: 1em, below: 0.5em, width: 100%, stroke: (bottom: 0.6pt),
  inset: (bottom: 2pt), text(font: d.faces.heading, size: 1.12em, weight: "regular", it.body))
#let ink = rgb("#1d4e7a")
#let slant = tiling(size: (5pt, 5pt), { place(rect(width: 100%, height: 100%, fill: white))
  place(line(start: (0%, 100%), end: (100%, 0%), stroke: 1.4pt + ink)) })
#let upright = tiling(size: (3.4pt, 3.4pt), { place(rect(width: 100%, height: 100%, fill: white))
  place(line(start: (50%, 0%), end: (50%, 100%), stroke: 0.9pt + ink)) })
#let bar(parts) = pdf.artifact(box(width: 100%, height: 6.5pt, stroke: 0.5pt + ink, clip: true, {
  let at = 0%
  for (n, part) in parts.enumerate() {
    place(left + top, dx: at, rect(width: part * 1%, height: 6.5pt, stroke: none, fill: (ink, slant, upright).at(n)))
    at += part * 1%
  }
}))
#let looks = (
  done: (fill: rgb("#2f6b4f"), ink: white, edge: 0.6pt + rgb("#2f6b4f")),
  near: (fill: rgb("#a9cdb8"), ink: black, edge: 0.6pt + rgb("#2f6b4f")),
  mid: (fill: rgb("#f3e2b3"), ink: black, edge: 0.6pt + rgb("#9a7420")),
  low: (fill: white, ink: black, edge: 1.4pt + rgb("#b3372b")),
  "none": (fill: rgb("#ececec"), ink: rgb("#555555"), edge: 0.4pt + rgb("#bbbbbb")),
)
#let tile(t, side) = { let look = looks.at(t.at(4))
  box(width: side - 2pt, height: side - 2pt, fill: look.fill, stroke: look.edge, radius: 2pt, align(center + horizon,
    text(fill: look.ink, size: if t.at(2).clusters().len() > 2 { side * 0.21 } else { side * 0.26 },
      stack(spacing: 2.5pt, t.at(2), text(size: side * 0.21, t.at(3)))))) }
#let places = layout(room => {
  let wide = calc.max(1, ..d.tiles.map(t => t.at(0) + 1))
  let high = calc.max(1, ..d.tiles.map(t => t.at(1) + 1))
  let side = calc.min(34pt, room.width / wide)
  align(center, box(width: wide * side, height: high * side, for t in d.tiles {
    place(top + left, dx: t.at(0) * side, dy: t.at(1) * side, tile(t, side)) }))
})
#let sums = if d.money.len() > 0 { table(columns: (1fr, ..(auto,) * (d.amounts.len() - 1)), inset: (x: 2.5pt, y: 2.4pt),
  stroke: (x, y) => (bottom: 0.4pt), align: (x, y) => if x == 0 { left } else { right },
  table.header(..d.amounts.map(strong-of)),
  ..d.money.map(m => { let shown = if m.whole { strong-of } else { it => it }
    (if m.whole { shown(m.name) } else { pad(left: 0.8em, m.name) }, ..m.cells.map(shown)) }).flatten())
} else [没有记到钱。]
#grid(columns: (auto, 1fr), align: (left + bottom, right + bottom), heading(level: 1, d.title),
  d.aside.join(linebreak()))
#line(length: 100%, stroke: 1.2pt)
#for (n, s) in d.said.enumerate() { block(above: 0.5em, below: 0.5em, text(size: 1.22em, [#(n + 1). #s])) }
#v(0.6em)
#grid(columns: (if d.tiles.len() > 0 { 0.95fr } else { 0.8fr }, 1fr), column-gutter: 8mm, {
  if d.tiles.len() > 0 [
    == #d.chosen，各单位完成 %（合计 #d.whole）
    #places
    #text(size: 0.9em)[深绿完成　浅绿 80% 以上　黄 50% 以上　红框不到 50%　灰无任务]
    #if d.lowest != "" [#linebreak()最低的：#d.lowest]
  ] else [
    == 各项任务
    #for s in d.standings { block(above: 0.45em, below: 0.45em, breakable: false, {
      grid(columns: (1fr, auto, 3.6em), align: (left, right, right), s.at(0), s.at(1), strong-of(s.at(2)))
      v(-0.3em)
      bar(s.at(3))
    }) }
  ]
}, {
  [== 最大的差距，怎样补上
  #text(size: 0.9em, d.kinds)]
  for g in d.gaps { block(above: 0.6em, below: 0.6em, breakable: false, {
    grid(columns: (1fr, auto), strong-of(g.name), [#strong-of(g.figure) / #g.aim　还差 #strong-of(g.missing)])
    v(-0.3em)
    bar(g.widths)
    v(-0.1em)
    [#g.said #box(text(fill: luma(35%), g.before))]
  }) }
  if d.gaps.len() == 0 [没有差距。]
  grid(columns: (1.15fr, 1fr), column-gutter: 6mm, [
    == 钱 #h(1fr) #text(size: 0.8em, font: d.faces.body)[元]
    #sums
  ], [
    == 等您定
    #for w in d.waits { block(above: 0.45em, below: 0.45em, grid(columns: (1fr, auto), column-gutter: 0.8em,
      [#w.at(0) #strong-of(w.at(1))], w.at(2))) }
    #if d.waits.len() == 0 [没有等您定的事]
    #if d.others.len() > 0 { block(above: 0.45em, grid(columns: (1fr, auto), column-gutter: 0.8em,
      [#d.others.at(0) #strong-of(d.others.at(1))], d.others.at(2))) }
  ])
})
#v(1fr)
#line(length: 100%, stroke: 0.6pt)
#for b in d.beneath { block(above: 0.35em, below: 0.35em, text(size: 0.86em, b)) }
#context [#metadata(counter(page).final().first())<last>]
"""
