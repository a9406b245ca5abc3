"""``qiaojie prepare``: lists are put in force as their files now are; what has gone from a file is kept, so that it prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from django.utils.translation import gettext as _

from qiaojie.lib.findings import Level

from . import folders, standing
from .folders import ReadList
from .models import PreparedList
from .words import CodeWord


@dataclass(frozen=True, slots=True)
class PreparedLists:
    """What preparing came to: what is to be said, line by line; and whether some word that was there stands under another one
    now, so that what was counted by the word above has to be counted anew."""

    said: tuple[str, ...]
    regrouped: bool


def prepare(directories: Sequence[Path] | None = None) -> PreparedLists:
    """Put every usable list in force; one query, and one for each list that has changed.

    A list with an error in one of its files stays as it was last prepared, and all others go on. A word that no file has any more
    is kept and marked: it is printed, and entered no longer; a list whose files are gone is kept with all of its words so.
    """
    said: list[str] = []
    regrouped = False
    held = {one.code: one for one in PreparedList.objects.all()}
    found = folders.read_all(directories)
    for code, read in found.items():
        if not read.usable:
            said.append(_("代码表“%s”有错，没有采用这次的改动，照上次的继续用：") % code)
            said += [fault.text for fault in read.faults if fault.level is Level.ERROR]
            continue
        before = held.get(code)
        kept = [] if before is None else [CodeWord.of_mapping(one) for one in before.words]
        words = _with_removed(read.words, kept)
        regrouped = regrouped or _moved(kept, words)
        _write(before, code, (read.label, read.english, read.standard), words)
    for code in held.keys() - found.keys():
        kept = [CodeWord.of_mapping(one) for one in held[code].words]
        _write(
            held[code],
            code,
            (held[code].label, held[code].english, held[code].standard),
            _with_removed((), kept),
        )
    standing.refresh()
    return PreparedLists(tuple(said), regrouped)


def _moved(before: Sequence[CodeWord], after: Sequence[CodeWord]) -> bool:
    above = {word.code: word.parent for word in after}
    return any(above[word.code] != word.parent for word in before)


def waiting(directories: Sequence[Path] | None = None) -> list[str]:
    """The codes of the lists whose files say something else than what was last prepared; nothing of lists with errors."""
    found = folders.read_all(directories)
    held = {one.code: one for one in PreparedList.objects.all()}
    usable = {code for code in found.keys() | held.keys() if code not in found or found[code].usable}
    return sorted(code for code in usable if _differs(found.get(code), held.get(code)))


def _differs(read: ReadList | None, before: PreparedList | None) -> bool:
    if before is None:
        return read is not None
    if read is not None and (read.label, read.english, read.standard) != _head(before):
        return True
    kept = [CodeWord.of_mapping(one) for one in before.words]
    words = _with_removed(() if read is None else read.words, kept)
    return bool([one.as_mapping() for one in words] != before.words)


def _with_removed(words: Sequence[CodeWord], before: Sequence[CodeWord]) -> list[CodeWord]:
    """The words of the files, then those of before that are in none any more."""
    there = {word.code for word in words}
    return [*words, *(replace(word, removed=True) for word in before if word.code not in there)]


def _head(one: PreparedList) -> tuple[str, str, str]:
    return one.label, one.english, one.standard


def _write(
    before: PreparedList | None, code: str, head: tuple[str, str, str], words: Sequence[CodeWord]
) -> None:
    told = [word.as_mapping() for word in words]
    if before is not None and before.words == told and _head(before) == head:
        return
    one = before or PreparedList(code=code)
    one.label, one.english, one.standard = head
    one.words = told
    one.save()
