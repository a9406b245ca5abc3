"""The ledgers and fields that notices name, by their words; and which of them are collected by order alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from qiaojie.declared import queries as declared
from qiaojie.declared.queries import Waiting
from qiaojie.ledgers import declaration
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.lib.findings import Unusable

from .schema import Notice, Table


def ledger_of(code: str) -> Ledger:
    """The ledger of that code. Raises Unusable ``ledger_unknown`` with the codes there are."""
    try:
        return declaration.get(code)
    except KeyError as unknown:
        if (waits := waiting_for(code)) is not None:
            raise Unusable("ledger_unknown", unprepared(waits)) from unknown
        text = _("没有台账“%(code)s”。现有：%(known)s。")
        known = "、".join(ledger.code for ledger in declaration.every())
        raise Unusable("ledger_unknown", text % {"code": code, "known": known}) from unknown


def waiting_for(code: str) -> Waiting | None:
    """The ledger of that code that is declared in a folder and was never put in force, if there is one."""
    return next((one for one in declared.waiting() if one.code == code and one.what == "new"), None)


def unprepared(waits: Waiting) -> str:
    """That a ledger waits, and who puts it in force."""
    text = _("台账“%(label)s”（%(code)s）已在文件夹里声明，还没有启用。")
    if waits.usable:
        text += _("请管理全部机构的系统管理员在“自建台账”里启用它，或在服务器上运行 qiaojie prepare。")
    else:
        text += _("它还有错误，请先按 qiaojie ledger check 改好，再启用。")
    return text % {"label": waits.label, "code": waits.code}


def lacking(notice: Notice) -> list[str]:
    """What keeps a notice from being put in force: a sentence for each of the ledgers it names that is not there."""
    named = {source.ledger for one in notice.indicators for source in one.sources}
    named |= {table.ledger for table in notice.tables if table.ledger}
    named |= {one.ledger for one in notice.checks if one.ledger}
    known = {ledger.code for ledger in declaration.every()}
    found = []
    for code in sorted(named - known):
        try:
            ledger_of(code)
        except Unusable as fault:
            found.append(fault.message)
    return found


def field_of(ledger: Ledger, name: str) -> Field:
    """A field by its name, also one of a row that the ledger refers to (``person.phone``).

    Raises Unusable ``field_unknown`` with the names there are.
    """
    first, _dot, rest = name.partition(".")
    try:
        return ledger.field(name)
    except KeyError as unknown:
        if rest and first in ledger.parts:
            part = declaration.get(ledger.parts[first].ledger)
            if any(field.name == rest for field in part.fields):
                return part.field(rest)
        text = _("台账“%(ledger)s”没有字段“%(field)s”。现有：%(known)s。")
        known = "、".join(field.name for field in ledger.fields)
        message = text % {"ledger": ledger.label, "field": name, "known": known}
        raise Unusable("field_unknown", message) from unknown


@dataclass(frozen=True, slots=True)
class CollectionOrder:
    """That a form of a notice orders a field which nobody is asked for otherwise: ``owner`` is the ledger that keeps it (by its
    code), ``bare`` its name there; ``ledger`` and ``name`` are how the form says it."""

    notice: str
    table: str
    ledger: str
    name: str
    owner: str
    bare: str
    field: Field


def orders(notice: Notice) -> Iterator[CollectionOrder]:
    """What the forms of a notice order, in their order, each field of a form once. Unknown ledgers and fields order nothing."""
    for table in notice.tables:
        code = _ledger_of(notice, table)
        if code is None:
            continue
        for name in dict.fromkeys(named(table)):
            found = _on_order(code, name)
            if found is not None:
                yield CollectionOrder(notice.code, table.code, code, name, *found)


def named(table: Table) -> Iterator[str]:
    """The fields that the columns and captions of a form name."""
    yield from _fields(table.form.get("columns", ()))
    for key in ("captions", "signatures"):
        for item in table.form.get(key, ()):
            if isinstance(item, Mapping) and isinstance(item.get("field"), str):
                yield item["field"]
            elif isinstance(item, str) and item.rstrip().endswith("}"):
                yield item.rstrip()[:-1].rpartition("{")[2]


def without(declared: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """A form without the columns and blanks of these fields; groups left empty go with them."""
    kept = dict(declared)
    kept["columns"] = _kept_columns(declared.get("columns", ()), names)
    for key in ("captions", "signatures"):
        if key in declared:
            kept[key] = [item for item in declared[key] if _blank_of(item) not in names]
    return kept


def _kept_columns(columns: Iterable[Any], names: Collection[str]) -> list[Any]:
    found = []
    for column in columns:
        if isinstance(column, Mapping) and column.get("columns"):
            inner = _kept_columns(column["columns"], names)
            if inner:
                found.append({**column, "columns": inner})
        elif not (isinstance(column, Mapping) and column.get("field") in names):
            found.append(column)
    return found


def _blank_of(item: Any) -> str:
    if isinstance(item, Mapping):
        return str(item.get("field", ""))
    text = str(item).rstrip()
    return text[:-1].rpartition("{")[2] if text.endswith("}") else ""


def _fields(columns: Iterable[Any]) -> Iterator[str]:
    for column in columns:
        if not isinstance(column, Mapping):
            continue
        if isinstance(column.get("field"), str):
            yield column["field"]
        yield from _fields(column.get("columns", ()))


def _ledger_of(notice: Notice, table: Table) -> str | None:
    if table.indicator is None:
        return table.ledger
    counted = next((one for one in notice.indicators if one.code == table.indicator), None)
    return counted.ledger if counted is not None else None


def _on_order(code: str, name: str) -> tuple[str, str, Field] | None:
    """The ledger that keeps a field which is collected by order alone, its name there, and its declaration."""
    try:
        ledger = ledger_of(code)
        field = field_of(ledger, name)
    except Unusable:
        return None
    if not field.on_order:
        return None
    owner, _column, bare = ledger.whose(name)
    return owner, bare, field
