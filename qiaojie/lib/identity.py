"""Citizen identity numbers (GB 11643-1999) and disability certificate numbers: reading, checking, comparing.

The rules stand here once, as data (``WEIGHTS``, ``CHECK_CHARACTERS``, ``PROVINCES``, the patterns) and as functions on
one value; whatever checks whole columns takes the rules from here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .cells import EMPTY, Cell, Label, Parsed, failed, number_of, text_of
from .findings import Finding, Level
from .text import is_blank, is_ditto, squeeze

WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
"""Weight of each of the first 17 digits (GB 11643-1999, ISO 7064 MOD 11-2)."""

CHECK_CHARACTERS: Final = "10X98765432"
"""The last character by the remainder of the weighted sum by 11."""

PROVINCES: Final = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83".split()
)
"""First two digits of address codes that have been in use (GB/T 2260; 81–83 residence permits of Hong Kong, Macao and
Taiwan residents). A number keeps its address code for life while divisions change, so nothing finer is checked:
numbers given out in Chongqing before 1997 begin with 51."""

FOREIGNERS: Final = "9"
"""First digit of the numbers on foreigners' permanent residence cards."""

EARLIEST_YEAR: Final = 1850
"""Nobody alive is older; what says so is a slip."""

CATEGORIES: Final[dict[int, Label]] = {
    1: gettext_lazy("视力"),
    2: gettext_lazy("听力"),
    3: gettext_lazy("言语"),
    4: gettext_lazy("肢体"),
    5: gettext_lazy("智力"),
    6: gettext_lazy("精神"),
    7: gettext_lazy("多重"),
}
"""Categories of disability (GB/T 26341-2010), the 19th character of a certificate number."""

GRADES: Final[dict[int, Label]] = {
    1: gettext_lazy("一级"),
    2: gettext_lazy("二级"),
    3: gettext_lazy("三级"),
    4: gettext_lazy("四级"),
}
"""Grades of disability, 一级 the most severe; the 20th character of a certificate number."""

MALE: Final = "1"
FEMALE: Final = "2"
"""Codes of GB/T 2261.1; 0 is unknown, 9 not stated."""

SEXES: Final[dict[str, Label]] = {MALE: gettext_lazy("男"), FEMALE: gettext_lazy("女")}

EXACT_DIGITS: Final = 15
"""Spreadsheets hold this many digits of a number; every later digit became 0."""

_ID_18: Final = re.compile(r"[0-9]{17}[0-9X]")
_ID_15: Final = re.compile(r"[0-9]{15}")
_SUFFIX: Final = re.compile(r"B([0-9]{1,2})")
_EXPONENT: Final = re.compile(r"[+-]?[0-9](?:\.[0-9]*)?E\+?[0-9]{1,3}")
_LABEL: Final = re.compile(
    r"^(?:[^\W\dA-Z_]{2,10}(?:\([^()]{0,6}\))?:|(?:公民身份号码|居民身份证|身份证|残疾人证|残疾证|证件)(?:号码?)?|ID:?|NO\.?:?)(?=[0-9])"
)
"""What the number is, said before it: 身份证号：5000…"""
_AROUND: Final = re.compile(r"^[(\[<]+(?=[0-9])|\([^()0-9]*\)$|(?<=[0-9X])[)\]>,.;:、。]+$")
"""What stands around a number and says nothing of it: brackets, a full stop, （身份证）."""
_LOOK_ALIKES: Final = str.maketrans(dict.fromkeys("×✕✖╳ХΧ", "X"))
"""Signs that look like an X: multiplication signs, Cyrillic and Greek letters."""
_SEPARATORS: Final = re.compile(r"['’‘`´\u0301\"“”·_\-‐‑‒–—―−]+")


@dataclass(frozen=True, slots=True)
class IdNumber:
    """An identity number whose date and check character are right. ``number`` is always the 18-character form."""

    number: str
    birth_date: date
    sex: str
    """``1`` male, ``2`` female (GB/T 2261.1): the parity of the 17th digit. Real people exist whose number is wrong here."""
    address_code: str
    """Where the number was given out, by the codes of that year: no evidence of where the holder lives."""
    upgraded_from_15: bool = False

    def __str__(self) -> str:
        return self.number


@dataclass(frozen=True, slots=True)
class CertificateNumber:
    """A disability certificate number. It changes with every new assessment or re-issue, so it is no key to a person."""

    number: str
    """The 20 characters without the suffix."""
    id_number: IdNumber
    category: int
    grade: int
    suffix: str = ""
    """'' for a first certificate, else ``B`` and how often it was issued again."""

    def __str__(self) -> str:
        return self.number + self.suffix


