"""One figure has one percentage: on tiles and cells, in words, in bands, gaps, forms, on the one-page paper."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from qiaojie.lib.percentages import printed
from qiaojie.measures import gaps
from qiaojie.measures.queries import Value
from qiaojie.notices.matrix import Show
from qiaojie.reports.matrix import NO_RATIO, _cell
from qiaojie.tables.form import Column, Form
from qiaojie.tables.grid import Filled, build
from qiaojie.web.components.cells import cell
from qiaojie.web.components.progress import Band, progress
from qiaojie.web.components.tiles import Tile

SMALL = st.integers(0, 3000)
COUNTS = st.builds(Value, target=st.none() | SMALL, approved=st.none() | SMALL, pending=SMALL)


@st.composite
def ratios(draw: st.DrawFn) -> Value:
    """Some of a cohort reached something; the target is in per cent."""
    cohort = draw(SMALL)
    reached = draw(st.integers(0, cohort))
    return Value(draw(st.none() | st.integers(0, 100)), reached, cohort=cohort, waiting=draw(SMALL))


VALUES = st.one_of(COUNTS, ratios())
FLOORS = {Band.DONE: 100, Band.NEAR: 80, Band.MID: 50, Band.LOW: 0}


@given(VALUES)
def test_words_tiles_and_bands_say_one_thing(value: Value) -> None:
    drawn = progress(value, "人")
    shown = printed(value.done)
    tile = Tile(0, 0, "涪陵", "涪陵区", drawn, "").html
    if value.done is None:
        assert drawn.band is Band.NONE and "完成" not in drawn.words and "100%<" not in tile
        return
    assert f"完成 {shown}" in drawn.words
    assert f">{shown}</text>" in tile
    better = [floor for floor in FLOORS.values() if floor > FLOORS[drawn.band]]
    assert Decimal(FLOORS[drawn.band]) <= value.done < min(better, default=10**9)
    assert drawn.approved_width == min(int(value.done), 100)


@given(VALUES)
def test_a_hundred_is_shown_exactly_where_nothing_is_missing(value: Value) -> None:
    missing, drawn = gaps.missing(value), progress(value, "人")
    if value.done is None:
        assert missing is None
        return
    assert (value.done >= 100) is (missing == 0) is (drawn.band is Band.DONE)
    assert (drawn.approved_width == 100) is (missing == 0)
    assert value.ratio is not None
    assert (value.ratio >= 1) is (missing == 0)
    if value.cohort is not None and value.share is not None and value.target is not None:
        assert (value.share >= value.target) is (missing == 0)
        assert f"{printed(value.share)}</b>" in cell(drawn, "")


@given(VALUES)
def test_the_form_prints_the_board_s_percentage_as_a_clean_number(value: Value) -> None:
    held = _cell(value, Show.RATIO)
    form = Form("f", "表", (Column("完成率", "ratio", "percent"),))
    drawn = build(Filled(form, {}, [{"ratio": held}])).body[0][0]
    if value.approved is None:
        assert held is None and drawn.text == ""
    elif value.done is None:
        assert held is NO_RATIO and drawn.text == "—"
    else:
        assert drawn.text == printed(progress(value, "人").share)
        assert drawn.is_number and drawn.number_format.endswith("%")
        # Kept to the digit: 0.667, never 0.6666666666666.
        assert drawn.value == float(value.done / 100)
        assert len(repr(drawn.value).partition(".")[2]) <= 3
