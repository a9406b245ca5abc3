"""Rows of a form from a ledger: its facts of a period, or exactly those by which an indicator counts somebody."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Count, Exists, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import ngettext

from qiaojie.ledgers import declaration, joining, sight
from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers.declaration import Field, Ledger, LedgerPart
from qiaojie.ledgers.viewer import Sight, Viewer
from qiaojie.lib.fields import Unreadable
from qiaojie.lib.periods import Period
from qiaojie.measures import engine
from qiaojie.measures.facts import standing
from qiaojie.measures.facts import waiting as still_waiting
from qiaojie.measures.models import Counted, ValuePart
from qiaojie.notices import queries as notices
from qiaojie.notices import rulings
from qiaojie.notices.forms import TableDef, field_of
from qiaojie.people.models import Person
from qiaojie.people.queries import canonical, merged_persons
from qiaojie.regions import queries as regions
from qiaojie.regions.models import Region
from qiaojie.tables.form import Form
from qiaojie.tables.grid import Mark

ORDINAL = "ordinal"

Row = Mapping[str, Any]


@dataclass(frozen=True)
class FormRequest:
    """A form as somebody asks for it. ``on`` is the day it says it was filled in, ``until`` the last day it covers."""

    table: TableDef
    region: Region
    period: Period
    viewer: Viewer
    on: date
    until: date

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger of its rows."""
        return declaration.get(self.table.ledger)

    @property
    def day(self) -> str:
        """The column that decides in which period's form a row stands."""
        named = self.table.period_field
        return field_of(self.ledger, named).column if named else self.ledger.date


def approved(asked: FormRequest) -> QuerySet[Model]:
    """The rows that stand in the form: approved, as are the rows of other ledgers that they refer to. A woman stands in
    it once for each thing that she did once (a class), under whichever of her records it was entered, and a class or base
    entered twice stands in it once."""
    if asked.table.rows == "counted":
        return _visible(asked).filter(pk__in=_counted(asked, ValuePart.APPROVED))
    return _once(asked.ledger, _within(asked).filter(standing(asked.ledger), joining.leading(asked.ledger)))


def waiting(asked: FormRequest) -> QuerySet[Model]:
    """The rows that will stand in it once approved, or once what they refer to is."""
    if asked.table.rows == "counted":
        return _visible(asked).filter(pk__in=_counted(asked, ValuePart.PENDING))
    return _within(asked).filter(still_waiting(asked.ledger), joining.leading(asked.ledger))


def _once(ledger: Ledger, rows: QuerySet[Model]) -> QuerySet[Model]:
    """Without the approved rows that say what an earlier one says: of a woman under another of her records, or of a thing
    under another of its rows. Days and other columns of the ledger's key are the same: help on other days is other help."""
    thing = _thing(ledger)
    if thing is None or ledger.person is None:
        return rows
    held, joined = thing.attribute, f"{thing.attribute}__{joining.POINTER}"
    woman = Coalesce(OuterRef(f"{ledger.person}__canonical_id"), OuterRef(f"{ledger.person}_id"))
    hers = Coalesce(
        OuterRef(OuterRef(f"{ledger.person}__canonical_id")), OuterRef(OuterRef(f"{ledger.person}_id"))
    )
    records = Person.objects.order_by().filter(Q(pk=hers) | Q(canonical=hers)).values("pk")
    same = Coalesce(OuterRef(f"{joined}_id"), OuterRef(f"{held}_id"))
    rest: dict[str, Any] = {name: OuterRef(name) for name in ledger.key if name not in {held, ledger.person}}
    rest |= {"pk__lt": OuterRef("pk"), f"{ledger.person}__in": records}
    earlier = ledger.model._default_manager.filter(standing(ledger), **rest)
    earlier = earlier.annotate(woman=canonical(ledger.person), thing=joining.kept(thing))
    earlier = earlier.filter(woman=woman, thing=same)
    # One record of one class is one row: only where something was put together is anything looked for.
    several = Q(**{f"{ledger.person}__in": merged_persons()})
    model = declaration.get(thing.ledger).model
    pointing = model._default_manager.order_by().filter(**{f"{joining.POINTER}__isnull": False})
    involved = pointing.values("pk").union(pointing.values(f"{joining.POINTER}_id"))
    return rows.exclude((several | Q(**{f"{held}__in": involved})) & Q(Exists(earlier)))


def _thing(ledger: Ledger) -> LedgerPart | None:
    """What a ledger's rows join a person to, where it is something that can be entered twice and is part of the key."""
    if ledger.person is None or ledger.person not in ledger.key:
        return None
    parts = (part for part in ledger.parts.values() if part.attribute in ledger.key)
    return next((part for part in parts if declaration.get(part.ledger).joins is not None), None)


def not_withdrawn(asked: FormRequest) -> QuerySet[Model]:
    """The rows of a ledger's form whatever their state, withdrawn ones apart: for comparing."""
    return _within(asked)


