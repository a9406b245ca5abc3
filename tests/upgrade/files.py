"""Files as offices hand them in, with made-up women."""

from __future__ import annotations

import io
from collections.abc import Iterable

from PIL import Image, ImageDraw

from qiaojie.lib.identity import check_digit

HEADER = (
    "序号", "姓名", "性别", "身份证号", "残疾人证号", "户籍地（乡镇、街道）", "联系电话",
    "培训班名称", "开班日期", "结业日期", "是否结业", "备注",
)  # fmt: skip

ODD = (
    "编号",
    "学员",
    "男或女",
    "证件",
    "残疾证",
    "住在哪里",
    "打得通的",
    "哪个班",
    "开班",
    "结业",
    "结业与否",
    "说明",
)
"""The same columns as one office calls them."""

GIVEN = "桂兰秀英玉珍淑芬小红春梅雪莲丽华美玲翠云彩霞"
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高"

Row = dict[str, str]


def identity(number: int) -> str:
    """A woman's identity number with a true check digit, of a prefix that no office has given out."""
    first = f"500000{1970 + number % 30}{1 + number % 12:02d}{1 + number % 28:02d}9{number % 10}2"
    return first + check_digit(first)


def woman(number: int, title: str, town: str, **other: str) -> Row:
    """Her line of a roster; ``other`` replaces cells by their header."""
    card = identity(number)
    said = {
        "序号": str(number),
        "姓名": SURNAMES[number % 20] + GIVEN[number % 19] + GIVEN[number * 7 % 19],
        "性别": "女",
        "身份证号": card,
        "残疾人证号": f"{card}4{1 + number % 4}",
        "户籍地（乡镇、街道）": town,
        "联系电话": f"190001{number:05d}",
        "培训班名称": title,
        "开班日期": "2023-07-03",
        "结业日期": "2023-07-21",
        "是否结业": "是",
        "备注": "",
    }
    return {**said, **other}


def roster(rows: Iterable[Row], header: tuple[str, ...] = HEADER) -> bytes:
    """A roster as csv."""
    lines = [",".join(header), *(",".join(row[name] for name in HEADER) for row in rows)]
    return ("\n".join(lines) + "\n").encode("utf-8-sig")


def picture(number: int) -> bytes:
    """A small drawing, another one for each number."""
    page = Image.new("RGB", (120, 90), "#e9e2d3")
    draw = ImageDraw.Draw(page)
    draw.rectangle((10, 50, 110, 80), fill="#b9a58a")
    draw.ellipse((20 + number * 7, 15, 50 + number * 7, 45), fill="#a8503c")
    held = io.BytesIO()
    page.save(held, "PNG")
    return held.getvalue()
