"""The bench runs at a tiny size and prints a line for every comparison. What the lines say is never tested."""

from __future__ import annotations

import pytest

from qiaojie.bench.__main__ import main
from qiaojie.bench.timing import Line


def test_every_comparison_is_taken_and_printed(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("QIAOJIE_DATABASE", raising=False)
    assert main(["--size", "tiny", "--only", "counting", "--only", "intake"]) == 0
    said = capfd.readouterr().out
    assert "--- sqlite" in said
    for words in ("first computing of 11 indicators", "board of 41 units", "after a change to 100 people",
                  "training-status", "plan of 60 rows", "commit of 60 rows"):  # fmt: skip
        assert words in said, said


def test_a_bound_is_held_against_the_ratio_or_the_seconds() -> None:
    assert Line("a", 2, 1, 2).holds
    assert not Line("a", 2.1, 1, 2).holds
    assert Line("a", 0.4, None, 0.5).holds
    assert not Line("a", 0.6, None, 0.5).holds
    assert Line("a", 9).holds
    assert "MISS" in str(Line("a", 2.1, 1, 2))