def notes(asked: FormRequest) -> list[str]:
    """What a list of the counted must say: how many count here whose rows this viewer may not see, and what superiors ruled
    on whom it counts."""
    if asked.table.rows != "counted":
        return []
    said = rulings.lines(notices.notice(asked.table.notice), [asked.table.indicator or ""])
    unseen = _counted(asked, ValuePart.APPROVED).count() - approved(asked).count()
    if not unseen:
        return said
    text = ngettext(
        "注：另有%d人计入本区域，记录由其他区域填报，不在此名单中。",
        "注：另有%d人计入本区域，记录由其他区域填报，不在此名单中。",
        unseen,
    )
    return [text % unseen, *said]


def rows(
    asked: FormRequest, form: Form, *, whole: bool, without: Container[int] = ()
) -> tuple[list[int], list[Row], dict[str, str]]:
    """Keys and typed rows, and what captions say of the rows: a base's name, or several where the rows have several."""
    ledger = asked.ledger
    known = {field.name for field in ledger.fields}
    names = [name for name in form.fields if name != ORDINAL]
    above = [part.field for part in form.captions if part.field in known]
    deciding = [name for leaf in form.leaves for name in leaf.column.applies]
    fields = [ledger.field(name) for name in dict.fromkeys([*names, *above, *deciding]) if name]
    sights = {field.name: sight.registered(ledger, field, asked.viewer) for field in fields}
    keys: list[int] = []
    found: list[Row] = []
    theirs = _their_codes(form)
    queryset = approved(asked).order_by(asked.day, "pk")
    for pk, _person, values in ledgers.typed(ledger, queryset, fields):
        if pk in without:
            continue
        keys.append(pk)
        shown = {
            field.name: _shown(field, value, sights[field.name], whole)
            for field, value in zip(fields, values, strict=True)
        }
        for name, codes in theirs.items():
            if shown[name] and shown[name] not in codes:
                # They have no code for it: our word stands there, so that nobody takes the cell for empty.
                shown[name] = Mark(str(ledger.field(name).choices.get(shown[name], shown[name])))
        found.append({ORDINAL: len(keys), **shown})
    return keys, found, {field.name: _together(field, found) for field in fields if field.name in above}


def unmapped(asked: FormRequest, form: Form) -> list[tuple[str, str, int]]:
    """What stands in the form's rows and has no code of theirs: (column, our word, how many). A query per code list."""
    labels = {leaf.column.field: leaf.label for leaf in form.leaves}
    found = []
    for name, codes in _their_codes(form).items():
        field = asked.ledger.field(name)
        counted = approved(asked).annotate(mapped=field.value()).values("mapped").annotate(n=Count("pk"))
        for row in counted.order_by("mapped"):
            if row["mapped"] and row["mapped"] not in codes:
                words = str(field.choices.get(row["mapped"], row["mapped"]))
                found.append((labels[name], words, row["n"]))
    return found


def _their_codes(form: Form) -> dict[str, Mapping[str, Any]]:
    """Columns that print another office's codes, with those there are."""
    return {
        leaf.column.field: leaf.column.choices or {}
        for leaf in form.leaves
        if leaf.column.also and leaf.column.field
    }


def _visible(asked: FormRequest) -> QuerySet[Model]:
    return ledgers.rows(asked.ledger, asked.viewer, asked.table.where)


def _within(asked: FormRequest) -> QuerySet[Model]:
    span = {f"{asked.day}__gte": asked.period.begins, f"{asked.day}__lte": asked.until}
    return _visible(asked).filter(regions.under(asked.region, asked.ledger.filed_by), **span)


def _counted(asked: FormRequest, part: ValuePart) -> QuerySet[Counted, int]:
    """The facts by which the indicator counts in the region at the period's end and did not before it began."""
    notice = notices.notice(asked.table.notice)
    indicator = notice.indicator(asked.table.indicator)
    every = Counted.objects.filter(
        measure__notice=notice.code,
        measure__indicator=indicator.code,
        measure__definition=engine.marks(notice, [indicator])[indicator.code],
        part=part,
    )
    before = every.filter(_standing(asked.period.begins - timedelta(days=1))).values("key")
    units = Region.objects.filter(regions.under(asked.region, "")).values("pk")
    now = every.filter(_standing(asked.until), unit_id__in=units).exclude(key__in=before)
    return now.values_list("fact_id", flat=True)


def _standing(on: date) -> Q:
    return Q(day__lte=on) & (Q(until__isnull=True) | Q(until__gt=on))


def _shown(field: Field, value: Any, seen: Sight, whole: bool) -> Any:
    """A value as the form holds it: what is not open to the viewer stays empty, what is masked in lists is here too
    unless the form is written whole."""
    if seen is Sight.HIDDEN or value in (None, ""):
        return None
    if isinstance(value, Unreadable):
        return Mark(str(value))
    if seen is Sight.MASKED and not whole:
        return Mark(field.value_kind.mask(value))
    return value


def _together(field: Field, found: Sequence[Row]) -> str:
    """What all rows have in a field, each value once, as a caption prints it."""
    choices = {code: str(label) for code, label in field.choices.items()}
    said = dict.fromkeys(_text(field, row[field.name], choices) for row in found)
    return "、".join(text for text in said if text)


def _text(field: Field, value: Any, choices: Mapping[str, str]) -> str:
    return value.text if isinstance(value, Mark) else field.value_kind.print(value, field.unit, choices)
