"""Conditions as people write them (a table of a TOML file): their words, their form, the names in them. No ledger is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from typing import Any, Final

from django.utils.translation import gettext as _

GROUPS: Final = ("all", "any", "not")
"""Words that put conditions together; no field has such a name."""

BOUNDS: Final = ("min", "max", "at_least", "at_most")
WORKED_OUT: Final = ("age_on", "days_to", "days", "per")
"""Words that say what is held against the bounds, instead of the value itself: one of them."""

WORDS: Final = (*BOUNDS, *WORKED_OUT, "is", "not", "same_as", "known", "unit")
"""What may be said of a field."""

_NAMING: Final = ("at_least", "at_most", "same_as", "age_on", "days_to", "per")
"""Words after which another field may be named."""


def misshapen(where: Mapping[str, Any]) -> str:
    """What is wrong with the form of a condition that people wrote, whatever the ledger; '' for nothing."""
    for name, wanted in where.items():
        text = _misshapen(name, wanted)
        if text:
            return text
    return ""


def _misshapen(name: str, wanted: Any) -> str:
    if name in GROUPS:
        several = [wanted] if name == "not" else wanted
        if not isinstance(several, list) or not several or not all(isinstance(one, dict) for one in several):
            if name == "not":
                return _("not 后面要写一组条件。")
            return _("%s 后面要写一个列表，每项是一组条件。") % name
        return next((text for one in several if (text := misshapen(one))), "")
    if isinstance(wanted, list):
        return "" if _scalars(wanted) else _("“%s”的取值列表有误。") % name
    if not isinstance(wanted, dict):
        return "" if isinstance(wanted, _SCALAR) else _("“%s”的取值有误。") % name
    if not wanted:
        return unknown_word(name, "", WORDS)
    for word, value in wanted.items():
        if word not in WORDS:
            return unknown_word(name, word, WORDS)
        if not (isinstance(value, _SCALAR) or (word in ("is", "not") and _scalars(value))):
            return _("“%(field)s”里的 %(word)s 写法不对。") % {"field": name, "word": word}
    return ""


_SCALAR: Final = (bool, int, float, str, date)


def _scalars(wanted: Any) -> bool:
    return isinstance(wanted, list) and bool(wanted) and all(isinstance(one, _SCALAR) for one in wanted)


def names(where: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of all fields that a condition names, at any depth and on either side, each once."""
    return tuple(dict.fromkeys(_names(where)))


def own(where: Mapping[str, Any]) -> dict[str, Any]:
    """What a condition says of single fields that all hold: without its groups."""
    return {name: wanted for name, wanted in where.items() if name not in GROUPS}


def only(where: Mapping[str, Any], kept: Callable[[str], bool]) -> dict[str, Any]:
    """What a condition says of fields with such names alone; a group that names another field too is left out whole."""
    return {name: wanted for name, wanted in where.items() if all(map(kept, _names({name: wanted})))}


def renamed(where: Mapping[str, Any], name_of: Callable[[str], str]) -> dict[str, Any]:
    """The same condition with other names: as the ledger has it whose rows refer to these, or the other way."""
    found: dict[str, Any] = {}
    for name, wanted in where.items():
        if name == "not":
            found[name] = renamed(wanted, name_of)
        elif name in GROUPS:
            found[name] = [renamed(one, name_of) for one in wanted]
        elif isinstance(wanted, Mapping):
            found[name_of(name)] = {
                word: name_of(said) if word in _NAMING and isinstance(said, str) else said
                for word, said in wanted.items()
            }
        else:
            found[name_of(name)] = wanted
    return found


def _names(where: Mapping[str, Any]) -> Iterator[str]:
    for name, wanted in where.items():
        if name == "not":
            yield from _names(wanted)
        elif name in GROUPS:
            for one in wanted:
                yield from _names(one)
        else:
            yield name
            if isinstance(wanted, Mapping):
                yield from (wanted[word] for word in _NAMING if isinstance(wanted.get(word), str))


def unknown_word(name: str, word: str, known: Iterable[str]) -> str:
    """Why a word cannot be said of a field. A nested table is mostly a dotted name that was not quoted."""
    meant = near(word, known)
    if meant:
        return _("“%(field)s”里的 %(word)s 不认识，是不是 %(meant)s？") % {
            "field": name,
            "word": word,
            "meant": meant[0],
        }
    text = _('“%(field)s”只能写 %(known)s；带点的字段名要加引号，例如 "class.kind"。')
    return text % {"field": name, "known": "、".join(known)}


def near(name: str, known: Iterable[str]) -> list[str]:
    """The name that is nearly this one, if there is one."""
    return get_close_matches(name, list(known), n=1, cutoff=0.75)