def normalise(cell: Cell) -> str:
    """The characters of a number as it should have been written.

    Drops spaces of every kind, apostrophes and dashes, makes full-width characters half-width and the final x, Ｘ or ×
    (multiplication sign) an ``X``; also a label before the number.
    """
    raw = text_of(cell)
    if raw.isascii() and raw.isalnum():
        return raw.upper()
    text = _LABEL.sub("", _SEPARATORS.sub("", squeeze(raw)).upper().translate(_LOOK_ALIKES))
    return _AROUND.sub("", text)


@lru_cache(maxsize=1 << 16)
def _weighted(digits: str, start: int) -> int:
    """Weighted sum of some digits whose first stands at ``start``."""
    return sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS[start:], strict=False))


@lru_cache(maxsize=1 << 16)
def _birth(digits: str) -> date | None:
    """The date of YYYYMMDD, None where there is no such day."""
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return born if born.year >= EARLIEST_YEAR else None


def check_digit(first17: str) -> str:
    """The 18th character for the first 17 digits. Raises ValueError for anything but 17 ASCII digits."""
    if len(first17) != 17 or not (first17.isascii() and first17.isdigit()):
        raise ValueError("17 digits are needed")
    return _check(first17)


def _check(digits: str) -> str:
    # Address codes, birth dates and sequence numbers repeat, so their sums are remembered: no loop per number.
    total = _weighted(digits[:6], 0) + _weighted(digits[6:14], 6) + _weighted(digits[14:17], 14)
    return CHECK_CHARACTERS[total % 11]


def is_lost(cell: Cell) -> bool:
    """Whether a spreadsheet has destroyed the number: held as a number of more than 15 digits, or text like 5.00E+17."""
    number = number_of(cell)
    if number is not None:
        return abs(number).adjusted() >= EXACT_DIGITS
    return isinstance(cell, str) and _EXPONENT.fullmatch(squeeze(cell).upper()) is not None


def _core(number: str, prefix: str, today: date | None) -> tuple[IdNumber | None, Finding | None]:
    """Check the date and the last character of 18 well-formed characters; ``prefix`` begins the finding codes."""
    born = _birth(number[6:14])
    if born is None or born > (today or date.today()):
        shown = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
        if born is None:
            message = _("第7—14位的出生日期 %(date)s 不存在，请对照证件核对这8位数字。") % {"date": shown}
        else:
            message = _("第7—14位的出生日期 %(date)s 还没有到，请对照证件核对这8位数字。") % {"date": shown}
        return None, Finding(f"{prefix}_date", message)
    if number[17] != _check(number):
        return None, Finding(
            f"{prefix}_checksum",
            # Which character it ought to be is not said: others read the sentence beside a masked number.
            _("第18位校验码与前17位不符，号码中至少有一位写错，请对照证件逐位核对。"),
        )
    sex = MALE if number[16] in "13579" else FEMALE
    return IdNumber(number, born, sex, number[:6]), None


def read_id(cell: Cell, *, today: date | None = None) -> Parsed:
    """Read a citizen identity number; the value is an ``IdNumber``, or None when there is none or an error.

    Errors: ``id_lost``, ``id_length``, ``id_chars``, ``id_date``, ``id_checksum``. Warning: ``id_centenarian``. Hints:
    ``id_upgraded`` (15 digits), ``id_address``. Nothing is ever guessed. ``today`` bounds the birth date.
    """
    if isinstance(cell, str) and _ID_18.fullmatch(cell):
        number = cell
    elif is_lost(cell):
        return _lost("id_lost", _("身份证号"))
    elif is_blank(cell):
        return EMPTY
    elif is_ditto(cell):
        return failed("id_chars", _("身份证号不能写“同上”，请填写本人的号码。"))
    else:
        number = normalise(cell)
    findings: list[Finding] = []
    sequence = ""
    if len(number) == 15 and _ID_15.fullmatch(number):
        sequence = number[12:]
        first17 = number[:6] + "19" + number[6:]
        number = first17 + _check(first17)
    elif len(number) != 18:
        return failed(
            "id_length",
            _("身份证号应为18位（老号码15位），这里有%(count)d位，请对照证件补全或去掉多余的字符。")
            % {"count": len(number)},
        )
    elif not _ID_18.fullmatch(number):
        return failed(
            "id_chars",
            _("身份证号只能是17位数字加1位数字或X，这里有“%(found)s”，请改正。")
            % {"found": _strange(number[:17], number[17])},
        )
    identity, fault = _core(number, "id", today)
    if identity is None or fault is not None:
        if fault is not None and fault.code == "id_checksum" and number.endswith("000"):
            return _lost("id_lost", _("身份证号"))
        return Parsed(None, (fault,) if fault is not None else ())
    if sequence:
        identity = IdNumber(identity.number, identity.birth_date, identity.sex, identity.address_code, True)
        findings += _of_the_old_form(number, sequence)
    if number[:2] not in PROVINCES and number[0] != FOREIGNERS:
        findings.append(
            Finding(
                "id_address",
                _("前6位地址码 %(code)s 从未使用过，请对照证件核对。") % {"code": number[:6]},
                Level.HINT,
            )
        )
    return Parsed(identity, tuple(findings))


