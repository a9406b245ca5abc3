"""Labelled sets: made-up women of a county, and rows that mean them with what goes wrong on the way, so that it is known who is
meant.

Names are as unevenly frequent as real ones, families share telephones, and some rows are of women who are not registered, two in
five of them with much in common with somebody who is. The same seed makes the same set. Nothing here knows the weights.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from random import Random
from typing import Final

from qiaojie.lib.pinyin import syllables

SURNAMES: Final[Mapping[str, float]] = {
    "王": 7.1, "李": 7.0, "张": 6.7, "刘": 5.1, "陈": 4.6, "杨": 3.2, "黄": 2.4, "赵": 2.2, "吴": 2.1, "周": 2.0,
    "徐": 1.7, "孙": 1.5, "马": 1.3, "朱": 1.2, "胡": 1.2, "郭": 1.2, "何": 1.1, "林": 1.1, "高": 1.0, "罗": 1.0,
    "郑": 0.9, "梁": 0.8, "谢": 0.8, "宋": 0.7, "唐": 0.7, "许": 0.6, "邓": 0.6, "韩": 0.6, "冯": 0.6, "曹": 0.6,
    "彭": 0.6, "曾": 0.5, "肖": 0.5, "田": 0.5, "董": 0.5, "潘": 0.5, "袁": 0.5, "蔡": 0.5, "蒋": 0.5, "余": 0.5,
    "于": 0.4, "杜": 0.4, "叶": 0.4, "程": 0.4, "魏": 0.4, "苏": 0.4, "吕": 0.4, "丁": 0.4, "任": 0.4, "卢": 0.4,
    "姚": 0.4, "沈": 0.4, "钟": 0.4, "姜": 0.4, "崔": 0.3, "谭": 0.3, "陆": 0.3, "范": 0.3, "汪": 0.3, "廖": 0.3,
    "石": 0.3, "金": 0.3, "韦": 0.3, "贾": 0.3, "夏": 0.3, "付": 0.3, "方": 0.3, "邹": 0.3, "熊": 0.3, "白": 0.3,
    "孟": 0.3, "秦": 0.3, "邱": 0.2, "侯": 0.2, "江": 0.2, "尹": 0.2, "薛": 0.2, "闫": 0.2, "段": 0.2, "雷": 0.2,
    "龙": 0.2, "黎": 0.2, "史": 0.2, "陶": 0.2, "贺": 0.2, "毛": 0.2, "郝": 0.2, "顾": 0.2, "龚": 0.2, "邵": 0.2,
    "万": 0.2, "覃": 0.2, "武": 0.2, "钱": 0.2, "戴": 0.2, "严": 0.2, "莫": 0.2, "孔": 0.2, "向": 0.2, "冉": 0.2,
    "牟": 0.1, "常": 0.1, "汤": 0.1, "康": 0.1, "易": 0.1, "乔": 0.1, "文": 0.1, "阳": 0.1, "欧": 0.1, "庞": 0.1,
}  # fmt: skip
"""Family names by their share of people, in hundredths."""

GIVEN: Final = (
    "英秀玉桂珍兰华芳丽红梅素淑琴明霞春小云凤莲芬香菊美珠燕玲萍娟平清金翠碧琼群容会先惠文光敏静艳雪娥慧琳蓉德荣建晓婷"
    "彩仙瑞银月贵国永志福生学世朝正友开成林佳欣雅洁倩颖思雨梦瑶婧莉娜薇菲蕾妮芝芸苹茂荷葵巧芹莹瑛珊珏琪瑜璐怡悦忠孝"
    "义礼信和善良顺安康宁宏伟登定远中天地山水江海河川泉波涛晴阳星辰冬秋夏露霜冰洪"
)
"""Characters of given names, the commonest first."""

POPULAR: Final = (
    "秀英 桂英 玉兰 秀兰 桂兰 玉珍 凤英 玉英 秀珍 桂芳 桂珍 秀芳 小红 玉梅 淑珍 淑芳 素珍 春梅 小琴 秀琴 玉华 小英 桂华 "
    "红梅 桂香 素芳 淑华 丽华 小梅 春兰 玉芳 凤兰 素华 秀华 明英 明珍 国珍 光秀 世英 德英 永芳 朝英 成英 先碧 清秀"
).split()
"""Whole given names that many bear, the commonest first."""

BORN_FROM, BORN_WITHIN = date(1948, 1, 1), 21_500
FAMILIES = 0.06
"""The share of women who have a sister or a daughter among the registered, with the same telephone."""


@dataclass(frozen=True, slots=True)
class Woman:
    """What is said of a woman; ``town`` is the place of her township among the county's, '' a telephone that is not known."""

    name: str
    birth: date | None
    phone: str
    town: int


