"""The county that a file names in its title: it tells which of several places is meant, and whether the file is another's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from django.db.models import Q
from django.utils.translation import gettext as _

from qiaojie.lib.findings import Finding, Level
from qiaojie.regions.models import Level as Rank
from qiaojie.regions.models import Region
from qiaojie.regions.queries import Match, Matcher

from ..reading.lines import Content
from ..vocabulary.outcome import Issue
from ..vocabulary.registry import county_of

AMBIGUOUS = "region_ambiguous"

_ENDS = re.compile("[区县市旗]")
_LONGEST = 15
"""Characters of a county's name at most."""

_MOST = 300
"""So many pieces of titles are held against names of counties; titles are short, and a file's name is one line."""


class TitledMatcher(Matcher):
    """A matcher that asks of a name which several places bear whether one of them lies in the county of the title."""

    def __init__(self, within: Region, county: Region) -> None:
        super().__init__(within)
        self._titled, self._county = county, Matcher(county)

    def match(self, text: str) -> Match:
        """As ``Matcher.match``; with the hint ``region_by_title`` where the title decided."""
        found = super().match(text)
        if found.finding is None or found.finding.code != AMBIGUOUS:
            return found
        there = self._county.match(text)
        if there.region is None or not self._titled.holds(there.region):
            return found
        words = {"text": text.strip(), "county": self._titled.short_name}
        hint = _("“%(text)s”不止一处，标题里写的是%(county)s，按%(county)s的登记；不对的请改这一格。") % words
        return Match(there.region, Finding("region_by_title", hint, Level.HINT))


def named(titles: Iterable[str], region: Region) -> Region | None:
    """The one county that titles and file name speak of, in the province of the unit that handed the file in; None where they
    speak of none or of several. One query, none where nothing sounds like a county."""
    pieces = list(dict.fromkeys(_pieces(titles)))[:_MOST]
    if not pieces:
        return None
    found = Region.objects.filter(Q(name__in=pieces) | Q(short_name__in=pieces), level=Rank.COUNTY, ends=None)
    near = [one for one in found if one.code[:2] == region.code[:2]]
    # 南川区 is no 川区: what only ends another name is not spoken of.
    whole = [one for one in near if not any(one is not other and _inside(one, other) for other in near)]
    return whole[0] if len(whole) == 1 else None


def matcher(region: Region, county: Region | None) -> Matcher:
    """What finds places of a file that is handed in for a region. The title decides only within that region."""
    if county is None or region.level >= Rank.COUNTY or not region.holds(county):
        return Matcher(region)
    return TitledMatcher(region, county)


def issues_above(region: Region, county: Region | None, content: Content) -> Iterator[Issue]:
    """What is to be said of sheets and captions, and ``region_differs`` where the title names another county than the one that
    the file is handed in for; once a file."""
    yield from content.issues
    own = county_of(region)
    told = any(issue.code == "region_differs" for issue in content.issues)
    if county is None or told or own.level < Rank.COUNTY or county.pk == own.pk:
        return
    message = _("标题或文件名写的是“%(said)s”，导入时选的是“%(chosen)s”，请核对是不是选错了单位。")
    words = message % {"said": county.short_name, "chosen": region.short_name}
    yield Issue(content.blocks[0].sheet.name, "", "region_differs", Level.WARNING, words)


def _inside(one: Region, other: Region) -> bool:
    return one.short_name != other.short_name and other.short_name.endswith(one.short_name)


def _pieces(titles: Iterable[str]) -> Iterator[str]:
    """The pieces of titles that end as counties do."""
    for title in titles:
        for end in _ENDS.finditer(title):
            for length in range(2, _LONGEST + 1):
                if end.end() >= length:
                    yield title[end.end() - length : end.end()]
