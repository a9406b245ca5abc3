"""The boxes of a draft's form: what each is called, what may be chosen, what is wrong there in the words of the check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiaojie.codes import standing
from qiaojie.declared.draft_forms import DraftForm, DraftRow, DraftSubject
from qiaojie.documents.models import DocumentKind
from qiaojie.folders.faults import Fault
from qiaojie.ledgers import declaration
from qiaojie.lib.findings import Level
from qiaojie.lib.values import Label

from ..every_ledger import STATIONS

Shape = Literal["text", "select", "tick", "lines"]
Options = Sequence[tuple[str, str]]

KINDS: Final[Mapping[str, Label]] = {
    "text": gettext_lazy("文字（短）"),
    "note": gettext_lazy("说明（长文字，加密）"),
    "integer": gettext_lazy("数字"),
    "money": gettext_lazy("金额"),
    "date": gettext_lazy("日期"),
    "month": gettext_lazy("月份"),
    "date_span": gettext_lazy("起止日期"),
    "choice": gettext_lazy("选项"),
    "yes_no": gettext_lazy("是否"),
    "region": gettext_lazy("区划"),
    "name": gettext_lazy("人名（遮盖）"),
    "phone": gettext_lazy("电话（加密、遮盖）"),
    "id_number": gettext_lazy("身份证号（加密、遮盖）"),
    "certificate": gettext_lazy("残疾人证号（加密、遮盖）"),
    "address": gettext_lazy("住址（加密、遮盖）"),
}
"""Kinds of fields in the order in which they are offered."""

_ABOUT: Final[Mapping[str, Label]] = {
    "person": gettext_lazy("一个人（服务对象）"),
    "household": gettext_lazy("一户"),
    "base": gettext_lazy("一个基地"),
    "agency": gettext_lazy("一个机构"),
    "region": gettext_lazy("一个地方"),
}
_OWN_WORDS: Final = frozenset({"persons", "household_units", "bases", "agencies"})
"""Ledgers that have a word of their own in what a row may be about."""


@dataclass(frozen=True, slots=True)
class Box:
    """One box: its name and id in the form, what stands in it, what may be chosen."""

    name: str
    id: str
    label: str
    shape: Shape = "text"
    value: str = ""
    on: bool = False
    options: Options = ()
    help: str = ""
    faults: tuple[Fault, ...] = ()

    @property
    def described(self) -> str:
        """The ids of what is said of it."""
        held = ((self.help, f"{self.id}-help"), (self.faults, f"{self.id}-said"))
        return " ".join(name for said, name in held if said)

    @property
    def wrong(self) -> bool:
        """Whether something is wrong there that has to be mended."""
        return any(one.level is Level.ERROR for one in self.faults)


@dataclass(frozen=True, slots=True)
class SubjectBoxes:
    """One line of what a row is about."""

    number: int
    what: Box
    word: Box
    label: Box
    english: Box
    optional: Box


@dataclass(frozen=True, slots=True)
class RowBoxes:
    """A field: what is filled in of every one, and what few need."""

    row: DraftRow
    number: int
    title: str
    main: tuple[Box, ...]
    more: tuple[Box, ...]
    faults: tuple[Fault, ...]
    first: bool
    last: bool

    @property
    def wrong(self) -> bool:
        """Whether something has to be mended there."""
        held = [*self.faults, *(fault for box in (*self.main, *self.more) for fault in box.faults)]
        return any(one.level is Level.ERROR for one in held)

    @property
    def open(self) -> bool:
        """Whether the part that few need has something in it to be looked at."""
        return any(box.faults for box in self.more)


@dataclass(frozen=True, slots=True)
class FormBoxes:
    """All boxes of a draft, and what is wrong with it at no box of its own."""

    head: tuple[Box, ...]
    more: tuple[Box, ...]
    about: tuple[SubjectBoxes, ...]
    about_faults: tuple[Fault, ...]
    keys: tuple[Box, ...]
    key_faults: tuple[Fault, ...]
    rows: tuple[RowBoxes, ...]
    faults: tuple[Fault, ...] = field(default=())


def boxes(form: DraftForm, faults: Iterable[Fault]) -> FormBoxes:
    """The form of a draft, each finding at its place."""
    placed = _Placed(faults, form)
    fields = [(one.texts["code"], one.texts["label"] or one.texts["code"]) for one in form.rows]
    named = [(code, label) for code, label in fields if code]
    head = tuple(_head(form, named, placed))
    more = tuple(_head_more(form, named, placed))
    rows = tuple(
        RowBoxes(
            row,
            row.place + 1,
            row.texts["label"] or _("新栏目"),
            tuple(_main(row, placed)),
            tuple(_more(row, named, placed)),
            placed.of_row(row),
            row.place == 0,
            row.place == len(form.rows) - 1,
        )
        for row in form.rows
    )
    return FormBoxes(
        head,
        more,
        tuple(_subject(one, n, form) for n, one in enumerate([*form.about, DraftSubject()], start=1)),
        placed.under("about"),
        tuple(_keys(form, named)),
        placed.under("key"),
        rows,
        placed.rest({box.name for box in (*head, *more)}),
    )


class _Placed:
    """Findings by the box at which they are said."""

    def __init__(self, faults: Iterable[Fault], form: DraftForm) -> None:
        self.faults = list(faults)
        self.codes = {row.code for row in form.rows}

    def under(self, name: str) -> tuple[Fault, ...]:
        return tuple(one for one in self.faults if one.key == name or one.key.startswith(f"{name}."))

    def of_box(self, row: DraftRow, name: str) -> tuple[Fault, ...]:
        return self.under(f"fields.{row.code}.{name}")

    def of_row(self, row: DraftRow) -> tuple[Fault, ...]:
        before = f"fields.{row.code}"
        known = {*row.texts, *row.ticks, "choices", "headers", "grouped"}
        return tuple(
            one
            for one in self.under(before)
            if one.key == before or one.key.removeprefix(f"{before}.").split(".")[0] not in known
        )

    def rest(self, names: set[str]) -> tuple[Fault, ...]:
        """Those that no box, no line and no field says."""
        return tuple(one for one in self.faults if not self._at_box(one.key, names))

    def _at_box(self, key: str, names: set[str]) -> bool:
        first, _dot, rest = key.partition(".")
        if first == "fields" and rest:
            return rest.split(".")[0] in self.codes
        return first in names | {"about", "key"}


def _head(form: DraftForm, named: Options, placed: _Placed) -> Iterator[Box]:
    yield _box("label", _("台账名称"), form, placed)
    yield _box("code", _("代码"), form, placed, help=_("小写字母、数字、下划线；不填就按名称取一个。"))
    yield _choice("station", _("归在哪一组"), form, placed, _stations())
    yield _choice(
        "day", _("按哪一天算"), form, placed, _days(form), help=_("这一天决定记录算在哪个月、哪一年。")
    )
    yield _tick("approved", _("要经审核才算数"), form, placed)
    yield _tick("documented", _("存照片、单据等佐证材料"), form, placed)


def _head_more(form: DraftForm, named: Options, placed: _Placed) -> Iterator[Box]:
    dates = [(one.texts["code"], one.texts["label"]) for one in form.rows if one.texts["kind"] == "date"]
    yield _box("english", _("英文名称"), form, placed)
    yield _box("note", _("说明"), form, placed)
    yield _choice("title", _("用哪一栏称呼一条记录"), form, placed, named, help=_("关于人的台账不用填。"))
    yield _choice("lasts", _("最后一天（长期的事）"), form, placed, dates)
    yield _choice("paper", _("通常交哪种材料"), form, placed, _papers())
    hosts = [(one.code, str(one.label)) for one in declaration.every()]
    help_ = _("只给别的台账加栏目时选；这时不填“关于谁”和“按哪一天算”。")
    yield _choice("extends", _("给哪个台账加栏目"), form, placed, hosts, help=help_)
    yield _box("word", _("加的栏目在那个台账里的前缀"), form, placed)


def _box(name: str, label: str, form: DraftForm, placed: _Placed, help: str = "") -> Box:
    faults = placed.under(name)
    return Box(name, f"h-{name}", label, "text", form.texts[name], help=help, faults=faults)


def _choice(name: str, label: str, form: DraftForm, placed: _Placed, options: Options, help: str = "") -> Box:
    value = form.texts[name]
    return Box(
        name,
        f"h-{name}",
        label,
        "select",
        value,
        options=_with(options, value),
        help=help,
        faults=placed.under(name),
    )


def _tick(name: str, label: str, form: DraftForm, placed: _Placed) -> Box:
    return Box(name, f"h-{name}", label, "tick", on=form.ticks[name], faults=placed.under(name))


def _with(options: Options, value: str) -> Options:
    """What may be chosen; what is chosen already is among it, whatever it is."""
    held = list(options)
    if value and value not in {code for code, _label in held}:
        held.append((value, value))
    return held


def _stations() -> Options:
    return [(str(code), str(label)) for code, label in STATIONS.items()]


def _papers() -> Options:
    return [(str(code), str(label)) for code, label in DocumentKind.choices]


def _days(form: DraftForm) -> Options:
    own = [
        (one.texts["code"], one.texts["label"])
        for one in form.rows
        if one.texts["kind"] in {"date", "month", "date_span"} and one.texts["code"]
    ]
    known = {one.code: one for one in declaration.every()}
    for subject in form.about:
        ledger = known.get(subject.what)
        for one in ledger.fields if ledger is not None else ():
            if one.kind in {"date", "date_span"} and "." not in one.name and one.expression is None:
                own.append((f"{subject.word or subject.what}.{one.name}", f"{ledger.label}：{one.label}"))  # type: ignore[union-attr]
    return own


def _keys(form: DraftForm, named: Options) -> Iterator[Box]:
    """What tells rows apart: ticks for what a row is about and for its fields."""
    known = {one.code: str(one.label) for one in declaration.every()}
    about = [
        (one.word or one.what, one.label or str(_ABOUT.get(one.what, known.get(one.what, one.what))))
        for one in form.about
    ]
    there = [*about, *named]
    lost = [(one, one) for one in form.key if one not in {code for code, _label in there}]
    for code, label in [*there, *lost]:
        yield Box("key", f"k-{code}", label, "tick", code, on=code in form.key)


def _subject(one: DraftSubject, number: int, form: DraftForm) -> SubjectBoxes:
    own = form.texts["code"]
    others = [
        (held.code, str(held.label))
        for held in declaration.every()
        if held.code not in _OWN_WORDS and held.code != own and held.model_label
    ]
    options = _with([*((code, str(label)) for code, label in _ABOUT.items()), *others], one.what)
    yes = (("1", _("可以没有")),)
    return SubjectBoxes(
        number,
        Box("about.what", f"a{number}-what", _("关于"), "select", one.what, options=options),
        Box("about.word", f"a{number}-word", _("代号（同类两个时用来区分）"), value=one.word),
        Box("about.label", f"a{number}-label", _("在表里叫什么"), value=one.label),
        Box("about.english", f"a{number}-english", _("英文"), value=one.english),
        Box(
            "about.optional",
            f"a{number}-optional",
            _("必须有吗"),
            "select",
            "1" if one.optional else "",
            options=yes,
        ),
    )


# --- fields ----------------------------------------------------------------------------------------------------------


def _main(row: DraftRow, placed: _Placed) -> Iterator[Box]:
    kinds = [(code, str(label)) for code, label in KINDS.items()]
    yield _of(row, placed, "label", _("栏目名称"))
    yield _of(row, placed, "kind", _("填什么"), "select", _with(kinds, row.texts["kind"]))
    if _shows(row, "unit"):
        yield _unit(row, placed)
    yield _of(row, placed, "required", _("必填"), "tick")
    yield _of(row, placed, "filtered", _("可以用来筛选"), "tick")
    if _shows(row, "choices"):
        yield _choices(row, placed)


_NEEDED: Final[Mapping[str, frozenset[str]]] = {
    "unit": frozenset({"integer", "money"}),
    "choices": frozenset({"choice"}),
}


def _shows(row: DraftRow, name: str) -> bool:
    """Whether a box that only some kinds need stands in sight: of those, where something stands in it, and of a new field."""
    held = row.choices if name == "choices" else row.texts[name]
    return bool(held) or not row.texts["label"] or row.texts["kind"] in _NEEDED[name]


def _unit(row: DraftRow, placed: _Placed) -> Box:
    return _of(row, placed, "unit", _("单位"), help=_("数字写件、台、次等；金额写元或万元。"))


def _choices(row: DraftRow, placed: _Placed) -> Box:
    help_ = _("一行一个，例：first = 一等奖 | First prize；代码和英文可以不写。")
    return _of(row, placed, "choices", _("选项（只有“选项”才填）"), "lines", help=help_)


def _more(row: DraftRow, named: Options, placed: _Placed) -> Iterator[Box]:
    if not _shows(row, "unit"):
        yield _unit(row, placed)
    if not _shows(row, "choices"):
        yield _choices(row, placed)
    fields = [(code, label) for code, label in named if code != row.texts["code"]]
    yield _of(
        row,
        placed,
        "code",
        _("代码"),
        help=_("不填就按名称取一个。启用以后不要改，要改就在“原来的代码”里写旧的。"),
    )
    yield _of(row, placed, "was", _("原来的代码（改代码时写）"))
    yield _of(row, placed, "english", _("英文名称"))
    yield _of(row, placed, "list", _("用哪个代码表"), "select", _with(_lists(), row.texts["list"]))
    yield _of(row, placed, "headers", _("表头的其他写法（用顿号隔开）"))
    yield _of(row, placed, "part_of", _("其中项，属于"), "select", _with(fields, row.texts["part_of"]))
    yield _of(row, placed, "by", _("合计按哪一栏分"), "select", _with(fields, row.texts["by"]))
    flows = (("spent", _("花出去的钱")), ("earned", _("挣到的钱")))
    yield _of(row, placed, "flow", _("这笔钱是"), "select", _with(flows, row.texts["flow"]))
    birth = (("birth", _("出生日期（遮盖）")), ("place", _("住地（遮盖）")))
    yield _of(row, placed, "personal", _("是不是个人信息"), "select", _with(birth, row.texts["personal"]))
    papers = _with(_papers(), row.texts["shown_by"])
    yield _of(row, placed, "shown_by", _("由哪种材料证明（只用于是否）"), "select", papers)
    yield _of(row, placed, "lack", _("没填时差一步叫什么"))
    yield _of(row, placed, "lack_english", _("差一步的英文"))
    yield _of(row, placed, "bring", _("请本人带什么来"))
    grouped = (("yes", _("可以")), ("no", _("不可以")))
    yield _of(row, placed, "grouped", _("临时要数时按它分组"), "select", grouped)
    yield _of(row, placed, "answers", _("统计归属（只用于区划，写代号）"))
    yield _of(row, placed, "note", _("说明"))
    yield _of(row, placed, "listed", _("在列表里显示"), "tick")
    yield _of(row, placed, "copied", _("照样再登一条时带过去"), "tick")
    yield _of(row, placed, "retired", _("停用：不再填，原来的照样看"), "tick")


def _lists() -> Options:
    return [(code, standing.of(code).name) for code in standing.known()]


def _of(
    row: DraftRow,
    placed: _Placed,
    name: str,
    label: str,
    shape: Shape = "text",
    options: Options = (),
    help: str = "",
) -> Box:
    texts: dict[str, Any] = {
        **row.texts,
        "choices": row.choices,
        "headers": row.headers,
        "grouped": row.grouped,
    }
    return Box(
        f"{row.token}.{name}",
        f"{row.token}-{name}",
        label,
        shape,
        str(texts.get(name, "")),
        row.ticks.get(name, False),
        options,
        help,
        placed.of_box(row, name),
    )
