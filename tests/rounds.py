"""How many examples a test of made-up input tries: few in the first tier, ten times as many among the long tests.

``make test-long`` sets ``TEST_ROUNDS`` and runs these tests again.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

ROUNDS = int(os.environ.get("TEST_ROUNDS", "1"))
USUAL = 40
"""Examples of a test that does not say how many: a plain function of ours is quick, and most faults show in the first few."""


def examples(number: int) -> int:
    """So many examples in the first tier, and their multiple among the long tests."""
    return number * ROUNDS


def seeds(number: int) -> list[Any]:
    """So many seeds of stories made up by chance: on SQLite all of them, on PostgreSQL the first, and the others later."""
    return [pytest.param(seed, marks=pytest.mark.later) if seed else seed for seed in range(number)]
