"""Which county issued the certificates that a file adds: what the list says, else the household registration, else a question.

Never silently the office that files. What nothing says is one question about the whole file, answered for all of it, for
single rows, or left open: then the certificate is kept without a county, and what rests on it waits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.lib.findings import Finding, Level, Unusable
from qiaojie.regions import queries as regions
from qiaojie.regions import residence
from qiaojie.regions.models import Level as Rank
from qiaojie.regions.models import Region
from qiaojie.regions.queries import Matcher

from ..vocabulary.entity import NewCertificate
from ..vocabulary.outcome import ISSUED_BY, LEFT_OPEN, WHOLE_FILE, AskedCounty, words

_OFFICE = re.compile(r"(?:残疾人联合会|残联办事处|残联|办事处)$")
"""How the name of a federation ends, after the county's."""

_ELSEWHERE = 50
"""So many different names that no region of the province bears are looked up in the whole country: each is a query."""


class Issuers:
    """Resolves what lists write of who issued a certificate: 丰都县, 丰都县残联, 重庆市丰都县残疾人联合会."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self._matcher: Matcher | None = None
        self._known: dict[str, tuple[int | None, Finding | None]] = {}
        self._sought = 0

    def named(self, text: str) -> tuple[int | None, Finding | None]:
        """The county or zone that a text names, or what is to be said of it (``issuer_unknown``)."""
        held = self._known.get(text)
        if held is None:
            held = self._known[text] = self._find(text)
        return held

    def _find(self, text: str) -> tuple[int | None, Finding | None]:
        wanted = _OFFICE.sub("", text.strip())
        region = self._match(wanted)
        county = residence.counties([region.pk], timezone.localdate()).get(region.pk) if region else None
        if county is not None:
            return county, None
        message = _("认不出“%s”是哪个区县的残联，请写区县全称；不改的，写入后这本证的发证残联待定。")
        return None, Finding("issuer_unknown", message % text[:40], Level.WARNING)

    def _match(self, wanted: str) -> Region | None:
        if not wanted:
            return None
        if self._matcher is None:
            self._matcher = Matcher(_province(self.region))
        found = self._matcher.match(wanted).region
        if found is None and self._sought < _ELSEWHERE:
            self._sought += 1
            try:
                found = regions.find(wanted)
            except Unusable:
                return None
        return found


def _province(region: Region) -> Region:
    found = region
    while found.level > Rank.PROVINCE and found.parent is not None:
        found = found.parent
    return found


def settled(
    held: Sequence[tuple[NewCertificate, int | None]], decisions: Mapping[int, str]
) -> tuple[list[NewCertificate], list[AskedCounty]]:
    """New certificates (each with the region of her household registration) with their counties, and those of which this had
    to be asked, as it was answered so far. Two queries."""
    missing = {hukou for one, hukou in held if one.county is None and hukou is not None}
    registered = residence.counties(missing, timezone.localdate())
    whole = answer(decisions, WHOLE_FILE)
    found: list[NewCertificate] = []
    asked: list[AskedCounty] = []
    for one, hukou in held:
        county = one.county if one.county is not None else registered.get(hukou or 0)
        if county is None:
            own = answer(decisions, one.row)
            said = own if own is not None else whole
            county = said or None
            asked.append(AskedCounty(one.row, county, said is not None, own is not None))
        found.append(replace(one, county=county))
    return found, asked


def answer(decisions: Mapping[int, str], row: int) -> int | None:
    """The county that a decision names, 0 where it is left open, None where nothing was decided."""
    for word in words(decisions, row):
        if word == LEFT_OPEN:
            return 0
        if word.startswith(ISSUED_BY) and word.removeprefix(ISSUED_BY).isdecimal():
            return int(word.removeprefix(ISSUED_BY))
    return None


def is_answer(word: str) -> bool:
    """Whether a decision says who issued a certificate, or leaves it open."""
    return word == LEFT_OPEN or (word.startswith(ISSUED_BY) and word.removeprefix(ISSUED_BY).isdecimal())


def names_county(word: str) -> bool:
    """Whether the county that a decision names is one: a county or a zone. One query."""
    found = Region.objects.filter(pk=int(word.removeprefix(ISSUED_BY))).values_list("level", "kind").first()
    return found is not None and residence.is_county(*found)


def only_answers(text: str) -> bool:
    """Whether what was decided about a row says nothing but who issued the certificate."""
    return all(is_answer(word) for word in text.split())


def rows_of(asked: Iterable[AskedCounty]) -> list[int]:
    """The rows that are asked about, each once."""
    return list(dict.fromkeys(one.row for one in asked))
