"""Style sheets and scripts as the house's tests read them: rules, declarations, colours, and what a browser must know."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tinycss2
from tinycss2.ast import Declaration, Node, QualifiedRule

from tests.house.source import PACKAGE

SHEETS = PACKAGE / "web" / "static" / "web" / "style"
SCRIPTS = PACKAGE / "web" / "static" / "web"
FEATURES = Path(__file__).with_name("browser_features.tsv")
_RULES = {"media", "supports", "layer", "container", "scope", "starting-style"}
"""At-rules that hold rules."""


@dataclass(frozen=True, slots=True)
class Feature:
    """Something that browsers did not always know: since which Chromium, and what one without it shows ('' where nobody
    has said that this does no harm). Versions are those of MDN's browser compatibility data."""

    kind: str
    name: str
    since: int
    spared: str


def features() -> list[Feature]:
    """The features that are known here."""
    with FEATURES.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Feature(row["kind"], row["name"], int(row["since"]), row["spared"] or "") for row in rows]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule with its selectors, the at-rules that it stands in, and its declarations."""

    selector: str
    within: tuple[str, ...]
    declarations: tuple[Declaration, ...]


def rules(text: str) -> Iterator[Rule]:
    """The rules of a sheet, in their order.

    Raises AssertionError for what cannot be read.
    """
    yield from _rules(_parsed(tinycss2.parse_stylesheet(text, True, True)), ())


def _parsed(nodes: Iterable[Node]) -> list[Node]:
    found = list(nodes)
    wrong = [f"line {one.source_line}: {one.message}" for one in found if one.type == "error"]
    assert not wrong, wrong
    return found


def _rules(nodes: Iterable[Node], within: tuple[str, ...]) -> Iterator[Rule]:
    for node in nodes:
        if node.type == "qualified-rule":
            inner = _parsed(tinycss2.parse_blocks_contents(node.content, True, True))
            declared = tuple(one for one in inner if one.type == "declaration")
            yield Rule(tinycss2.serialize(node.prelude).strip(), within, declared)
        elif node.type == "at-rule" and node.content is not None and node.lower_at_keyword in _RULES:
            at = f"@{node.lower_at_keyword} {tinycss2.serialize(node.prelude).strip()}"
            yield from _rules(_parsed(tinycss2.parse_rule_list(node.content, True, True)), (*within, at))


def asked_of_a_browser(text: str) -> set[tuple[str, str]]:
    """Kind and name of everything in a sheet that a browser must know."""
    found: set[tuple[str, str]] = set()
    _sheet(_parsed(tinycss2.parse_stylesheet(text, True, True)), found)
    return found


def _sheet(nodes: Iterable[Node], found: set[tuple[str, str]]) -> None:
    for node in nodes:
        if node.type == "qualified-rule":
            _selector(node.prelude, found)
            _block(node, found)
        elif node.type == "at-rule":
            found.add(("at-rule", node.lower_at_keyword))
            if node.lower_at_keyword == "media":
                _media(node.prelude, found)
            if node.content is not None and node.lower_at_keyword in _RULES:
                _sheet(_parsed(tinycss2.parse_rule_list(node.content, True, True)), found)


def _block(rule: QualifiedRule, found: set[tuple[str, str]]) -> None:
    for node in _parsed(tinycss2.parse_blocks_contents(rule.content, True, True)):
        if node.type != "declaration":
            found.add(("syntax", "nesting"))
            continue
        if not node.name.startswith("--"):
            found.add(("property", node.lower_name))
            value = " ".join(tinycss2.serialize(node.value).split())
            found.add(("value", f"{node.lower_name}: {value}"))
        _value(node.value, found)


def _value(tokens: Iterable[Any], found: set[tuple[str, str]]) -> None:
    for token in tokens:
        if token.type == "function":
            found.add(("function", f"{token.lower_name}()"))
            _value(token.arguments, found)
        elif token.type == "dimension":
            found.add(("unit", token.lower_unit))
        elif token.type == "percentage":
            found.add(("unit", "%"))
        elif getattr(token, "content", None):
            _value(token.content, found)


def _selector(tokens: Iterable[Any], found: set[tuple[str, str]]) -> None:
    before = None
    for token in tokens:
        if before == ":" and token.type == "ident":
            found.add(("selector", f":{token.lower_value}"))
        if token.type == "function":
            found.add(("selector", f":{token.lower_name}()"))
            if token.lower_name == "not" and any(one == "," for one in token.arguments):
                found.add(("syntax", "a list in :not()"))
            _selector(token.arguments, found)
        before = token.value if token.type == "literal" else None


def _media(tokens: Iterable[Any], found: set[tuple[str, str]]) -> None:
    for token in tokens:
        if token.type != "() block":
            continue
        names = [one.lower_value for one in token.content if one.type == "ident"]
        if any(one in ("<", ">", "=") for one in token.content):
            found.add(("syntax", "media range"))
        elif names:
            found.add(("media", names[0]))


_SCRIPT = re.compile(
    r"""
    //[^\n]* | /\*.*?\*/                                     # comments
    | "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | `(?:\\.|[^`\\])*`  # texts
    | (?<=[(,=:!&|?]) \s* /(?![*/])(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n])+/[a-z]*   # patterns
    | (?P<name>\.?[A-Za-z_$][\w$]*)
    """,
    re.VERBOSE | re.DOTALL,
)


def names(script: str) -> set[str]:
    """The names in a script outside of its texts and comments; those of members with the dot before them."""
    return {found["name"] for found in _SCRIPT.finditer(script) if found["name"]}


def declared(text: str, within: tuple[str, ...] = ()) -> dict[str, str]:
    """The custom properties that a sheet gives ``:root``, in these at-rules.

    Raises AssertionError where one is given twice.
    """
    found: dict[str, str] = {}
    for rule in rules(text):
        if rule.selector != ":root" or rule.within != within:
            continue
        for one in rule.declarations:
            if one.name.startswith("--"):
                assert one.name not in found, f"{one.name} twice"
                found[one.name] = " ".join(tinycss2.serialize(one.value).split())
    return found


def resolved(tokens: dict[str, str], name: str) -> str:
    """What a custom property is in the end, through those that it asks for."""
    value = tokens[name]
    while asked := re.fullmatch(r"var\((--[\w-]+)\)", value):
        value = tokens[asked[1]]
    return value


def contrast(first: str, second: str) -> float:
    """Ratio of contrast of two colours written as #rgb or #rrggbb (WCAG 2.2, 1.4.3): from 1 to 21."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    assert len(digits) in (3, 6), colour
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
