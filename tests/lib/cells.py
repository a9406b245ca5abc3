"""Cells of every kind that a reader can hand over, for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from qiaojie.lib.cells import Cell

SIGNS = "0123456789０１２３.,，-—–~～至到年月日/ 、:：()（）万元人约%％Xx×Ｘ'\"〃同上无长期√是否\n\t\u3000\xa0+=@#B王李·"

texts = st.one_of(
    st.text(max_size=30),
    st.text(alphabet=SIGNS, max_size=24),
    # Lone surrogates come from damaged files.
    st.text(alphabet=st.characters(categories=["Cs", "Nd", "Lo"]), max_size=6),
)

cells: st.SearchStrategy[Cell] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=0, max_value=100_000),
    st.integers(min_value=10**4000, max_value=10**4001),
    st.floats(allow_nan=True, allow_infinity=True),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
    texts,
)
"""Any cell at all."""
