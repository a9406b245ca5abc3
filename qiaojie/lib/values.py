"""Value kinds: how one cell of a form or a workbook is parsed, printed and masked.

A kind turns what somebody wrote (``Cell``) into a typed value (``Parsed``), turns the value back into what a form
prints, and knows how the value is shown to someone who may not see it whole. Kinds are stateless and shared; get them
by their word with ``kind("money")``.
"""

from __future__ import annotations

import abc
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from . import masks
from .answers import ChoiceNames, Ticked, ticked, yes_or_no
from .cells import EMPTY, UNCALCULATED, Cell, Context, Label, Parsed, ValueKind, failed, plain, text_of
from .dates import print_date, print_span, read_date, read_span
from .findings import Finding, Level
from .identity import read_account, read_certificate, read_credit_code, read_id
from .money import FEN, print_money, read_money
from .names import NameCell, incomplete, is_note, nobody, number_like, read_name
from .numbers import approximate, read_integer, shorten, written
from .periods import print_month, read_month
from .phones import read_phone
from .text import clean, header_key, is_blank, is_ditto, squeeze

__all__ = ["KINDS", "MONEY_UNITS", "Cell", "Context", "Label", "Parsed", "ValueKind", "kind"]

_CELL_ERROR: Final = re.compile(
    r"#(?:REF!|NAME\?|VALUE!|DIV/0!|NUM!|NULL!|N/A|SPILL!|CALC!|GETTING_DATA|#+)", re.IGNORECASE
)
_NOT_A_NAME: Final = re.compile(r"[0-9?？*＊#□○×�\ue000-\uf8ff]")
_SENTENCE: Final = re.compile("[。！？；：]")
_ORDINAL: Final = re.compile(r"[(\[第]?(?P<number>[^()\[\]第.、]+?)[)\].、]?")


class _Plain(ValueKind):
    """What most kinds share: formula errors and a lone "as above" are named, marks for "nothing" give no value."""

    def parse(self, cell: Cell, context: Context) -> Parsed:
        """As the class says for each kind."""
        if isinstance(cell, str):
            if cell == UNCALCULATED:
                return failed(
                    "formula_without_value",
                    _(
                        "单元格是公式，文件里没有它的计算结果。请用 Excel 或 WPS 打开、保存后再上传，或直接填写结果。"
                    ),
                )
            if _CELL_ERROR.fullmatch(cell.strip()) and cell.strip().upper() != "#N/A":
                return failed(
                    "cell_error",
                    _("单元格是公式错误“%(found)s”，请改成具体内容。") % {"found": shorten(cell)},
                )
            if is_ditto(cell):
                return failed(
                    "ditto_alone",
                    _("“%(found)s”上面没有可以照抄的内容，请填写具体内容。") % {"found": shorten(cell)},
                )
        return self.read(cell, context)

    @abc.abstractmethod
    def read(self, cell: Cell, context: Context) -> Parsed:
        """Parse a cell that is neither a formula error nor "as above"."""

    def print(self, value: Any, unit: str = "", choices: Mapping[str, Label] | None = None) -> str:
        """The value as text."""
        return "" if value is None else str(value)


class Text(_Plain):
    """Free text; ``str``."""

    code = "text"

    def read(self, cell: Cell, context: Context) -> Parsed:
        """Cleaned text; never a finding."""
        return EMPTY if is_blank(cell) else Parsed(clean(cell) or None)


class Address(Text):
    """Where somebody lives; ``str``."""

    code = "address"

    def mask(self, value: Any) -> str:
        """The township where it can be told apart."""
        return masks.mask_address(value or "")


class Name(_Plain):
    """A person's name; ``str`` without inner spaces and without what lists write beside it. Hint ``name_note`` for what was
    taken off (``names.read_name`` gives it), warnings ``name_chars``, ``name_incomplete``; errors ``name_several``,
    ``name_implausible``."""

    code = "name"

    def read(self, cell: Cell, context: Context) -> Parsed:
        """The name alone."""
        if is_blank(cell):
            return EMPTY
        held = read_name(text_of(cell))
        if held.several:
            return failed("name_several", _("一格里有几个人的姓名，请每人填一行。"))
        name = held.name
        if number_like(name):
            # Whose number it is, no message repeats.
            return failed("name_implausible", _("这一格像是号码，不是姓名，请填写姓名。"))
        if (
            not any(map(str.isalpha, name))
            or _SENTENCE.search(name)
            or is_note(name)
            or nobody(name)
            or nobody("".join(clean(cell).split()))
            or is_blank(name)
        ):
            return failed(
                "name_implausible", _("“%(found)s”不是姓名，请填写姓名。") % {"found": shorten(cell)}
            )
        findings: list[Finding] = []
        if not held.bare:
            findings.append(_taken_off(held))
        if incomplete(name):
            message = _("“%(found)s”不是完整的姓名，请填写全名。") % {"found": name}
            findings.append(Finding("name_incomplete", message, Level.WARNING))
        strange = dict.fromkeys(_NOT_A_NAME.findall(name))
        if strange:
            message = _("姓名里有“%(found)s”，可能是填错了列，或生僻字在转换中丢失，请核对。") % {
                "found": "".join(strange)
            }
            findings.append(Finding("name_chars", message, Level.WARNING))
        return Parsed(name, tuple(findings))

    def mask(self, value: Any) -> str:
        """The surname."""
        return masks.mask_name(value or "")


