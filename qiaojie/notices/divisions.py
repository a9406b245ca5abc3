"""How an indicator's number may be divided, and what may stand beside it: whether its ledger can say so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from qiaojie.folders.faults import Fault
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.viewer import Personal

from .schema import Indicator

DIVIDED = frozenset({"persons", "events", "things", "households"})
"""Ways of counting by which one row of one ledger stands behind each that is counted."""


def faults(indicator: Indicator, ledger: Ledger, key: str, file: str) -> Iterator[Fault]:
    """``division_form``: what of ``by`` and ``beside`` does not suit the way of counting or the ledger. Whether the fields and
    values of ``beside`` are there is checked as for every condition."""
    if (indicator.by or indicator.beside) and indicator.count not in DIVIDED:
        text = _("by 和 beside 只用于 persons、events、things 和 households。")
        yield Fault(file, key, "division_form", text)
        return
    known = {field.name: field for field in ledger.fields}
    if indicator.by is not None and not _divides(known.get(indicator.by)):
        text = _("“%s”不能用来拆分数字：要写本台账里不涉及个人信息的选项或是否字段。")
        yield Fault(file, f"{key}.by", "division_form", text % indicator.by)
    for name, wanted in indicator.beside.items():
        if not _divides(known.get(name)) or isinstance(wanted, Mapping):
            text = _("“%s”不能列在旁边：要写选项或是否字段的取值，不写 min、max、not。")
            yield Fault(file, f"{key}.beside.{name}", "division_form", text % name)
        elif name not in indicator.where or set(values(wanted)) & set(values(indicator.where[name])):
            text = _("“%s”列在旁边的取值，要是 where 里对这个字段没有列出的。")
            yield Fault(file, f"{key}.beside.{name}", "division_form", text % name)


def values(wanted: Any) -> tuple[Any, ...]:
    """The values that a condition names; of bounds none."""
    if isinstance(wanted, Mapping):
        return ()
    return tuple(wanted) if isinstance(wanted, list | tuple) else (wanted,)


def _divides(field: Field | None) -> bool:
    return field is not None and field.kind in {"choice", "yes_no"} and field.personal is Personal.NONE