def _of_the_old_form(number: str, sequence: str) -> list[Finding]:
    """What is to be said of a number that was written with 15 digits: it is upgraded, and its ``sequence`` may be a
    centenarian's."""
    findings = [
        Finding(
            "id_upgraded",
            _("15位老号码已按规则升为18位：%(number)s，请与现在的证件核对。") % {"number": number},
            Level.HINT,
        )
    ]
    # Sequence numbers 996–999 of the 15-digit form were kept for people over a hundred, born in 18xx.
    if sequence in ("996", "997", "998", "999"):
        findings.append(
            Finding(
                "id_centenarian",
                _(
                    "15位老号码末三位为%(sequence)s，可能是19世纪出生的百岁老人，出生年份不能确定，请按证件填写18位号码。"
                )
                % {"sequence": sequence},
                Level.WARNING,
            )
        )
    return findings


def read_certificate(cell: Cell, *, today: date | None = None) -> Parsed:
    """Read a disability certificate number (18 characters of the identity number, category, grade, perhaps ``B`` n).

    The value is a ``Certificate``, or None. Errors: ``certificate_lost``, ``certificate_length``, ``certificate_chars``,
    ``certificate_date``, ``certificate_checksum``, ``certificate_category``, ``certificate_grade``.
    """
    if is_lost(cell):
        return _lost("certificate_lost", _("残疾人证号"))
    if is_blank(cell):
        return EMPTY
    if is_ditto(cell):
        return failed("certificate_chars", _("残疾人证号不能写“同上”，请填写本人的证号。"))
    text = normalise(cell)
    number, suffix = text[:20], text[20:]
    if len(number) != 20:
        return failed(
            "certificate_length",
            _("残疾人证号应为20位（18位身份证号＋1位类别＋1位等级），这里有%(count)d位，请对照证件补全。")
            % {"count": len(text)},
        )
    if suffix:
        again = _SUFFIX.fullmatch(suffix)
        if again is None:
            code = "certificate_length" if suffix.isdigit() else "certificate_chars"
            return failed(
                code,
                _("残疾人证号20位之后只能是补办标记“B”加次数（如B1），这里是“%(found)s”，请对照证件改正。")
                % {"found": suffix},
            )
        suffix = f"B{int(again[1])}"
    if not (_ID_18.fullmatch(number[:18]) and number[18:].isascii() and number[18:].isdigit()):
        return failed(
            "certificate_chars",
            _("残疾人证号只能由数字组成（第18位可为X），这里有“%(found)s”，请改正。")
            % {"found": _strange(number[:17] + number[18:], number[17])},
        )
    identity, fault = _core(number[:18], "certificate", today)
    if identity is None or fault is not None:
        return Parsed(None, (fault,) if fault is not None else ())
    category, grade = int(number[18]), int(number[19])
    if category not in CATEGORIES:
        return failed(
            "certificate_category",
            _("残疾人证号第19位是残疾类别，只能是1—7，这里是%(found)d，请对照证件核对。")
            % {"found": category},
        )
    if grade not in GRADES:
        return failed(
            "certificate_grade",
            _("残疾人证号第20位是残疾等级，只能是1—4，这里是%(found)d，请对照证件核对。") % {"found": grade},
        )
    return Parsed(CertificateNumber(number, identity, category, grade, suffix))


def agree(id_number: IdNumber, certificate: CertificateNumber) -> Finding | None:
    """``certificate_differs`` (a warning) when the certificate carries another identity number.

    It happens honestly: the identity number was corrected after the certificate was issued.
    """
    if id_number.number == certificate.id_number.number:
        return None
    places = [
        str(place)
        for place, (left, right) in enumerate(
            zip(id_number.number, certificate.id_number.number, strict=True), 1
        )
        if left != right
    ]
    return Finding(
        "certificate_differs",
        _(
            "残疾人证号前18位与身份证号不一致（第%(places)s位不同），请对照两个证件核对；如身份证号更正过，请注明后允许写入。"
        )
        % {"places": _("、").join(places)},
        Level.WARNING,
    )


