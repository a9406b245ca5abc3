"""The two judges of a row know the same rules: what either would do without one of them shows.

Rows are judged by columns where nothing is to be said of them (``judging.by_columns``) and one by one where something is
(``judging.planning`` and what it asks). ``judged_rows`` has a row for every finding that intake can make about one and for
every change that it can plan: a finding or a rule that is new in one judge, and not in the other or not there, fails here.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import DatabaseError

import qiaojie.intake
from qiaojie.bases.ledger import HELP
from qiaojie.codes import standing
from qiaojie.codes.models import PreparedList
from qiaojie.codes.words import CodeWord
from qiaojie.intake import services
from qiaojie.intake.judging import checks
from qiaojie.intake.judging.by_columns.judge import Judge
from qiaojie.intake.judging.by_columns.row_persons import RowPersons
from qiaojie.intake.judging.by_columns.sheet import ColumnarSheet, suits
from qiaojie.intake.reading.lines import Line
from qiaojie.ledgers import declaration
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib import identity
from qiaojie.lib.findings import Finding, Level
from qiaojie.lib.periods import Period
from qiaojie.notices import queries as notices
from qiaojie.notices.shape import Piece, Shape
from qiaojie.people.identification import certificate_hash
from qiaojie.people.models import Certificate, Person, Tie
from qiaojie.regions import disambiguation, matcher
from qiaojie.regions.models import Level as RegionLevel
from qiaojie.regions.models import Region, RegionKind
from qiaojie.regions.services import renumber

from .. import material
from ..material import certificate
from .judged_rows import (
    CASES,
    HELPED,
    HELPED_BEFORE,
    KNOWN,
    KNOWN_THERE,
    NOTICE,
    OTHERS,
    ROSTER,
    File,
    Files,
    called,
    file,
)
from .test_plain import shown, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def files(
    tree: None,
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
    fuling: Region,
    shizhu: Region,
    clerk: Viewer,
    approver: Viewer,
    neighbour: Viewer,
) -> Files:
    """The files, and a registry of whom they speak."""
    folder = Path(settings.NOTICE_DIRS[0]) / "judged-2023"
    folder.mkdir()
    (folder / "README.md").write_text("# Trial\n", encoding="utf-8")
    (folder / "notice.toml").write_text(NOTICE, encoding="utf-8")
    # No ledger about persons has a part of a whole of its own yet.
    fields = [
        replace(each, part_of="product_income") if each.name == "agency_sales" else each
        for each in HELP.fields
    ]
    monkeypatch.setitem(declaration._ledgers, HELP.code, replace(HELP, fields=tuple(fields)))
    # No list that is shipped and asked for here has ended yet.
    monkeypatch.setattr(standing, "_held", standing.now())
    kinds = [
        *standing.of("base_kinds").words.values(),
        CodeWord("old", "巾帼老作坊", ends=date(2020, 12, 31)),
    ]
    PreparedList.objects.create(
        code="base_kinds", label="基地类型", words=[one.as_mapping() for one in kinds]
    )
    standing.refresh()
    for code in ("500102008", "500102009"):
        material.region("同名镇", code, RegionLevel.TOWNSHIP, RegionKind.TOWNSHIP, fuling)
    renumber()
    fuling.refresh_from_db()
    shizhu.refresh_from_db()
    for who, region, code, rows in (
        (neighbour, shizhu, ROSTER, KNOWN_THERE),
        (approver, fuling, ROSTER, KNOWN),
        (approver, fuling, HELPED, HELPED_BEFORE),
    ):
        services.commit(services.plan(file(code, rows), "旧.csv", notices.table(code), region, who), who)
    known = {person.name: person for person in Person.objects.order_by("-pk")}
    Person.objects.filter(pk=known[called(5)].pk).update(birth_date=None)
    Person.objects.filter(pk=known[called(90)].pk).update(died_on=date(2023, 4, 1))
    merged = Person.objects.filter(name=called(12)).order_by("pk")
    Person.objects.filter(pk=merged[1].pk).update(canonical=merged[0])
    Certificate.objects.create(
        person=Person.objects.filter(name=called(16)).earliest("pk"),
        number=certificate(16),
        number_hash=certificate_hash(certificate(16)),
        county=fuling,
    )
    for number in (17, 67):
        numberless = Person.objects.create(
            name=called(number), name_key=called(number), phone=f"138{number:08d}"
        )
        Tie.objects.create(person=numberless, region=fuling)
    made = []
    for table, cases in {ROSTER: CASES, **OTHERS}.items():
        rows, decisions = [], {}
        for case in cases.values():
            for row, decided in case:
                rows.append(row)
                if decided:
                    decisions[len(rows) + 1] = re.sub(
                        r"person:(\d+)", lambda found: f"person:{known[called(int(found[1]))].pk}", decided
                    )
        made.append(File(table, file(table, rows), decisions))
    return Files(fuling, clerk, made)


# --- both come to the same ---------------------------------------------------------------------------------------------


def codes(plans: Sequence[dict[str, Any]]) -> Counter[str]:
    """How often each finding is made about a row."""
    return Counter(issue.code for plan in plans for issue in plan["issues"] if issue.row is not None)


def test_both_judges_say_and_write_the_same(files: Files) -> None:
    for each in files.files:
        by_columns, one_by_one = (files.plan(each, by_columns=by_columns) for by_columns in (True, False))
        assert by_columns.bulk is not None
        assert shown(by_columns) == shown(one_by_one)
        assert written(by_columns, files.clerk) == written(one_by_one, files.clerk)


def test_a_rule_that_only_one_judge_knows_shows(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    def check(line: Line, shape: Shape, days: Period) -> None:
        line.say(Finding("a_new_rule", "新的规则。", Level.WARNING), "")

    with monkeypatch.context() as patched:
        patched.setattr(checks, "check", check)
        assert files.all(by_columns=True) != files.all(by_columns=False)


# --- every finding has a case ------------------------------------------------------------------------------------------

PASSED_ON = {"limit.code", "problem.code"}
"""Codes that are not written where the finding is made: those that notices declare, and those of a region not found."""
SAME_PLACE = {
    "region_by_title": "said by the matcher of a file that is handed in above counties, in place of what it could not tell apart",
    "region_beside": "said by the matcher like region_finer: whatever it says makes the row odd",
    "number_too_large": "said of columns for small numbers, which none of the tables above has: test_sizes tries every ledger",
    "referred_unknown": "said of rows that nobody makes, which none of the tables above refers to: test_looked_up",
    "referred_several": "the same",
    "referred_differs": "the same",
    "field_misplaced": "said where rows are changed by hand, and of no list",
}
"""Codes without a row of their own above."""


def declared() -> set[str]:
    """The codes of all findings that intake makes about rows."""
    found = set()
    folder = Path(qiaojie.intake.__file__).parent
    sources = [path.read_text(encoding="utf-8") for path in folder.rglob("*.py")]
    sources += [inspect.getsource(each) for each in (matcher, identity.agree, identity.sex_differs)]
    for source in sources:
        tree = ast.parse(source)
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call):
                continue
            if isinstance(call.func, ast.Attribute) and call.func.attr == "tell" and call.args:
                # What points at other cells.
                found |= _texts(call.args[0], tree) if ast.unparse(call.args[0]) != "finding.code" else set()
            if not isinstance(call.func, ast.Name):
                continue
            if call.func.id == "Finding" and ast.unparse(call.args[0]) not in PASSED_ON | {"finding.code"}:
                found |= _texts(call.args[0], tree)
            if call.func.id == "Issue" and isinstance(call.args[2], ast.Constant):
                # A sheet's or a caption's: what is said of a row goes through the line.
                assert len(call.args) == 5, ast.unparse(call)
    raised = ast.walk(ast.parse(inspect.getsource(disambiguation)))
    found |= {_raises(call) for call in raised if isinstance(call, ast.Call)} - {""}
    return found


def _raises(call: ast.Call) -> str:
    code = call.args[0] if isinstance(call.func, ast.Name) and call.func.id == "Unusable" else None
    return code.value if isinstance(code, ast.Constant) else ""


def _texts(code: ast.expr, tree: ast.Module) -> set[str]:
    """The texts that a code can be: its own, or whatever its name is set to in the module."""
    if isinstance(code, ast.Constant):
        return {code.value}
    assert isinstance(code, ast.Name), f"what can {ast.unparse(code)} be?"
    found: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign):
            continue
        target, value = node.targets[0], node.value
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            pairs = list(zip(target.elts, value.elts, strict=True))
        else:
            pairs = [(target, value)]
        found |= {
            each.value
            for name, each in pairs
            if isinstance(name, ast.Name) and name.id == code.id and isinstance(each, ast.Constant)
        }
    assert found, f"what can {code.id} be?"
    return found


def test_every_finding_about_a_row_is_made_of_a_row_above(files: Files) -> None:
    """But for figures that come back in computed columns, for references that a row may lack, and for certificates that are
    rows themselves: tables with such columns are judged one by one."""
    assert suits(notices.table(material.STATUS).shape) is None
    assert suits(notices.table("ledgers/certificates").shape) is None
    wanted = declared() - SAME_PLACE.keys() - {"claim_differs", "reference_kept", "certificate_reissued"}
    assert len(wanted) > 20
    said = set(codes(files.all(by_columns=True)))
    assert sorted(wanted - said) == []


# --- no rule can be left out -------------------------------------------------------------------------------------------

JUDGES = (ColumnarSheet, Judge, RowPersons)
MARKS = ("mark", "mark_where", "bar", "same_names")
TELLING = ("doubtful", "differing", "unsure")
"""Local names of what is then marked."""
NEVER_ALONE = {
    "differing |= {key for key in first if None in key}": "a row of another ledger without its key lacks what it needs",
    "sheet.mark((place for place, begin in enumerate(of) if begin in told))": "no table above names rows that nobody makes: "
    "test_looked_up commits rosters that do",
}
"""Rules beside which another always speaks, which ``test_what_never_speaks_alone`` holds."""
ODD_ANYHOW = {
    "id_missing": "a row without a number has no place in the columns of persons: the judge fails without that rule",
    "person_vague": "the same",
    "person_elsewhere": "asked of a row without a number, or where person_likely is asked too",
    "person_new": "decided of a row without a number, which is odd",
    "person_confirmed": "decided of a row without a number, or whose cell is odd",
    "name_near": "rows of a name that is nearly another's are odd before the judge of columns begins",
    "name_settled": "the same",
    "id_from_certificate": "decided of a row whose number is lost: its cell is odd",
}
"""Findings that no single rule of the judge of columns brings about, and why the row is odd all the same."""
BROKEN = (AttributeError, IndexError, KeyError, TypeError, ValueError, DatabaseError)


@dataclass(frozen=True)
class Rule:
    """A statement by which the judge of columns leaves rows to the other: where it stands, and its function without it."""

    text: str
    owner: type
    name: str
    without: Callable[..., Any]


def rules() -> Iterator[Rule]:
    """Every such statement."""
    for owner in JUDGES:
        source = textwrap.dedent(inspect.getsource(owner))
        for at, method in enumerate(_methods(ast.parse(source))):
            if not isinstance(method, ast.FunctionDef) or method.name in MARKS[:-1]:
                continue
            for number in range(sum(map(_is_rule, ast.walk(method)))):
                tree = ast.parse(source)
                leaving = _Without(number)
                leaving.visit(_methods(tree)[at])
                space = dict(vars(sys.modules[owner.__module__]))
                exec(compile(ast.fix_missing_locations(tree), inspect.getfile(owner), "exec"), space)
                without = vars(space[owner.__name__])[method.name]
                yield Rule(leaving.text, owner, method.name, without)


def _methods(tree: ast.Module) -> list[ast.stmt]:
    (held,) = tree.body
    assert isinstance(held, ast.ClassDef)
    return held.body


def _is_rule(node: ast.AST) -> bool:
    """Whether a statement makes rows or persons odd, or says of which it is to be done."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        called = node.value.func
        return isinstance(called, ast.Attribute) and (
            called.attr in MARKS or (called.attr == "add" and ast.unparse(called.value) in TELLING)
        )
    if isinstance(node, ast.Assign | ast.AugAssign):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        text = ast.unparse(target)
        return (text.endswith("]") and ".bad[" in text) or (
            text in TELLING and ast.unparse(node.value) not in ("set()", "False")
        )
    return False