def _taken_off(held: NameCell) -> Finding:
    """``name_note``: what stood beside a name. Numbers are not repeated."""
    parts = [*held.notes, *held.marks, *([_("号码")] if held.numbers else [])]
    message = _("姓名旁的“%(notes)s”不是姓名，没有读作姓名。") % {
        "notes": _("”、“").join(shorten(one) for one in dict.fromkeys(parts))
    }
    return Finding("name_note", message, Level.HINT)


class Region(_Plain):
    """The name or code of a region as text without spaces (忠  县); which region it is, is decided where regions are known."""

    code = "region"

    def read(self, cell: Cell, context: Context) -> Parsed:
        """Text without any space."""
        return EMPTY if is_blank(cell) else Parsed("".join(clean(cell).split()) or None)

    def mask(self, value: Any) -> str:
        """Nothing: of a place by its bare name nobody can tell how close it is."""
        return masks.HIDDEN if value else ""


class Integer(_Plain):
    """A count; ``int`` ≥ 0. Findings of ``numbers.read_integer``."""

    code = "integer"

    def read(self, cell: Cell, context: Context) -> Parsed:
        """The count."""
        return read_integer(cell)


class Ordinal(_Plain):
    """The running number of a row (序号); ``int``, or None where it is unreadable, with the hint ``ordinal_unreadable``."""

    code = "ordinal"

    def read(self, cell: Cell, context: Context) -> Parsed:
        """The number in 1, 01, (1), 1., 第一."""
        if is_blank(cell):
            return EMPTY
        found = _ORDINAL.fullmatch(squeeze(cell)) if isinstance(cell, str) else None
        parsed = read_integer(found["number"] if found else cell)
        if isinstance(parsed.value, int):
            return Parsed(parsed.value)
        return failed(
            "ordinal_unreadable",
            _("序号“%(found)s”不是数字，不影响读取。") % {"found": shorten(cell)},
            Level.HINT,
        )


class Money(_Plain):
    """An amount; ``int`` in 分, the column's unit from the context. Findings of ``money.read_money``."""

    code = "money"

    def read(self, cell: Cell, context: Context) -> Parsed:
        """The amount."""
        return read_money(cell, context.unit or "元")

    def print(self, value: Any, unit: str = "", choices: Mapping[str, Label] | None = None) -> str:
        """In the unit of the column. Raises ValueError for a unit that is none of money."""
        return "" if value is None else print_money(value, unit or "元")


_TENFOLD: Final = 10
"""Numbers of a spreadsheet from 1 to this may be shares of more than the whole: tenfold is more than any target is met."""