def sex_differs(sex: str, id_number: IdNumber) -> Finding | None:
    """``sex_differs`` (a warning) when the stated sex (code or 男/女) is not that of the number's 17th digit.

    An empty, unknown or unstated sex differs from nothing.
    """
    stated = {"男": MALE, "女": FEMALE, "男性": MALE, "女性": FEMALE}.get(sex, sex)
    if stated not in SEXES or stated == id_number.sex:
        return None
    return Finding(
        "sex_differs",
        _(
            "填的性别是%(stated)s，身份证号第17位表示%(found)s，请核对性别和身份证号；证件本身如此的，请注明后允许写入。"
        )
        % {"stated": SEXES[stated], "found": SEXES[id_number.sex]},
        Level.WARNING,
    )


def _lost(code: str, what: str) -> Parsed:
    return failed(
        code,
        _(
            "%(what)s被电子表格当作数字存储，15位以后的数字已经丢失，无法恢复。请把该列设为“文本”格式，对照证件重新填写。"
        )
        % {"what": what},
    )


def _strange(digits: str, last: str) -> str:
    """The characters that may not stand where digits are due (``last`` may also be an X)."""
    found = [c for c in digits if c not in "0123456789"] + ([] if last in "0123456789X" else [last])
    return "".join(dict.fromkeys(found))


# --- numbers of organisations and of bank accounts --------------------------------------------------------------------

CREDIT_CHARACTERS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The characters of a unified social credit code in the order of their values (GB 32100-2015): letters that look like figures
are left out."""

CREDIT_LENGTH: Final = 18
"""Characters of such a code (GB 32100-2015)."""

ACCOUNT_DIGITS: Final = (12, 30)
"""Digits of the shortest and the longest account of a bank here: cards have 16 to 19, passbooks of rural banks fewer or more."""

_CARD: Final = re.compile(r"62[0-9]{14,17}")
"""A card of China UnionPay: the last digit checks the others (ISO/IEC 7812-1)."""


def credit_check(first17: str) -> str:
    """The 18th character of a credit code for the first 17. Raises ValueError for characters that no code has."""
    if len(first17) != CREDIT_LENGTH - 1 or any(one not in CREDIT_CHARACTERS for one in first17):
        raise ValueError("17 characters of a credit code are needed")
    total = sum(CREDIT_CHARACTERS.index(one) * pow(3, at, 31) for at, one in enumerate(first17))
    return CREDIT_CHARACTERS[-total % 31]


def read_credit_code(cell: Cell) -> Parsed:
    """Read the 统一社会信用代码 of an organisation; ``str`` of 18 characters.

    Errors: ``credit_lost``, ``credit_length``, ``credit_chars``, ``credit_checksum``.
    """
    if is_blank(cell):
        return EMPTY
    if is_lost(cell):
        return _lost("credit_lost", _("社会信用代码"))
    code = normalise(cell)
    if len(code) != CREDIT_LENGTH:
        message = _("社会信用代码应为18位，这里有%(count)d位，请对照营业执照或登记证书填写。")
        return failed("credit_length", message % {"count": len(code)})
    strange = "".join(dict.fromkeys(one for one in code if one not in CREDIT_CHARACTERS))
    if strange:
        message = _("社会信用代码里不会有“%(found)s”（不用字母 I、O、S、V、Z），请对照证照改正。")
        return failed("credit_chars", message % {"found": strange})
    if code[-1] != credit_check(code[:-1]):
        return failed(
            "credit_checksum",
            _("社会信用代码的第18位校验码与前17位不符，至少有一位写错，请对照证照逐位核对。"),
        )
    return Parsed(code)


def read_account(cell: Cell) -> Parsed:
    """Read the number of a bank account or card; ``str`` of digits alone, however they were grouped.

    Errors: ``account_lost``, ``account_chars``, ``account_length``. Warning: ``account_checksum`` for a card whose last digit
    does not fit the others. No message repeats the number.
    """
    if is_blank(cell):
        return EMPTY
    if is_lost(cell):
        return _lost("account_lost", _("银行账号"))
    number = normalise(cell)
    if not (number.isascii() and number.isdigit()):
        return failed("account_chars", _("银行账号只能是数字，请对照银行卡或存折填写，开户行写在别的栏里。"))
    shortest, longest = ACCOUNT_DIGITS
    if not shortest <= len(number) <= longest:
        message = _("银行账号有%(count)d位，一般是16—19位，请对照银行卡或存折补全或去掉多余的数字。")
        return failed("account_length", message % {"count": len(number)})
    if _CARD.fullmatch(number) and not _luhn(number):
        message = _("这个银行卡号的末位校验不对，可能有一位写错，请对照银行卡核对。")
        return Parsed(number, (Finding("account_checksum", message, Level.WARNING),))
    return Parsed(number)


def _luhn(number: str) -> bool:
    doubled = (int(one) * 2 for one in number[-2::-2])
    return (sum(map(int, number[-1::-2])) + sum(one // 10 + one % 10 for one in doubled)) % 10 == 0
