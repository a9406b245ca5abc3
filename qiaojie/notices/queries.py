"""Reading notices: all of them, one, a table of one, and its targets."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from qiaojie.lib.findings import Level, Unusable
from qiaojie.regions.queries import edition

from . import forms, loading
from .forms import TableDef
from .loading import NOTICE_FILE, Folder
from .schema import Notice
from .targets import Targets, by_unit

_log = logging.getLogger(__name__)


def every() -> tuple[Notice, ...]:
    """All notices that can be used, by code. One that cannot is left out, and the log says why."""
    notices: dict[str, Notice] = {}
    for folder in _folders():
        wrong = _first_error(folder)
        if wrong is not None:
            _log.warning("%s", wrong.message)
        elif folder.notice is not None:
            notices.setdefault(folder.notice.code, folder.notice)
    return tuple(notices[code] for code in sorted(notices))


def notice(code: str) -> Notice:
    """The notice of that code.

    Raises Unusable: ``notice_unknown`` with the codes there are, or the first fault of its folder.
    """
    return _usable(code)[1]


def table(name: str) -> TableDef:
    """The table named ``notice/table``, bound to its ledger. Raises Unusable ``table_unknown`` with what there is."""
    code, _slash, wanted = name.partition("/")
    held = notice(code)
    for declared in held.tables:
        if declared.code == wanted:
            return forms.build(held, declared, f"{code}/{NOTICE_FILE} tables.{wanted}")
    known = "、".join(f"{code}/{declared.code}" for declared in held.tables) or _("无")
    raise Unusable("table_unknown", _("没有表“%(name)s”。现有：%(known)s。") % {"name": name, "known": known})


def targets(held: Notice) -> Targets:
    """A notice's targets by the units of its edition. Raises Unusable ``edition_unknown``."""
    return by_unit(held, _usable(held.code)[0].grid, edition(held.edition))


def folder(code: str) -> Folder:
    """The folder of a notice that can be used. Raises as ``notice`` does."""
    return _usable(code)[0]


def _folders() -> Iterable[Folder]:
    parents: Iterable[Path] = settings.NOTICE_DIRS
    return [loading.read(path) for parent in parents if parent.is_dir() for path in loading.folders(parent)]


def _first_error(folder: Folder) -> Unusable | None:
    return next((fault.unusable() for fault in folder.faults if fault.level is Level.ERROR), None)


def _usable(code: str) -> tuple[Folder, Notice]:
    for folder in _folders():
        if folder.path.name != code:
            continue
        wrong = _first_error(folder)
        if wrong is not None:
            raise wrong
        if folder.notice is not None:
            return folder, folder.notice
    known = "、".join(held.code for held in every()) or _("无")
    raise Unusable(
        "notice_unknown", _("没有通知“%(code)s”。现有：%(known)s。") % {"code": code, "known": known}
    )
