"""The notice of the present year: a folder among the installation's own notices, its days set by the calendar."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final

from django.conf import settings

from qiaojie.notices import duties
from qiaojie.notices.models import Filing
from qiaojie.notices.schema import Notice
from qiaojie.regions import queries as regions

from ..batches import ACTOR
from ..filings import HOW
from ..offices import COUNTIES
from .days import Calendar, every_month

EDITION: Final = "chongqing-2026"
"""The units that there are today; five of them take part."""

TARGETS: Final = {
    "craft_training": 60,
    "craft_women": 45,
    "farm_training": 40,
    "new_jobs": 20,
    "craft_income": 60_000,
    "women_helped": 12,
    "paid_bases": 2,
    "graduates_served": 4,
    "new_care": 8,
    "sessions": 2,
}
"""Indicator → target of a county of middle size."""

SIZES: Final = {"wanzhou": 1.5, "fuling": 1.25, "fengdu": 1.0, "shizhu": 0.75, "nanchuan": 1.0}
"""First word of a county's accounts → its targets beside ``TARGETS``."""

LATE: Final = 5
SOON: Final = 3
LATER: Final = 24
"""Days since a report was due, until the next one is, and until the last one is."""

UNSENT: Final = ("丰都县", "涪陵区")
"""Who has not sent the one that was due."""


def folder(calendar: Calendar) -> Path:
    """Where it is written."""
    return Path(settings.OWN_NOTICES) / calendar.code


def write(calendar: Calendar) -> Path:
    """Write the folder, over one that an interrupted load may have left."""
    made = folder(calendar)
    made.mkdir(parents=True, exist_ok=True)
    units = [(unit.code, unit.name) for unit in regions.edition(EDITION).units]
    words = _words(calendar, units)
    for name in ("notice.toml", "README.md"):
        text = files(__package__).joinpath("data", name).read_text(encoding="utf-8")
        (made / name).write_text(Template(text).substitute(words), encoding="utf-8")
    (made / "targets.tsv").write_text(_targets(units), encoding="utf-8")
    return made


def remove(made: Path) -> None:
    """Take the folder away, and the one around it where nothing else is in it."""
    shutil.rmtree(made, ignore_errors=True)
    if made.parent.is_dir() and not any(made.parent.iterdir()):
        made.parent.rmdir()


def file(notice: Notice, calendar: Calendar) -> int:
    """Register that everything was sent that was due before today, but for ``UNSENT``; how many reports."""
    held = [
        Filing(
            notice=notice.code,
            duty=due.duty.code,
            due=due.on,
            region_id=owner.region_id,
            sent_on=due.on - timedelta(days=2),
            how=HOW,
            by=ACTOR,
        )
        for due in duties.dues(notice)
        if due.on < calendar.today
        for owner in duties.owners(notice, due.duty)
        if due.on != calendar.back(LATE) or owner.name not in UNSENT
    ]
    return len(Filing.objects.bulk_create(held))


def _words(calendar: Calendar, units: Iterable[tuple[str, str]]) -> dict[str, str]:
    known = set(COUNTIES.values())
    return {
        "code": calendar.code,
        "years": calendar.years,
        "period": calendar.period.code,
        "begins": calendar.period.begins.isoformat(),
        "today": calendar.today.isoformat(),
        "edition": EDITION,
        "addressees": _listed(f"{name}残联、妇联" for code, name in units if code in known),
        "others": _listed(name for code, name in units if code not in known),
        "overdue": f"{calendar.back(LATE):%m-%d}",
        "months": _listed(every_month(calendar.on(SOON).day)),
        "later": f"{calendar.on(LATER):%m-%d}",
    }


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _targets(units: Iterable[tuple[str, str]]) -> str:
    sizes = {COUNTIES[word]: size for word, size in SIZES.items()}
    rows = [
        (name, [round(target * sizes[code]) for target in TARGETS.values()] if code in sizes else [])
        for code, name in units
    ]
    sums = [sum(column) for column in zip(*(figures for _name, figures in rows if figures), strict=True)]
    blank = [""] * len(TARGETS)
    lines = [["单位", *TARGETS], ["合计", *sums], *([name, *(figures or blank)] for name, figures in rows)]
    return "".join("\t".join(map(str, line)) + "\n" for line in lines)
