"""Templates are read by people: one element a line, no line longer than a screen is wide."""

from __future__ import annotations

import re

import pytest

from tests.house.source import files, named

WIDEST = 120
BLOCKS = set(
    "article aside body caption dd details dialog div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 head header html"
    " legend li link main meta nav ol optgroup option p pre script section summary svg table tbody td tfoot th thead title tr"
    " ul".split()
)
"""Elements that are not part of a line of text."""
TEMPLATES = files(".html", under="qiaojie")


def crowded(line: str) -> bool:
    """Whether a line begins more than one element, those within a line of text aside."""
    return len([name for name in re.findall(r"<([a-z][a-z0-9]*)", line) if name in BLOCKS]) > 1


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_line_holds_one_element_and_is_not_too_long(path: object) -> None:
    text = next(one for one in TEMPLATES if one == path).read_text(encoding="utf-8")
    wrong = [
        f"{named(path)}:{number}: {line.strip()[:80]}"  # type: ignore[arg-type]
        for number, line in enumerate(text.splitlines(), 1)
        if len(line) > WIDEST or crowded(line)
    ]
    assert not wrong, "\n".join(wrong)


def test_a_crowded_line_is_found() -> None:
    assert crowded('<ul class="list"><li>{{ one }}</li></ul>')
    assert not crowded('<li><a href="/">{{ one }}</a> <b>{{ two }}</b></li>')


def test_every_form_that_changes_something_says_where_it_stands() -> None:
    """What a refused form is answered with hangs on ``csrf_token`` (docs/house.md), and no page shows a code of a mistake."""
    wrong = []
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        for form in re.findall(r"<form\b[^>]*?method=\"post\".*?</form>", text, re.DOTALL):
            if "{% csrf_token %}" not in form:
                wrong.append(f"{named(path)}: {form[:80]}")
        wrong += [f"{named(path)}: {code}" for code in re.findall(r"{{ ?(?:fault|found|error)\.code", text)]
        if "csrfmiddlewaretoken" in text:
            wrong.append(f"{named(path)}: writes the token itself")
    assert not wrong, "\n".join(wrong)
