"""Declarations made up by chance, the same in every run: what a dozen of offices might write."""

from __future__ import annotations

import random
from collections.abc import Iterator

from qiaojie.declared.kept import Kept, fresh
from qiaojie.declared.schema import KINDS, DeclaredLedger
from tests.rounds import ROUNDS

NUMBER = 12 if ROUNDS > 1 else 4
"""A dozen among the long tests; of the first tier four, since every page of every role is looked at for each."""

ABOUT: tuple[tuple[str | dict[str, object], ...], ...] = (
    ("person",),
    (),
    ("base",),
    ("region",),
    ("person", {"what": "base", "optional": True}),
    ("household",),
    ({"what": "competitions", "word": "contest", "label": "赛事", "english": "Contest"},),
    ("agency",),
    ("person", {"what": "competitions", "word": "contest"}),
    (
        "region",
        {"what": "base", "word": "workshop", "label": "车间", "english": "Workshop", "optional": True},
    ),
    ({"what": "exhibitions", "word": "fair"},),
    ("person",),
)

OWN: dict[str, object] = {
    "code": "told_by",
    "label": "经手单位",
    "english": "Told by",
    "kind": "text",
    "required": True,
    "filtered": True,
}

ORDER = "甲乙丙丁戊己庚辛"

WORDS = {
    "text": "名称",
    "note": "情况",
    "integer": "数量",
    "money": "金额",
    "date": "日期",
    "month": "月份",
    "date_span": "起止日期",
    "choice": "类别",
    "yes_no": "材料齐全",
    "region": "地点",
    "name": "联系人",
    "phone": "联系人电话",
    "id_number": "联系人身份证号",
    "address": "联系人住址",
}
"""What fields of a kind are called."""

DAYS = ("date", "month", "date_span")


def declarations() -> Iterator[Kept]:
    """The dozen, each as if it had been prepared for the first time."""
    for number in range(NUMBER):
        yield fresh(declaration(number), f"made_up_{number}")


def declaration(number: int) -> DeclaredLedger:
    """One of them."""
    chance = random.Random(number)
    fields = [OWN]
    kinds = [KINDS[(number + step * 3) % len(KINDS)] for step in range(chance.randint(3, 7))]
    fields += [field(chance, kind, at) for at, kind in enumerate(kinds)]
    about = ABOUT[number]
    words = [one if isinstance(one, str) else str(one.get("word", one["what"])) for one in about]
    day = "contest.held_on" if "contest" in words else "on_day"
    if day == "on_day":
        fields.append({"code": "on_day", "label": "办理日期", "english": "Done on", "kind": DAYS[number % 3]})
    key = [*words, "told_by", *([day] if "." not in day else [])]
    return DeclaredLedger.model_validate(
        {
            "code": f"made_up_{number}",
            "label": f"试办台账{number}",
            "english": f"Made-up ledger {number}",
            "about": list(about),
            "day": day,
            "key": key,
            "title": "told_by",
            "station": chance.choice(["person", "training", "livelihood", "base", "support", "evidence"]),
            "documented": number % 2 == 0,
            "fields": fields,
        }
    )


def field(chance: random.Random, kind: str, at: int) -> dict[str, object]:
    """A field of a kind."""
    found: dict[str, object] = {"code": f"field_{at}", "label": f"{ORDER[at]}项{WORDS[kind]}", "kind": kind}
    found["english"] = f"Field {at} ({kind})"
    if kind == "choice":
        found["choices"] = {"first": ["第一种", "First"], "second": ["第二种", "Second"]}
    if kind in ("money", "integer"):
        found["unit"] = "元" if kind == "money" else "件"
    if kind in ("integer", "choice", "date"):
        found["required"] = chance.random() < 0.5
    return found