@dataclass(frozen=True, slots=True)
class Damage:
    """Which share of rows has a damaged name (of these, ``heard`` by a character that sounds alike), a wrong or missing day of
    birth, a telephone missing or changed, another township."""

    name: float
    heard: float
    birth: float
    phone: float
    town: float


PROFILES: Final[Mapping[str, Damage]] = {
    "light": Damage(0.03, 0.7, 0.02, 0.2, 0.03),
    "realistic": Damage(0.08, 0.7, 0.06, 0.4, 0.08),
    "hard": Damage(0.15, 0.7, 0.12, 0.55, 0.12),
}


@dataclass(frozen=True, slots=True)
class LabelledRow:
    """A row without a number, and who is meant: her place among the registered, None where she is not."""

    said: Woman
    meant: int | None


def registered(count: int, towns: int, seed: int) -> list[Woman]:
    """So many women of one county."""
    made = _Maker(Random(f"registered {seed}"), towns)
    women: list[Woman] = []
    while len(women) < count:
        women.append(made.woman())
        if made.dice.random() < FAMILIES and len(women) < count:
            women.append(made.relative(women[-1]))
    made.dice.shuffle(women)
    return women


def rows(
    women: Sequence[Woman], count: int, towns: int, damage: Damage, seed: int, strangers: float = 0.2
) -> list[LabelledRow]:
    """Rows of women, each once, and a share of ``strangers``, who are not registered; damaged alike."""
    made = _Maker(Random(f"rows {seed}"), towns)
    dice = made.dice
    unknown = int(count * strangers)
    found = [
        LabelledRow(made.damaged(women[at], damage), at)
        for at in dice.sample(range(len(women)), count - unknown)
    ]
    held = {(one.name, one.birth) for one in women}
    while unknown:
        kind, like = dice.random(), dice.choice(women)
        other = made.woman()
        if kind < 0.2:
            other = made.relative(like)
        elif kind < 0.4:
            other = replace(other, name=like.name, town=like.town)
        if (other.name, other.birth) not in held:
            found.append(LabelledRow(made.damaged(other, damage), None))
            unknown -= 1
    dice.shuffle(found)
    return found


