"""Style sheets and scripts: an office's browser of 2020 draws them; colours have names, and states can be told apart."""

from __future__ import annotations

import re

import pytest
import tinycss2

from qiaojie.ledgers.models import State
from qiaojie.lib.findings import Level
from qiaojie.web.components.display import SHEETS as ORDER
from qiaojie.web.components.display import TOKENS
from qiaojie.web.components.progress import Band
from tests.house.styles import (
    SCRIPTS,
    SHEETS,
    Feature,
    asked_of_a_browser,
    contrast,
    declared,
    features,
    names,
    resolved,
    rules,
)

OLDEST = 86
"""The Chromium that everything must work in: October 2020, and what the offices' 360 and WPS browsers are built on."""
WIDEST = 120
KNOWN = {(one.kind, one.name): one for one in features()}
YOUNG = [one for one in KNOWN.values() if one.since > OLDEST]
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(SHEETS.glob("*.css"))}

SAMPLES = {
    "property": "a {{ {name}: inherit; }}",
    "value": "a {{ {name}; }}",
    "at-rule": "@{name} x {{ }}",
    "media": "@media ({name}: none) {{ a {{ color: red; }} }}",
    "selector": "a:{plain} {{ color: red; }}",
    "function": "a {{ width: {plain}; }}",
    "unit": "a {{ width: 1{name}; }}",
}
SYNTAX = {
    "nesting": "a { b { color: red; } }",
    "media range": "@media (width >= 30rem) { a { color: red; } }",
    "a list in :not()": "a:not(.b, .c) { color: red; }",
}

STATES = [
    *State.values,
    "returned",
    *Level,
    "sent",
    "due",
    "late",
    "open",
    "finished",
    "failed",
    "other",
    *Band,
]
LOOKS = {
    "light": ["tokens"],
    "dark": ["tokens", "dark"],
    "high contrast": ["tokens", "contrast"],
    "high contrast in the dark": ["tokens", "dark", "contrast", "contrast-dark"],
}
SYSTEM_PAIRS = {("CanvasText", "Canvas"), ("ButtonText", "ButtonFace")}
"""Colours that every system lets be read on each other."""
COLOUR = re.compile(
    r"#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|hwb|lab|lch|oklab|oklch|color)a?\(|\b(?:white|black|red|green|blue|gray|grey|Canvas\w*"
    r"|Button\w+|Highlight\w*|LinkText)\b",
    re.IGNORECASE,
)


def sample(feature: Feature) -> str:
    """A sheet that asks for the feature."""
    if feature.kind == "syntax":
        return SYNTAX[feature.name]
    plain = feature.name.replace("()", "(b)").lstrip(":")
    return SAMPLES[feature.kind].format(name=feature.name, plain=plain)


def tokens(look: str) -> dict[str, str]:
    """What every token is in a look, later sheets over earlier ones."""
    return {name: value for sheet in LOOKS[look] for name, value in declared(TEXTS[sheet]).items()}


def test_every_sheet_is_linked() -> None:
    assert sorted((*TOKENS, *ORDER)) == sorted(TEXTS)


@pytest.mark.parametrize("sheet", TEXTS)
def test_a_sheet_asks_for_nothing_younger_than_the_oldest_browser(sheet: str) -> None:
    asked = asked_of_a_browser(TEXTS[sheet])
    unknown = {one for one in asked if one not in KNOWN and one[0] != "value"}
    assert not unknown, "add it to browser_features.tsv with the Chromium that brought it"
    young = {KNOWN[one] for one in asked if one in KNOWN and KNOWN[one].since > OLDEST}
    assert not {one for one in young if not one.spared}


@pytest.mark.parametrize("feature", [one for one in YOUNG if one.kind != "script"], ids=lambda one: one.name)
def test_what_is_younger_is_found(feature: Feature) -> None:
    assert (feature.kind, feature.name) in asked_of_a_browser(sample(feature))


def test_what_is_spared_is_used() -> None:
    """``prefers-contrast`` stands in links, and is looked for there."""
    used = {one for text in TEXTS.values() for one in asked_of_a_browser(text)} | {
        ("media", "prefers-contrast"),
        ("media", "prefers-color-scheme"),
    }
    assert not {one.name for one in KNOWN.values() if one.spared and (one.kind, one.name) not in used}


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.js")), ids=lambda path: path.name)
def test_a_script_asks_for_nothing_younger(path: object) -> None:
    young = {one.name for one in YOUNG if one.kind == "script"}
    assert not young & names((SCRIPTS / str(path)).read_text(encoding="utf-8"))


@pytest.mark.parametrize("feature", [one for one in YOUNG if one.kind == "script"], ids=lambda one: one.name)
def test_what_is_younger_is_found_in_a_script(feature: Feature) -> None:
    said = f"const a = one{feature.name}(1);" if feature.name.startswith(".") else f"new {feature.name}();"
    assert feature.name in names(said)
    assert feature.name not in names(
        f'// {said}\nconst a = "{said}"; /* {said} */ b = a.replace(/{said[6:]}/g, "");'
    )


