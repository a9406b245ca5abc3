"""A question answered in its own words, in signs, by a tick among printed options; what answers nothing is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiaojie.lib.answers import ticked, words_of, yes_or_no
from qiaojie.lib.cells import Cell, Context
from qiaojie.lib.values import kind

QUALIFIED = Context(asked=words_of(("是否合格",)))
COMPLETED = Context(
    choices={"completed": "是", "dropped": "否"},
    labels={"在读": "enrolled", "结业": "completed", "未结业": "dropped", "completed": "completed"},
    asked=words_of(("是否结业", "是否合格结业")),
)
LABELS = Context(
    choices={"enrolled": "在读", "completed": "结业", "dropped": "未结业"}, asked=words_of(("是否结业",))
)


@pytest.mark.parametrize(
    ("heads", "words"),
    [
        (("是否合格",), ("合格",)),
        (("是否就业（脱贫基地选填）",), ("就业",)),
        (("结业与否",), ("结业",)),
        (("结业情况",), ("结业",)),
        (("是否已就业",), ("就业",)),
        (("有无签到表",), ("签到表",)),
        (("是否结业", "结业", "是否合格结业"), ("结业", "合格结业", "合格")),
        (("有签到表",), ("有签到表", "签到表")),
        (("是否",), ()),
    ],
)
def test_what_a_column_asks_about(heads: tuple[str, ...], words: tuple[str, ...]) -> None:
    assert words_of(heads) == words


@pytest.mark.parametrize(
    "cell",
    [
        "合格", "已合格", "是", "有", "√", "✓", "✔️", "☑", "☑️", "✅", "■", "●", "Y", "yes", "TRUE", "ｔｒｕｅ", "１", "对",
        "是的。",
        1, 1.0, True, "☑是 □否", "☑是□否", "是☑ 否□", "■是　□否", "√是 否", "是√ 否", "是（√） 否（ ）", "[√]是 [ ]否",
        "(√)是 ( )否",
        "☒是 □否", "●是 ○否", "☑合格 □不合格", "□不合格  ☑合格",
    ],
)  # fmt: skip
def test_yes_in_all_its_words(cell: Cell) -> None:
    parsed = kind("yes_no").parse(cell, QUALIFIED)
    assert (parsed.value, parsed.findings) == (True, ())


@pytest.mark.parametrize(
    "cell",
    [
        "不合格", "未合格", "没合格", "没有合格", "尚未合格", "不是", "否", "无", "没有", "×", "✗", "✘", "□", "N",
        "no",
        "FALSE", "Ｆａｌｓｅ", "０", 0, 0.0, False, "□是 ☑否", "是□ 否☑", "□合格 ■不合格", "( )是 (√)否", "否", "未",
    ],
)  # fmt: skip
def test_no_in_all_its_words(cell: Cell) -> None:
    parsed = kind("yes_no").parse(cell, QUALIFIED)
    assert (parsed.value, parsed.findings) == (False, ())


@pytest.mark.parametrize("cell", [None, "", "  ", "/", "—", "□是 □否", "是□ 否□", "( )是 ( )否"])
def test_a_blank_and_what_nobody_has_ticked_say_neither(cell: Cell) -> None:
    for code, context in (("yes_no", QUALIFIED), ("choice", COMPLETED), ("choice", LABELS)):
        parsed = kind(code).parse(cell, context)
        assert (parsed.value, parsed.findings) == (None, ())


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("良好", "yes_no_unreadable"),
        ("待定", "yes_no_unreadable"),
        ("就业", "yes_no_unreadable"),
        ("☒", "yes_no_unreadable"),
        ("2", "yes_no_unreadable"),
        ("合格、不合格", "yes_no_unreadable"),
        ("☑是 ☑否", "choice_several"),
        ("☒是 ☒否", "choice_several"),
    ],
)
def test_what_answers_nothing_is_said(cell: Cell, code: str) -> None:
    parsed = kind("yes_no").parse(cell, QUALIFIED)
    assert parsed.value is None
    assert [finding.code for finding in parsed.findings] == [code]
    if code == "yes_no_unreadable":
        assert "“合格”" in parsed.findings[0].message


def test_a_question_that_denies_is_answered_by_its_own_words() -> None:
    asked = Context(asked=words_of(("是否未脱贫",)))
    answers = {cell: kind("yes_no").parse(cell, asked).value for cell in ("未脱贫", "脱贫", "是", "否")}
    assert answers == {"未脱贫": True, "脱贫": False, "是": True, "否": False}


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("结业", "completed"), ("已结业", "completed"), ("合格", "completed"), ("合格结业", "completed"), (True, "completed"),
        (1, "completed"), ("☑是 □否", "completed"), ("是", "completed"), ("Completed", "completed"), ("有", "completed"),
        ("未结业", "dropped"), ("没结业", "dropped"), ("没有结业", "dropped"), ("不合格", "dropped"), (False, "dropped"),
        (0, "dropped"), ("□是 ☑否", "dropped"), ("否", "dropped"), ("×", "dropped"), ("无", "dropped"), ("在读", "enrolled"),
    ],
)  # fmt: skip
def test_a_choice_between_yes_and_no_is_answered_likewise(cell: Cell, code: str) -> None:
    assert kind("choice").parse(cell, COMPLETED).value == code


@pytest.mark.parametrize(
    ("cell", "code"),
    [("是", "completed"), ("否", "dropped"), (True, "completed"), ("没结业", "dropped"), ("☑结业 □未结业", "completed"),
     ("□在读 □结业 ☑未结业", "dropped"), ("在读", "enrolled")],
)  # fmt: skip
def test_labels_that_answer_the_question_take_its_yes_and_no(cell: Cell, code: str) -> None:
    assert kind("choice").parse(cell, LABELS).value == code


def test_choices_that_answer_no_question_take_no_yes() -> None:
    sexes = Context(choices={"1": "男", "2": "女"}, asked=words_of(("性别",)))
    assert kind("choice").parse("☑女 □男", sexes).value == "2"
    for cell in (True, "是", "√", "0"):
        assert [f.code for f in kind("choice").parse(cell, sexes).findings] == ["choice_unknown"]


@given(st.text(max_size=30), st.sampled_from([QUALIFIED, COMPLETED, LABELS, Context()]))
def test_nothing_that_is_written_breaks_the_reading(text: str, context: Context) -> None:
    ticked(text)
    yes_or_no(text, context.asked)
    assert kind("yes_no").parse(text, context).value in (True, False, None)
    assert kind("choice").parse(text, context).value in (
        None,
        *context.choices,
        *context.labels.values(),
    )


@pytest.mark.parametrize("cell", ["○", "〇", "◯"])
def test_an_empty_circle_may_mean_either(cell: str) -> None:
    """Some tick with a circle, some leave one empty: it is asked, not guessed."""
    read = kind("yes_no").parse(cell, Context())
    assert read.value is None and [finding.code for finding in read.findings] == ["yes_no_unreadable"]