class Percent(_Plain):
    """A share; ``Decimal`` where 1 is the whole. ``70%``, 0.7 and 70 are all 0.7."""

    code = "percent"

    def read(self, cell: Cell, context: Context) -> Parsed:
        """The share. Errors ``percent_unreadable``, ``number_negative``, ``number_too_large``; warning ``percent_doubtful``."""
        if is_blank(cell):
            return EMPTY
        text = squeeze(cell) if isinstance(cell, str) else ""
        spoken = text.startswith("百分之")
        found = written(text.removeprefix("百分之") if text else cell)
        if found is None or found.unit not in ("", "%", "‰") or found.scaled:
            return failed(
                "percent_unreadable",
                _("“%(found)s”不是一个百分数，请写成 70%% 这样的形式。") % {"found": shorten(cell)},
            )
        if found.value < 0:
            return failed(
                "number_negative", _("“%(found)s”是负数，请填写0或正数。") % {"found": shorten(cell)}
            )
        if found.value >= 10**6:
            return failed(
                "number_too_large", _("“%(found)s”太大，可能填错了列，请核对。") % {"found": shorten(cell)}
            )
        findings: list[Finding] = []
        if found.unit or spoken:
            share = found.value / (1000 if found.unit == "‰" else 100)
        elif found.value <= 1:
            share = found.value
            # A spreadsheet keeps 70 % as 0.7; where the header says %, somebody may also have meant 0.7 %.
            if context.unit == "%" and isinstance(cell, str) and share > 0:
                findings.append(self._doubtful(cell, share))
        elif not isinstance(cell, str) and found.value < _TENFOLD:
            # And 112.5 % as 1.125, which nobody types. A whole number is rather what was typed: 5 is 5 %.
            share = found.value if found.value % 1 else found.value / 100
            findings.append(self._doubtful(cell, share))
        else:
            share = found.value / 100
        if found.about:
            findings.append(approximate(self.print(share)))
        return Parsed(share, tuple(findings))

    def _doubtful(self, cell: Cell, share: Decimal) -> Finding:
        message = _("“%(found)s”已读作 %(value)s，请写明百分号。")
        said = {"found": shorten(cell), "value": self.print(share)}
        return Finding("percent_doubtful", message % said, Level.WARNING)

    def print(self, value: Any, unit: str = "", choices: Mapping[str, Label] | None = None) -> str:
        """Always with the sign: 70%."""
        return "" if value is None else plain(Decimal(value) * 100) + "%"


class Day(_Plain):
    """One day; ``datetime.date``. Findings of ``dates.read_date``."""

    code = "date"

    def read(self, cell: Cell, context: Context) -> Parsed:
        """The day."""
        return read_date(cell, context.year)

    def print(self, value: Any, unit: str = "", choices: Mapping[str, Label] | None = None) -> str:
        """2020年3月5日."""
        return print_date(value) if isinstance(value, date) else ""

    def mask(self, value: Any) -> str:
        """The year."""
        return masks.mask_birth(value) if isinstance(value, date) else masks.HIDDEN if value else ""


class WholeMonth(_Plain):
    """One month; ``datetime.date``, its first day. Findings of ``periods.read_month``."""

    code = "month"

    def read(self, cell: Cell, context: Context) -> Parsed:
        """The first day of the month."""
        return read_month(cell, context.year)

    def print(self, value: Any, unit: str = "", choices: Mapping[str, Label] | None = None) -> str:
        """2020年3月."""
        return print_month(value) if isinstance(value, date) else ""


class Span(_Plain):
    """A span of days; ``dates.DateSpan``. Findings of ``dates.read_span``."""

    code = "date_span"

    def read(self, cell: Cell, context: Context) -> Parsed:
        """The span."""
        return read_span(cell, context.year)

    def print(self, value: Any, unit: str = "", choices: Mapping[str, Label] | None = None) -> str:
        """2020年3月5日—3月20日; ``dates.print_span`` can leave out a known year."""
        return "" if value is None else print_span(value)


class Id(_Plain):
    """A citizen identity number; ``str``, always 18 characters. ``identity.read_id`` gives its parts."""

    code = "id_number"

    def read(self, cell: Cell, context: Context) -> Parsed:
        """The number, with the findings of ``identity.read_id``."""
        parsed = read_id(cell)
        return Parsed(None if parsed.value is None else str(parsed.value), parsed.findings)

    def mask(self, value: Any) -> str:
        """The first 3."""
        return masks.mask_id(self.print(value))


class DisabilityCertificate(_Plain):
    """A disability certificate number with its suffix; ``str``. ``identity.read_certificate`` gives its parts."""

    code = "certificate"

    def read(self, cell: Cell, context: Context) -> Parsed:
        """The number, with the findings of ``identity.read_certificate``."""
        parsed = read_certificate(cell)
        return Parsed(None if parsed.value is None else str(parsed.value), parsed.findings)

    def mask(self, value: Any) -> str:
        """As its identity number; category and grade hidden."""
        return masks.mask_certificate(self.print(value))


class Phone(_Plain):
    """A telephone number; ``str``. Findings of ``phones.read_phone``."""

    code = "phone"

    def read(self, cell: Cell, context: Context) -> Parsed:
        """The number."""
        return read_phone(cell)

    def mask(self, value: Any) -> str:
        """138****2207."""
        return masks.mask_phone(value or "")


class CreditCode(_Plain):
    """The code of an organisation (统一社会信用代码); ``str``. Findings of ``identity.read_credit_code``."""

    code = "credit_code"

    def read(self, cell: Cell, context: Context) -> Parsed:
        """The 18 characters."""
        return read_credit_code(cell)


