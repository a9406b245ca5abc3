"""From a declaration to a ledger: all that lists, forms, intake and counts ask of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from django.db.models import F
from django.db.models.expressions import Combinable
from django.utils.functional import lazy
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _

from qiaojie.codes.choices import choices, dated
from qiaojie.ledgers import declaration
from qiaojie.ledgers.declaration import ROW, Alike, Field, Label, Ledger, LedgerPart, Remedy, Station
from qiaojie.ledgers.hands import ONE_HAND
from qiaojie.ledgers.limits import Limit
from qiaojie.ledgers.models import State
from qiaojie.ledgers.viewer import Personal
from qiaojie.lib.findings import Level
from qiaojie.people.fields import person_fields
from qiaojie.people.queries import county_on

from .kept import Kept
from .naming import DAY, REGION, UNTIL, column_of, ledger_about, model_label, said, spoken
from .schema import About, DeclaredField

_PERSONAL: Final[Mapping[str, Personal]] = {
    "name": Personal.NAME,
    "phone": Personal.PHONE,
    "id_number": Personal.ID_NUMBER,
    "address": Personal.ADDRESS,
    "birth": Personal.BIRTH,
    "place": Personal.PLACE,
}
"""From the words of a declaration to kinds of personal data."""

_PLACE: Final = ("地点", "区县", "所在区县", "地区")
"""What offices also write over the column of the place that a row is about."""

_SHOWN_AS: Final[Mapping[str, str]] = {"note": "text", "month": "date"}
"""Kinds that are read and printed as another."""


def ledger(kept: Kept) -> Ledger:
    """What the declaration says as a ledger; its model is there, and so are the ledgers that its rows refer to."""
    declared = kept.declared
    own = [_field(kept, field) for field in declared.fields]
    if declared.extends:
        return _added_ledger(kept, declaration.get(declared.extends), own)
    subjects = {one.called: one for one in declared.subjects}
    about_person = subjects.get("person")
    units: dict[str, Callable[[], Combinable]] = {}
    if about_person is not None:
        units["certificate"] = county_on
    for field in declared.fields:
        if field.answers:
            units[field.answers] = _region_of(kept.columns[field.code])
    follows = {DAY: followed} if (followed := _followed(kept)) else {}
    title = declared.title or ("person.name" if about_person else next(one.name for one in own))
    return Ledger(
        code=declared.code,
        label=said(declared.label, declared.english),
        model_label=model_label(declared.code),
        station=Station(declared.station),
        person="person" if about_person is not None else None,
        units=units,
        approved=declared.approved,
        documented=declared.documented,
        paper=declared.paper or "other",
        title=title,
        key=_key(kept),
        spelt=_spelt(kept),
        parts={
            word: LedgerPart(ledger_about(one.what), word, made=one.what == "person")
            for word, one in subjects.items()
            if one.what != REGION
        },
        follows=follows,
        lasts=column_of(kept, declared.lasts) if declared.lasts else "",
        stops=column_of(kept, declared.lasts) if declared.lasts else "",
        places=tuple(word for word, one in subjects.items() if one.what == REGION)
        if about_person is None
        else (),
        alike=_alike(kept),
        limits=(*_limits(kept), *_checks(kept)),
        entered=bool(kept.source),
        closed=not kept.source,
        fields=(
            *(field for one in declared.subjects for field in _subject_fields(one)),
            *own,
            Field("unit", gettext_lazy("填报单位"), "region", path="filed_by__short_name"),
            *(_APPROVAL if declared.approved else ()),
        ),
    )


_APPROVAL: Final = (
    Field("state", gettext_lazy("状态"), "choice", choices=dict(State.choices), filtered=True),
    ONE_HAND,
)
"""What rows say that are approved."""


def _added_ledger(kept: Kept, host: Ledger, own: list[Field]) -> Ledger:
    """The ledger of fields that are added to the rows of another: a row for each of them at most, with the day of that one."""
    declared = kept.declared
    return Ledger(
        code=declared.code,
        label=said(declared.label, declared.english),
        model_label=model_label(declared.code),
        station=host.station,
        approved=declared.approved,
        title=own[0].name,
        key=(ROW,),
        parts={ROW: LedgerPart(host.code, ROW)},
        follows={DAY: f"{ROW}__{host.date}"} if host.date else {},
        limits=(*_limits(kept), *_checks(kept)),
        closed=not kept.source,
        # They are entered where the rows are that they belong to.
        entered=False,
        fields=(
            *own,
            Field("unit", gettext_lazy("填报单位"), "region", path="filed_by__short_name"),
            *(_APPROVAL if declared.approved else ()),
        ),
    )


def _region_of(column: str) -> Callable[[], Combinable]:
    return lambda: F(f"{column}_id")


def _followed(kept: Kept) -> str:
    """The column whose day the day that counts repeats: the last day of a span, or a day of a row that this one is about; ''
    where the day is a field of its own."""
    if (field := kept.declared.field(kept.declared.day)) is not None:
        return kept.columns[field.code] + UNTIL if field.kind == "date_span" else ""
    word, _dot, name = kept.declared.day.partition(".")
    subject = next(one for one in kept.declared.subjects if one.called == word)
    part = declaration.get(ledger_about(subject.what))
    return f"{word}__{part.field(name).until or part.field(name).column}"


def _key(kept: Kept) -> tuple[str, ...]:
    declared = kept.declared
    named = declared.key or (*(one.called for one in declared.subjects), declared.day)
    return tuple(column_of(kept, code) for code in named if "." not in code)


def _spelt(kept: Kept) -> tuple[str, ...]:
    """Names in the key that people write in several ways."""
    texts = {one.code for one in kept.declared.fields if one.kind == "text"}
    return tuple(kept.columns[code] for code in kept.declared.key if code in texts)


def _alike(kept: Kept) -> Alike | None:
    said_ = kept.declared.alike
    if said_ is None:
        return None
    return Alike(
        tuple(column_of(kept, code) for code in said_.same),
        column_of(kept, said_.begins),
        column_of(kept, said_.ends),
        column_of(kept, said_.title) if "." not in said_.title else said_.title.replace(".", "__"),
    )


def _limits(kept: Kept) -> Iterator[Limit]:
    for field in kept.declared.fields:
        if (field.required or kept.declared.day == field.code) and not field.retired:
            words = lazy(_filled, str)(field.label, field.english)
            yield Limit(f"{field.code}_required", words, field.code, required=True)


def _checks(kept: Kept) -> Iterator[Limit]:
    for one in kept.declared.checks:
        yield Limit(
            one.code,
            said(one.words, one.english),
            one.field,
            level=Level(one.level),
            when=dict(one.when),
            must=dict(one.must),
        )


def _filled(chinese: str, english: str) -> str:
    return _("“%s”没有填。") % spoken(chinese, english)


def _field(kept: Kept, field: DeclaredField) -> Field:
    column = column_of(kept, field.code)
    path = f"{column}__short_name" if field.kind == "region" else column
    personal = _PERSONAL.get(field.personal or field.kind, Personal.NONE)
    return Field(
        field.code,
        said(field.label, field.english),
        _SHOWN_AS.get(field.kind, field.kind),
        path=path,
        until=column + UNTIL if field.kind == "date_span" else "",
        choices=_choices(field),
        personal=personal,
        unit=field.unit,
        listed=field.listed,
        filtered=field.filtered or field.kind in {"choice", "yes_no"},
        part_of=field.part_of or "",
        flow=field.flow or "",
        by=field.by or "",
        lack=said(field.lack, field.lack_english) if field.lack else "",
        remedy=_remedy(field),
        asked=not field.retired,
        copied=field.copied and not field.shown_by,
        applies=dict(field.applies),
        headers=field.headers,
        whole_month=field.kind == "month",
        shown_by=field.shown_by or "",
        grouped=field.grouped,
        required=(field.required or kept.declared.day == field.code) and not field.retired,
        retired=field.retired,
    )


def _choices(field: DeclaredField) -> Mapping[str, Label]:
    """The closed list of a field: a code list, or its own words; with their days and other spellings where it has any."""
    if field.list is not None:
        return choices(field.list)
    words = [(one.code, said(one.label, one.english)) for one in field.choices]
    if not any(one.begins or one.until or one.also or one.removed for one in field.choices):
        return dict(words)
    return dated(
        words,
        {one.code: (one.begins, one.until) for one in field.choices},
        {one.code: one.also for one in field.choices},
        {one.code for one in field.choices if one.removed},
    )


def _remedy(field: DeclaredField) -> Remedy | None:
    if not field.lack:
        return None
    with override(None):
        words = _("补填“%s”") % field.label
    return Remedy("paper" if field.shown_by else "edit", words, field.bring)


# --- what a row is about ---------------------------------------------------------------------------------------------


def _subject_fields(subject: About) -> Iterator[Field]:
    """What a row says of whom or what it is about, as fields that begin with its word."""
    if subject.what == "person":
        yield from person_fields()
    elif subject.what == REGION:
        label = said(subject.label, subject.english) if subject.label else gettext_lazy("所在地")
        yield Field(
            subject.called,
            label,
            "region",
            path=f"{subject.called}__short_name",
            required=not subject.optional,
            headers=_PLACE,
        )
    else:
        yield from _fields_of_part(subject, declaration.get(ledger_about(subject.what)))


def _fields_of_part(subject: About, part: Ledger) -> Iterator[Field]:
    """Of a row of another ledger: its name, what tells it apart, and what lists are narrowed by."""
    word = subject.called
    keys = {part.title, *part.key}
    for one in part.fields:
        stored = one.expression is None and "." not in one.name and one.name != "unit"
        wanted = one.name in keys or one.column in keys or one.filtered
        if not stored or not wanted or one.name in {"state", ONE_HAND.name}:
            continue
        yield Field(
            f"{word}.{one.name}",
            _called(subject, part, one),
            one.kind,
            path=f"{word}__{one.column}",
            until=f"{word}__{one.until}" if one.until else "",
            choices=one.choices,
            personal=one.personal,
            unit=one.unit,
            listed=one.name in keys or one.column in keys,
            filtered=one.filtered,
            grouped=True if one.name == part.title and one.kind == "text" else None,
            headers=one.headers,
            whole_month=one.whole_month,
            required=one.name == part.title and not subject.optional,
        )
    if part.approved:
        yield Field(
            f"{word}.state",
            lazy(_state_of, str)(part.label),
            "choice",
            path=f"{word}__state",
            choices=dict(State.choices),
            lack=lazy(_unapproved, str)(part.label),
            remedy=Remedy("approve", lazy(_approve, str)(part.label)),
            listed=False,
        )


def _called(subject: About, part: Ledger, one: Field) -> Label:
    """The label of a part's field: of its title what the declaration calls the part, else as the part calls it."""
    if one.name == part.title and subject.label:
        return said(subject.label, subject.english)
    if one.name == part.title or part.code == "bases":
        return one.label
    return lazy(_of_part, str)(part.label, one.label)


def _of_part(part: Label, label: Label) -> str:
    return f"{part}{label}" if not str(get_language() or "").startswith("en") else f"{part}: {label}"


def _state_of(label: Label) -> str:
    return _("%s审核状态") % label


def _unapproved(label: Label) -> str:
    return _("%s未审核") % label


def _approve(label: Label) -> str:
    return _("审核%s") % label
