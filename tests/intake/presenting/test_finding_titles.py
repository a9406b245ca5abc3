"""Every code has its title, and no title tells of a person: titles are declared, never made of what was said of a row."""

from __future__ import annotations

import ast
import dataclasses
import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import qiaojie
from qiaojie.intake.presenting import finding_titles, marked_copy
from qiaojie.intake.vocabulary.outcome import Issue
from qiaojie.ledgers.limits import Limit
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.findings import Level
from qiaojie.lib.identity import check_digit
from qiaojie.notices import queries as notices
from qiaojie.sheets.reading import read
from tests.intake import material
from tests.intake.conftest import Planner
from tests.intake.material import person_row, roster

pytestmark = pytest.mark.django_db

ROOMS = ("lib", "tables", "sheets", "regions", "notices", "people", "intake")
"""Where findings about a file are made."""
PREFIXES = ("id", "certificate")
"""What codes of numbers begin with (``lib.identity``)."""
BY_HAND = {"field_misplaced"}
"""Said where rows are changed by hand, and of no file."""


def codes() -> set[str]:
    """The codes of all findings that the source can make."""
    found: set[str] = set()
    for room in ROOMS:
        for path in sorted((Path(qiaojie.__file__).parent / room).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found |= set(_codes(tree))
    return found


def _codes(tree: ast.Module) -> Iterator[str]:
    set_to = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            set_to.update({one: text for target in node.targets for one, text in _texts(target, node.value)})
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            place = {"Finding": 0, "failed": 0, "tell": 0, "_lost": 0, "Issue": 2}.get(name)
            if place is not None and len(call.args) > max(place, 1):
                yield from _said(call.args[place], set_to)


def _texts(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Names and the texts that they are set to."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, other in zip(target.elts, value.elts, strict=False):
            yield from _texts(one, other)
    elif isinstance(target, ast.Name):
        texts = [each.value for each in ast.walk(value) if isinstance(each, ast.Constant)]
        yield target.id, tuple(text for text in texts if isinstance(text, str) and text.isidentifier())


def _said(code: ast.expr, set_to: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    if isinstance(code, ast.Constant) and isinstance(code.value, str):
        yield code.value
    elif isinstance(code, ast.JoinedStr):
        ending = code.values[-1]
        assert isinstance(ending, ast.Constant)
        yield from (f"{prefix}{ending.value}" for prefix in PREFIXES)
    elif isinstance(code, ast.Name):
        yield from set_to.get(code.id, ())


def test_every_code_has_its_title() -> None:
    found = codes()
    assert len(found) > 100 and {"certificate_date", "id_checksum", "region_finer", "name_near"} <= found
    assert sorted(found - finding_titles.KINDS.keys() - BY_HAND) == []


def test_a_title_is_of_its_code_whatever_a_row_was_told(tree: None) -> None:
    table = notices.table(material.ROSTER)
    for code in [*finding_titles.KINDS, "no_such_code"]:
        issue = Issue("名册", "D2", code, Level.ERROR, "李桂1985-03-17的号码不对", row=2)
        title = finding_titles.title(issue, table)
        assert (
            title
            and "李桂" not in title
            and not any(c.isdigit() for c in title.replace("15位", "").replace("18位", ""))
        )


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("{value}岁，超过55岁。", "超过55岁"),
        ("考核成绩是0到100分，“{value}”不对。", "考核成绩是0到100分"),
        ("“{value}”不对。", "“备注”不合要求"),
    ],
)
def test_of_a_limit_what_speaks_of_no_single_row(tree: None, words: str, title: str) -> None:
    table = notices.table(material.ROSTER)
    limited = dataclasses.replace(table, limits=(Limit("own_limit", words, "remark", least=1),))
    issue = Issue("名册", "D2", "own_limit", Level.ERROR, "38岁，李桂太老。", row=2)
    assert finding_titles.title(issue, limited) == title


def test_the_marked_copy_heads_no_kind_with_a_person(plan: Planner, approver: Viewer) -> None:
    """Two women whose numbers and certificates are wrong in ways that are told with their days of birth."""
    rows = [person_row(n) for n in (1, 2)]
    for row, born in zip(rows, ("19800230", "19811301"), strict=True):
        number = f"500000{born}552"
        number += check_digit(number)
        row[material.ID], row[material.CERTIFICATE] = number, f"{number}43"
    planned = plan(roster(rows))
    assert {"id_date", "certificate_date"} <= {issue.code for issue in planned.issues}
    copy = marked_copy.marked(planned, approver, "退回修改", "intake/test")
    heads = {
        str(cell)
        for sheet in read(copy.content, copy.name).sheets
        for row in sheet.rows
        for cell, number in itertools.pairwise(row)
        if str(row[0]) in ("错误", "警告", "提示") and isinstance(number, int | float)
    }
    assert {"身份证号里的出生日期不存在", "残疾人证号里的出生日期不存在"} <= heads
    assert not any("1980" in head or "1981" in head for head in heads)
