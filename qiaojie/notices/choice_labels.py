"""What the choices of a field are called besides the words that a table prints: the ledger's labels, and other words for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from django.conf import settings
from django.utils import timezone
from django.utils.translation import override

from qiaojie.codes.choices import DatedChoices, choices, other_spellings
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.lib.text import header_key
from qiaojie.tables.form import Column

from .schema import Notice
from .standard import ALSO, WORDS

_LEFT = """
    退出 已退出 中途退出 已中途退出 退学 已退学 中途退学 退训 已退训 中途退训 退班 已退班 中途退班 离班 已离班 中途离开
    辍学 已辍学 放弃 已放弃 放弃培训 肄业
    未参加 没参加 没有参加 未参训 没参训 未到 未到场 未报到 缺勤 缺课 旷课 取消 已取消 取消报名
"""
_OTHER_WORDS: dict[str, dict[str, str]] = {"result": dict.fromkeys(_LEFT.split(), "dropped")}
"""What people say of a choice without naming it, by the name of the field: as headers are compared → code."""


def kinds_of_base(notice: Notice) -> dict[str, str]:
    """What criteria call kinds of base: those of the code list, some of them in the notice's own words, and its own kinds."""
    return {**{code: str(label) for code, label in choices("base_kinds").items()}, **notice.base_kinds}


def trades(notice: Notice) -> dict[str, str]:
    """The same of industries."""
    return {**{code: str(label) for code, label in choices("industries").items()}, **notice.industries}


def labelled(ledger: Ledger, columns: Iterable[Column]) -> tuple[Column, ...]:
    """The columns of a table over a ledger with what the ledger itself calls their choices, whatever words the table has."""
    known = {field.name: field for field in ledger.fields if field.choices}
    return tuple(_labelled(column, known) for column in columns)


def _labelled(column: Column, known: dict[str, Field]) -> Column:
    if column.columns:
        return replace(column, columns=tuple(_labelled(inner, known) for inner in column.columns))
    field = known.get(column.field or "")
    if field is None or column.kind != "choice" or column.tick is not None:
        return column
    return replace(column, labels=_labels(field), offered=_offered(field))


def _offered(field: Field) -> frozenset[str] | None:
    """What a blank form offers of a list with days: what may be entered today, or has ended within a year. Counties' own words
    are no part of a form that is everybody's; they are typed, and read."""
    if not isinstance(field.choices, DatedChoices) or not field.choices.restricted:
        return None
    return frozenset(field.choices.offered(timezone.localdate()))


def _labels(field: Field) -> dict[str, str]:
    found: dict[str, str] = {}
    for language in (WORDS, *(code for code, _name in settings.LANGUAGES)):
        with override(language):
            for code, label in field.choices.items():
                found.setdefault(header_key(str(label)), str(code))
    bare = field.name.rpartition(".")[2]
    other = {**other_spellings(field.choices), **ALSO.get(bare, {}), **_OTHER_WORDS.get(bare, {})}
    return {**{text: code for text, code in other.items() if code in field.choices}, **found}
