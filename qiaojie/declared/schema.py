"""What ``ledger.toml`` may say: every key, its type and its closed list of words. Unknown keys are refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Final, Literal, TypeVar, get_args

from django.utils.translation import gettext as _
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from qiaojie.folders.declaring import Declared
from qiaojie.ledgers.declaration import Station

FieldKind = Literal[
    "text", "note", "integer", "money", "date", "month", "date_span", "choice", "yes_no", "region",
    "name", "phone", "id_number", "address",
]  # fmt: skip
"""What a field holds. ``text`` is a short word in the clear, by which lists are sorted and narrowed; ``note`` is free text, kept
encrypted; the last four are somebody's personal data and masked, all but names kept encrypted."""

ENCRYPTED: Final = frozenset({"note", "phone", "id_number", "address"})
"""Kinds that are kept encrypted: nothing is found or sorted by them."""

KINDS: Final[tuple[str, ...]] = get_args(FieldKind)

PERSONAL_KINDS: Final = frozenset({"name", "phone", "id_number", "address"})
"""Kinds that are personal data by themselves."""

NUMBERS: Final = frozenset({"integer", "money"})

WORD: Final = r"^[a-z][a-z0-9_]*$"
_CODE: Final = r"^[a-z0-9][a-z0-9_]*$"

LONGEST_CODE: Final = 40
"""Characters of a code: with what stands before it, it names a table, a column and an index."""

_DAY: Final = re.compile(r"^\d{4}-\d{2}-\d{2}$")

_MONEY: Final[tuple[str, ...]] = get_args(Literal["元", "万元"])

