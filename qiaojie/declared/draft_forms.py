"""A draft as a form: boxes for what its text says, and the text for what was typed into them.

What a form has no box for (rare keys, dates of choices) travels along in it, so that nothing is lost by saving.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import QueryDict

from . import writing
from .drafting import HeldDraft, proposed

ROWS: Final = "row"
"""The list that names the fields of a form in their order."""

KEPT: Final = "kept"

_ABOUT: Final = ("what", "word", "label", "english", "optional")
_HEAD_TEXTS: Final = (
    "label", "english", "code", "note", "station", "day", "lasts", "title", "paper", "word", "extends",
)  # fmt: skip
_HEAD_TICKS: Final[Mapping[str, bool]] = {"approved": True, "documented": False}
_FIELD_TEXTS: Final = (
    "label", "code", "english", "kind", "unit", "list", "personal", "part_of", "lack", "lack_english", "bring",
    "shown_by", "flow", "by", "note", "was", "answers",
)  # fmt: skip
_FIELD_TICKS: Final[Mapping[str, bool]] = {
    "required": False,
    "filtered": False,
    "listed": True,
    "copied": True,
    "retired": False,
}
_GROUPED: Final[Mapping[str, bool]] = {"yes": True, "no": False}
_LINE: Final = re.compile(r"^([A-Za-z0-9_]+)\s*[=＝]\s*(.*)$")
_BREAKS: Final = re.compile(r"[、,，;；\n]+")


@dataclass(frozen=True, slots=True)
class DraftSubject:
    """One line of what a row is about."""

    what: str = ""
    word: str = ""
    label: str = ""
    english: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A field of a draft as a form shows it: texts and ticks by key, choices as lines, what else it says as text."""

    token: str
    place: int
    texts: Mapping[str, str]
    ticks: Mapping[str, bool]
    choices: str
    headers: str
    grouped: str
    kept: str

    @property
    def code(self) -> str:
        """By what findings name it: its code, its place where it has none."""
        return self.texts["code"] or str(self.place)


@dataclass(frozen=True, slots=True)
class DraftForm:
    """A draft as a form shows it."""

    texts: Mapping[str, str]
    ticks: Mapping[str, bool]
    about: tuple[DraftSubject, ...]
    key: tuple[str, ...]
    rows: tuple[DraftRow, ...]
    kept: str


def formable(raw: Mapping[str, Any] | None) -> bool:
    """Whether a form can show what a text says: else only the text itself can be edited."""
    if raw is None:
        return False
    about, rows, key = raw.get("about", []), raw.get("fields", []), raw.get("key", [])
    return (
        isinstance(about, list)
        and all(isinstance(one, str | dict) for one in about)
        and isinstance(rows, list)
        and all(isinstance(one, dict) for one in rows)
        and isinstance(key, list)
    )


def form(raw: Mapping[str, Any]) -> DraftForm:
    """What the boxes hold. ``raw`` is ``formable``."""
    known = {*_HEAD_TEXTS, *_HEAD_TICKS, "about", "key", "fields"}
    return DraftForm(
        {name: _text(raw.get(name)) for name in _HEAD_TEXTS},
        {name: _ticked(raw, name, usual) for name, usual in _HEAD_TICKS.items()},
        tuple(_subject(one) for one in raw.get("about", [])),
        tuple(_text(one) for one in raw.get("key", [])),
        tuple(_row(one, place) for place, one in enumerate(raw.get("fields", []))),
        _rest(raw, known),
    )


def raw_of(posted: QueryDict, act: str = "") -> dict[str, Any]:
    """What was typed, as the text of a declaration says it. ``act`` is what the pressed button does to the fields: ``add``,
    ``remove.f3``, ``up.f3``, ``down.f3``; else nothing."""
    raw: dict[str, Any] = {}
    _take_texts(raw, _HEAD_TEXTS, posted, "")
    if "label" in raw and "code" not in raw:
        raw["code"] = proposed(raw["label"], raw.get("english", ""), ())
    about = list(_subjects(posted))
    if about:
        raw["about"] = about
    if key := [one for one in posted.getlist("key") if one]:
        raw["key"] = key
    _take_ticks(raw, _HEAD_TICKS, posted, "")
    raw |= _kept(posted.get(KEPT, ""))
    fields = _moved([(token, _field(posted, f"{token}.")) for token in posted.getlist(ROWS)], act)
    raw["fields"] = _with_codes(fields, {_word(one) for one in about})
    return raw


def text_of(held: HeldDraft, raw: Mapping[str, Any]) -> str:
    """The text of a draft that says ``raw`` from now on: its first comment stays."""
    return writing.text(raw, writing.comments(held.text))


# --- from a text to boxes --------------------------------------------------------------------------------------------


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _ticked(raw: Mapping[str, Any], name: str, usual: bool) -> bool:
    return bool(raw.get(name, usual))


def _subject(one: str | Mapping[str, Any]) -> DraftSubject:
    if isinstance(one, str):
        return DraftSubject(one)
    texts = {name: _text(one.get(name)) for name in ("what", "word", "label", "english")}
    return DraftSubject(**texts, optional=bool(one.get("optional")))


def _row(one: Mapping[str, Any], place: int) -> DraftRow:
    known = {*_FIELD_TEXTS, *_FIELD_TICKS, "headers", "grouped"}
    lines = list(_lines(one.get("choices")))
    headers = one.get("headers") or []
    grouped = next((word for word, value in _GROUPED.items() if one.get("grouped") is value), "")
    return DraftRow(
        f"f{place}",
        place,
        {name: _text(one.get(name)) or ("text" if name == "kind" else "") for name in _FIELD_TEXTS},
        {name: _ticked(one, name, usual) for name, usual in _FIELD_TICKS.items()},
        "\n".join(lines),
        "、".join(_text(held) for held in headers) if isinstance(headers, list) else _text(headers),
        grouped,
        _rest(one, known),
    )


