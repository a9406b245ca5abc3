"""Decisions are numbered, dated and listed; what supersedes and what is superseded name each other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from tests.house.source import ROOT, files, named

FOLDER = ROOT / "docs/decisions"
HEAD = re.compile(
    r"# (?P<number>\d{4}) (?P<title>\S.*)\n\n"
    r"- Date: (?P<date>\d{4}-\d{2}-\d{2})\n"
    r"- Status: (?:(?P<stands>stands)|superseded by \[(?P<by>\d{4})\]\((?P<later>[\w-]+\.md)\))\n"
    r"(?:- Supersedes: \[(?P<instead>\d{4})\]\((?P<earlier>[\w-]+\.md)\)\n)?"
    r"\n(?=\S)"
)
ENTRY = re.compile(r"^- \[(\d{4} .+)\]\(([\w-]+\.md)\)(?: \(superseded by (\d{4})\))?$", re.MULTILINE)


@dataclass(frozen=True)
class Decision:
    """A decision as its file's head has it; ``by`` and ``instead`` are numbers, or ''."""

    file: str
    number: str
    title: str
    day: date
    by: str
    instead: str


def read(path: Path) -> Decision:
    """The head of a file, which must be whole; links in it lead to the files that bear their numbers."""
    found = HEAD.match(path.read_text(encoding="utf-8"))
    assert found is not None, f"{named(path)}: number, title, date, status"
    for number, target in ((found["by"], found["later"]), (found["instead"], found["earlier"])):
        assert number is None or target.startswith(f"{number}-"), f"{named(path)}: {number} is not {target}"
    day = date.fromisoformat(found["date"])
    return Decision(
        path.name, found["number"], found["title"], day, found["by"] or "", found["instead"] or ""
    )


@pytest.fixture(scope="module")
def decisions() -> dict[str, Decision]:
    """All of them, by number."""
    held = [read(path) for path in sorted(FOLDER.glob("*.md")) if path.name != "README.md"]
    assert len({decision.number for decision in held}) == len(held)
    return {decision.number: decision for decision in held}


def test_numbers_run_without_a_gap_in_the_order_of_days(decisions: dict[str, Decision]) -> None:
    assert [*decisions] == [f"{number:04d}" for number in range(1, len(decisions) + 1)]
    for decision in decisions.values():
        assert re.fullmatch(rf"{decision.number}-[a-z0-9]+(-[a-z0-9]+)*\.md", decision.file)
    days = [decision.day for decision in decisions.values()]
    assert days == sorted(days)


def test_who_supersedes_and_who_is_superseded_name_each_other(decisions: dict[str, Decision]) -> None:
    forward = {(one.number, one.by) for one in decisions.values() if one.by}
    back = {(one.instead, one.number) for one in decisions.values() if one.instead}
    assert forward and forward == back
    assert all(earlier < later for earlier, later in forward)


def test_the_index_has_every_decision_once_with_its_title_and_status(decisions: dict[str, Decision]) -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    listed = ENTRY.findall(text)
    assert len(listed) == len(re.findall(r"^- \[", text, re.MULTILINE))
    assert sorted(listed) == [(f"{one.number} {one.title}", one.file, one.by) for one in decisions.values()]


def test_every_mention_of_a_decision_leads_to_one() -> None:
    """In documents, comments, settings and tests alike; a mention in code names the whole file."""
    mentions = {
        (named(path), name.rstrip("."))
        for path in files()
        for name in re.findall(r"docs/(decisions[\w./-]*)", path.read_text(encoding="utf-8"))
        if path != Path(__file__)
    }
    assert mentions
    assert not [(where, name) for where, name in mentions if not (ROOT / "docs" / name).exists()]
