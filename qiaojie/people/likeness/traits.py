"""What two descriptions of a person can have in common, or differ in: named levels, each with its words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import Final

from django.utils.translation import gettext_lazy as _

from qiaojie.lib.values import Label


class Trait(StrEnum):
    """A level on which two descriptions agree; among what they differ in, that they do not on any level of its kind."""

    NUMBER = "number"
    CERTIFICATE = "certificate"
    NAME = "name"
    SOUND = "sound"
    """Written otherwise, read the same but for tones."""
    NEAR = "near"
    """Read alike as people here mix sounds up (zh and z, n and l, an and ang, hu and f), or a key beside it was hit."""
    LOOKS = "looks"
    """One character stands for one that looks like it."""
    ALMOST = "almost"
    """Names of one length that differ in one character, or in the order of two."""
    SHORT = "short"
    """One name has a character more."""
    BIRTH = "birth"
    BIRTH_SWAPPED = "birth_swapped"
    BIRTH_DIGIT = "birth_digit"
    BIRTH_MONTH = "birth_month"
    BIRTH_YEAR = "birth_year"
    PHONE = "phone"
    PHONE_SWAPPED = "phone_swapped"
    PHONE_DIGIT = "phone_digit"
    TOWNSHIP = "township"
    COUNTY = "county"
    SEX = "sex"


NAMES: Final = (Trait.NAME, Trait.SOUND, Trait.NEAR, Trait.LOOKS, Trait.ALMOST, Trait.SHORT)
BIRTHS: Final = (
    Trait.BIRTH, Trait.BIRTH_SWAPPED, Trait.BIRTH_DIGIT, Trait.BIRTH_MONTH, Trait.BIRTH_YEAR,
)  # fmt: skip
PHONES: Final = (Trait.PHONE, Trait.PHONE_SWAPPED, Trait.PHONE_DIGIT)
PLACES: Final = (Trait.TOWNSHIP, Trait.COUNTY)
SEXES: Final = (Trait.SEX,)
KINDS: Final = (NAMES, BIRTHS, PHONES, PLACES, SEXES)
"""The levels of each kind, the closest first."""

AGREES: Mapping[Trait, Label] = {
    Trait.NUMBER: _("身份证号相同"),
    Trait.CERTIFICATE: _("残疾人证号相同"),
    Trait.NAME: _("同名"),
    Trait.SOUND: _("姓名同音"),
    Trait.NEAR: _("姓名读音相近"),
    Trait.LOOKS: _("姓名有一个字形近"),
    Trait.ALMOST: _("姓名只差一个字"),
    Trait.SHORT: _("姓名多一个字或少一个字"),
    Trait.BIRTH: _("同生日"),
    Trait.BIRTH_SWAPPED: _("出生的月和日颠倒"),
    Trait.BIRTH_DIGIT: _("出生日期只差一位"),
    Trait.BIRTH_MONTH: _("同年同月出生"),
    Trait.BIRTH_YEAR: _("同年出生"),
    Trait.PHONE: _("手机号相同"),
    Trait.PHONE_SWAPPED: _("手机号相邻两位颠倒"),
    Trait.PHONE_DIGIT: _("手机号只差一位"),
    Trait.TOWNSHIP: _("同乡镇"),
    Trait.COUNTY: _("同区县"),
}

DIFFERS: Mapping[Trait, Label] = {
    Trait.NAME: _("姓名不同"),
    Trait.BIRTH: _("出生日期不同"),
    Trait.PHONE: _("手机号不同"),
    Trait.TOWNSHIP: _("乡镇不同"),
    Trait.SEX: _("性别不同"),
}

PLAIN: Final = frozenset(
    {Trait.NUMBER, Trait.CERTIFICATE, Trait.NAME, Trait.BIRTH, Trait.PHONE, Trait.COUNTY}
)
"""What may be said of somebody whom the viewer may not see: that she has what the row says itself, and never what else."""


def reasons(agree: Iterable[Trait], differ: Iterable[Trait]) -> tuple[Label, ...]:
    """What two descriptions agree and differ in, in words."""
    return (
        *(AGREES[mark] for mark in agree if mark in AGREES),
        *(DIFFERS[mark] for mark in differ if mark in DIFFERS),
    )


def ordered(found: Collection[Trait]) -> tuple[Trait, ...]:
    """Marks in the order in which they are said."""
    return tuple(mark for mark in Trait if mark in found)