class _Maker:
    """Makes women up, and damages what is said of them."""

    def __init__(self, dice: Random, towns: int) -> None:
        self.dice = dice
        self.surnames = list(SURNAMES), list(accumulate(SURNAMES.values()))
        self.given = list(GIVEN), list(accumulate((n + 8) ** -1.1 for n in range(len(GIVEN))))
        self.popular = POPULAR, list(accumulate((n + 4) ** -1.0 for n in range(len(POPULAR))))
        self.towns = list(range(towns)), list(accumulate((n + 3) ** -0.5 for n in range(towns)))

    def of(self, drawn: tuple[Sequence[str], Sequence[float]]) -> str:
        """One of some, by their frequency."""
        return self.dice.choices(drawn[0], cum_weights=drawn[1])[0]

    def given_name(self) -> str:
        """A given name of one or two characters."""
        luck = self.dice.random()
        if luck < 0.14:
            return self.of(self.popular)
        return self.of(self.given) + (self.of(self.given) if luck < 0.86 else "")

    def day(self) -> date:
        """A day of birth; one in fifty is the first of January, by which offices fill in what nobody knew."""
        day = BORN_FROM + timedelta(days=self.dice.randrange(BORN_WITHIN))
        return day if self.dice.random() > 0.02 else day.replace(month=1, day=1)

    def phone(self) -> str:
        """A telephone of a county: of a few dozen beginnings."""
        start = self.dice.choice(
            ("130", "135", "136", "138", "139", "150", "151", "158", "182", "183", "187", "199")
        )
        return f"{start}{self.dice.choice(('0832', '9678', '2341', '8338'))}{self.dice.randrange(10_000):04}"[
            :11
        ]

    def woman(self) -> Woman:
        """Somebody who has nothing to do with anybody; one in ten has no telephone."""
        name = self.of(self.surnames) + self.given_name()
        phone = self.phone() if self.dice.random() < 0.9 else ""
        town = self.dice.choices(self.towns[0], cum_weights=self.towns[1])[0]
        return Woman(name, self.day(), phone, town)

    def relative(self, of: Woman) -> Woman:
        """A sister or daughter: the family name (or the father's), often one character of the given name, one telephone."""
        first = of.name[0] if self.dice.random() < 0.7 else self.of(self.surnames)
        given = self.given_name()
        if len(of.name) == 3 and self.dice.random() < 0.5:
            given = of.name[1] + self.of(self.given)
        return Woman(first + given, self.day(), of.phone, of.town)

    def damaged(self, one: Woman, damage: Damage) -> Woman:
        """What a row says of her."""
        dice = self.dice
        name = self._name(one.name, damage) if dice.random() < damage.name else one.name
        birth = self._birth(one.birth) if one.birth and dice.random() < damage.birth else one.birth
        phone = self._phone(one.phone) if dice.random() < damage.phone else one.phone
        town = one.town
        if dice.random() < damage.town:
            town = dice.choice([at for at in self.towns[0] if at != town])
        return Woman(name, birth, phone, town)

    def _name(self, name: str, damage: Damage) -> str:
        dice = self.dice
        at = dice.randrange(1, len(name)) if dice.random() < 0.85 else 0
        if dice.random() < damage.heard:
            others = [one for one in _alike(syllables(name)[at]) if one != name[at]]
            if others:
                return name[:at] + dice.choice(others) + name[at + 1 :]
        luck = dice.random()
        if luck < 0.15 and len(name) > 2:
            at = dice.randrange(1, len(name))
            return name[:at] + name[at + 1 :]
        if luck < 0.25:
            return name + self.of(self.given)
        if luck < 0.35 and len(name) > 2:
            return name[0] + name[2] + name[1] + name[3:]
        return name[:at] + dice.choice(_common()) + name[at + 1 :]

    def _birth(self, born: date) -> date | None:
        dice, luck = self.dice, self.dice.random()
        if luck < 0.15 and born.day <= 12:
            return born.replace(month=born.day, day=born.month)
        if luck < 0.55:
            return self._digit(born)
        if luck < 0.7:
            return born.replace(month=1, day=1)
        if luck < 0.85:
            # The day of the other calendar, some weeks on.
            return born + timedelta(days=dice.randrange(18, 52))
        return (
            None if luck < 0.92 else born.replace(year=born.year + dice.choice((-3, -2, -1, 1, 2, 3)), day=1)
        )

    def _digit(self, born: date) -> date:
        text = born.strftime("%Y%m%d")
        while True:
            at = self.dice.randrange(2, 8)
            told = text[:at] + str(self.dice.randrange(10)) + text[at + 1 :]
            try:
                made = date(int(told[:4]), int(told[4:6]), int(told[6:]))
            except ValueError:
                continue
            if made != born and 1930 < made.year < 2012:
                return made

    def _phone(self, phone: str) -> str:
        dice, luck = self.dice, self.dice.random()
        if luck < 0.5 or not phone:
            return ""
        if luck < 0.85:
            return self.phone()
        at = dice.randrange(3, 10)
        if luck < 0.95:
            return phone[:at] + str((int(phone[at]) + dice.randrange(1, 10)) % 10) + phone[at + 1 :]
        return phone[:at] + phone[at + 1] + phone[at] + phone[at + 2 :]


@cache
def _common() -> tuple[str, ...]:
    """The 3,755 common characters (the first level of GB/T 2312)."""
    return tuple(
        bytes((high, low)).decode("gb2312")
        for high in range(0xB0, 0xD8)
        for low in range(0xA1, 0xFA if high == 0xD7 else 0xFF)
    )


@cache
def _by_sound() -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for character in _common():
        found[syllables(" " + character)[1]].append(character)
    return found


def _alike(syllable: str) -> Sequence[str]:
    return _by_sound().get(syllable, [])
