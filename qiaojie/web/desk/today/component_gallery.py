"""What the page of components shows: every component template in its states, with words that belong to nobody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace as Made
from typing import Any

from django.template.loader import get_template, render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from qiaojie.backups.telling import BackupLine
from qiaojie.intake.models import Stage
from qiaojie.ledgers.models import State
from qiaojie.measures.days import Month, Trend
from qiaojie.measures.queries import Value
from qiaojie.web.components.cells import cell
from qiaojie.web.components.progress import BANDS, Progress, progress
from qiaojie.web.components.sparks import spark
from qiaojie.web.requests import DeskRequest

from . import gallery_likeness, gallery_notices, gallery_plans, made_up
from .made_up import AT, DAY

_COMMENT = re.compile(r"\{% comment %\}(.*?)\{% endcomment %\}", re.S)
_LEADS = re.compile(r'\s(?:hx-[a-z-]+|action|formaction)="[^"]*"|\sautofocus')
_HREF = re.compile(r'\shref="[^"]*"')
_NAMED = re.compile(r'\b(id|for|aria-labelledby|aria-describedby)="([^"]+)"')
_LABEL = re.compile(r'\baria-label="([^"]*)"')

_ROW = frozenset({"board_line"})
_CELL = frozenset({"access_key", "amount"})
_ITEM = frozenset({"finding_cell", "none_in_force", "notice_card"})
_FORM = frozenset({"last_steps", "listing", "moves", "purpose"})
"""Components that stand inside a table, a row of one, a list, or a form."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A component: its name, what its template says of it, and how it looks in each of its states."""

    name: str
    about: str
    states: tuple[tuple[str, SafeString], ...]


SECTIONS = frozenset(
    {
        "class_papers",
        "events",
        "gaps",
        "lagging",
        "own_place",
        "papers",
        "places",
        "register",
        "same_things",
        "spent",
        "standings",
    }
)
"""Templates that are a whole section of the board, of a row, of a class or of a person: they are looked at there."""


def samples(request: DeskRequest) -> list[Sample]:
    """Every component in every state."""
    found: list[Sample] = []
    number = 0
    for name, states in sorted(_states().items()):
        drawn: list[tuple[str, SafeString]] = []
        for label, context in states.items():
            number += 1
            text = render_to_string(f"web/components/{name}.html", context, request)
            drawn.append((label, _apart(_framed(name, text), number)))
        source = get_template(f"web/components/{name}.html").template.source  # type: ignore[attr-defined]
        said = _COMMENT.match(source)
        found.append(Sample(name, said[1] if said else "", tuple(drawn)))
    return found


def _framed(name: str, text: str) -> str:
    if name in _CELL:
        text = f"<tr>{text}</tr>"
    if name in _CELL | _ROW:
        table = f'<table class="data board"><tbody>{text}</tbody></table>'
        return f'<div class="region" role="region" aria-label="{name}" tabindex="0">{table}</div>'
    if name in _FORM:
        return f'<form method="dialog">{text}</form>'
    if name == "mark":
        return f'<p class="logo">{text}</p>'
    return f'<ul class="cells">{text}</ul>' if name in _ITEM else text


def _apart(text: str, number: int) -> SafeString:
    """A sample that leads nowhere, changes nothing, and has names of its own among all others."""
    text = _LEADS.sub("", text).replace('method="post"', 'method="dialog"')
    # A page has each landmark once.
    text = text.replace('role="region"', 'role="group"').replace("<section ", '<div role="group" ')
    text = text.replace("<section>", "<div>").replace("</section>", "</div>")
    text = _HREF.sub(' href="#main"', text)
    text = _NAMED.sub(lambda m: f'{m[1]}="{" ".join(f"s{number}-{each}" for each in m[2].split())}"', text)
    return mark_safe(_LABEL.sub(lambda m: f'aria-label="{m[1]} {number}"', text))  # noqa: S308 - our own templates


