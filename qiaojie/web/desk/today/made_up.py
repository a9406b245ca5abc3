"""Words and rows that belong to nobody, for the page of components."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from types import SimpleNamespace as Made
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from qiaojie.measures.year_totals import TypedTotal, YearTotal
from qiaojie.web.components.acts import ActField, ActForm

DAY = date(2023, 11, 30)
AT = datetime(2023, 11, 30, 9, 30)


def asked_county() -> Made:
    """Certificates of a file whose county is asked."""
    county = Made(pk=1, short_name=_("某县"))
    row = Made(key=4, number=4, county=None, own=False)
    answered = [(county.short_name, 3)]
    return Made(
        number=50,
        own=county,
        answered=answered,
        decided=False,
        left=47,
        rows=[row],
        more=49,
        counties=[county],
    )


def asked_names() -> dict[str, Any]:
    """A class of a file that is called nearly as others are."""
    known = Made(word="same:class:1", title=_("某培训班"), days=DAY.isoformat(), cell="")
    here = Made(word="same:class:row4", title=_("某培训班"), days="", cell="H4")
    name = Made(
        row=5,
        cell="H5",
        kind=_("培训班"),
        said=_("某培训斑"),
        days=DAY.isoformat(),
        rows=3,
        sides=[known, here],
        another="another:class",
    )
    return {"upload": Made(pk=1), "asked_names": [name], "asked_names_more": 2}


def outside_list(file: Made, who: str, at: datetime | None) -> Made:
    """A list of an outside system, compared or not yet."""
    return Made(pk=1, name=file.name, table=_("某张表"), region=file.region, received_by=who, compared_at=at)


def moving(county: Made) -> Made:
    """A list of women who move."""
    return Made(pk=1, origin=county, destination=county, moved_on=DAY, offered_at=AT, number=3, waiting=1)


def said(text: str, *, masked: bool = False) -> Made:
    """A value as it is shown."""
    return Made(text=text, masked=masked)


def value(text: str, *, masked: bool = False, code: str = "") -> Made:
    """A cell with its state."""
    return Made(shown=said(text, masked=masked), code=code, language="zh-Hans")


def facts(reveal: str) -> list[Made]:
    """What is known of somebody, as a page lists it."""
    known = (
        (_("姓名"), _("王某某"), False, ""),
        (_("身份证号"), "500***************", True, ""),
        (_("状态"), _("已审核"), False, "approved"),
        (_("住址"), "", False, ""),
    )
    return [
        Made(
            label=label,
            shown=said(text, masked=masked),
            name=f"n{at}",
            code=code,
            language="zh-Hans",
            reveal=reveal if masked else "",
            note="",
        )
        for at, (label, text, masked, code) in enumerate(known)
    ]


def group(level: str) -> Made:
    """Findings of one kind."""
    issue = Made(
        sheet="",
        cell="D5",
        row=5,
        raw="500***************",
        message=_("没有这一天，请核对。"),
        reason_key="code/5",
        choices=[Made(word="a", words="")] if level == "error" else [],
        rows=1,
        mends=[mend_form(3)] if level == "error" else [],
        field="a",
    )
    next_issue = Made(**{**vars(issue), "mends": [mend_form(2)] if level == "error" else []})
    return Made(
        code="code",
        level=level,
        title=_("内容"),
        number=3,
        rows=3,
        first=[issue, next_issue],
        bulk=[Made(word="a", rows=3)] if level == "error" else [],
        leave=Made(word="leave_out", rows=3),
        different=2,
        fate="wrong" if level == "error" else "",
        fate_label=_("有错"),
    )


def mend_form(rows: int, control: str = "text") -> Made:
    """A box that mends cells, by how it is filled in."""
    return Made(
        key=f"5.a.{rows}{control}",
        about="a",
        row=5,
        field="a",
        label=_("内容"),
        control=control,
        kind=control,
        unit=_("人") if control == "number" else "",
        choices=[("1", _("是")), ("0", _("否"))],
        text="",
        held="500***************",
        rows=rows,
        code="",
        seen="",
        offered=[_("某县")] if rows > 1 else [],
    )


def mended() -> Made:
    """A cell that was mended."""
    return Made(
        row=5,
        field="a",
        label=_("内容"),
        was="2023-04-31",
        text="2023-04-30",
        by="a",
        at=AT,
        seen="",
        code="",
    )


def works() -> Iterator[tuple[str, Made]]:
    """Work behind the screens, by how far it has come."""
    waiting = Made(is_open=True, state="waiting", attempts=1, done=0, total=0, message="")
    running = Made(is_open=True, state="running", attempts=2, done=2_000, total=50_000, message="")
    failed = Made(
        is_open=False, state="failed", attempts=3, done=0, total=0, message=_("没有这一天，请核对。")
    )
    done = Made(is_open=False, state="done", attempts=1, done=0, total=0, message="")
    doing = _("核对")
    yield _("排队中"), Made(job=waiting, doing=doing, said=_("排队中，马上开始"), left="", failed=False)
    yield _("处理中"), Made(job=running, doing=doing, said="2,000 / 50,000", left="", failed=False)
    yield _("未完成"), Made(job=failed, doing=doing, said=_("未完成"), left="", failed=True)
    yield _("已完成"), Made(job=done, doing=doing, said=_("已完成"), left="", failed=False)


def line(name: str) -> Made:
    """A row of a ledger."""
    head = mark_safe(f'<th scope="row"><a href="#main">{name}</a></th>')  # noqa: S308 - a word of the catalogue
    money = mark_safe('<td class="number">1,200</td>')
    return Made(pk=1, title=said(name), head=head, cells=money, movable=True, person_id=1, counted_by="")


def unopened() -> Made:
    """A row with a value that cannot be opened."""
    cells = format_html('<td><span class="unreadable">{}</span></td>', _("打不开"))
    head = format_html('<th scope="row"><a href="#main">{}</a></th>', _("王某某"))
    return Made(pk=2, head=head, cells=cells, person_id=1, counted_by="")


def listing(line: Made, *, unopened: bool = False) -> Made:
    """A page of a ledger; ``unopened``: a value of it cannot be opened."""
    title = Made(field=Made(label=_("姓名"), kind="name", unit=""), sorted="", sort="")
    money = Made(field=Made(label=_("金额（元）"), kind="money", unit=""), sorted="descending", sort="a")
    sums = [(Made(label=_("金额（元）")), said("1,200"))]
    return Made(
        title_heading=title,
        column_headings=[money],
        lines=[line],
        told_elsewhere=False,
        totals=True,
        column_totals=sums,
        plain=format_html("<tr>{}{}</tr>", line.head, line.cells),
        ticked=format_html("<tr><td></td>{}{}</tr>", line.head, line.cells),
        unopened=unopened,
    )


def changes(*, own: bool, outdated: bool) -> Made:
    """Changes that wait, asked for by one act."""
    line = Made(
        pk=1,
        row=1,
        title=_("王某某"),
        at=AT,
        actor=_("李某某"),
        purpose=_("内容"),
        changes=[(_("姓名"), said(_("王某某")), said(_("李某某")))],
        own=own,
        outdated=outdated,
    )
    return Made(ledger=Made(code="classes"), batch=Made(pk=1), lines=[line])


def review_group() -> dict[str, Any]:
    """A group of rows that wait, with a row in which something has changed."""
    line = Made(
        name="row",
        pk=1,
        title=said(_("王某某")),
        address="/",
        person_link="",
        cells="",
        notes=[Made(words=_("姓名"), look="changed", was=said(_("王某某")), now=said(_("李某某")))],
        ticked=False,
        fault="",
    )
    group = Made(
        key="p1",
        sent="p1:28",
        title=_("某个班"),
        address="/",
        number=28,
        rest=27,
        since=AT,
        by=_("李某某"),
        evidence=[Made(words=_("签到表"), there=True), Made(words=_("证书"), there=False)],
        doubts=1,
        lines=[line],
        whole=True,
        raised=[
            Made(
                indicator=Made(label=_("任务"), short="", english=_("任务")),
                before=Made(approved=133),
                after=Made(approved=158, target=141),
            )
        ],
    )
    return {"group": group, "ledger": Made(code="enrolments"), "width": 3, "query": ""}


def waiting_changes() -> Made:
    """How many changes of a ledger's rows wait."""
    return Made(number=3, ledger=Made(code="classes", label=_("培训班")))


