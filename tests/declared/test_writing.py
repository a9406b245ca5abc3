"""What is written of a declaration reads back equal: all that are shipped, and generated ones; and so does its form."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from qiaojie.declared import draft_forms, loading, writing
from qiaojie.declared.schema import KINDS, DeclaredLedger

SHIPPED = sorted(Path(settings.BASE_DIR / "ledgers").glob("*/ledger.toml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
def test_a_shipped_declaration_is_written_as_it_was_read(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    raw = tomllib.loads(source)
    assert tomllib.loads(writing.text(raw, writing.comments(source))) == raw
    declared = loading.read(path.parent).declared
    assert declared is not None
    said = tomllib.loads(writing.text(writing.plain(declared)))
    assert DeclaredLedger.model_validate(said) == declared


texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
words = st.from_regex(r"\A[a-z][a-z0-9_]{0,8}\Z")
plain_values = st.one_of(texts, st.booleans(), st.integers(-(2**53), 2**53), st.dates())
choices = st.one_of(
    st.dictionaries(words, st.one_of(texts, st.lists(texts, min_size=2, max_size=2)), min_size=1, max_size=3),
    st.lists(
        st.fixed_dictionaries(
            {"code": words, "label": texts},
            optional={"also": st.lists(texts, max_size=2), "from": st.dates(), "until": st.dates()},
        ),
        min_size=1,
        max_size=3,
    ),
)
fields = st.fixed_dictionaries(
    {},
    optional={
        "code": words,
        "label": texts,
        "kind": st.sampled_from(KINDS),
        "required": st.booleans(),
        "listed": st.booleans(),
        "grouped": st.booleans(),
        "headers": st.lists(texts, max_size=3),
        "choices": choices,
        "applies": st.dictionaries(words, st.one_of(plain_values, st.lists(texts, max_size=2)), max_size=2),
    },
)
declarations = st.fixed_dictionaries(
    {"code": words, "label": texts, "fields": st.lists(fields, max_size=4)},
    optional={
        "about": st.lists(
            st.one_of(
                words,
                st.fixed_dictionaries({"what": words}, optional={"label": texts, "optional": st.booleans()}),
            ),
            max_size=3,
        ),
        "key": st.lists(words, max_size=3),
        "approved": st.booleans(),
        "alike": st.fixed_dictionaries(
            {"same": st.lists(words), "begins": words, "ends": words, "title": words}
        ),
        "odd key": plain_values,
    },
)


@given(declarations)
def test_whatever_a_declaration_says_reads_back_equal(raw: dict[str, Any]) -> None:
    assert tomllib.loads(writing.text(raw)) == raw


def sent(form: draft_forms.DraftForm) -> QueryDict:
    """What a browser sends of a form as it is drawn."""
    data = QueryDict(mutable=True)
    data.update({**form.texts, draft_forms.KEPT: form.kept})
    data.update({name: "1" for name, on in form.ticks.items() if on})
    data.setlist("key", list(form.key))
    for one in form.about:
        for name in ("what", "word", "label", "english"):
            data.appendlist(f"about.{name}", getattr(one, name))
        data.appendlist("about.optional", "1" if one.optional else "")
    for row in form.rows:
        data.appendlist("row", row.token)
        data.update({f"{row.token}.{name}": text for name, text in row.texts.items()})
        data.update({f"{row.token}.{name}": "1" for name, on in row.ticks.items() if on})
        more = {"choices": row.choices, "headers": row.headers, "grouped": row.grouped, "kept": row.kept}
        data.update({f"{row.token}.{name}": text for name, text in more.items()})
    return data


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
def test_saving_a_form_in_which_nothing_was_typed_changes_nothing(path: Path) -> None:
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    assert draft_forms.raw_of(sent(draft_forms.form(raw))) == raw


def test_what_a_form_has_no_box_for_travels_along() -> None:
    raw = tomllib.loads(
        'code = "x"\nlabel = "某"\nday = "on"\nalike = { same = ["on"], begins = "on", ends = "on", title = "on" }\n'
        '[[fields]]\ncode = "on"\nlabel = "日"\nkind = "date"\n'
        '[[fields]]\ncode = "how"\nlabel = "法"\nkind = "choice"\napplies = { on = "x" }\n'
        '[[fields.choices]]\ncode = "a"\nlabel = "甲"\nuntil = 2025-12-31\nalso = ["一"]\n'
    )
    form = sent(draft_forms.form(raw))
    assert draft_forms.raw_of(form) == raw
    form["f1.choices"] = "a = 甲等\n乙"
    said = draft_forms.raw_of(form)["fields"][1]["choices"]
    assert [(one["code"], one["label"]) for one in said] == [("a", "甲等"), ("yi", "乙")]
    assert str(said[0]["until"]) == "2025-12-31" and said[0]["also"] == ["一"]
