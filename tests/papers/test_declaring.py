"""Papers are data: what is wrong with one is said with its file and key, and what lies open says nothing but names."""

from __future__ import annotations

import pytest

from qiaojie.ledgers.viewer import Personal
from qiaojie.lib.findings import Unusable
from qiaojie.papers import declaring

pytestmark = pytest.mark.later


PAPER = """
code = "list"
label = "名单"
order = 1
when = "before"
kind = "roster"
open = {open}
each = "{each}"

[[tables]]
code = "list"
title = "{{class.title}}名单"
rows = "roster"
notes = ["{note}"]
columns = [
  {{ label = "姓名", field = "person.name" }},
  {{ {column} }},
]
"""


def load(
    column: str = 'label = "签名", by_hand = true', *, lies_open: bool = True, each: str = "", note: str = ""
) -> declaring.Paper:
    text = PAPER.format(open=str(lies_open).lower(), each=each, note=note, column=column)
    return declaring.load(text, "list.toml")


def test_all_ten_papers_are_there_in_their_order() -> None:
    assert [one.code for one in declaring.every()] == [
        "filing", "roster", "sign-in", "sign-in-month", "headcount", "scores", "allowance", "satisfaction",
        "certificate", "follow-up",
    ]  # fmt: skip
    assert {one.when for one in declaring.every()} == {"before", "during", "after"}


def test_what_lies_open_carries_names_and_nothing_else_of_anybody() -> None:
    lying = [one for one in declaring.every() if one.open]
    # What is signed, ticked, counted or hung up in the room; what is only filed is not open.
    assert {one.code for one in declaring.every()} - {one.code for one in lying} == {
        "filing",
        "roster",
        "follow-up",
    }
    for paper in lying:
        for table in paper.tables:
            assert {field.personal for field in table.fields} <= {Personal.NONE, Personal.NAME}
            assert not [name for name in declaring.named(table) if name.endswith((".id_number", ".category"))]


@pytest.mark.parametrize(
    "column",
    [
        'label = "号码", field = "person.id_number"',
        'label = "证号", field = "person.certificate"',
        'label = "类别", field = "person.category"',
        'label = "电话", field = "person.phone"',
        'label = "住址", field = "person.address"',
        'label = "本人", columns = [{ label = "号码", field = "person.id_number" }]',
        'label = "身份证号", by_hand = true',
        'label = "残疾类别", by_hand = true',
        'label = "情况", columns = [{ label = "残疾证号", by_hand = true }]',
    ],
)
def test_an_open_paper_with_more_than_names_is_refused(column: str) -> None:
    assert load(column, lies_open=False).code == "list"
    with pytest.raises(Unusable) as refused:
        load(column)
    assert refused.value.code == "paper_open"
    assert "list.toml" in refused.value.message


def test_its_texts_are_looked_at_too() -> None:
    for note, each in (("请写身份证号", ""), ("{person.id_number}", "row"), ("{person.category}", "row")):
        with pytest.raises(Unusable) as refused:
            load(note=note, each=each)
        assert refused.value.code == "paper_open", note
    assert load(note="{person.name}", each="row").each == "row"


@pytest.mark.parametrize(
    ("column", "note", "code"),
    [
        ('label = "签名", by_hand = true', "{nothing}", "paper_blank_unknown"),
        ('label = "签名", by_hand = true', "{class.nothing}", "paper_blank_unknown"),
        ('label = "签名", field = "person.nothing"', "", "field_unknown"),
        ('label = "签名", by_hand = true, nothing = 1', "", "form_key_unknown"),
        ('label = "签名"', "", "form_no_field"),
    ],
)
def test_faults_are_named(column: str, note: str, code: str) -> None:
    with pytest.raises(Unusable) as refused:
        load(column, note=note)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("was", "wrong"),
    [
        ('when = "before"', 'when = "sometimes"'),
        ('kind = "roster"', 'kind = "poem"'),
        ('rows = "roster"', 'rows = "everybody"'),
        ('label = "名单"\n', ""),
        ("order = 1", "order = 1\ncolour = 2"),
    ],
)
def test_keys_have_the_values_that_there_are(was: str, wrong: str) -> None:
    text = PAPER.format(open="true", each="", note="", column='label = "签名", by_hand = true')
    assert was in text
    with pytest.raises(Unusable) as refused:
        declaring.load(text.replace(was, wrong, 1), "list.toml")
    assert refused.value.code == "paper_key"