T = TypeVar("T")
Items = Annotated[tuple[T, ...], Field(strict=False)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Long = Annotated[str, StringConstraints(max_length=400)]
Word = Annotated[str, StringConstraints(pattern=WORD, max_length=LONGEST_CODE)]
Code = Annotated[str, StringConstraints(pattern=_CODE, max_length=LONGEST_CODE)]


def _station(value: str) -> str:
    if value not in set(Station):
        known = "、".join(Station)
        text = _("“%(value)s”不在可用的取值之中：%(known)s。") % {"value": value, "known": known}
        raise PydanticCustomError("value_unknown", "{text}", {"text": text})
    return value


class About(Declared):
    """Whom or what a row is about: ``person``, ``household``, ``base``, ``agency``, ``region``, or a row of the ledger with that
    code. ``word`` is what stands before the dot in the names of its fields (``class.title``); ``optional``: a row may do
    without."""

    what: Word
    word: Word | None = None
    label: str = ""
    english: str = ""
    optional: bool = False

    @property
    def called(self) -> str:
        """The word before the dot."""
        return self.word or self.what


class DeclaredChoice(Declared):
    """One value of a closed list that only this field has. ``until`` is the last day on which it may be entered; ``removed``: the
    folder names it no longer, it is printed and not entered."""

    code: Code
    label: Text
    english: str = ""
    also: Items[Text] = ()
    begins: Annotated[date | None, Field(alias="from")] = None
    until: date | None = None
    removed: bool = False


def _choices(value: Any) -> Any:
    """``{ first = "一等奖" }`` and ``{ first = ["一等奖", "First prize"] }`` are short for a list of codes with their labels."""
    if isinstance(value, dict):
        return [
            {"code": code, **dict(zip(("label", "english"), label, strict=False))}
            if isinstance(label, list)
            else {"code": code, "label": label}
            for code, label in value.items()
        ]
    return value


def _days(value: Any) -> Any:
    """Days in a condition that was kept as JSON are days again."""
    if isinstance(value, dict):
        return {key: _days(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_days(one) for one in value]
    return date.fromisoformat(value) if isinstance(value, str) and _DAY.match(value) else value


Where = Annotated[dict[str, Any], BeforeValidator(_days), Field(default_factory=dict)]


class DeclaredField(Declared):
    """One field of a declared ledger; keys as in the guide."""

    code: Word
    label: Text
    english: str = ""
    kind: FieldKind = "text"
    unit: str = ""
    choices: Annotated[Items[DeclaredChoice], BeforeValidator(_choices)] = ()
    list: Word | None = None
    required: bool = False
    personal: Literal["birth", "place"] | None = None
    part_of: Word | None = None
    lack: str = ""
    lack_english: str = ""
    bring: str = ""
    shown_by: Word | None = None
    listed: bool = True
    filtered: bool = False
    grouped: bool | None = None
    headers: Items[Text] = ()
    flow: Literal["spent", "earned"] | None = None
    by: Word | None = None
    copied: bool = True
    applies: Where
    note: Long = ""
    was: Word | None = None
    retired: bool = False
    answers: str = ""

    @model_validator(mode="after")
    def _fits(self) -> DeclaredField:
        if texts := [*self._of_choices(), *self._of_numbers(), *self._of_kinds()]:
            raise PydanticCustomError("field_form", "{text}", {"text": "".join(texts)})
        return self

    def _of_choices(self) -> Iterator[str]:
        """What is wrong with a closed list."""
        if self.kind == "choice" and bool(self.choices) == bool(self.list):
            yield _("选项（choice）要写 choices 或 list（代码表），两样只写一样。")
        elif self.kind != "choice" and (self.choices or self.list):
            yield _("只有选项（choice）才写 choices 和 list。")
        for key, words in (("code", _("选项代码“%s”写了两次。")), ("label", _("选项名称“%s”写了两次。"))):
            said = [getattr(one, key) for one in self.choices]
            for twice in dict.fromkeys(one for one in said if said.count(one) > 1):
                yield words % twice
        for one in self.choices:
            if one.begins and one.until and one.until < one.begins:
                yield _("选项“%s”的 until 早于 from。") % one.label

    def _of_numbers(self) -> Iterator[str]:
        """What is wrong with units and money."""
        if self.kind == "money" and self.unit not in _MONEY:
            yield _("金额要写单位（unit）：元或万元。")
        elif self.unit and self.kind not in NUMBERS:
            yield _("只有数字和金额才写 unit（单位）。")
        if self.flow and self.kind != "money":
            yield _("flow 只用于金额。")

    def _of_kinds(self) -> Iterator[str]:
        """What does not suit the kind."""
        if self.personal == "birth" and self.kind != "date":
            yield _("personal 的 birth 只用于日期。")
        if self.personal == "place" and self.kind not in {"region", "text"}:
            yield _("personal 的 place 只用于区划和文字。")
        if self.answers and self.kind != "region":
            yield _("answers 只用于区划（由它答复统计归属）。")
        if self.kind in ENCRYPTED and self.filtered:
            yield _("“%s”是加密保存的，不能用来筛选。") % self.label


class DeclaredCheck(Declared):
    """What every row must hold to: ``must`` is a condition that it meets as far as it states what is asked; ``when`` narrows the
    rows. ``words`` is said of a row that does not, at ``field``."""

    code: Word
    field: Word
    words: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    english: str = ""
    level: Literal["error", "warning", "hint"] = "error"
    when: Where
    must: Where


class DeclaredAlike(Declared):
    """When two rows about one person are probably one matter entered twice (``declaration.Alike``)."""

    same: Items[Word]
    begins: Word
    ends: Word
    title: str


class DeclaredLedger(Declared):
    """A ledger as its folder declares it; keys as in the guide.

    ``day`` names the field of the day that counts, or ``word.field`` of what a row is about, whose day it repeats. ``extends``
    makes the fields those of another ledger's rows (``word.field`` there), one row for each of them at most. ``instead_of`` is
    the folder (as findings name it) in whose place one of this installation's own stands.
    """

    code: Word
    label: Text
    english: str = ""
    note: Long = ""
    about: Items[About | Word] = ()
    extends: Word | None = None
    word: Word | None = None
    station: Annotated[str, AfterValidator(_station)] = Station.EVIDENCE.value
    day: str = ""
    lasts: Word | None = None
    key: Items[Word] = ()
    title: str = ""
    approved: bool = True
    documented: bool = False
    paper: Word | None = None
    alike: DeclaredAlike | None = None
    checks: Items[DeclaredCheck] = ()
    instead_of: str = ""
    fields: Items[DeclaredField]

    @property
    def subjects(self) -> tuple[About, ...]:
        """Whom or what a row is about, each with all that is said of it."""
        return tuple(one if isinstance(one, About) else About(what=one) for one in self.about)

    def field(self, code: str) -> DeclaredField | None:
        """The field of that code, if there is one."""
        return next((one for one in self.fields if one.code == code), None)
