"""Folders of declared ledgers: found beside the notices and inside them, read, every fault of all of them at once."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

from qiaojie.folders import declaring
from qiaojie.folders.faults import Fault

from .schema import DeclaredLedger

FILE: Final = "ledger.toml"
"""The file that declares a ledger."""

INSIDE: Final = "ledgers"
"""The folder of a notice in which ledgers lie that only it needs."""

GUIDE: Final = "docs/add-a-ledger.md"


@dataclass(slots=True)
class LedgerFolder:
    """A folder as read: what it declares (None where that cannot be used), and what is wrong. ``name`` is for findings."""

    path: Path
    name: str
    declared: DeclaredLedger | None
    faults: list[Fault] = field(default_factory=list)

    @property
    def file(self) -> str:
        """The declaring file as findings name it."""
        return f"{self.name}/{FILE}"


def every() -> list[LedgerFolder]:
    """All folders there are, read anew, by name; but for those in whose place one of this installation's own stands."""
    found = [read(path, name) for path, name in sorted(set(_paths()))]
    own = Path(settings.OWN_LEDGERS)
    replaced = {
        one.declared.instead_of if one.declared is not None else one.name
        for one in found
        # One that cannot be read for now gives its place to nobody.
        if one.path.parent == own
    }
    return told_twice([one for one in found if one.path.parent == own or one.name not in replaced])


def told_twice(found: list[LedgerFolder]) -> list[LedgerFolder]:
    """The same folders; a code that several of them declare is a fault of each."""
    by_code: dict[str, list[LedgerFolder]] = defaultdict(list)
    for folder in found:
        if folder.declared is not None:
            by_code[folder.declared.code].append(folder)
    for code, several in by_code.items():
        if len(several) > 1:
            names = "、".join(one.name for one in several)
            text = _("代码“%(code)s”有几个文件夹都在用：%(names)s。请只留一个，或另取代码。")
            for folder in several:
                if not any(fault.code == "ledger_twice" for fault in folder.faults):
                    message = text % {"code": code, "names": names}
                    folder.faults.append(Fault(folder.file, "code", "ledger_twice", message))
    return found


def read(path: Path, name: str = "") -> LedgerFolder:
    """One folder."""
    folder = LedgerFolder(path, name or path.name, None)
    raw = declaring.toml(path / FILE, folder.file, folder.faults)
    if raw is not None:
        folder.declared = declaring.validated(DeclaredLedger, raw, folder.file, folder.faults, GUIDE)
    if folder.declared is not None and folder.declared.code.replace("_", "-") != path.name.replace("_", "-"):
        text = _("编号“%(code)s”与文件夹名“%(folder)s”不同，请改成一样。")
        message = text % {"code": folder.declared.code, "folder": path.name}
        folder.faults.append(Fault(folder.file, "code", "folder_differs", message))
    return folder


def inside(parent: Path) -> list[Path]:
    """The folders of ledgers in a directory, by name."""
    return _folders(parent)


def _paths() -> Iterator[tuple[Path, str]]:
    for parent in settings.LEDGER_DIRS:
        yield from ((path, path.name) for path in _folders(Path(parent)))
    for parent in settings.NOTICE_DIRS:
        for notice in _folders(Path(parent)):
            yield from ((path, f"{notice.name}/{INSIDE}/{path.name}") for path in _folders(notice / INSIDE))


def _folders(parent: Path) -> list[Path]:
    """The folders in a directory, by name; none where there is no such directory."""
    if not parent.is_dir():
        return []
    with os.scandir(parent) as entries:
        found = [Path(one.path) for one in entries if not one.name.startswith((".", "_")) and one.is_dir()]
    return sorted(found)
