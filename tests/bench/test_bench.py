"""The bench runs at a tiny size and prints a line for every comparison. What the lines say is never tested."""

from __future__ import annotations

import subprocess
import sys

from qiaojie.bench.timing import Line


def test_every_comparison_is_taken_and_printed() -> None:
    command = [sys.executable, "-m", "qiaojie.bench", "--size", "tiny", "--database", "sqlite"]
    done = subprocess.run(
        [*command, "--only", "measure,forms,intake,nation"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for words in ("first computing", "board of 41 units", "100 people", "training-status", "roster"):
        assert words in done.stdout, done.stdout


def test_a_bound_is_held_against_the_ratio() -> None:
    assert " ok " in Line("a", "1", 2, 1, 2).text("sqlite")
    assert "OVER" in Line("a", "1", 2.1, 1, 2).text("sqlite")
