"""Declarations that are written on the screen: kept as the text of their file, checked as a folder is, thrown away.

Two administrators may open one draft. Whoever saves says which state of it she had before her; if it is another by then, nothing
of either is lost: the draft stays as it is, and hers comes back to her.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.accounts import contact
from qiaojie.folders import declaring
from qiaojie.folders.faults import Fault
from qiaojie.ledgers import declaration
from qiaojie.ledgers.changing import permitted
from qiaojie.ledgers.models import Fact
from qiaojie.ledgers.viewer import Action, Viewer, demand, refuse
from qiaojie.lib import pinyin
from qiaojie.lib.findings import Level, Unusable

from . import loading, queries, running, writing
from .checking import RESERVED
from .loading import FILE, LedgerFolder
from .models import LedgerDraft
from .schema import LONGEST_CODE, DeclaredLedger

SUBJECT: Final = "declared-ledgers"

LONGEST: Final = 200_000
"""Characters of a draft: many times what the longest declaration has."""


@dataclass(frozen=True, slots=True)
class HeldDraft:
    """A draft as it is kept: ``raw`` is what its text says (None where that is no TOML), ``folder`` the same read as a folder is,
    with all that is wrong. ``stamp`` tells one state of it from another."""

    pk: int
    code: str
    text: str
    by: str
    at: datetime
    raw: dict[str, Any] | None
    folder: LedgerFolder
    faults: tuple[Fault, ...] = field(default=())

    @property
    def stamp(self) -> str:
        """What a form says of the state that it was filled from."""
        return self.at.isoformat()

    @property
    def label(self) -> str:
        """The name that it gives its ledger; its code where it gives none."""
        said = (self.raw or {}).get("label")
        return said if isinstance(said, str) and said else self.code

    @property
    def usable(self) -> bool:
        """Whether nothing is wrong that keeps it from being put in force."""
        return not any(one.level is Level.ERROR for one in self.faults)

    @property
    def errors(self) -> int:
        """How many things keep it from being put in force."""
        return sum(one.level is Level.ERROR for one in self.faults)


class DraftChanged(Unusable):
    """Somebody else has saved the draft meanwhile: who, and when."""

    def __init__(self, by: str, at: datetime) -> None:
        text = _("这份草稿在您打开以后改过（%(at)s）。您填的都在下面，没有存；再点一次保存，就用您这份。")
        super().__init__("draft_changed", text % {"at": f"{timezone.localtime(at):%Y-%m-%d %H:%M}"})
        self.by = by
        self.at = at


def demand_whole(viewer: Viewer, subject: str = SUBJECT) -> None:
    """Raise Refused, and log it, unless the viewer administers all agencies: ledgers are everybody's."""
    demand(viewer, Action.ADMINISTER, subject)
    if not contact.may_settle(viewer):
        refuse(viewer, Action.ADMINISTER, subject)


def drafts(viewer: Viewer) -> list[HeldDraft]:
    """All drafts, the latest first. Raises Refused."""
    demand_whole(viewer)
    rows = list(LedgerDraft.objects.order_by("-at", "-pk"))
    return checked([_held(row) for row in rows])


def draft(viewer: Viewer, pk: int) -> HeldDraft:
    """One draft. Raises Unusable ``draft_gone``; Refused."""
    demand_whole(viewer)
    return checked([_held(_row(pk))])[0]


def tried(held: HeldDraft, text: str) -> HeldDraft:
    """The draft as it would be with another text; nothing is kept."""
    raw, folder = _read(held.code, text)
    return checked([HeldDraft(held.pk, held.code, text, held.by, held.at, raw, folder)])[0]


def checked(held: Iterable[HeldDraft]) -> list[HeldDraft]:
    """Drafts with all that is wrong with each, among the folders that there are. Folders are read once for all of them."""
    folders = loading.every()
    found = []
    for one in held:
        among = loading.told_twice([*among_folders(one.folder, folders), one.folder])
        faults = [fault for fault in queries.faults(among) if fault.file == one.folder.file]
        told = dict.fromkeys(faults)
        found.append(HeldDraft(one.pk, one.code, one.text, one.by, one.at, one.raw, one.folder, tuple(told)))
    return found


def among_folders(own: LedgerFolder, folders: Iterable[LedgerFolder]) -> list[LedgerFolder]:
    """The folders but for those in whose place a draft's would stand."""
    replaced = own.declared.instead_of if own.declared is not None else ""
    return [one for one in folders if one.path != own.path and (not replaced or one.name != replaced)]


# --- begun -----------------------------------------------------------------------------------------------------------


def start(viewer: Viewer, label: str, like: str = "") -> int:
    """Begin a draft of a new ledger, blank or with the fields of a declared one; its key. The code is proposed from the name.

    Raises Unusable ``label_missing``, ``ledger_not_declared``; Refused.
    """
    demand_whole(viewer)
    label = label.strip()
    if not label or len(label) > 80:
        raise Unusable("label_missing", _("请写台账的名称（不超过 80 个字）。"))
    taken = {one.code for one in declaration.every()}
    taken |= {one.declared.code for one in loading.every() if one.declared is not None}
    taken |= set(LedgerDraft.objects.values_list("code", flat=True))
    code = proposed(label, "", taken)
    if like:
        raw = {**_source(like)[0], "code": code, "label": label}
        raw.pop("instead_of", None)
        raw.pop("english", None)
    else:
        raw = {
            "code": code,
            "label": label,
            "about": ["person"],
            "day": "happened",
            "fields": [{"code": "happened", "label": _("日期"), "kind": "date", "required": True}],
        }
    return _made(viewer, code, writing.text(raw))


