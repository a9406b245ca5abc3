"""From a TOML file to typed declarations: all that is wrong is said at once, with the key as the file has it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from .faults import Fault
from .nearest import meant

_POSITION: Final = re.compile(r"\(at (?:line (\d+), column (\d+)|end of document)\)")
_MISSING: Final = object()
_WIDE: Final = {
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "，": ",",
    "＝": "=",
    "［": "[",
    "］": "]",
    "｛": "{",
    "｝": "}",
}
"""Signs of Chinese input that are taken for those of the format, and what was meant."""

_CHINESE_KEY: Final = re.compile(r"(?:^|[{,])\s*[\u4e00-\u9fff]+\s*=")
"""A key in Chinese, which the format knows in quotes only."""

_AGAIN: Final = "twice"
"""What the parser says of a table that stands again."""

D = TypeVar("D", bound=BaseModel)


class Declared(BaseModel):
    """Base of everything declared in a file: no unknown keys, no silent conversions, not changeable."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def toml(path: Path, file: str, faults: list[Fault]) -> dict[str, Any] | None:
    """What a TOML file says; None where it cannot be read, with a fault (``file`` is its name in findings)."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        faults.append(Fault(file, "", "file_missing", _("没有这个文件：%s。") % path.name))
        return None
    except UnicodeDecodeError:
        faults.append(Fault(file, "", "toml_broken", _("不是 UTF-8 编码，请用 UTF-8 保存。"), fatal=True))
        return None
    return toml_text(text, file, faults)


def toml_text(text: str, file: str, faults: list[Fault]) -> dict[str, Any] | None:
    """The same of a text."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as broken:
        faults.append(Fault(file, "", "toml_broken", _told(text, broken), fatal=True))
    return None


def _told(text: str, broken: tomllib.TOMLDecodeError) -> str:
    position = _POSITION.search(str(broken))
    if position is None or not position[1]:
        return _("%s不合 TOML 语法，请检查引号、括号、等号和重复的键。") % _("文件末尾")
    number, column = int(position[1]), int(position[2])
    where = _("第 %(line)s 行第 %(column)s 列") % {"line": number, "column": column}
    line = (text.splitlines() or [""])[number - 1 : number]
    head = line[0].strip() if line else ""
    if _AGAIN in str(broken) and head.startswith("[") and not head.startswith("[["):
        said = _("%(where)s：%(head)s 写了不止一次；一条一条写的，用两层方括号 [%(head)s]。")
        return said % {"where": where, "head": head}
    if line and _CHINESE_KEY.search(line[0]):
        return _("%s的键是中文：键要用英文小写字母，中文写在等号右边的引号里。") % where
    wide = [sign for sign in _WIDE if line and sign in line[0]]
    if wide:
        said = _("%(where)s不合 TOML 语法：这一行有中文标点“%(sign)s”，请改成英文的“%(meant)s”。")
        return said % {"where": where, "sign": wide[0], "meant": _WIDE[wide[0]]}
    return _("%s不合 TOML 语法，请检查引号、括号、等号和重复的键。") % where


def validated(kind: type[D], raw: Mapping[str, Any], file: str, faults: list[Fault], guide: str) -> D | None:
    """A declaration of that kind; None where something in it cannot be used, each with a fault. ``guide`` is the page of the
    documentation that says what may be written."""
    try:
        return kind.model_validate(raw)
    except ValidationError as wrong:
        seen: set[tuple[str, str]] = set()
        for error in wrong.errors(include_url=False):
            fault = explained(error, kind, raw, file, guide)
            if (fault.key, fault.code) not in seen:
                seen.add((fault.key, fault.code))
                faults.append(fault)
    return None


def explained(error: ErrorDetails, kind: type[BaseModel], raw: Any, file: str, guide: str) -> Fault:
    """What the validator found as a fault: the key as the file has it, the sentence in the reader's language."""
    key, last = key_of(error["loc"], raw)
    name, context = error["type"], error.get("ctx", {})
    if name == "missing":
        return Fault(file, key, "key_missing", _("缺少这一项。"))
    if name == "extra_forbidden":
        return Fault(file, key, "key_unknown", _("不认识的键，请检查拼写。") + meant(last, _keys(kind)))
    if name == "literal_error":
        allowed = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        message = _("“%(value)s”不在可用的取值之中：%(allowed)s。") + meant(str(error["input"]), allowed)
        return Fault(
            file,
            key,
            "value_unknown",
            message % {"value": short(error["input"]), "allowed": "、".join(allowed)},
        )
    if name == "string_pattern_mismatch":
        message = _("“%s”写法不对：代号只用小写字母、数字和下划线，以字母开头。")
        return Fault(file, key, "value_form", message % short(error["input"]))
    if "text" in context:
        return Fault(file, key, name, str(context["text"]))
    message = _("“%(value)s”的类型或范围不对，请对照 %(guide)s。") % {
        "value": short(error["input"]),
        "guide": guide,
    }
    return Fault(file, key, "value_type", message + _wanted(name))


def _wanted(name: str) -> str:
    """What a key should be, by what the validator says that it is not; '' where that tells nothing more."""
    known = {
        "list_type": _('这里要写成列表，例如 ["甲"]；一条一条写的，用 [[键]]。'),
        "tuple_type": _('这里要写成列表，例如 ["甲"]；一条一条写的，用 [[键]]。'),
        "bool_type": _("这里只写 true 或 false，不加引号。"),
        "string_type": _("这里要写成带引号的文字。"),
        "int_type": _("这里要写整数，不加引号。"),
        "date_type": _("这里要写日期，例如 2023-11-30，不加引号。"),
        "dict_type": _("这里要写成 { 键 = 值 }。"),
        "model_type": _("这里要写成 { 键 = 值 }。"),
    }
    return known.get(name, "")


def _keys(kind: type[BaseModel]) -> set[str]:
    """Every key that a declaration or what it consists of may have."""
    found: set[str] = set()
    waiting: list[Any] = [kind]
    seen: set[Any] = set()
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        if isinstance(one, type) and issubclass(one, BaseModel):
            for field in one.model_fields.items():
                found.add(field[1].alias or field[0])
                waiting.append(field[1].annotation)
        else:
            waiting += [part for part in getattr(one, "__args__", ()) if part is not Ellipsis]
    return found


def key_of(location: Iterable[int | str], raw: Any) -> tuple[str, str]:
    """The dotted key of a place, items named by their code, and its last part."""
    parts: list[str] = []
    here: Any = raw
    for part in location:
        if (
            isinstance(here, Sequence)
            and not isinstance(here, str)
            and isinstance(part, int)
            and part < len(here)
        ):
            here = here[part]
            named = here.get("code") if isinstance(here, dict) else None
            parts.append(named if isinstance(named, str) else str(part))
        else:
            here = here.get(part, _MISSING) if isinstance(here, dict) else _MISSING
            parts.append(str(part))
    return ".".join(parts), parts[-1] if parts else ""


def short(value: object) -> str:
    """A value as a message repeats it."""
    text = str(value)
    return text if len(text) <= 40 else text[:40] + "…"
