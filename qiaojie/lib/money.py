"""Amounts of money, kept as whole 分 (fen) and printed in 元 or 万元; also in words: 1万8千, 1.8w, 壹万捌仟元零伍角, 一万八."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from django.utils.translation import gettext as _

from .cells import EMPTY, Cell, Parsed, failed, plain
from .findings import Finding, Level
from .numbers import Written, approximate, chinese, shorten, written
from .text import figure, is_blank, is_ditto

FEN: Final[dict[str, int]] = {
    "": 100,
    "元": 100,
    "千元": 100_000,
    "万元": 1_000_000,
    "亿元": 10_000_000_000,
}
"""How many 分 one unit of a column has; a column that names no unit is in 元."""

LARGEST: Final = 10**15
"""Amounts are below this many 分 (ten trillion yuan): what is larger is no amount, and would not fit a database."""

_CURRENCY: Final = re.compile(r"^(?:人民币|RMB|CNY|[¥¥])[:：]?", re.IGNORECASE)
_LONGEST: Final = 60
"""Characters of an amount in words; a longer text is none."""
_ABOUT: Final = re.compile(r"^(?:共计|合计|共|计)?(?:大约|大概|约|近)|(?:左右|上下)$")
_NOTE: Final = re.compile(r"\(([^()]*)\)")
_IN_WORDS: Final = re.compile(r"^(?:人民币)?(?:大写|小写)?(?:金额)?:?(?:人民币)?[¥¥]?")
_FIGURES: Final = re.compile(r"[0-9一二三四五六七八九十百千万壹贰叁肆伍陆柒捌玖拾佰仟/]")
_YUAN: Final = re.compile(r"(?:元|块|圆)(?:整|正|钱|人民币)?|整|正|(?:RMB|CNY)", re.IGNORECASE)


_SAME: Final = str.maketrans(
    {
        **dict.fromkeys("圆块塊園", "元"), **dict.fromkeys("毛", "角"), "萬": "万", "億": "亿", "w": "万", "W": "万",
        "k": "千", "K": "千",
        "拾": "十", "佰": "百", "仟": "千", "廿": "二十",
    }
)  # fmt: skip
_SCALES: Final = {"亿": 10**8, "万": 10**4, "千": 1000, "百": 100, "十": 10}
_HAN_DIGITS: Final = "零〇一二三四五六七八九两壹贰叁肆伍陆柒捌玖"
_WHOLE_ENDING: Final = re.compile(r"(?:元?[整正]|元钱|钱|元人民币)$")
_STEP: Final = re.compile(r"(?P<zero>[零0〇]?)(?P<number>[0-9]+(?:\.[0-9]+)?)(?P<scale>[亿万千百十]?)")
_SPOKEN: Final = re.compile(r"(?P<above>.*(?P<scale>[万千百]))(?P<digit>[一二三四五六七八九两])")
_POINTED: Final = re.compile(
    rf"(?P<whole>[{_HAN_DIGITS}十百千]+)点(?P<rest>[{_HAN_DIGITS}]+)(?P<scale>[亿万千百]?)"
)
_BELOW_YUAN: Final = re.compile(rf"[零〇]?(?:[0-9]|[{_HAN_DIGITS}])[角分]")
_SMALL: Final = re.compile(
    rf"[零〇]?(?:(?P<jiao>[0-9]|[{_HAN_DIGITS}])角)?[零〇]?(?:(?P<fen>[0-9]|[{_HAN_DIGITS}])分)?(?:[整正])?"
)

_FORMULA: Final = re.compile(r"^=|[0-9万千百元人天次月)][+*×xX✕÷=＋][(0-9]|[0-9][/÷][0-9]")
_RANGE: Final = re.compile(r"[0-9万千百十元][-~—–－至到][0-9一二三四五六七八九十]")
_RATE: Final = re.compile(
    r"/\s*\(?(?:每)?(?:人|月|天|日|年|次|小时|课时|期|户|件|个)|每(?:人|月|天|日|年|次|户|件|个)|[人月天日年]均|(?:人|月)/元"
)
_FOREIGN: Final = re.compile(r"美元|美金|港币|港元|欧元|日元|英镑|USD|HKD|EUR|[$＄€£]", re.IGNORECASE)


def read_money(cell: Cell, unit: str = "元") -> Parsed:
    """Read an amount of a column in ``unit`` (one of ``FEN``); the value is an ``int`` in 分, or None.

    An amount that carries its own unit (``1.6万`` or ``300元``) means what it says, whatever the column's unit; where the
    two differ the hint ``money_own_unit`` says so. Other hints: ``money_rounded`` (to the fen, half up), ``money_spoken`` (1万8);
    warning: ``number_approximate``. Errors: ``money_unreadable``, ``money_negative``, ``money_too_large``,
    ``money_unit_unknown``.
    """
    if is_blank(cell):
        return EMPTY
    if is_ditto(cell):
        return failed("money_unreadable", _("金额不能写“同上”，请填写具体金额。"))
    if unit not in FEN:
        return failed(
            "money_unit_unknown", _("列标题的金额单位“%(unit)s”不认识，请改为元或万元。") % {"unit": unit}
        )
    text = _without_notes(figure(cell)) if isinstance(cell, str) else ""
    currency = _CURRENCY.match(text)
    found, spoken = _found(cell, text[currency.end() :] if currency else text)
    if found is None:
        return _refused(cell, text)
    if found.value < 0:
        return failed("money_negative", _("“%(found)s”是负数，请填写0或正数。") % {"found": shorten(cell)})
    findings: list[Finding] = []
    own = found.scaled or bool(found.unit or currency)
    exact = found.value * FEN["元" if own else unit]
    if exact >= LARGEST:
        return failed(
            "money_too_large", _("“%(found)s”太大，可能填错了列，请核对。") % {"found": shorten(cell)}
        )
    fen = int(exact.quantize(Decimal(1), ROUND_HALF_UP))
    if exact != found.bare * FEN[unit]:
        findings.append(
            Finding(
                "money_own_unit",
                _("本列单位是%(unit)s，“%(found)s”自带单位，已读作 %(value)s 元，请核对。")
                % {"unit": unit or "元", "found": shorten(cell), "value": print_money(fen)},
                Level.HINT,
            )
        )
    if fen != exact:
        findings.append(
            Finding(
                "money_rounded",
                _("金额精确到分，已四舍五入为 %(value)s 元。") % {"value": print_money(fen)},
                Level.HINT,
            )
        )
    if found.about:
        findings.append(replace(approximate(print_money(fen) + "元"), level=Level.WARNING))
    if spoken:
        message = _("“%(found)s”省去了最后的单位，已读作 %(value)s 元，请核对。")
        said = {"found": shorten(cell), "value": print_money(fen)}
        findings.append(Finding("money_spoken", message % said, Level.HINT))
    return Parsed(fen, tuple(findings))


def _found(cell: Cell, text: str) -> tuple[Written | None, bool]:
    """The amount of a cell, whose text without a currency is ``text``, and whether its last place is only spoken of."""
    found = written(text if isinstance(cell, str) else cell)
    if found is not None and (not found.unit or _YUAN.fullmatch(found.unit)):
        return found, False
    exact = _ABOUT.sub("", text)
    amount = _composed(exact) if 0 < len(exact) <= _LONGEST else None
    if amount is None:
        return None, False
    return Written(amount.yuan, amount.yuan, exact != text, scaled=True), amount.spoken


def _without_notes(text: str) -> str:
    """The text without remarks in brackets that hold no figure (含税), or the same amount again in words (大写：壹万捌仟元整)."""
    bare = _NOTE.sub("", text)
    if bare == text or not bare:
        return text
    for found in _NOTE.finditer(text):
        inner = _IN_WORDS.sub("", found[1])
        if _FIGURES.search(inner) and (_composed(inner) is None or _composed(inner) != _composed(bare)):
            return text
    return bare


def _refused(cell: Cell, text: str) -> Parsed:
    """``money_unreadable``, with the reason where there is one to be told."""
    messages = {
        "formula": _("“%(found)s”是算式，没有代为计算，请填写算好的金额。"),
        "range": _("“%(found)s”是一个范围，请填写一个准确的金额。"),
        "rate": _("“%(found)s”是单价或标准，不是一笔金额，请填写实际的总金额。"),
        "foreign": _("“%(found)s”不是人民币，请折算成人民币后填写。"),
        "": _("“%(found)s”不是一个金额，请只填数字，如 36000 或 1.6万元。"),
    }
    return failed("money_unreadable", messages[_why_none(text)] % {"found": shorten(cell)})


def print_money(fen: int, unit: str = "元") -> str:
    """An amount in 分 as a form prints it in ``unit``: exact, without needless zeros (30400, 1.6, 0.25).

    Raises ValueError for a unit that is not in ``FEN``.
    """
    if unit not in FEN:
        raise ValueError(f"no unit of money: {unit}; there are: {', '.join(filter(None, FEN))}")
    return plain(Decimal(fen) / FEN[unit])


def say_money(fen: int) -> str:
    """An amount in 分 as a sentence says it, with its unit: 36,000元, and from a hundred thousand yuan on 8,000万元, 12.5万元."""
    large = fen >= 10 * FEN["万元"]
    unit = "万元" if large else "元"
    whole, dot, rest = plain(Decimal(fen) / FEN[unit]).partition(".")
    return f"{int(whole):,}{dot}{rest}{unit}"


@dataclass(frozen=True, slots=True)
class _Amount:
    """An amount in 元 as words say it; ``spoken`` where the last place is only said by its digit (1万8)."""

    yuan: Decimal
    spoken: bool = False


def _composed(text: str) -> _Amount | None:
    """The amount of a text without spaces in half-width form, made up of several places or of 元, 角 and 分; None for others."""
    body = text.translate(_SAME)
    had_yuan = "元" in body
    body = _WHOLE_ENDING.sub("元" if had_yuan else "", body)
    whole, yuan, small = body.partition("元")
    if not yuan:
        cut = _BELOW_YUAN.search(body)
        whole, small = (body[: cut.start()], body[cut.start() :]) if cut else (body, "")
        if whole and small:
            return None
    above = _whole(whole) if whole else _Amount(Decimal(0))
    below = _small(small, spoken=bool(whole and yuan))
    if above is None or below is None or not (whole or small):
        return None
    return _Amount(above.yuan + below.yuan, above.spoken or below.spoken)


def _why_none(text: str) -> str:
    """Why a text is no amount: ``formula``, ``range``, ``rate``, ``foreign``, or '' where nothing better can be said."""
    for word, pattern in (
        ("foreign", _FOREIGN),
        ("rate", _RATE),
        ("formula", _FORMULA),
        ("range", _RANGE),
    ):
        if pattern.search(text):
            return word
    return ""


def _whole(text: str) -> _Amount | None:
    counted = chinese(text)
    if counted is not None:
        return _Amount(Decimal(counted))
    pointed = _POINTED.fullmatch(text)
    if pointed is not None:
        whole = chinese(pointed["whole"])
        digits = [chinese(digit) for digit in pointed["rest"]]
        if whole is None or None in digits:
            return None
        value = Decimal(f"{whole}." + "".join(map(str, digits)))
        return _Amount(value * _SCALES.get(pointed["scale"], 1))
    spoken = _SPOKEN.fullmatch(text)
    if spoken is not None:
        above, digit = chinese(spoken["above"]), chinese(spoken["digit"])
        if above is not None and digit is not None:
            return _Amount(Decimal(above + digit * _SCALES[spoken["scale"]] // 10), True)
    return _steps(text)


def _steps(text: str) -> _Amount | None:
    """Places that are counted in digits: 1万8千5百, 1万零500, 1万8500, 1万8."""
    total, last, at, spoken = Decimal(0), 10**12, 0, False
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None:
            return None
        number, scale = Decimal(found["number"]), _SCALES.get(found["scale"], 1)
        value = number * scale
        digits = len(found["number"].partition(".")[0])
        if at and not found["scale"] and not found["zero"] and 10**digits != last:
            # 1万8 is eighteen thousand; of 1万85 nobody can tell.
            if digits != 1 or "." in found["number"] or found.end() != len(text):
                return None
            value, spoken = number * last / 10, True
        if value >= last or ("." in found["number"] and found.end() != len(text)):
            return None
        total, last, at = total + value, scale, found.end()
        if scale == 1 and at < len(text):
            return None
    return _Amount(total, spoken)


def _small(text: str, *, spoken: bool) -> _Amount | None:
    """What follows the 元: 5角, 零伍分, 5角2分; where ``spoken``, a lone digit is 角 (3块5)."""
    if not text:
        return _Amount(Decimal(0))
    if spoken and len(text) == 1 and (text.isdecimal() or chinese(text) is not None):
        return _Amount(Decimal(_digit(text)) / 10, True)
    found = _SMALL.fullmatch(text)
    if found is None or not (found["jiao"] or found["fen"]):
        return None
    return _Amount(Decimal(_digit(found["jiao"])) / 10 + Decimal(_digit(found["fen"])) / 100)


def _digit(text: str | None) -> int:
    if not text:
        return 0
    counted = chinese(text)
    return counted if counted is not None else int(text)