@pytest.mark.parametrize("sheet", TEXTS)
def test_a_line_holds_one_declaration(sheet: str) -> None:
    lines = TEXTS[sheet].splitlines()
    assert not [line for line in lines if len(line) > WIDEST]
    places = [one.source_line for rule in rules(TEXTS[sheet]) for one in rule.declarations]
    assert len(places) == len(set(places))


@pytest.mark.parametrize("sheet", TEXTS)
def test_colours_are_named_at_the_root_and_nowhere_else(sheet: str) -> None:
    known = declared(TEXTS["tokens"])
    for rule in rules(TEXTS[sheet]):
        for one in rule.declarations:
            value = tinycss2.serialize(one.value)
            if one.name.startswith("--"):
                assert rule.selector == ":root" and one.name in known, f"{sheet}: {one.name}"
            else:
                assert not COLOUR.search(value), f"{sheet}: {rule.selector}: {one.name}: {value}"
            asked = set(re.findall(r"var\((--[\w-]+)", value))
            assert asked <= known.keys(), f"{sheet}: {rule.selector}: {asked - known.keys()}"


def test_a_token_is_said_once_in_each_look_and_asked_for_somewhere() -> None:
    asked = {name for text in TEXTS.values() for name in re.findall(r"var\((--[\w-]+)", text)}
    # The ground of a band or of a hint is there for whoever draws one.
    states = {f"--{state}-{side}" for state in STATES for side in ("ink", "ground")}
    assert declared(TEXTS["tokens"]).keys() - asked - states == set()


@pytest.mark.parametrize("state", STATES)
def test_a_state_has_colours_of_its_own(state: str) -> None:
    """Its tokens are said once, for every look: in a look only the dyes that they are made of change."""
    said = [sheet for sheet, text in TEXTS.items() if f"--{state}-ink" in declared(text)]
    assert said == ["tokens"]
    assert {f"--{state}-ink", f"--{state}-ground"} <= declared(TEXTS["tokens"]).keys()


def drawn() -> dict[str, tuple[str, str, str]]:
    """Ink, ground and sign of every state that a word is drawn in, by its class."""
    found: dict[str, dict[str, str]] = {}
    for rule in rules(TEXTS["states"]):
        for selector in rule.selector.split(","):
            if shown := re.fullmatch(r"\.state\.([a-z]+)(::before)?", selector.strip()):
                said = {one.name: tinycss2.serialize(one.value).strip() for one in rule.declarations}
                found.setdefault(shown[1], {}).update(said)
    plain = {"color": "var(--other-ink)", "background": "var(--other-ground)", "content": '"○"'}
    return {
        state: ((known := plain | said)["color"], known["background"], known["content"])
        for state, said in found.items()
    }


@pytest.mark.parametrize("state", [*State.values, "returned", "sent", "due", "late", "open", "failed"])
def test_a_state_is_drawn_in_its_own_colours(state: str) -> None:
    assert drawn()[state][:2] == (f"var(--{state}-ink)", f"var(--{state}-ground)")


def test_draft_checked_and_approved_are_told_apart_by_colour_and_by_sign() -> None:
    shown = [drawn()[state] for state in ("draft", "checked", "approved", "returned", "withdrawn")]
    assert len({sign for _ink, _ground, sign in shown}) == len(shown)
    for look in LOOKS:
        known = tokens(look)
        pairs = {tuple(resolved(known, one[4:-1]) for one in colours[:2]) for colours in shown}
        assert len(pairs) == len(shown), look


@pytest.mark.parametrize("look", LOOKS)
def test_every_state_can_be_read_in_every_look(look: str) -> None:
    """AA (4.5:1) as the look usually is, AAA (7:1) in high contrast; on its own ground, on cards and on the page."""
    known = tokens(look)
    least = 7 if look.startswith("high") else 4.5
    faint = [
        f"{state} on {ground}: {ratio:.2f}"
        for state in (*STATES, "grave")
        for ground in (f"--{state}-ground", "--card", "--paper")
        if (ratio := contrast(resolved(known, f"--{state}-ink"), resolved(known, ground))) < least
    ]
    faint += [
        f"ink on {band} tile: {ratio:.2f}"
        for band in Band
        if (ratio := contrast(known["--ink"], resolved(known, f"--{band}-tile"))) < least
    ]
    assert not faint


def test_states_are_read_on_paper() -> None:
    known = tokens("light") | declared(TEXTS["print"], ("@media print",))
    for state in STATES:
        assert contrast(resolved(known, f"--{state}-ink"), known["--paper"]) >= 4.5, state


def test_where_colours_are_forced_states_have_those_of_the_system() -> None:
    known = declared(TEXTS["tokens"]) | declared(TEXTS["forced"])
    for state in STATES:
        pair = (resolved(known, f"--{state}-ink"), resolved(known, f"--{state}-ground"))
        assert pair in SYSTEM_PAIRS, state


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777", "#fff") == pytest.approx(4.48, abs=0.005)
