"""What is true of every file of the repository."""

import ast
import re
from pathlib import Path

import pytest

from tests.house.source import ROOT, files, modules, named

LONGEST = 500
HAND_WRITTEN = {".py", ".html", ".css", ".js", ".sh"}
# Somebody's own folders; what Debian itself lays out (/usr/lib, /tmp) is everybody's.
MACHINE = re.compile(r"(?<![\w.~-])/(?:work|root|home|Users|opt|mnt|srv)/[\w.]|[A-Z]:\\Users")
ADDRESS = re.compile(r"https?:|git\+|file:|@ ")
UNFINISHED = re.compile("TO" r"DO|FIX" r"ME|XX" r"X\b|HA" r"CK\b|待" r"办：")


def _found(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        f"{named(path)}:{number}: {line.strip()[:100]}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_source_file_is_so_long_that_it_should_be_two() -> None:
    long = {
        named(path): lines
        for path in files(*HAND_WRITTEN)
        if "migrations" not in path.parts
        and (lines := path.read_text(encoding="utf-8").count("\n")) > LONGEST
    }
    assert not long


def test_nothing_is_left_for_later() -> None:
    assert not _found(UNFINISHED, files())


def test_no_path_of_somebodys_machine_is_written_down() -> None:
    assert not _found(MACHINE, files())


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_holds_versions_and_hashes_and_no_address(name: str) -> None:
    lock = ROOT / name
    assert not _found(ADDRESS, [lock])
    pinned = re.findall(
        r"^[\w.\[\]-]+==\S+.*(?:\n    --hash=sha256:[0-9a-f]{64}.*)+", lock.read_text(), re.MULTILINE
    )
    assert len(pinned) == len(re.findall(r"^\S", lock.read_text(), re.MULTILINE)) > 20


def test_what_tests_run_on_is_what_the_product_runs_on() -> None:
    product, tests = (
        set(re.findall(r"^[\w.-]+==\S+", (ROOT / name).read_text(), re.MULTILINE))
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    assert product < tests


def test_no_compiled_or_third_party_file_is_kept() -> None:
    kept = files(".mo", ".pyc", ".ttf", ".otf", ".woff", ".woff2", ".whl", ".sqlite3")
    assert not [
        named(path)
        for path in kept + files(".js", ".css")
        if path.suffix in {".mo", ".pyc", ".whl"} or ".min." in path.name
    ]


def _counts(value: ast.expr | None) -> bool:
    """Whether a value is a number, or worked out of numbers."""
    match value:
        case ast.Constant(value=number):
            return isinstance(number, int | float) and not isinstance(number, bool)
        case ast.BinOp(left=left, right=right):
            return _counts(left) and _counts(right)
    return False


MADE_UP = ("qiaojie/bench/", "qiaojie/demo/", "qiaojie/config/")
"""Where numbers are sizes of what is made up, or settings that Django explains."""


def test_every_threshold_says_what_it_is() -> None:
    """A number with a name says its unit, and why it is not another one, below it or beside it."""
    silent = []
    for path in modules():
        if named(path).startswith(MADE_UP):
            continue
        text = path.read_text(encoding="utf-8")
        lines, body = text.splitlines(), ast.parse(text).body
        for node, after in zip(body, [*body[1:], None], strict=True):
            if not isinstance(node, ast.Assign | ast.AnnAssign) or not _counts(node.value):
                continue
            said = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            beside = "#" in lines[node.lineno - 1] or lines[node.lineno - 2].startswith("#")
            if not (said or beside):
                silent.append(f"{named(path)}:{node.lineno}: {lines[node.lineno - 1]}")
    assert not silent
