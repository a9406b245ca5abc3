"""What an approver sent back to be mended: one line for each act of returning, with the reason that was written.

A row is on it while it stands as that act left it: who has changed, checked or approved it since has mended it. What became
a draft in another way (put back after it was voided, entered anew) was returned by nobody. An act is known by who did it and
when: writers take turns, so nobody does two at one moment. The reason is encrypted, and read of what is shown alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, Exists, Min, Model, OuterRef, Q, QuerySet, Subquery

from . import declaration, journal, queries
from .declaration import Ledger
from .models import Change, State
from .rows import chunks
from .viewer import Viewer

WORD = "return"
"""What the journal calls the act (``Change.word``)."""

LOOKED = 20_000
"""So many lines from before the journal kept words are looked through: a list for today must not read a journal of millions."""

_COLUMNS = {"state", "approved_at", "approved_by"}
"""What returning changes, and nothing besides."""


@dataclass(frozen=True, slots=True)
class Returned:
    """Rows of a ledger that one person sent back at one moment for one reason, as far as they are not mended yet and the
    viewer's to see. ``act`` is the key that leads to exactly these; ``pk`` and ``title`` are a row's own where it is one.
    """

    ledger: Ledger
    act: int
    number: int
    units: tuple[tuple[str, int], ...]
    reason: str
    by: str
    at: datetime
    pk: int
    title: str = ""

    @property
    def where(self) -> str:
        """The units whose rows they are, by name."""
        return "、".join(unit for unit, _number in self.units)


def returned(viewer: Viewer, size: int | None = 5, by: str = "") -> list[Returned]:
    """The latest acts of returning of which something is still to be mended: three queries, and two for each ledger of
    these. ``by`` narrows to rows that an account entered. Raises Refused where the role may see no rows.
    """
    lines = _lines()
    known = {ledger.model._meta.label: ledger for ledger in declaration.every() if ledger.approved}
    there = lines.filter(model__in=known).order_by().values_list("model", flat=True).distinct()
    found = [act for model in there for act in _acts(lines, known[model], viewer, by)]
    return _with_reasons(sorted(found, key=lambda one: (one.at, one.act), reverse=True)[:size])


def act(ledger: Ledger, viewer: Viewer, pk: int) -> Returned | None:
    """The act that a line of the journal belongs to, if something of it is still to be mended and the viewer's to see."""
    found = _with_reasons(_acts(_alike(ledger, pk), ledger, viewer)[:1])
    return found[0] if found else None


def keys(ledger: Ledger, pk: int) -> list[int]:
    """The rows of an act that are still to be mended, whoever may see them: for a condition on a ledger's list."""
    rows = queries.facts(ledger, {"state": State.DRAFT})
    return list(_standing(_alike(ledger, pk), ledger, rows).values_list("object_id", flat=True))


def every_key(ledger: Ledger, viewer: Viewer) -> list[int]:
    """All rows of a ledger that somebody sent back, that nobody has mended yet and that the viewer may see, by key; three
    queries. Raises Refused."""
    own = queries.rows(ledger, viewer, {"state": State.DRAFT})
    found = _standing(_lines(), ledger, own).order_by("object_id")
    return list(found.values_list("object_id", flat=True)[: queries.COUNTED_TO])


def numbers(viewer: Viewer) -> dict[str, int]:
    """How many rows that were sent back the viewer may see and nobody has mended yet, by the ledger's code; three queries.
    Ledgers without one are left out. Raises Refused."""
    known = {ledger.model._meta.label: ledger for ledger in declaration.every() if ledger.approved}
    standing = Q(pk__in=[])
    for label, ledger in known.items():
        own = queries.rows(ledger, viewer, {"state": State.DRAFT}).order_by().filter(pk=OuterRef("object_id"))
        standing |= Q(Exists(own), model=label)
    counted = _lines().filter(standing).order_by().values_list("model").annotate(number=Count("pk"))
    return {known[label].code: number for label, number in counted}


def to_mend(ledger: Ledger, pks: Iterable[int]) -> set[int]:
    """Those of some rows that were sent back and stand as that left them; a query for some hundred rows, and three."""
    lines = _lines().filter(model=ledger.model._meta.label).order_by()
    return {
        pk
        for part in chunks(pks)
        for pk in lines.filter(object_id__in=part).values_list("object_id", flat=True)
    }


