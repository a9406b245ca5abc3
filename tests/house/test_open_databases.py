"""The watch over databases that are left open."""

import gc

import pytest

from tests.sqlite import Watched


def test_a_database_left_open_is_told() -> None:
    with pytest.warns(ResourceWarning, match="opened and not closed"):
        Watched(":memory:")
        # A connection and its statements hold each other.
        gc.collect()


def test_one_that_was_closed_is_not() -> None:
    Watched(":memory:").close()
    gc.collect()
