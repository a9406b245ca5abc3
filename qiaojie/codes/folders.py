"""All files of a list as one: those that are shipped, and what an installation adds to them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from qiaojie.lib.findings import Level
from qiaojie.lib.text import header_key

from . import reading
from .faults import CodeFault
from .reading import CodeFile, CodeLine
from .words import CodeWord


@dataclass(frozen=True, slots=True)
class ReadList:
    """A list as its files have it, in the order of their lines. With a fault that is an error it is not to be used."""

    code: str
    label: str
    english: str
    standard: str
    words: tuple[CodeWord, ...]
    faults: tuple[CodeFault, ...]

    @property
    def usable(self) -> bool:
        """Whether it may be put in force."""
        return not any(fault.level is Level.ERROR for fault in self.faults)


_kept: dict[Path, tuple[tuple[int, int], CodeFile]] = {}


def paths(folders: Sequence[Path] | None = None) -> list[Path]:
    """The files of all lists, folder after folder (by default those of the settings), by name. A folder that is not there has
    none."""
    found: list[Path] = []
    for folder in settings.CODE_DIRS if folders is None else folders:
        if folder.is_dir():
            with os.scandir(folder) as entries:
                names = [
                    one.name for one in entries if one.name.endswith(".tsv") and one.name[0] not in "._~"
                ]
            found += [folder / name for name in sorted(names)]
    return found


def read_all(folders: Sequence[Path] | None = None) -> dict[str, ReadList]:
    """Every list by its code. A file of a name that an earlier folder has adds its words to that list."""
    by_code: dict[str, list[CodeFile]] = {}
    for path in paths(folders):
        found = _read(path)
        by_code.setdefault(found.code, []).append(found)
    return {code: _joined(code, by_code[code]) for code in sorted(by_code)}


def _read(path: Path) -> CodeFile:
    """A file; the same again until its size or time of change differs."""
    try:
        status = path.stat()
    except OSError:
        return reading.read(path)
    state = (status.st_mtime_ns, status.st_size)
    held = _kept.get(path)
    if held is None or held[0] != state:
        held = (state, reading.read(path))
        _kept[path] = held
    return held[1]


def _joined(code: str, files: Sequence[CodeFile]) -> ReadList:
    lines = [line for file in files for line in file.lines]
    head: dict[str, str] = {}
    for file in files:
        for key, value in file.head.items():
            head.setdefault(key, value)
    faults = [fault for file in files for fault in file.faults]
    if not head.get("label"):
        message = _("没有写这张表叫什么，请在开头加一行“# label: 名称”。")
        faults.append(CodeFault(files[0].file, 1, "", "head_missing", message))
    faults += _twice(lines)
    # Of a word that could not be read nobody knows whether others stand under it.
    if not any(fault.level is Level.ERROR for fault in faults):
        faults += _parents(lines)
    faults += _labels(lines)
    return ReadList(
        code,
        head.get("label", code),
        head.get("english", ""),
        head.get("standard", ""),
        tuple(line.word for line in lines),
        tuple(sorted(faults, key=lambda one: (one.file, one.line))),
    )


def _twice(lines: Iterable[CodeLine]) -> Iterator[CodeFault]:
    first: dict[str, CodeLine] = {}
    for line in lines:
        held = first.setdefault(line.word.code, line)
        if held is not line:
            text = _("代码“%(code)s”在 %(file)s 第%(line)d行已经有了，请换一个或删去一行。")
            said = {"code": line.word.code, "file": held.file, "line": held.number}
            yield CodeFault(line.file, line.number, "code", "code_twice", text % said)


def _parents(lines: Sequence[CodeLine]) -> Iterator[CodeFault]:
    above: Mapping[str, str] = {line.word.code: line.word.parent for line in lines}
    for line in lines:
        word = line.word
        if word.parent and word.parent not in above:
            text = _("上级“%s”不在这张表里，请先写上级，或改正代码。")
            yield CodeFault(line.file, line.number, "parent", "parent_unknown", text % word.parent)
        elif (circle := _circle(word.code, above)) and word.code == min(circle):
            text = _("上级绕成了圈：%s，请改正其中一个。")
            said = " → ".join([*circle, circle[0]])
            yield CodeFault(line.file, line.number, "parent", "parent_circular", text % said)


def _circle(code: str, above: Mapping[str, str]) -> list[str]:
    """The codes of the circle in which a code stands; none where its way up has an end, or leads into another's circle."""
    way = [code]
    while (up := above.get(way[-1], "")) and up not in way:
        way.append(up)
    return way if up == code else []


def _labels(lines: Iterable[CodeLine]) -> Iterator[CodeFault]:
    """Two codes by one word: read from a cell it would mean either."""
    first: dict[str, tuple[CodeLine, str]] = {}
    for line in lines:
        word = line.word
        for column, text in (("label", str(word.label)), *(("also", each) for each in word.also)):
            held, _column = first.setdefault(header_key(text), (line, column))
            if held.word.code != word.code:
                told = _("“%(label)s”已经是“%(code)s”（%(file)s 第%(line)d行）的写法，一个词只能指一个代码。")
                said = {"label": text, "code": held.word.code, "file": held.file, "line": held.number}
                yield CodeFault(line.file, line.number, column, "label_twice", told % said)
