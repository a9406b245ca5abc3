"""Systems of other offices (外部系统) as data: what lists they export, what batch templates they take, their code lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from django.utils.translation import gettext as _
from pydantic import model_validator
from pydantic_core import PydanticCustomError

from qiaojie.folders.faults import Fault
from qiaojie.lib.findings import Level, Unusable
from qiaojie.lib.text import header_key

from .schema import Declared, Items, Notice, Slug, Text

SYSTEM_FILE = "system.toml"


class Pair(Declared):
    """A code of ours and the one of theirs that means the same. ``words`` are what their lists print beside it, or
    instead. ``only`` limits the pair to reading (``in``) or writing (``out``); ``sure = false`` marks a guess."""

    ours: Text
    theirs: Text
    words: str = ""
    only: Literal["in", "out"] | None = None
    sure: bool = True


class CodeMap(Declared):
    """Their code list against ours, both ways. Of several pairs with one code the first holds.

    ``write`` says what their template takes: the code, the words, or both. ``without`` are codes of ours for which they
    have none, known and meant: such a row is told when a template is written.
    """

    code: Slug
    title: str = ""
    write: Literal["code", "words", "both"] = "code"
    pairs: Items[Pair] = ()
    without: Items[Text] = ()

    @property
    def printed(self) -> dict[str, str]:
        """Our code → what their template takes."""
        found: dict[str, str] = {}
        for pair in self.pairs:
            if pair.only != "in":
                both = f"{pair.theirs} {pair.words}".strip()
                text = {"code": pair.theirs, "words": pair.words or pair.theirs, "both": both}[self.write]
                found.setdefault(pair.ours, text)
        return found

    @property
    def read(self) -> dict[str, str]:
        """What their cells say (code, words, or both; as headers are compared) → our code."""
        found: dict[str, str] = {}
        for pair in self.pairs:
            if pair.only != "out":
                for text in _spellings(pair):
                    found.setdefault(text, pair.ours)
        return found


def _spellings(pair: Pair) -> Iterator[str]:
    code, words = header_key(pair.theirs), header_key(pair.words)
    yield code
    if code.isdigit():
        # A spreadsheet keeps 01 as the number 1.
        yield code.lstrip("0") or "0"
    if words:
        yield words
        yield from (f"{code}{sign}{words}" for sign in ("", "-", ".", "、", ":", "_"))


class System(Notice):
    """A system that another office runs: its lists are taken in as tables, and its templates are written from ledgers.

    ``issuers`` run it. ``known`` says how sure its columns and codes are: ``confirmed`` by somebody who uses it,
    ``partly``, or ``guessed``. It has no period and gives no targets.
    """

    issuers: Items[Text] = ()
    edition: str = ""
    period: str = "2000..2099"
    known: Literal["confirmed", "partly", "guessed"] = "guessed"
    maps: Items[CodeMap] = ()

    @property
    def orders(self) -> bool:
        """Nothing is owed by it."""
        return False

    @model_validator(mode="after")
    def _lists_only(self) -> System:
        if self.indicators or self.criteria or self.duties or self.untrusted:
            text = _("外部系统只写 tables、maps、checks、definitions，不写指标、标准和报送任务。")
            raise PydanticCustomError("system_form", "{text}", {"text": text})
        return self


def map_of(notice: Notice, code: str) -> CodeMap:
    """The code list of that name. Raises Unusable ``map_unknown`` with those there are."""
    held = notice.maps if isinstance(notice, System) else ()
    for one in held:
        if one.code == code:
            return one
    text = _("没有代码对照“%(code)s”。现有：%(known)s。")
    known = "、".join(one.code for one in held) or _("无")
    raise Unusable("map_unknown", text % {"code": code, "known": known})


def mapped(notice: Notice, column: Mapping[str, Any]) -> dict[str, Any]:
    """A column that names a ``map``, with what it prints and reads. Raises Unusable ``map_unknown``."""
    plain = {key: value for key, value in column.items() if key != "map"}
    if "map" not in column:
        return plain
    held = map_of(notice, str(column["map"]))
    return {**plain, "kind": "choice", "choices": held.printed, "also": held.read}


def faults(notice: Notice, code: str, choices: Mapping[str, Any], key: str, file: str) -> Iterator[Fault]:
    """What a column's code list lacks or mistakes, held against the field's own codes."""
    try:
        held = map_of(notice, code)
    except Unusable as unknown:
        yield Fault(file, f"{key}.map", unknown.code, unknown.message)
        return
    place = f"maps.{held.code}"
    for pair in held.pairs:
        if pair.ours not in choices:
            text = _("“%(value)s”不在字段的取值之中：%(known)s。")
            yield Fault(
                file, place, "value_unknown", text % {"value": pair.ours, "known": "、".join(choices)}
            )
    for theirs, ours in _contested(held):
        text = _('“%(theirs)s”读入时有几个意思：%(ours)s；请给其中的加上 only = "out"。')
        yield Fault(file, place, "map_ambiguous", text % {"theirs": theirs, "ours": "、".join(ours)})
    missing = [ours for ours in choices if ours and ours not in {*held.printed, *held.without}]
    if missing:
        text = _("没有写对应代码的取值：%s。确实没有的写进 without。")
        yield Fault(file, place, "map_incomplete", text % "、".join(missing), Level.WARNING)


def _contested(held: CodeMap) -> Iterator[tuple[str, list[str]]]:
    """Codes of theirs that would be read as several of ours."""
    meanings: dict[str, list[str]] = {}
    for pair in held.pairs:
        if pair.only != "out" and pair.ours not in meanings.setdefault(header_key(pair.theirs), []):
            meanings[header_key(pair.theirs)].append(pair.ours)
    for theirs, ours in meanings.items():
        if len(ours) > 1:
            yield theirs, ours
