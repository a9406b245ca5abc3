"""Reading notices: all of them, one, a table of one, its targets and what they came from, its rulings."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from qiaojie.codes import standing
from qiaojie.ledgers import declaration
from qiaojie.ledgers.conditions import data
from qiaojie.lib.findings import Level, Unusable
from qiaojie.regions.queries import EditionView, edition

from . import forms, ledger_fields, loading, standard
from .forms import TableDef
from .ledger_fields import CollectionOrder
from .loading import Folder
from .models import NoticeInForce, TargetVersion
from .naming import SLUG
from .rulings import rulings
from .schema import Notice
from .systems import System
from .targets import needs, target_versions
from .targets.figures import Targets, by_unit
from .targets.needs import Need
from .targets.splitting import Basis
from .targets.target_versions import Child, Distribution, TargetStep

__all__ = [
    "asked_once",
    "children",
    "collected",
    "collecting",
    "conditions",
    "conditions_of",
    "every",
    "folder",
    "held",
    "history",
    "in_force",
    "look_at_orders_anew",
    "need",
    "notice",
    "open_fields",
    "rulings",
    "switches",
    "systems",
    "table",
    "targets",
    "targets_below",
    "to_split",
    "versions",
]

_log = logging.getLogger(__name__)

_LONGEST: Final = 100
"""Characters of a code: no folder has a longer name than a file system takes."""

_built: dict[
    tuple[Path, str, str | None, frozenset[str]], tuple[Folder, tuple[int, int, date], TableDef]
] = {}
"""Tables by folder, code, language (choices are words of it) and what is left out of them, each with the reading
of the folder and the revision of ledgers and code lists that it came from."""


def every() -> tuple[Notice, ...]:
    """All notices that can be used, by code. One that cannot is left out, and the log says why."""
    return tuple(held for held in _all() if not isinstance(held, System))


def in_force(day: date) -> tuple[Notice, ...]:
    """Those of ``every`` by which this installation works on a day; one query."""
    known = switches()
    return tuple(one for one in every() if one.code in known and known[one.code].holds(day))


def switches() -> dict[str, NoticeInForce]:
    """From when and until when each notice is in force, by its code; none where it was never switched on. One query."""
    return {one.notice: one for one in NoticeInForce.objects.all()}


def collecting(day: date | None = None) -> tuple[CollectionOrder, ...]:
    """Which forms of notices in force on a day (today's by default) order what nobody is asked for otherwise. A query only where
    a form of any notice does."""
    kept = _answering.get()
    if day is not None or kept is None:
        return _collecting(day or timezone.localdate())
    if not kept:
        kept.append(_collecting(timezone.localdate()))
    return kept[0]


_answering: ContextVar[list[tuple[CollectionOrder, ...]] | None] = ContextVar("answering", default=None)


@contextmanager
def asked_once() -> Iterator[None]:
    """While one request is answered: what is collected today is asked once. A page draws forms by the dozen."""
    token = _answering.set([])
    try:
        yield
    finally:
        _answering.reset(token)


def look_at_orders_anew() -> None:
    """Forget what was asked for the request that is being answered: a notice was switched."""
    kept = _answering.get()
    if kept:
        kept.clear()


def _collecting(on: date) -> tuple[CollectionOrder, ...]:
    found = [one for held in every() for one in ledger_fields.orders(held)]
    if not found:
        return ()
    known = switches()
    return tuple(one for one in found if one.notice in known and known[one.notice].holds(on))


def collected(day: date | None = None) -> frozenset[tuple[str, str]]:
    """The fields that are collected since a form in force orders them: (ledger by its code, field), as the form says it and as
    the ledger does that keeps it. As many queries as ``collecting``."""
    found = collecting(day)
    return frozenset(pair for one in found for pair in ((one.ledger, one.name), (one.owner, one.bare)))


def conditions(ledger: str, day: date) -> frozenset[str]:
    """The fields that a row of a ledger (by its code) is asked for before it counts, in any notice in force on a day."""
    return conditions_of(in_force(day), ledger)


def conditions_of(found: Iterable[Notice], ledger: str) -> frozenset[str]:
    """The same of some notices."""
    return frozenset(
        name
        for held in found
        for indicator in held.indicators
        for source in indicator.sources
        if source.ledger == ledger
        for name in data.own(source.where)
    )


def open_fields(found: Iterable[Notice], ledger: str) -> frozenset[str]:
    """Those of ``conditions_of`` of which some indicator only says what they may not be: a row that says nothing of them counts
    for it."""
    return frozenset(
        name
        for held in found
        for indicator in held.indicators
        for source in indicator.sources
        if source.ledger == ledger
        for name, asked in data.own(source.where).items()
        if isinstance(asked, dict) and asked.keys() == {"not"}
    )


def systems() -> tuple[System, ...]:
    """All outside systems that can be used, by code."""
    return tuple(held for held in _all() if isinstance(held, System))


def _all() -> tuple[Notice, ...]:
    notices: dict[str, Notice] = {}
    for folder in map(loading.read, _paths()):
        wrong = _first_error(folder)
        if wrong is not None:
            _log.warning("%s", wrong.message)
        elif folder.notice is not None:
            notices.setdefault(folder.notice.code, folder.notice)
    return tuple(notices[code] for code in sorted(notices))


def notice(code: str) -> Notice:
    """The notice, or the outside system, of that code.

    Raises Unusable: ``notice_unknown`` with the codes there are, or the first fault of its folder.
    """
    return standard.notice(collected()) if code == standard.CODE else _usable(code)[1]


def _revision() -> tuple[int, int, date]:
    """What is another one whenever ledgers or code lists are, and every day: what a blank form offers hangs on it."""
    return declaration.revision(), standing.stamp(), timezone.localdate()


def table(name: str) -> TableDef:
    """The table named ``notice/table``, bound to its ledger, without what only an order may collect and none does now. Raises
    Unusable ``table_unknown`` with what there is."""
    code, _slash, wanted = name.partition("/")
    if code == standard.CODE:
        return _standard(wanted, get_language(), _revision(), collected())
    folder, held = _usable(code)
    for declared in held.tables:
        if declared.code == wanted:
            left = _held_back(held, wanted)
            key = (folder.path, wanted, get_language(), left)
            kept = _built.get(key)
            if kept is not None and kept[0] is folder and kept[1] == _revision():
                return kept[2]
            table = forms.build(held, declared, f"{folder.declared} tables.{wanted}", left)
            _built[key] = (folder, _revision(), table)
            return table
    known = "、".join(f"{code}/{declared.code}" for declared in held.tables) or _("无")
    raise Unusable("table_unknown", _("没有表“%(name)s”。现有：%(known)s。") % {"name": name, "known": known})


def _held_back(held: Notice, wanted: str) -> frozenset[str]:
    """The fields of a form that only an order may collect, and that none does now."""
    ordered = [one for one in ledger_fields.orders(held) if one.table == wanted]
    if not ordered:
        return frozenset()
    now = collected()
    return frozenset(one.name for one in ordered if (one.owner, one.bare) not in now)


@lru_cache(maxsize=256)
def _standard(
    wanted: str, language: str | None, revision: tuple[int, int, date], asked: frozenset[tuple[str, str]]
) -> TableDef:
    """A ledger's own table, of one revision of ledgers and code lists; its words are those of the offices, its choices too."""
    held = standard.notice(asked)
    for declared in held.tables:
        if declared.code == wanted:
            with override(standard.WORDS):
                return forms.build(held, declared, standard.CODE)
    standard.demand_open(wanted)
    known = "、".join(f"{standard.CODE}/{declared.code}" for declared in held.tables)
    text = _("没有表“%(name)s”。现有：%(known)s。")
    raise Unusable("table_unknown", text % {"name": f"{standard.CODE}/{wanted}", "known": known})


def targets(held: Notice, view: EditionView | None = None) -> Targets:
    """What holds now by the units of a notice's edition: its own figures, then every decision since.

    One query, and another to look at the edition unless the caller has its ``view`` already. Raises Unusable
    ``edition_unknown``.
    """
    view = view or edition(held.edition)
    return target_versions.applied(
        _issued(held, view), view.root_id, target_versions.decided(held.code, view.root_id)
    )


def held(notice: Notice, region_id: int) -> dict[str, int | None]:
    """What one region works towards, by indicator: the whole area, a unit, or what lies beneath one.

    Three queries at most.
    """
    view = edition(notice.edition)
    return target_versions.held(targets(notice, view), notice.code, view.root_id, region_id)


def children(notice: Notice, region_id: int) -> tuple[Child, ...]:
    """Whom a region can give targets to, in order: the units for the whole area, else what lies directly beneath it."""
    return target_versions.children(edition(notice.edition), region_id)


def targets_below(notice: Notice, region_id: int) -> dict[str, Distribution]:
    """What a region gave its children, by indicator; only those that it split. Five queries at most."""
    view = edition(notice.edition)
    given = targets(notice, view)
    holds = target_versions.held(given, notice.code, view.root_id, region_id)
    return target_versions.below(
        notice.code, region_id, holds, target_versions.issued_to(given, region_id, holds)
    )


def to_split(notice: Notice, code: str, region_id: int, basis: Basis) -> int | None:
    """The figure of a region that its parts have to add up to, for a basis; None where it has none. Three queries at most."""
    view = edition(notice.edition)
    given = targets(notice, view)
    holds = target_versions.held(given, notice.code, view.root_id, region_id)
    return (holds if basis is Basis.HELD else target_versions.issued_to(given, region_id, holds)).get(code)


def versions(notice: Notice) -> dict[str, int]:
    """How many decisions stand beside a notice's own figures, by indicator; one query."""
    found = TargetVersion.objects.filter(notice=notice.code).order_by().values_list("indicator")
    return dict(found.annotate(number=Count("pk")))


def history(notice: Notice, code: str, region_id: int) -> tuple[TargetStep, ...]:
    """Every version of a region's target for an indicator, oldest first; number 0 is the notice itself.

    Raises Unusable ``indicator_unknown``.
    """
    view = edition(notice.edition)
    return target_versions.history(
        notice, _issued(notice, view), view.root_id, notice.indicator(code).code, region_id
    )


def need(notice: Notice, code: str, region_id: int, on: date | None = None) -> Need:
    """People concerned by child of a region (a valid certificate on the day, today's by default, and what else the
    indicator asks of a person), to split a target by. Raises Unusable ``indicator_unknown``, ``no_children``."""
    offered = children(notice, region_id)
    if not offered:
        raise Unusable("no_children", _("没有可以分解到的单位。"))
    day = on or timezone.localdate()
    return needs.need(notice.indicator(code), edition(notice.edition), region_id, offered, day)


def folder(code: str) -> Folder:
    """The folder of a notice that can be used. Raises as ``notice`` does."""
    return _usable(code)[0]


def _issued(held: Notice, view: EditionView) -> Targets:
    """The notice's own figures: version 0."""
    return by_unit(held, _usable(held.code)[0].grid, view)


def _paths() -> Iterable[Path]:
    parents: Iterable[Path] = [*settings.NOTICE_DIRS, *settings.SYSTEM_DIRS]
    return [path for parent in parents if parent.is_dir() for path in loading.folders(parent)]


def _named(code: str) -> Iterator[Path]:
    """The folders of that name, wherever one is; whatever else an address says is the name of none."""
    if len(code) > _LONGEST or not re.fullmatch(SLUG, code):
        return
    for parent in (*settings.NOTICE_DIRS, *settings.SYSTEM_DIRS):
        if parent.name == code and loading.is_folder(parent):
            yield parent
        elif (parent / code).is_dir() and not loading.is_folder(parent):
            yield parent / code


def _first_error(folder: Folder) -> Unusable | None:
    return next((fault.unusable() for fault in folder.faults if fault.level is Level.ERROR), None)


def _usable(code: str) -> tuple[Folder, Notice]:
    for folder in map(loading.read, _named(code)):
        wrong = _first_error(folder)
        if wrong is not None:
            raise wrong
        if folder.notice is not None:
            return folder, folder.notice
    known = "、".join(held.code for held in every()) or _("无")
    raise Unusable(
        "notice_unknown", _("没有通知“%(code)s”。现有：%(known)s。") % {"code": code, "known": known}
    )