def _lines(choices: Any) -> Iterator[str]:
    """Choices as lines of ``code = label | English``."""
    for one in _choices(choices):
        english = f" | {one['english']}" if one.get("english") else ""
        yield f"{_text(one.get('code'))} = {_text(one.get('label'))}{english}"


def _choices(choices: Any) -> list[dict[str, Any]]:
    if isinstance(choices, Mapping):
        return [
            {"code": code, **dict(zip(("label", "english"), label, strict=False))}
            if isinstance(label, list)
            else {"code": code, "label": label}
            for code, label in choices.items()
        ]
    return [dict(one) for one in choices or () if isinstance(one, Mapping)]


def _rest(raw: Mapping[str, Any], known: Iterable[str]) -> str:
    return writing.text(rest) if (rest := {k: v for k, v in raw.items() if k not in set(known)}) else ""


def _kept(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        # It was not we who wrote that: what the boxes say is kept.
        return {}


# --- from boxes to a text --------------------------------------------------------------------------------------------


def _take_texts(raw: dict[str, Any], names: Iterable[str], posted: QueryDict, before: str) -> None:
    for name in names:
        if said := str(posted.get(f"{before}{name}", "")).strip():
            raw[name] = said


def _take_ticks(raw: dict[str, Any], names: Mapping[str, bool], posted: QueryDict, before: str) -> None:
    for name, usual in names.items():
        if (ticked := bool(posted.get(f"{before}{name}", ""))) != usual:
            raw[name] = ticked


def _subjects(posted: QueryDict) -> Iterator[str | dict[str, Any]]:
    lists = [posted.getlist(f"about.{name}") for name in _ABOUT]
    for what, word, label, english, optional in zip(*lists, strict=False):
        if not what:
            continue
        texts = {"word": word.strip(), "label": label.strip(), "english": english.strip()}
        more: dict[str, Any] = {name: text for name, text in texts.items() if text}
        if optional:
            more["optional"] = True
        yield {"what": what, **more} if more else what


def _word(one: str | Mapping[str, Any]) -> str:
    return one if isinstance(one, str) else str(one.get("word") or one["what"])


def _field(posted: QueryDict, before: str) -> dict[str, Any]:
    raw: dict[str, Any] = {}
    _take_texts(raw, _FIELD_TEXTS, posted, before)
    if raw.get("kind") == "text":
        del raw["kind"]
    _take_ticks(raw, _FIELD_TICKS, posted, before)
    if headers := [one.strip() for one in _BREAKS.split(posted.get(f"{before}headers", "")) if one.strip()]:
        raw["headers"] = headers
    if (grouped := _GROUPED.get(posted.get(f"{before}grouped", ""))) is not None:
        raw["grouped"] = grouped
    kept = _kept(posted.get(f"{before}{KEPT}", ""))
    choices = _typed_choices(posted.get(f"{before}choices", ""), _choices(kept.pop("choices", None)))
    if choices:
        raw["choices"] = choices
    return raw | kept


def _typed_choices(lines: str, before: list[dict[str, Any]]) -> Any:
    """Choices as typed: a line each, with or without a code. What a line does not say of a choice stays as it was before."""
    known = {_text(one.get("code")): one for one in before}
    labels = {one.get("label"): code for code, one in known.items()}
    found: list[dict[str, Any]] = []
    for line in (one.strip() for one in lines.splitlines()):
        if not line:
            continue
        said = _LINE.match(line)
        code, rest = (said[1], said[2]) if said else ("", line)
        label, _bar, english = (part.strip() for part in rest.partition("|"))
        code = code or labels.get(label, "") or proposed(label, english, {one["code"] for one in found})
        more = {name: value for name, value in known.get(code, {}).items() if name not in ("code", "label")}
        more.pop("english", None)
        found.append({"code": code, "label": label, **({"english": english} if english else {}), **more})
    short = all(one.keys() <= {"code", "label", "english"} for one in found)
    twice = len({one["code"] for one in found}) < len(found)
    if not short or twice:
        return found
    return {
        one["code"]: [one["label"], one["english"]] if "english" in one else one["label"] for one in found
    }


def _moved(fields: list[tuple[str, dict[str, Any]]], act: str) -> list[dict[str, Any]]:
    what, _dot, token = act.partition(".")
    tokens = [one for one, _raw in fields]
    rows = [raw for _token, raw in fields]
    if what == "add":
        rows.append({})
    elif token in tokens:
        place = tokens.index(token)
        if what == "remove":
            del rows[place]
        elif what in _STEPS and 0 <= place + _STEPS[what] < len(rows):
            rows.insert(place + _STEPS[what], rows.pop(place))
    return rows


_STEPS: Final[Mapping[str, int]] = {"up": -1, "down": 1}


def _with_codes(rows: Sequence[dict[str, Any]], words: set[str]) -> list[dict[str, Any]]:
    """Fields with a name and no code get one that is proposed from the name."""
    taken = words | {one["code"] for one in rows if "code" in one}
    found = []
    for one in rows:
        if "code" not in one and "label" in one:
            code = proposed(one["label"], one.get("english", ""), taken)
            taken.add(code)
            one = {"code": code, **one}
        found.append(one)
    return found