def refused() -> Made:
    """A change that an approver sent back."""
    return Made(object_id=1, reason=_("内容"), closed_at=AT, closed_by=_("李某某"))


def year_total(counted: int = 0) -> YearTotal:
    """A year of which a unit's total was typed, and another's was not used."""
    typed = TypedTotal(1, "a", 1, _("某县"), 2022, 1200, _("2022年统计年鉴"), _("李某某"), AT)
    return YearTotal(2022, counted, (typed,), (replace(typed, name=_("某区"), counted=counted or 5),))


def entry(kind: str, *, wrong: bool = False) -> Made:
    """The box of a field."""
    errors = (_("没有这一天，请核对。"),) if wrong else ()
    field = Made(label=_("内容"), kind=kind, unit="", choices={"a": _("内容")})
    return Made(
        field=field, offered=field.choices, column=f"a{kind}", text="", hint="", errors=errors, required=True
    )


def said_of_all(*, stated: str = "") -> Made:
    """The box for what holds for all rows of a file."""
    return Made(
        box=Made(name="a", label=_("培训班名称")), text="", lacking=not stated, stated=stated, choices=()
    )


def hand_in(*, left: bool = False) -> Made:
    """The form by which documents are handed in, before and after."""
    fault = _("没有这一天，请核对。")
    outcome = Made(said=_("已保存。"), left=[fault], doubts=[fault]) if left else None
    return Made(
        address="/",
        kinds=[("photo", _("现场照片"))],
        kind="photo",
        described="",
        otherwise=DAY.isoformat(),
        today=DAY,
        files=30,
        megabytes=20,
        accept="image/jpeg",
        box="",
        open=left,
        outcome=outcome,
    )


def act(*, wrong: bool = False) -> ActForm:
    """Something that can be done about one thing, as it is offered, or as it was refused."""
    fault = _("请写明事由。") if wrong else ""
    fields = (
        ActField("name", _("名称"), _("某县")),
        ActField("since", _("从哪天起"), kind="date"),
        ActField("seen", _("账号"), kind="ticks", choices=(("1", _("王某某")), ("2", _("李某某")))),
        ActField("reason", _("事由"), fault=fault),
    )
    return ActForm("close", "/", _("停用"), _("内容"), _("停用"), fields, grave=True, wrong=wrong)