def change(viewer: Viewer, code: str) -> int:
    """The draft that changes a declared ledger, begun from its folder if there is none yet; its key.

    Raises Unusable ``ledger_not_declared``; Refused.
    """
    demand_whole(viewer)
    known = LedgerDraft.objects.filter(code=code).first()
    if known is not None:
        return known.pk
    raw, source = _source(code)
    return _made(viewer, code, source or writing.text(raw))


def _source(code: str) -> tuple[dict[str, Any], str]:
    """What declares a ledger: its folder as it stands with its text ('' where none of it can be used as it is), or what was last
    prepared where that is gone."""
    folder = next((one for one in loading.every() if one.declared and one.declared.code == code), None)
    if folder is not None and folder.declared is not None:
        source = (folder.path / FILE).read_text(encoding="utf-8-sig")
        raw = declaring.toml_text(source, folder.file, []) or {}
        if folder.path.parent == Path(settings.OWN_LEDGERS):
            return raw, source
        # One that others keep up is not written over: a folder of this installation stands in its place.
        return {**raw, "instead_of": folder.name}, ""
    held = running.current().get(code)
    if held is None:
        raise Unusable("ledger_not_declared", _("只有自建台账能在这里改；自带的台账由系统升级来改。"))
    return writing.plain(held.declared), ""


def proposed(label: str, english: str, taken: Iterable[str]) -> str:
    """A code for something of that name: its English name, else how it is read. Never one that is taken or has a meaning."""
    words = english.lower() if english else pinyin.spelling(label)
    code = "".join(one if one.isascii() and one.isalnum() else "_" for one in words).strip("_")
    while "__" in code:
        code = code.replace("__", "_")
    if len(code) > _LONG and not english:
        code = pinyin.initials(label)
    code = code[: LONGEST_CODE - 4].strip("_")
    if not code or not code[0].isalpha():
        code = f"field_{code}".strip("_")
    held, number, found = {*taken, *RESERVED}, 2, code
    while found in held or _has_meaning(found):
        found, number = f"{code}_{number}", number + 1
    return found


_LONG: Final = 24
"""Letters of a spelling that nobody likes to read: the initials are taken instead."""


def _has_meaning(code: str) -> bool:
    return hasattr(Fact, code) or any(one.name == code for one in Fact._meta.get_fields())


def _made(viewer: Viewer, code: str, text: str) -> int:
    try:
        with permitted(viewer, Action.ADMINISTER, f"ledger-draft/{code}", registry=False) as change:
            made = LedgerDraft.objects.create(code=code, text=text, by=viewer.name)
            change.note(rows=1)
    except IntegrityError:
        # Somebody else has begun it at the same moment.
        return LedgerDraft.objects.get(code=code).pk
    return made.pk


# --- kept ------------------------------------------------------------------------------------------------------------


def save(viewer: Viewer, pk: int, text: str, stamp: str) -> HeldDraft:
    """Keep a draft's text, which was written from the state ``stamp``; what it then is.

    Raises DraftChanged where somebody else has saved it since; Unusable ``draft_gone``, ``text_long``; Refused.
    """
    demand_whole(viewer)
    if len(text) > LONGEST:
        raise Unusable("text_long", _("内容太长了。"))
    row = _row(pk)
    with permitted(viewer, Action.ADMINISTER, f"ledger-draft/{row.code}", registry=False) as change:
        held = LedgerDraft.objects.select_for_update().filter(pk=pk).first()
        if held is None:
            raise _gone()
        if held.at.isoformat() != stamp and held.text != text:
            raise DraftChanged(held.by, held.at)
        if held.text != text:
            code = _code_said(held, text)
            held.code, held.text, held.by = code, text, viewer.name
            held.save()
        change.note(rows=1)
    return checked([_held(held)])[0]


def _code_said(held: LedgerDraft, text: str) -> str:
    """The code that the text gives the ledger, if it is one and no other draft's."""
    raw = declaring.toml_text(text, "", []) or {}
    said = raw.get("code")
    if not isinstance(said, str) or not said or len(said) > LONGEST_CODE:
        return held.code
    taken = LedgerDraft.objects.filter(code=said).exclude(pk=held.pk).exists()
    return held.code if taken else said


def throw_away(viewer: Viewer, pk: int) -> str:
    """Throw a draft away; the name it gave its ledger. What is in force stays. Raises Unusable ``draft_gone``; Refused."""
    demand_whole(viewer)
    held = _held(_row(pk))
    with permitted(viewer, Action.ADMINISTER, f"ledger-draft/{held.code}/drop", registry=False) as change:
        LedgerDraft.objects.filter(pk=pk).delete()
        change.note(rows=1)
    return held.label


def _row(pk: int) -> LedgerDraft:
    found = LedgerDraft.objects.filter(pk=pk).first()
    if found is None:
        raise _gone()
    return found


def _gone() -> Unusable:
    return Unusable("draft_gone", _("这份草稿已经不在了：有人启用或扔掉了它。"))


def _held(row: LedgerDraft) -> HeldDraft:
    raw, folder = _read(row.code, row.text)
    return HeldDraft(row.pk, row.code, row.text, row.by, row.at, raw, folder)


def _read(code: str, text: str) -> tuple[dict[str, Any] | None, LedgerFolder]:
    """A draft's text as the folder that it would be."""
    faults: list[Fault] = []
    raw = declaring.toml_text(text, f"{code}/{FILE}", faults)
    said = raw.get("code") if raw is not None else None
    name = said if isinstance(said, str) and said and "/" not in said else code
    folder = LedgerFolder(Path(settings.OWN_LEDGERS) / name, name, None, faults)
    if raw is not None:
        folder.declared = declaring.validated(DeclaredLedger, raw, folder.file, folder.faults, loading.GUIDE)
    return raw, folder