class _Without(ast.NodeTransformer):
    """Leaves out the so-manieth of these statements; a name that it would set is set to nothing."""

    def __init__(self, number: int) -> None:
        self.left, self.text = number, ""

    def visit(self, node: ast.AST) -> ast.AST:
        if not _is_rule(node):
            return self.generic_visit(node)
        self.left -= 1
        if self.left != -1:
            return node
        self.text = ast.unparse(node)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            return ast.parse(f"{node.targets[0].id} = set()").body[0]
        return ast.Pass()


@pytest.mark.later
def test_without_any_of_its_rules_the_judge_of_columns_comes_to_something_else(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = files.all(by_columns=False)
    said = codes(right)
    sensed: Counter[str] = Counter()
    left_out = list(rules())
    assert len(left_out) > 30
    unnoticed = []
    for rule in left_out:
        with monkeypatch.context() as patched:
            patched.setattr(rule.owner, rule.name, rule.without)
            try:
                found = files.all(by_columns=True)
                same = found == right and files.written(by_columns=True) == files.written(by_columns=False)
            except BROKEN:
                continue
        sensed += said - codes(found)
        if same:
            unnoticed.append(rule.text)
    assert unnoticed == [*NEVER_ALONE]
    assert (declared() & said.keys()) - sensed.keys() == ODD_ANYHOW.keys()


def test_what_never_speaks_alone() -> None:
    """The key of a row that others refer to is part of what such a row cannot do without."""
    for ledger in declaration.every():
        if not any(part.ledger == "persons" for part in ledger.parts.values()):
            continue
        for word, part in ledger.parts.items():
            if ledger.optional(part):
                # Rows of such tables are judged one by one.
                continue
            held = declaration.get(part.ledger)
            piece = Piece(word, held, part.attribute, (), {})
            assert piece.is_person or set(piece.key) <= piece.required
