"""Telling a form from the same form of another year: by its title, and by the marks of a statutory form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from django.utils.translation import gettext as _

from qiaojie.lib.findings import Finding, Level
from qiaojie.lib.text import clean, header_key

from .form import Form
from .lines import SheetLike

_YEAR = re.compile(r"(?:19|20)[0-9]{2}(?=年)")
_BLANK = re.compile(r"\\?\{[^{}]*\}")
_NAMED_BLANK = re.compile(r"\\\{([^{}]*?)\\\}")
_REMARK = re.compile(r"[(\[][^()\[\]]*[)\]]")
_ANY_YEAR = "#"


def version_findings(sheet: SheetLike, form: Form, rows: Iterable[int]) -> Iterator[tuple[str, Finding]]:
    """``form_other_version`` where the lines above the header bear the form's title with another year, or another
    content of one of its statutory marks (表号, 有效期至 …)."""
    own_years, title = _YEAR.findall(form.title), _any_year(form.title)
    marks = {header_key(label): header_key(text) for label, text in form.statutory}
    for row in rows:
        for place, cell in enumerate(sheet.rows[row - sheet.first_row]):
            if not isinstance(cell, str) or not cell.strip():
                continue
            address = sheet.address(row, sheet.first_col + place)
            said = _YEAR.findall(header_key(cell))
            if own_years and said != own_years and title.fullmatch(_YEAR.sub(_ANY_YEAR, header_key(cell))):
                text = _("标题是%(said)s年的，本表是%(own)s年的，栏目和口径可能不同")
                words = {"said": "、".join(said), "own": "、".join(own_years)}
                yield address, Finding("form_other_version", text % words, Level.WARNING)
            label, colon, content = header_key(clean(cell)).partition(":")
            if colon and content and marks.get(label, content) != content:
                text = _("“%(label)s”是“%(said)s”，本表应为“%(own)s”，可能是另一版的表")
                words = {"label": label, "said": content, "own": marks[label]}
                yield address, Finding("form_other_version", text % words, Level.WARNING)


@lru_cache(maxsize=512)
def title_pattern(title: str) -> re.Pattern[str]:
    """What a line must be, as a key, to be this title: anything stands in its blanks, which are groups by their names."""
    return re.compile(_NAMED_BLANK.sub(_group, re.escape(header_key(title))))


def titled(title: str, line: str) -> re.Match[str] | None:
    """The line as this title, with or without a remark in brackets: …技能培训（手工编织）学员名册, …统计表（样表）."""
    key = header_key(line)
    return title_pattern(title).fullmatch(key) or title_pattern(_plain(title)).fullmatch(_plain(key))


def _plain(text: str) -> str:
    return _REMARK.sub("", header_key(text))


# A place has no digits and a year has four, so that 涪陵区2023年 falls apart where it should.
_FILLED = {"region": "(?P<region>[^0-9]*?)", "year": "(?P<year>[0-9]{4}|[^0-9年]*)"}


def _group(blank: re.Match[str]) -> str:
    return _FILLED.get(blank[1], ".*")


@lru_cache(maxsize=512)
def _any_year(title: str) -> re.Pattern[str]:
    """The title with any year in the place of its own, and anything in its blanks."""
    return re.compile(_BLANK.sub(".*", re.escape(_YEAR.sub(_ANY_YEAR, header_key(title)))))
