"""Registers of the poor and their categories: on which days each may be entered, and what offices also write for it.

How a code that is stored prints, the days never change: a household found 脱贫不稳定 in 2024 is called so in every year.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from qiaojie.codes.choices import dated

from .models import Scheme, StatusCategory

THREE_END: Final = date(2025, 12, 31)
"""The last day of the three categories of 防返贫监测: the last of the five years of transition."""

ONE_BEGINS: Final = date(2026, 1, 1)
"""Since this day there is one category, 防止返贫致贫对象, whether or not a household had been registered as poor."""

SCHEMES = dated(
    Scheme.choices,
    also={
        Scheme.MINIMUM_ALLOWANCE: (
            "低保",
            "城乡低保",
            "农村低保",
            "城市低保",
            "低保对象",
            "最低生活保障对象",
        ),
        Scheme.SPECIAL_HARDSHIP: ("特困", "特困人员", "特困人员供养", "五保"),
        Scheme.RELAPSE_WATCH: (
            "监测对象",
            "防返贫监测对象",
            "防返贫致贫监测",
            "防止返贫致贫对象",
            "防止返贫致贫",
            "防返贫致贫对象",
        ),
        Scheme.REGISTERED_POOR: ("建档立卡户", "建档立卡贫困户"),
    },
)
"""The registers."""

STATUS_CATEGORIES = dated(
    StatusCategory.choices,
    {
        StatusCategory.UNLIFTED: (None, date(2020, 12, 31)),
        StatusCategory.UNSTABLE: (None, THREE_END),
        StatusCategory.MARGINAL: (None, THREE_END),
        StatusCategory.SUDDEN: (None, THREE_END),
        StatusCategory.PREVENTION: (ONE_BEGINS, None),
    },
    {
        StatusCategory.UNSTABLE: ("脱贫不稳定",),
        StatusCategory.MARGINAL: ("边缘易致贫",),
        StatusCategory.SUDDEN: ("突发严重困难",),
        StatusCategory.PREVENTION: ("防止返贫致贫", "防返贫致贫对象"),
    },
)
"""Their categories. 建档立卡 knew 未脱贫 until its end; all were lifted by the end of 2020."""
