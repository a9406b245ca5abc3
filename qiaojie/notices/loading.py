"""From a notice folder to typed declarations: every fault found at once, good folders kept until a file changes."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from qiaojie.folders.faults import Fault
from qiaojie.lib.findings import Level

from . import consistency
from .conditions import money_units
from .schema import Notice
from .systems import SYSTEM_FILE, System
from .targets.figures import NO_TARGETS, Grid, read_grid, read_tsv
from .units import UNITS

NOTICE_FILE = "notice.toml"
TARGETS_FILE = "targets.tsv"
README_FILE = "README.md"

_POSITION = re.compile(r"\(at (?:line (\d+), column (\d+)|end of document)\)")
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Folder:
    """A notice folder as read. ``notice`` is None where ``notice.toml`` cannot be used; ``faults`` say why."""

    path: Path
    notice: Notice | None
    grid: Grid
    untrusted: Mapping[str, tuple[tuple[str, ...], ...]]
    """Rows of each untrusted table by its file name, headings first."""
    faults: tuple[Fault, ...]

    @property
    def declared(self) -> str:
        """The file that declares it, as findings name it."""
        return self.name(_declaring(self.path))

    def name(self, file: str) -> str:
        """A file of the folder as findings name it."""
        return f"{self.path.name}/{file}"


_kept: dict[Path, tuple[tuple[tuple[str, int, int], ...], Folder]] = {}


def is_folder(path: Path) -> bool:
    """Whether it is the folder of a notice, or of an outside system."""
    return (path / _declaring(path)).is_file()


def _declaring(path: Path) -> str:
    return SYSTEM_FILE if (path / SYSTEM_FILE).is_file() else NOTICE_FILE


def folders(parent: Path) -> list[Path]:
    """The folders of notices (or systems) in a directory, by name; the directory itself if it is one."""
    if is_folder(parent):
        return [parent]
    with os.scandir(parent) as entries:
        names = [each.name for each in entries if not each.name.startswith((".", "_")) and each.is_dir()]
    return [parent / name for name in sorted(names)]


def read(path: Path) -> Folder:
    """Read a notice folder; the same again until a file's size or time of change differs."""
    state = _state(path)
    held = _kept.get(path)
    if held is None or held[0] != state:
        held = (state, _read(path))
        _kept[path] = held
    return held[1]


def _state(path: Path) -> tuple[tuple[str, int, int], ...]:
    """Name, time of change and size of everything that is read; asked many times a page, so one look at the folder."""
    if not path.is_dir():
        return ()
    with os.scandir(path) as entries:
        found = [(entry.name, entry.stat()) for entry in entries if _is_read(entry)]
    return tuple(sorted((name, status.st_mtime_ns, status.st_size) for name, status in found))


def _is_read(entry: os.DirEntry[str]) -> bool:
    return (entry.name == README_FILE or Path(entry.name).suffix[:2] == ".t") and entry.is_file()


def _read(path: Path) -> Folder:
    declaring = _declaring(path)
    file = f"{path.name}/{declaring}"
    faults: list[Fault] = []
    raw = _toml(path / declaring, file, faults)
    kind = System if declaring == SYSTEM_FILE else Notice
    notice = _validated(kind, raw, file, faults) if raw is not None else None
    grid = NO_TARGETS
    untrusted: dict[str, tuple[tuple[str, ...], ...]] = {}
    if notice is not None:
        if notice.code != path.name:
            text = _("编号“%(code)s”与文件夹名“%(folder)s”不同，请改成一样。")
            message = text % {"code": notice.code, "folder": path.name}
            faults.append(Fault(file, "code", "folder_differs", message))
        faults.extend(consistency.faults(notice, file))
        faults.extend(money_units.faults(notice, file))
        if (path / TARGETS_FILE).exists():
            grid = read_grid(path / TARGETS_FILE, f"{path.name}/{TARGETS_FILE}", notice, faults)
        for kept in notice.untrusted:
            if (path / kept.file).is_file():
                untrusted[kept.file] = read_tsv(path / kept.file, f"{path.name}/{kept.file}", faults)
            else:
                message = _("没有这个文件：%s。") % kept.file
                faults.append(Fault(file, f"untrusted.{kept.file}", "file_missing", message))
    if not (path / README_FILE).is_file():
        message = _("缺少 README.md：请写明来源说了什么、缺什么、有何矛盾，作了什么决定。")
        faults.append(Fault(f"{path.name}/{README_FILE}", "", "readme_missing", message, Level.WARNING))
    return Folder(path, notice, grid, untrusted, tuple(faults))