def _states() -> Mapping[str, Mapping[str, dict[str, Any]]]:
    """Context by component and by the name of the state."""
    as_is = _("平常")
    woman, other, text = _("王某某"), _("李某某"), _("内容")
    file = Made(
        pk=1,
        name=_("名册.xlsx"),
        stage=Stage.PLANNED,
        table="a/b",
        region=Made(short_name=_("某县")),
        received_at=AT,
        received_by=woman,
    )
    cells = {
        name: made_up.said(words)
        for name, words in (
            ("name", woman),
            ("birth_date", "1980-01-01"),
            ("id_number", "500***************"),
        )
    }
    table = Made(place=("a", "b"), title=_("某张表"), notice=_("某个通知"))
    indicator = Made(
        code="a", label=_("指标"), short="", english="", unit="", definition=text, date_wording=""
    )
    ruling = Made(on=DAY, office=_("某县"), question=text, text=text, superseded_by=None)
    line = made_up.line(woman)
    sent_back = Made(
        ledger=Made(code="enrolments", label=_("参训记录")),
        act=1,
        number=1,
        pk=1,
        title=woman,
        reason=text,
        at=AT,
        by=other,
    )
    reasons = {"kinds": {}, "rows": {}, "wanted": (), "lacking": 0}
    given = {**reasons, "kinds": {"code": Made(words=text, given_by=woman, given_at=AT)}}
    words = {
        "labels": {"a": _("以本表为准")},
        "bulk_labels": {"a": _("以本表为准")},
        "otherwise": _("确认是这个人"),
    }
    plan = {"upload": file, "reasons": reasons, "listed": ":5", "fold": 1, **words}
    told = {level: made_up.group(level) for level in ("error", "warning", "hint")}
    progresses = {
        label: progress(Value(100, done, 10), _("人"))
        for label, done in ((_("完成"), 100), ("≥80%", 86), ("≥50%", 60), ("<50%", 20))
    }
    untold = progress(Value(100), _("人"))
    filters = {
        "filters": {
            "levels": [("error", _("有错"))],
            "codes": [("a", text)],
            "verdicts": [("new", _("新增"))],
            "sheets": [],
        },
        "asked": {},
    }
    held = {"rulings": [ruling, Made(**{**vars(ruling), "superseded_by": 1})]}
    found = Made(rows=50, wrong=2, kinds=[Made(level="error", number=2, title=text, message=text)])
    packet = Made(post=Made(title=_("岗位")), leaver=woman, successor=other, left_at=AT, taken_at=AT)
    handed = Made(
        matters=[Made(what=_("待写入的文件"), detail=file.name, address="/")],
        promises=[Made(what=text, to=other, by="")],
        boxes=[Made(where=text, what=text, number="2")],
    )
    amount = Made(
        label=text,
        amount=Made(approved=3_920_000, rows=2, pending=120_000, unsaid=1),
        addresses={"approved": "/", "pending": "/", "unsaid": "/"},
    )
    money = Made(
        kind=Made(field=Made(label=_("金额（元）")), ledger=Made(label=_("培训班"))),
        whole=amount,
        sources=[amount],
    )
    trend = Trend(
        tuple(
            Month(on, reached, before)
            for on, reached, before in (
                (date(2023, 1, 31), 5, 3),
                (date(2023, 2, 28), 40, 20),
                (date(2023, 3, 31), 60, 55),
            )
        )
    )

    def cells_of(*drawn: Progress) -> list[Made]:
        return [Made(html=cell(one, "/" if one.measured else "")) for one in drawn]

    key = Made(
        hands_in=True,
        reveals=False,
        asks=True,
        confirmed_at=AT,
        ledgers=["enrolments"],
        addresses="",
        expires_at=DAY,
    )
    return {
        "access_key": {
            as_is: {
                "key": key,
                "labels": {"enrolments": _("参训记录")},
                "use": Made(used_at=AT, address="—"),
            },
            _("待确认"): {"key": Made(**{**vars(key), "confirmed_at": None}), "labels": {}},
        },
        "act": {as_is: {"act": made_up.act()}, _("有错"): {"act": made_up.act(wrong=True)}},
        "amount": {as_is: {"one": money.whole}},
        "ask_whom": {as_is: {}},
        "backup_lines": {
            as_is: {"lines": [BackupLine(True, _("试恢复"), text)]},
            _("有错"): {"lines": [BackupLine(False, _("密钥副本"), text, text)]},
        },
        "code_card": {
            as_is: {"numbered": [(1, "0000 0000"), (2, "0000 0000")], "holder": _("某某"), "day": DAY},
        },
        "board_line": {
            as_is: {"line": Made(name=_("某县"), cells=cells_of(*progresses.values()))},
            _("尚未计量"): {"line": Made(name=_("某县"), cells=cells_of(untold))},
            _("无任务"): {"line": Made(name=_("某县"), cells=cells_of(progress(Value(), _("人"))))},
            _("合计"): {"line": Made(name=_("合计"), cells=cells_of(untold)), "total": True},
        },
        "batch_changes": {as_is: {"changes": [made_up.waiting_changes()], "batch": Made(pk=1)}},
        "bulk": {
            as_is: {**plan, "group": told["error"]},
            _("写明理由"): {**plan, "reasons": given, "group": told["warning"]},
        },
        "columns_link": {as_is: plan},
        "changes": {
            as_is: {
                "groups": [made_up.changes(own=False, outdated=False)],
                "may_approve": True,
                "there": "/",
            },
            _("待审核"): {"groups": [made_up.changes(own=True, outdated=True)], "there": "/"},
        },
        "crumbs": {as_is: {"crumbs": [(_("导入"), "/"), (file.name, "/")]}},
        "display": {as_is: {}},
        "dispute": {
            as_is: {"notice": Made(code="a"), "indicator": indicator, "unit": Made(pk=1), "line": line}
        },
        "due": {
            _("还没到期"): {"one": Made(late=0, left=8)},
            _("逾期"): {"one": Made(late=3, left=0)},
            _("已报"): {"one": Made(late=0, left=0), "sent": True},
        },
        "enterable": {
            as_is: {"tables": [table]},
            _("为她登记"): {"tables": [table], "word": "person", "about": 1},
        },
        "entry": {
            as_is: {"entry": made_up.entry("text"), "name": "a"},
            _("有错"): {"entry": made_up.entry("choice", wrong=True), "name": "a"},
        },
        "facts": {
            as_is: {"prefix": "f", "facts": made_up.facts("")},
            _("遮盖的可以查看"): {"prefix": "f", "facts": made_up.facts("/")},
        },
        "finding": {
            label: {**plan, "group": told[level]}
            for level, label in (("error", _("有错")), ("warning", _("要留意")), ("hint", _("说明")))
        },
        "finding_cell": {
            as_is: {**plan, "group": told["error"], "one": told["error"].first[0]},
            _("写明理由"): {**plan, "group": told["warning"], "one": told["warning"].first[0], "back": "/"},
        },
        "found": {as_is: {"found": found}, _("没有问题"): {"found": Made(rows=50, wrong=0, kinds=[])}},
        "give": {as_is: {"notice": Made(code="a"), "indicator": indicator, "line": line}},
        "hand_in": {
            as_is: {"form": made_up.hand_in()},
            _("有没收的"): {"form": made_up.hand_in(left=True)},
        },
        "handed": {as_is: {"packets": [packet], "taken": [(packet, handed)]}},
        "income": {
            as_is: {
                "bars": Made(
                    width=24,
                    bars=[
                        Made(month="2023-01", amount="1,200", x=0, top=40, height=60),
                        Made(month="2023-02", amount="2,000", x=12, top=0, height=100),
                    ],
                )
            }
        },
        "job": {
            label: {"work": work, "name": file.name, "here": "/", "ends": "/", "back": "/"}
            for label, work in made_up.works()
            if work.job.is_open
        },
        "language": {as_is: {}},
        "listing": {
            as_is: {"listing": made_up.listing(line), "label": text},
            _("可以勾选"): {"listing": made_up.listing(line), "label": text, "ticks": True},
            _("打不开"): {"listing": made_up.listing(made_up.unopened(), unopened=True), "label": text},
        },
        "last_steps": {
            as_is: {
                "listing": made_up.listing(line),
                "ticks": True,
                "lines": [
                    (line, Made(words=_("交签到表"), address="#", links=[(_("这条记录"), "#")])),
                    (line, Made(words=_("审核"), target="enrolments/1", fault=text)),
                    (line, Made(waits=text)),
                ],
            }
        },
        "call_list": {
            as_is: {
                "calls": {
                    "address": {"pdf": "", "xlsx": "", "docx": ""},
                    "purpose": text,
                    "may_reveal": True,
                }
            }
        },
        "mark": {as_is: {}},
        "marked_copy": {as_is: plan},
        "meaning": {as_is: {"one": indicator, **held}},
        "moves": {
            as_is: {
                "ledger": Made(code="enrolments"),
                "moves": [Made(word="approve", words=_("审核"), counted=_("审核"))],
                "reasoned": [
                    Made(word="return", words=_("退回"), counted=_("退回")),
                    Made(word="withdraw", words=_("作废"), counted=_("作废")),
                ],
                "counted": Made(more=False, rows=542),
                "here": "/",
            }
        },
        "field_filters": {
            as_is: {"controls": [Made(field=Made(label=_("姓名")), kind="search", name="name", given="")]}
        },
        "refused": {as_is: {"refused": Made(message=_("还没有勾选任何一条。"), at_reason=False)}},
        "review_group": {as_is: made_up.review_group()},
        "zero": {as_is: {}},
        "outside_lists": {
            as_is: {
                "titles": {},
                "lists": [made_up.outside_list(file, woman, at) for at in (AT, None)],
            }
        },
        "packet": {as_is: {"content": handed}},
        "pager": {
            as_is: {"counted": Made(more=False, rows=542, open_here=542), "listing": Made(following=1)},
            _("很多"): {"counted": Made(more=True, rows=10_000), "listing": Made(following=None)},
        },
        "pages": {as_is: {"shown": Made(page=2, pages=3)}},
        "part": {as_is: {"same": Made(ledger=Made(code="classes")), "one": 1, "back": 1, "title": woman}},
        "plan_filters": {as_is: {**filters, "all": True}},
        "asked_county": {as_is: {"upload": Made(pk=1), "asked_county": made_up.asked_county()}},
        "asked_names": {as_is: made_up.asked_names()},
        "purpose": {as_is: {}, _("有错"): {"purpose_fault": text}},
        "relocation_lists": {as_is: {"label": _("迁出"), "lists": [made_up.moving(file.region)]}},
        "recent": {as_is: {"uploads": [file]}, _("还没有内容"): {}},
        "returned": {
            as_is: {"one": sent_back, "when": "m-d H:i"},
            _("好几条"): {"one": Made(**{**vars(sent_back), "number": 4}), "when": "m-d H:i"},
        },
        "rulings": {as_is: held},
        "copy_text": {as_is: {"text": text, "name": "a", "label": text}},
        "seek": {
            as_is: {
                "text": text,
                "number": 2,
                "people": [Made(pk=1, cells={**cells, "hukou": made_up.said(_("某县"))})],
                "answers": [Made(label=_("导入表格"), kind=_("页面"), address="/")],
            },
            _("没有找到"): {"text": text},
        },
        "sources": {as_is: {"money": [money]}},
        "spark": {
            as_is: {
                "spark": spark(trend, 100, 12),
                "trend": trend,
                "code": "a",
                "label": text,
                "counted_in": _("人"),
            }
        },
        "steps": {
            as_is: {
                "steps": [
                    Made(
                        at=AT,
                        what=_("修改"),
                        actor=woman,
                        purpose=text,
                        changes=[(_("姓名"), made_up.said(woman), made_up.said(other))],
                    ),
                    Made(at=AT, what=_("登记"), actor=woman, purpose="", changes=[]),
                ]
            }
        },
        "tiles": {
            as_is: {
                "tiles": Made(
                    width=len(progresses) * 46,
                    height=46,
                    tiles=[
                        Made(x=46 * place, y=0, label=_("某县"), name=_("某县"), progress=one, address="/")
                        for place, one in enumerate(progresses.values())
                    ],
                ),
                "chosen": indicator,
                "on": DAY,
                "bands": [*BANDS.items()],
            }
        },
        "filing_unit": {
            as_is: {
                "regions": [
                    Made(pk=1, key="a", short_name=_("某县")),
                    Made(pk=2, key="b", short_name=_("某区")),
                ],
                "region": Made(pk=1),
            }
        },
        "entered_into": {
            as_is: {"about": [("class", 1, _("某班"), "/")]},
            _("为她登记"): {"about": [("person", 1, _("李某某"), "/")]},
        },
        "typed_sources": {
            as_is: {
                "totals": [(Made(label=_("指标"), short="", english="", unit=_("人")), made_up.year_total())]
            }
        },
        "year_total": {
            as_is: {"total": made_up.year_total()},
            _("部分填报"): {"total": made_up.year_total(counted=300)},
        },
        "unit_choice": {
            as_is: {
                "units": [Made(region_id=1, name=_("某县")), Made(region_id=2, name=_("某区"))],
                "unit": None,
                "on": DAY,
            }
        },
        "value": {
            **{
                str(state.label): {"value": made_up.value(str(state.label), code=state.value)}
                for state in State
            },
            _("文字"): {"value": made_up.value(woman)},
            _("遮盖"): {"value": made_up.value("500***************", masked=True)},
        },
        "work": {label: {"work": work, "name": file.name} for label, work in made_up.works()},
        **gallery_notices.states(as_is),
        **gallery_likeness.states(as_is, woman, other, file.name, cells),
        **gallery_plans.states(as_is, plan, told["warning"], text),
    }