def _lines() -> QuerySet[Change]:
    """The lines that tell of returning and after which nothing happened to their row."""
    later = Change.objects.filter(
        model=OuterRef("model"), object_id=OuterRef("object_id"), pk__gt=OuterRef("pk")
    )
    last = Change.objects.exclude(Exists(later))
    old = last.filter(pk__in=_unworded())
    said = [pk for pk, purpose in old.values_list("pk", "purpose") if purpose]
    kept = [line.pk for part in chunks(said) for line in old.filter(pk__in=part) if _sent_back(line)]
    return last.filter(Q(word=WORD) | Q(pk__in=kept)) if kept else last.filter(word=WORD)


def _unworded() -> QuerySet[Change]:
    """The last lines from before the journal kept words."""
    first = Change.objects.filter(word__isnull=False).order_by("pk").values_list("pk", flat=True).first()
    last = Change.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    end = last + 1 if first is None else first
    return Change.objects.filter(
        pk__lt=end, pk__gte=end - LOOKED, act=Change.Act.UPDATE, batch__isnull=True, word__isnull=True
    )


def _alike(ledger: Ledger, pk: int) -> QuerySet[Change]:
    """The lines of the same act as one of them."""
    lines = _lines().filter(model=ledger.model._meta.label)
    line = Change.objects.filter(model=ledger.model._meta.label, pk=pk).first()
    return lines.none() if line is None else lines.filter(actor=line.actor, at=line.at)


def _standing(lines: QuerySet[Change], ledger: Ledger, rows: QuerySet[Model]) -> QuerySet[Change]:
    """Those of a ledger whose row is one of ``rows``."""
    own = rows.order_by().filter(pk=OuterRef("object_id"))
    return lines.filter(Exists(own), model=ledger.model._meta.label).order_by()


def _acts(lines: QuerySet[Change], ledger: Ledger, viewer: Viewer, by: str = "") -> list[Returned]:
    rows = queries.rows(ledger, viewer, {"state": State.DRAFT})
    row = ledger.model._default_manager.filter(pk=OuterRef("object_id")).order_by()
    found = (
        _standing(lines, ledger, rows.filter(entered_by=by) if by else rows)
        .annotate(unit=Subquery(row.values(f"{ledger.filed_by}__short_name")))
        .values("actor", "at", "unit")
        .annotate(number=Count("pk"), first=Min("pk"), row=Min("object_id"))
        .order_by("first")
    )
    units: dict[tuple[str, datetime], Counter[str]] = {}
    acts: list[Returned] = []
    for line in found:
        one = (line["actor"], line["at"])
        if one not in units:
            units[one] = Counter()
            acts.append(Returned(ledger, line["first"], 0, (), "", *one, line["row"]))
        units[one][line["unit"] or ""] += line["number"]
    told = [(made, units[made.by, made.at]) for made in acts]
    return _titled(
        ledger, viewer, [replace(one, number=of.total(), units=tuple(of.items())) for one, of in told]
    )


def _with_reasons(acts: list[Returned]) -> list[Returned]:
    """With what the approver wrote; one query, none where there is no act."""
    lines = Change.objects.filter(pk__in=[one.act for one in acts]) if acts else Change.objects.none()
    reasons = dict(lines.values_list("pk", "purpose"))
    return [replace(one, reason=reasons.get(one.act, "")) for one in acts]


def _titled(ledger: Ledger, viewer: Viewer, acts: list[Returned]) -> list[Returned]:
    """With the title of the row where an act sent back one alone."""
    alone = [one.pk for one in acts if one.number == 1]
    if not alone:
        return acts
    title = ledger.field(ledger.title) if ledger.title else ledger.fields[0]
    rows = queries.rows(ledger, viewer, {"state": State.DRAFT}).filter(pk__in=alone)
    titles = {row.pk: row.cells[title.name].text for row in queries.shown(ledger, viewer, rows, (title,))}
    return [replace(one, title=titles.get(one.pk, "")) if one.number == 1 else one for one in acts]


def _sent_back(line: Change) -> bool:
    """Whether a line without a word made a draft of a checked or approved row, and changed nothing of what it says."""
    known = {ledger.model._meta.label: ledger for ledger in declaration.every() if ledger.approved}
    if line.model not in known:
        return False
    before, after = journal.told_sides(known[line.model].model, line) or ({}, {})
    stood = before.get("state") in (State.CHECKED, State.APPROVED)
    return stood and set(after) == _COLUMNS and after["state"] == State.DRAFT