def _toml(path: Path, file: str, faults: list[Fault]) -> dict[str, Any] | None:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        message = _("文件夹里没有 notice.toml。")
        faults.append(Fault(file, "", "notice_file_missing", message))
    except UnicodeDecodeError:
        message = _("不是 UTF-8 编码，请用 UTF-8 保存。")
        faults.append(Fault(file, "", "toml_broken", message, fatal=True))
    except tomllib.TOMLDecodeError as broken:
        position = _POSITION.search(str(broken))
        if position is not None and position[1]:
            where = _("第 %(line)s 行第 %(column)s 列") % {"line": position[1], "column": position[2]}
        else:
            where = _("文件末尾")
        message = _("%s不合 TOML 语法，请检查引号、括号、等号和重复的键。") % where
        faults.append(Fault(file, "", "toml_broken", message, fatal=True))
    return None


def _validated(kind: type[Notice], raw: dict[str, Any], file: str, faults: list[Fault]) -> Notice | None:
    try:
        return kind.model_validate(raw)
    except ValidationError as wrong:
        seen: set[tuple[str, str]] = set()
        for error in wrong.errors(include_url=False):
            fault = _explain(error, raw, file)
            if (fault.key, fault.code) not in seen:
                seen.add((fault.key, fault.code))
                faults.append(fault)
    return None


def _explain(error: ErrorDetails, raw: dict[str, Any], file: str) -> Fault:
    """A pydantic error as a finding: the key as the file has it, the sentence in the reader's language."""
    key, last = _key(error["loc"], raw)
    kind = error["type"]
    context = error.get("ctx", {})
    if kind == "missing":
        return Fault(file, key, "key_missing", _("缺少这一项。"))
    if kind == "extra_forbidden":
        return Fault(file, key, "key_unknown", _("不认识的键，请检查拼写。"))
    if kind == "literal_error":
        code = "unit_unknown" if last == "unit" else "value_unknown"
        allowed = "、".join(str(word) for word in _words(error, context))
        message = _("“%(value)s”不在可用的取值之中：%(allowed)s。")
        return Fault(file, key, code, message % {"value": _short(error["input"]), "allowed": allowed})
    if kind == "string_pattern_mismatch":
        message = _("“%s”写法不对：代号只用小写字母、数字和连字符（指标、字段用下划线），以字母开头。")
        return Fault(file, key, "value_form", message % _short(error["input"]))
    if "text" in context:
        return Fault(file, key, kind, str(context["text"]))
    message = _("“%s”的类型或范围不对，请对照 docs/add-a-notice.md。") % _short(error["input"])
    return Fault(file, key, "value_type", message)


def _words(error: ErrorDetails, context: Mapping[str, Any]) -> Sequence[str]:
    """The closed list that a wrong word was held against."""
    if error["loc"][-1] == "unit":
        return UNITS
    return re.findall(r"'([^']*)'", str(context.get("expected", "")))


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:40] + "…"


def _key(location: Iterable[int | str], raw: Any) -> tuple[str, str]:
    """The dotted key of an error's place, items named by their code, and its last part."""
    parts: list[str] = []
    here: Any = raw
    for part in location:
        if isinstance(here, list) and isinstance(part, int) and part < len(here):
            here = here[part]
            named = here.get("code") if isinstance(here, dict) else None
            parts.append(named if isinstance(named, str) else str(part))
        else:
            here = here.get(part, _MISSING) if isinstance(here, dict) else _MISSING
            parts.append(str(part))
    return ".".join(parts), parts[-1] if parts else ""