class BankAccount(_Plain):
    """The number of somebody's bank account; ``str`` of digits. Findings of ``identity.read_account``."""

    code = "bank_account"

    def read(self, cell: Cell, context: Context) -> Parsed:
        """The digits."""
        return read_account(cell)

    def mask(self, value: Any) -> str:
        """The last four digits, as banks print it."""
        return masks.mask_account(value or "")


def _of_ticked(reader: ValueKind, options: Ticked, cell: Cell, context: Context) -> Parsed:
    """What the one ticked option of a cell means; nothing where none is ticked. Error ``choice_several``."""
    if options.several:
        message = _("“%(found)s”勾选了不止一项，请只勾选一项。")
        return failed("choice_several", message % {"found": shorten(cell)})
    if not options.option:
        for option in options.options:
            read = reader.parse(option, context)
            if not read.usable:
                return read
        return EMPTY
    return reader.parse(options.option, context)


class Choice(_Plain):
    """One of a list; the ``str`` code. Accepts code, label, or both together (``1视力``), a label with or without its class
    noun (土家 = 土家族), the ledger's own labels, the one that is ticked of those a cell prints (☑是 □否), and where one label is
    the yes to what the column asks, any yes or no. A part of one label only is taken with the hint ``choice_near``. Errors
    ``choice_unknown``, ``choice_several``."""

    code = "choice"

    def read(self, cell: Cell, context: Context) -> Parsed:
        """The code."""
        for code, label in context.choices.items():
            if cell == str(label):
                return Parsed(code)
        options = ticked(cell) if isinstance(cell, str) else None
        if options is not None:
            return _of_ticked(self, options, cell, context)
        wanted = header_key(cell)
        if wanted in context.also:
            return Parsed(context.also[wanted])
        known = ChoiceNames(context)
        told = known.code(wanted) or known.answer(cell, wanted)
        if told is not None:
            return Parsed(told)
        if is_blank(cell):
            return EMPTY
        near = known.near(wanted)
        if near is not None:
            message = _("“%(found)s”已读作“%(label)s”，请核对。")
            named = {"found": shorten(cell), "label": context.choices[near]}
            return Parsed(near, (Finding("choice_near", message % named, Level.HINT),))
        allowed = _("、").join(str(label) for label in context.choices.values())
        return failed(
            "choice_unknown",
            _("“%(found)s”不在可选范围内，请从下列各项中选填：%(allowed)s。")
            % {"found": shorten(cell), "allowed": allowed},
        )

    def print(self, value: Any, unit: str = "", choices: Mapping[str, Label] | None = None) -> str:
        """The label; the code where no label is known."""
        return "" if value is None else str((choices or {}).get(value, value))


class YesNo(_Plain):
    """Yes or no, also as a tick or in the words of the question (是否合格: 合格, 不合格); ``bool``. An empty cell says neither.
    Errors ``yes_no_unreadable``, ``choice_several``."""

    code = "yes_no"

    def read(self, cell: Cell, context: Context) -> Parsed:
        """True or False."""
        if isinstance(cell, bool):
            return Parsed(cell)
        options = ticked(cell) if isinstance(cell, str) else None
        if options is not None:
            return _of_ticked(self, options, cell, context)
        answer = yes_or_no(squeeze(cell), context.asked)
        if answer is not None:
            return Parsed(answer)
        if is_blank(cell, no_is_an_answer=True):
            return EMPTY
        words = context.asked[:1]
        message = (
            _("“%(found)s”看不出是还是否，请填“是”或“否”、“%(word)s”或“未%(word)s”，或打√。")
            if words
            else _("“%(found)s”看不出是还是否，请填“是”或“否”，或打√。")
        )
        return failed(
            "yes_no_unreadable",
            message % {"found": shorten(cell), "word": "".join(words)},
        )

    def print(self, value: Any, unit: str = "", choices: Mapping[str, Label] | None = None) -> str:
        """是 or 否."""
        return "" if value is None else _("是") if value else _("否")


KINDS: Final[Mapping[str, ValueKind]] = {
    each.code: each
    for each in (
        Text(), Address(), Name(), Region(), Integer(), Ordinal(), Money(), Percent(), Day(), WholeMonth(), Span(),
        Id(), DisabilityCertificate(), Phone(), CreditCode(), BankAccount(), Choice(), YesNo(),
    )
}  # fmt: skip
"""All kinds by their word."""

MONEY_UNITS: Final = frozenset(filter(None, FEN))
"""Units that a column of money may have."""


def kind(code: str) -> ValueKind:
    """The kind of that word. Raises KeyError naming the words there are."""
    try:
        return KINDS[code]
    except KeyError:
        raise KeyError(f"no value kind {code}; there are: {', '.join(sorted(KINDS))}") from None
