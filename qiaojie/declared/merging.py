"""A declaration that comes after another of the same ledger: what is gone stays readable, what cannot change is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from qiaojie.folders.faults import Fault
from qiaojie.lib.findings import Level

from .kept import Kept
from .schema import DeclaredChoice, DeclaredField, DeclaredLedger

_FIXED = ("extends", "approved")
"""Keys of a ledger that its table hangs on."""


def faults(before: Kept, after: DeclaredLedger, file: str) -> Iterator[Fault]:
    """What of a declaration cannot follow on the one last prepared: kinds of fields, whom rows are about, the day that counts."""
    was = before.declared
    for key in _FIXED:
        if getattr(was, key) != getattr(after, key):
            yield _fixed(file, key)
    if was.day != after.day and not _renamed(was.day, after):
        yield _fixed(file, "day")
    gone = {one.called: one.what for one in was.subjects}
    now = {one.called: one.what for one in after.subjects}
    for word, what in gone.items():
        if now.get(word) != what:
            yield _fixed(file, f"about.{word}")
    for field in after.fields:
        yield from _field_faults(before, field, file)


def _fixed(file: str, key: str) -> Fault:
    text = _("台账已启用，这一项不能再改（原来的记录按它保存）。确要改的，另建一个台账。")
    return Fault(file, key, "ledger_fixed", text)


def _renamed(code: str, after: DeclaredLedger) -> bool:
    field = after.field(after.day)
    return field is not None and field.was == code


def _field_faults(before: Kept, field: DeclaredField, file: str) -> Iterator[Fault]:
    key = f"fields.{field.code}"
    known = before.declared.field(field.was or field.code)
    if field.was:
        if known is None and before.declared.field(field.code) is None:
            text = _("以前没有字段“%s”，was 写的是原来的代码。") % field.was
            yield Fault(file, f"{key}.was", "field_unknown", text)
        elif known is not None and before.declared.field(field.code) not in (None, known):
            if before.columns.get(field.code) != before.columns.get(field.was):
                text = _("字段“%s”早就有了，不能又是别的字段改的名。") % field.code
                yield Fault(file, f"{key}.was", "field_twice", text)
            known = before.declared.field(field.code)
    if known is not None and known.kind != field.kind:
        text = _("字段“%(field)s”原来是 %(was)s，不能改成 %(now)s；请用新的代码另设一个字段，旧的自动停用。")
        words = {"field": field.code, "was": known.kind, "now": field.kind}
        yield Fault(file, f"{key}.kind", "field_kind_changed", text % words)


def dropped(before: Kept, after: DeclaredLedger) -> list[DeclaredField]:
    """Fields that the declaration last prepared had in use, and this one does not name: they will be retired."""
    named = {one.code for one in after.fields} | {one.was for one in after.fields if one.was}
    return [one for one in before.declared.fields if one.code not in named and not one.retired]


def advice(before: Kept, after: DeclaredLedger, file: str, rows: int) -> Iterator[Fault]:
    """What whoever changes a ledger should know: fields that go out of use, choices that may be entered no longer. ``rows`` is
    how many rows the ledger has."""
    for field in dropped(before, after):
        text = _("不再有字段“%(label)s”（%(code)s）：已有的 %(rows)d 条记录照样看得到，新记录不再填。")
        text += _("如果是改名，请在新字段里写 was，值是原来的代码。")
        words = {"label": field.label, "code": field.code, "rows": rows}
        yield Fault(file, f"fields.{field.code}", "field_retired", text % words, Level.HINT)
    for field in after.fields:
        known = before.declared.field(field.was or field.code)
        for choice in _gone(known, field) if known is not None else ():
            if choice.removed:
                continue
            text = _("“%(field)s”不再有选项“%(label)s”（%(code)s）：已填的照样看得到，以后不能再填。")
            words = {"field": field.label, "label": choice.label, "code": choice.code}
            yield Fault(file, f"fields.{field.code}.choices", "choice_retired", text % words, Level.HINT)


def lacking(field: DeclaredField, file: str, rows: int) -> Fault:
    """That rows lack a field that is required from now on."""
    text = _("“%(label)s”改为必填：已有 %(rows)d 条记录没有填，照样看得到、照样计数；改到那条记录时要补上。")
    message = text % {"label": field.label, "rows": rows}
    return Fault(file, f"fields.{field.code}.required", "required_lacking", message, Level.HINT)


def merged(before: Kept | None, after: DeclaredLedger, source: str, today: date) -> Kept:
    """What is in force from now on: the declaration, with fields and choices that only an earlier one had, out of use."""
    if before is None:
        after = after.model_copy(update={"fields": tuple(_current(one) for one in after.fields)})
        columns: dict[str, str] = {}
        for field in after.fields:
            columns[field.code] = _free(field.code, set(columns.values()))
        return Kept(after, columns, source)
    columns = dict(before.columns)
    fields = []
    for field in after.fields:
        if field.code not in columns:
            column = columns.pop(field.was, "") if field.was else ""
            columns[field.code] = column or _free(field.code, set(columns.values()))
        known = before.declared.field(field.was or field.code) or before.declared.field(field.code)
        gone = [_removed(one) for one in _gone(known, field)] if known is not None else []
        fields.append(_current(field).model_copy(update={"choices": (*field.choices, *gone)}))
    codes = {one.code for one in fields}
    for field in before.declared.fields:
        if field.code not in codes and field.code in columns:
            fields.append(_retired(field))
    return Kept(after.model_copy(update={"fields": tuple(fields)}), columns, source)


def left(before: Kept) -> Kept:
    """A ledger whose folder is gone: as it was, readable, with nothing to be entered."""
    return Kept(before.declared, before.columns, "")


def _current(field: DeclaredField) -> DeclaredField:
    return _retired(field) if field.retired else field


def _retired(field: DeclaredField) -> DeclaredField:
    return field.model_copy(
        update={"retired": True, "required": False, "listed": False, "lack": "", "part_of": None}
    )


def _gone(known: DeclaredField, field: DeclaredField) -> list[DeclaredChoice]:
    codes = {one.code for one in field.choices}
    return [one for one in known.choices if one.code not in codes] if field.choices else []


def _removed(choice: DeclaredChoice) -> DeclaredChoice:
    return choice.model_copy(update={"removed": True})


def _free(code: str, taken: set[str]) -> str:
    """The column for a field: its code, numbered where an earlier field of another meaning has that column."""
    number, name = 2, code
    while name in taken:
        name = f"{code}_{number}"
        number += 1
    return name
