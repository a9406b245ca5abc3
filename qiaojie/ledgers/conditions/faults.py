"""What can be wrong with a condition that people wrote, in sentences that say how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from .. import declaration
from ..declaration import Field, Label, Ledger
from .data import near
from .resolving import DAYS, NUMBERS, SPAN


@dataclass(frozen=True, slots=True)
class ConditionFault:
    """One fault: the key of what is wrong (``where.any.0.person.sex``), a stable code, and a sentence."""

    key: str
    code: str
    message: str


def unknown_field(ledger: Ledger, name: str) -> str:
    """Why a name is no field: the one that was probably meant, the ledger that has it, or all there are."""
    text = _("台账“%(ledger)s”没有字段“%(field)s”。") % {"ledger": ledger.label, "field": name[:60]}
    known = {field.name: str(field.label) for field in ledger.fields}
    meant = [one for one, label in known.items() if label == name] or near(name, known)
    if meant:
        return text + _("是不是“%s”？") % meant[0]
    others = [one for one in declaration.every() if any(field.name == name for field in one.fields)]
    if others:
        labels = "、".join(str(one.label) for one in others[:3])
        return text + _("有这个字段的是台账“%(others)s”。现有：%(known)s。") % {
            "others": labels,
            "known": "、".join(known),
        }
    return text + _("现有：%s。") % "、".join(known)


def money_unit(label: Label, given: str = "") -> str:
    """That a number held against money names its unit."""
    if given:
        return _('“%(field)s”是金额，单位写 unit = "元" 或 "万元"，不是“%(unit)s”。') % {
            "field": label,
            "unit": given,
        }
    text = _('“%s”是金额，要写明单位，例如 { min = 20, unit = "万元" } 或 { is = 300, unit = "元" }。')
    return text % str(label)


def misfit(field: Field, value: Any, *, bare_money: bool) -> tuple[str, str] | None:
    """Code and sentence for a value that a field cannot have; None where it can. ``bare_money``: no unit can stand beside it."""
    if value == "" and (not field.choices or "" not in field.choices):
        return "condition_form", _("“%s”没有填写的，写 { known = false }。") % field.label
    if field.choices:
        return None if value in field.choices else ("value_unknown", unknown_value(field, value))
    if field.kind == "yes_no":
        fits, text = isinstance(value, bool), _("“%s”只能是 true 或 false。")
    elif field.kind == "money":
        if bare_money:
            return "money_unit_missing", money_unit(field.label)
        fits, text = _number(value), _("“%s”是金额，要写数字。")
    elif field.kind in NUMBERS:
        fits, text = _number(value), _("“%s”是数字，取值要写成数字。")
    elif field.kind in DAYS | {SPAN}:
        fits = isinstance(value, date) and not isinstance(value, datetime)
        text = _("“%s”是日期，取值要写成日期，例如 2023-11-30（不加引号）。")
    else:
        fits, text = isinstance(value, str), _("“%s”是文字，取值要加引号。")
    return None if fits else ("value_type", text % field.label)


def unknown_value(field: Field, value: Any) -> str:
    """Why a code is none of a field's choices: the one that was probably meant, and all there are."""
    text = _("“%(value)s”不在“%(field)s”的取值之中：%(known)s。")
    said = text % {"value": value, "field": field.label, "known": "、".join(map(str, field.choices))}
    labels = {code: str(label) for code, label in field.choices.items()}
    meant = [code for code, label in labels.items() if label == value] or near(str(value), map(str, labels))
    return said + _("是不是“%s”？") % meant[0] if meant else said


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
