"""A form from a notice folder's TOML: every key checked, every fault named with its key path."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, cast

from django.utils.translation import gettext as _

from qiaojie.lib.findings import Unusable

from .form import Caption, Column, Form

_TEXT, _FLAG, _NUMBER, _LIST, _TABLE = (str,), (bool,), (int, float), (list, tuple), (Mapping,)

_FORM_KEYS: dict[str, tuple[type, ...]] = {
    "code": _TEXT,
    "title": _TEXT,
    "columns": _LIST,
    "captions": _LIST,
    "notes": _LIST,
    "total": _TEXT,
    "total_label": _TEXT,
    "orientation": _TEXT,
    "paper": _TEXT,
    "blank_rows": (int,),
    "signatures": _LIST,
    "statutory": _TABLE,
    "bare": _FLAG,
    "loose": _FLAG,
    "text": _LIST,
    "headed": _FLAG,
    "row_height": _NUMBER,
    "ceremonial": _FLAG,
}
_COLUMN_KEYS: dict[str, tuple[type, ...]] = {
    "label": _TEXT,
    "field": _TEXT,
    "kind": _TEXT,
    "unit": _TEXT,
    "width": _NUMBER,
    "columns": _LIST,
    "choices": (Mapping, list, tuple),
    "align": _TEXT,
    "total": _FLAG,
    "computed": _FLAG,
    "tick": _TEXT,
    "headers": _LIST,
    "required": _FLAG,
    "diagonal": _LIST,
    "applies": _TABLE,
    "by_hand": _FLAG,
    "heads": _FLAG,
    "also": _TABLE,
    "called": _LIST,
}
_CAPTION_KEYS: dict[str, tuple[type, ...]] = {
    "label": _TEXT,
    "field": _TEXT,
    "kind": _TEXT,
    "align": _TEXT,
    "line": (int,),
    "choices": (Mapping,),
}
_BLANK = re.compile(r"^(.*)\{([A-Za-z_][A-Za-z0-9_.]*)\}\s*$", re.DOTALL)


def from_mapping(mapping: Mapping[str, Any], where: str, other: Collection[str] = ()) -> Form:
    """A form from a TOML-like mapping; ``where`` (file and key) begins every message.

    ``other`` names keys of the same table that belong to the caller. A caption or signature is a table with
    ``label``, ``field``, ``kind``, ``align``, ``line``, or a text whose blank is named: ``区县：{region}``. A
    group of tick columns may name ``field`` once for all of them. ``choices`` is code = label, or a list of labels
    that are their own codes. ``total`` is ``first`` or ``last``.
    """
    table = _checked(mapping, _FORM_KEYS, where, other)
    for key in ("code", "title", *(() if table.get("text") else ("columns",))):
        if not table.get(key):
            _fail("form_key_missing", f"{where} {key}", _("缺少这一项"))
    captions, signatures = (
        tuple(_caption(item, f"{where} {key}[{number}]") for number, item in enumerate(table.pop(key, ())))
        for key in ("captions", "signatures")
    )
    columns = _columns(table.pop("columns", ()), f"{where} columns", None)
    statutory = tuple((str(key), str(text)) for key, text in table.pop("statutory", {}).items())
    notes, text = (tuple(_texts(table.pop(key, ()), f"{where} {key}")) for key in ("notes", "text"))
    return Form(
        columns=columns,
        captions=captions,
        signatures=signatures,
        statutory=statutory,
        notes=notes,
        text=text,
        where=where,
        **table,
    )


def _fail(code: str, key: str, text: str) -> None:
    raise Unusable(code, f"{key}：{text}")


def _checked(
    mapping: object, keys: Mapping[str, tuple[type, ...]], where: str, other: Collection[str] = ()
) -> dict[str, Any]:
    if not isinstance(mapping, Mapping):
        _fail("form_value", where, _("应当是一组“键 = 值”"))
    table = cast("Mapping[str, Any]", mapping)
    found = {}
    for key, value in table.items():
        if key in keys:
            if not isinstance(value, keys[key]) or (isinstance(value, bool) and bool not in keys[key]):
                _fail("form_value", f"{where} {key}", _("值的类型不对"))
            found[key] = value
        elif key not in other:
            text = _("不认识的键，可用：%s")
            _fail("form_key_unknown", f"{where} {key}", text % "、".join(keys))
    return found


def _texts(items: object, where: str) -> list[str]:
    texts = list(cast("list[str]", items))
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            _fail("form_value", f"{where}[{number}]", _("应当是文字"))
    return texts


def _columns(items: Any, where: str, tick_field: str | None) -> tuple[Column, ...]:
    return tuple(_column(item, f"{where}[{number}]", tick_field) for number, item in enumerate(items))


def _column(item: object, where: str, tick_field: str | None) -> Column:
    table = _checked(item, _COLUMN_KEYS, where)
    pair = table.pop("diagonal", None)
    if pair is not None:
        corner = _texts(pair, f"{where} diagonal")
        if len(corner) != 2:
            _fail("form_value", f"{where} diagonal", _("应当是两段文字：右上、左下"))
        table["diagonal"] = (corner[0], corner[1])
        table.setdefault("label", "\\".join(corner))
    if "label" not in table:
        _fail("form_key_missing", f"{where} label", _("缺少 label（栏目名称）"))
    if table.get("align", "left") not in ("left", "center", "right"):
        _fail("form_value", f"{where} align", _("只能是 left、center 或 right"))
    choices = table.get("choices")
    if isinstance(choices, list | tuple):
        table["choices"] = {text: text for text in _texts(choices, f"{where} choices")}
    table["headers"] = tuple(_texts(table.get("headers", ()), f"{where} headers"))
    table["called"] = tuple(_texts(table.get("called", ()), f"{where} called"))
    table["applies"] = _applies(table.get("applies", {}), f"{where} applies")
    children = table.pop("columns", ())
    if children:
        inherited = table.pop("field", None) or tick_field
        table["columns"] = _columns(children, f"{where} columns", inherited)
    elif tick_field and "tick" in table:
        table.setdefault("field", tick_field)
    return Column(**table)


def _applies(table: Mapping[str, object], where: str) -> dict[str, tuple[str, ...]]:
    found = {}
    for name, values in table.items():
        if not isinstance(values, list | tuple) or not values:
            _fail("form_value", f"{where} {name}", _("应当是一组取值"))
        found[name] = tuple(_texts(values, f"{where} {name}"))
    return found


def caption_mapping(item: Any) -> Any:
    """A caption written as a text (``区县：{region}``) as the table that it stands for; anything else as it is."""
    if not isinstance(item, str):
        return item
    blank = _BLANK.match(item)
    return {"label": blank[1], "field": blank[2]} if blank else {"label": item}


def _caption(item: object, where: str) -> Caption:
    item = caption_mapping(item)
    table = _checked(item, _CAPTION_KEYS, where)
    if not table.get("label"):
        _fail("form_key_missing", f"{where} label", _("缺少 label（名称）"))
    return Caption(**table)
