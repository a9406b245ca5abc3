"""How lists stand in files: what is said once, both days in one cell, layouts that are no lists, other files' names."""

from __future__ import annotations

from typing import Any

from tests.intake import material

from .build import CAPTION, HEADER, PLACES, TITLE, Case, case, woman, women
from .build import trap as named
from .making import Page, xlsx

IDS = {"person.id_number": [material.id_number(n) for n in (1, 2, 3)]}
NEW = "new new new"
ONCE = "stated_for_all"
FEW = ("name", "sex", "id")


def picked(row: Any, *words: str) -> list[Any]:
    return [row[PLACES[word]] for word in words]


def people(*words: str) -> list[list[Any]]:
    return [picked(row, *words) for row in (HEADER, *women(3))]


@named("the class and its days stand once above the rows")
def _caption() -> Case:
    above = ["培训班名称：手工编织一班    培训时间：2019年5月8日至5月26日"]
    data = xlsx(Page([[TITLE], above, *people(*FEW, "result")]))
    values = {**IDS, "class.title": ["手工编织一班"] * 3}
    return case(data, NEW, f"A2 {ONCE}", values=values)


@named("the class stands in the name of the sheet, its days in brackets of the title")
def _sheet_name() -> Case:
    data = xlsx(Page([[f"{TITLE}（2019年5月8日—5月26日）"], *people(*FEW)], "手工编织一班"))
    values = {**IDS, "class.title": ["手工编织一班"] * 3}
    return case(data, NEW, f"A1 {ONCE}, A2 {ONCE}", values=values)


@named("only the columns that nobody can leave out")
def _few() -> Case:
    return case(xlsx(Page(people("name", "id", "title", "begins", "ends"))), NEW, values=IDS)


@named("the first and the last day in one column")
def _span() -> Case:
    rows = [[*row, "2019年5月8日至5月26日"] for row in people(*FEW, "title")]
    rows[0][-1] = "培训起止时间"
    return case(xlsx(Page(rows)), NEW, values=IDS)


@named("two lists side by side")
def _side_by_side() -> Case:
    words = (*FEW, "title", "begins", "ends")
    one, two, three = (picked(woman(n), *words) for n in (1, 2, 3))
    head = picked(HEADER, *words)
    data = xlsx(Page([[TITLE], [*head, *head], [*one, *three], [*two]]))
    return case(data, NEW, "A1 layout_unfolded", values=IDS)


@named("one person in each column")
def _columns() -> Case:
    rows = [list(row) for row in zip(*people(*FEW, "title", "begins", "ends"), strict=True)]
    return case(xlsx(Page([[TITLE], *rows])), NEW, "A1 layout_unfolded", values=IDS)


@named("an online form's questions for headers, with columns of its own")
def _questions() -> Case:
    words = (*FEW, "title", "begins", "ends")
    head, *rows = people(*words)
    asked = [f"{number}、您的{text}（必填）" for number, text in enumerate(head, 1)]
    lines = [["提交时间", "来源", *asked], *(["2019-06-01", "微信", *row] for row in rows)]
    return case(xlsx(Page(lines)), NEW, "A1 columns_of_form", values=IDS)


def _table(rows: list[list[Any]]) -> str:
    lines = ("".join(f"<td>{'' if cell is None else cell}</td>" for cell in row) for row in rows)
    return "<table border=1>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


@named("a web page called xls, in GBK")
def _html() -> Case:
    data = _table([[TITLE], [CAPTION], list(HEADER), *(list(row) for row in women(3))]).encode("gb18030")
    return case(data, NEW, values=IDS, file="名册.xls")


@named("a list of text with tabs called xlsx")
def _tabs() -> Case:
    rows = [list(HEADER), *(list(row) for row in women(3))]
    text = "\r\n".join("\t".join("" if cell is None else str(cell) for cell in row) for row in rows)
    return case(text.encode("gbk"), NEW, values=IDS, file="名册.xlsx")
