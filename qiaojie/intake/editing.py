"""One row changed by hand: the same parsing, limits, journal and counting as for a row of a file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db import IntegrityError
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.codes.choices import DatedChoices
from qiaojie.ledgers import approving, declaration, queries, rows, sight
from qiaojie.ledgers.changing import OpenChange, permitted
from qiaojie.ledgers.conditions import breaches, evaluating, reading, saying
from qiaojie.ledgers.declaration import ROW, Field, Ledger
from qiaojie.ledgers.models import State
from qiaojie.ledgers.viewer import Action, Sight, Viewer, demand, demand_office, refuse
from qiaojie.lib.findings import Finding, Level, Unusable
from qiaojie.lib.values import Context, Label, kind
from qiaojie.notices import queries as notices
from qiaojie.notices.shape import GIVEN, kept_column
from qiaojie.people import queries as people
from qiaojie.people.models import Person
from qiaojie.regions import queries as regions
from qiaojie.regions.models import Region

from .judging import deaths, row_limits, sizes
from .judging.row_limits import Broken
from .reading import dated_words
from .storing import revising

Changes = dict[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A field that may be changed by hand: what stands there now as it may be put into the box, and what was wrong.

    A masked value is not put there: left empty it stays as it is, and ``hint`` shows what the mask leaves.
    """

    field: Field
    column: str
    text: str
    hint: str = ""
    errors: tuple[str, ...] = ()
    required: bool = False
    county: int | None = None
    """The county in which the row was filed: its own words of a list are offered."""

    @property
    def offered(self) -> Mapping[str, Label]:
        """What may be chosen: of a list with days what holds today, and what stands there."""
        known = self.field.choices
        if not isinstance(known, DatedChoices):
            return known
        return known.offered(timezone.localdate(), self.county, self.text)


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of one row, and ``seen``: what tells whether the row has changed since it was looked at."""

    ledger: Ledger
    pk: int
    entries: tuple[Entry, ...]
    seen: str
    shared: bool = False
    """Whether the row is a person whom other counties have entered too: they see what is changed here."""

    @property
    def wrong(self) -> bool:
        """Whether something that was entered cannot be taken."""
        return any(entry.errors for entry in self.entries)


def form(ledger: Ledger, pk: int, viewer: Viewer) -> Form:
    """What may be changed of a row. Raises Refused where the viewer may not see it, or may not enter rows."""
    (demand_office if of_offices(ledger) else demand)(viewer, Action.ENTER, f"{ledger.code}/{pk}")
    declaration.demand_open(ledger)
    if not ledger.made:
        # Its rows are changed on pages of their own, by whoever keeps them.
        refuse(viewer, Action.ENTER, f"{ledger.code}/{pk}")
    row = queries.one(ledger, viewer, pk)
    hung = _hung_on(ledger, row)
    entries = [*_entries(ledger, row, viewer)]
    for one in hung:
        entries += one.named(_entries(one.ledger, one.row, viewer))
    return Form(ledger, pk, tuple(entries), _seen(ledger, row, hung), _shared(row, viewer))


def _entries(ledger: Ledger, row: Model, viewer: Viewer) -> tuple[Entry, ...]:
    names = region_names(getattr(row, column) for column in _region_columns(ledger))
    county = _county(ledger, row, viewer)
    return tuple(
        _entry(ledger, field, column, row, names, viewer, county=county)
        for field, column in _asked(ledger, row, editable(ledger, viewer))
    )


def change(
    ledger: Ledger, pk: int, given: Mapping[str, str], seen: str, viewer: Viewer, purpose: str
) -> Form | None:
    """Change a row to what was entered; the form with its errors where something is wrong, else None.

    ``given`` has texts by field names; fields that it does not have stay as they are. The change is a batch of its own
    in the journal. What somebody whose word is not the last changes of an approved row, or of a confirmed one of a register,
    waits beside it (``ledgers.proposals``).

    Raises Refused; Unusable ``reason_missing``, ``changed_meanwhile``, ``nothing_changed``, ``row_taken`` (another row is the
    same thing), ``waits_already`` (the same change was proposed before).
    """
    permit = permitted(
        viewer, Action.ENTER, f"{ledger.code}/{pk}", purpose=purpose, office=of_offices(ledger)
    )
    permit.refuse_unless(ledger.made)
    declaration.demand_open(ledger)
    if not purpose.strip():
        raise Unusable("reason_missing", _("请写明修改的原因或依据，会和记录一起留存。"))
    queries.one(ledger, viewer, pk)
    try:
        with permit as change:
            row = queries.one(ledger, viewer, pk)
            hung = _hung_on(ledger, row)
            if _seen(ledger, row, hung) != seen:
                message = _("打开页面之后，这条记录被别人改过，没有保存；请核对现在的内容再改。")
                raise Unusable("changed_meanwhile", message)
            entries, after = _read(ledger, row, given, viewer)
            more: list[tuple[_Hung, Changes]] = []
            for one in hung:
                read, changed = _read(one.ledger, one.row, one.said(given), viewer)
                entries = (*entries, *one.named(read))
                more += [(one, changed)] if changed else []
            broken = Form(ledger, pk, entries, seen, _shared(row, viewer))
            if broken.wrong:
                change.take_back()
                return broken
            if not after and not more:
                raise Unusable("nothing_changed", _("没有改动，不用保存。"))
            change.begin_batch(ledger.code, _office(ledger, row, viewer), change.purpose)
            if after:
                _write(ledger, row, after, change)
            for one, changed in more:
                _write_hung(one, changed, change)
            change.note(rows=1)
    except IntegrityError as taken:
        message = _("已有另一条相同的记录（身份证号相同，或同一人同一事），没有保存；请查找那一条核对。")
        raise Unusable("row_taken", message) from taken
    return None


def of_offices(ledger: Ledger) -> bool:
    """Rows of registers, which all offices share, are changed by offices only."""
    return not ledger.approved


def editable(ledger: Ledger, viewer: Viewer) -> list[tuple[Field, str]]:
    """Fields kept in the row itself that this viewer sees at least masked, each with its column; none of rows that only pages of
    their own make and change."""
    found: list[tuple[Field, str]] = []
    if not ledger.made or ledger.closed:
        return found
    # Whether another row is the same thing already, which only changing these could tell, is not told outside.
    fixed = {rows.column(ledger.model, name).attname for name in ledger.key} if viewer.outside else set()
    for field in ledger.fields:
        column = own_column(ledger, field)
        hidden = sight.registered(ledger, field, viewer) is Sight.HIDDEN
        of_itself = (
            column in fixed or column in GIVEN or column in ledger.follows or column.endswith("household_id")
        )
        if column and not of_itself and not hidden and not field.retired:
            found.append((field, column))
    return found


def _asked(ledger: Ledger, row: Model, fields: list[tuple[Field, str]]) -> list[tuple[Field, str]]:
    """Those of the fields that are asked of a row: what only an order may collect where one does, or where it was collected."""
    if not any(field.on_order for field, _column in fields):
        return fields
    collected = notices.collected()
    return [
        (field, column)
        for field, column in fields
        if not field.on_order or (ledger.code, field.name) in collected or getattr(row, column)
    ]


def _shared(row: Model, viewer: Viewer) -> bool:
    return isinstance(row, Person) and row.ties.exclude(viewer.scope("region")).exists()


def own_column(ledger: Ledger, field: Field) -> str:
    """The column of the row itself that keeps a field; '' for spans, what is computed, and what other rows say."""
    word, dot, _rest = field.name.partition(".")
    return "" if field.until or (dot and word in ledger.parts) else kept_column(ledger, field)


def _region_columns(ledger: Ledger) -> list[str]:
    return [
        column for field in ledger.fields if field.kind == "region" and (column := own_column(ledger, field))
    ]


def region_names(keys: Iterable[int | None]) -> dict[int, str]:
    """Regions by key, with all that is above them; one query."""
    found = regions.with_path(Region.objects.filter(pk__in={key for key in keys if key is not None}))
    return {region.pk: regions.path_name(region) for region in found}


def _entry(
    ledger: Ledger,
    field: Field,
    column: str,
    row: Model,
    names: Mapping[int, str],
    viewer: Viewer,
    **more: Any,
) -> Entry:
    value = getattr(row, column)
    masked = sight.registered(ledger, field, viewer) is Sight.MASKED
    kept = rows.column(type(row), column)
    required = field.required or (not kept.null and not kept.blank)
    if masked and value not in (None, ""):
        return Entry(field, column, "", queries.show(field, value, Sight.MASKED).text, required=False, **more)
    if field.kind == "region":
        return Entry(field, column, names.get(value, ""), required=required, **more)
    if field.kind == "choice":
        return Entry(field, column, "" if value is None else str(value), required=required, **more)
    if field.kind == "yes_no":
        return Entry(field, column, "" if value is None else str(int(value)), required=required, **more)
    if isinstance(value, date):
        return Entry(field, column, value.isoformat(), required=required, **more)
    text = "" if value is None else field.value_kind.print(value, field.unit)
    return Entry(field, column, text, required=required, **more)


def _seen(ledger: Ledger, row: Model, hung: Sequence[_Hung] = ()) -> str:
    """The state of a row, and of what hangs on it, in a few characters that say nothing about it."""
    columns = sorted({column for field in ledger.fields if (column := own_column(ledger, field))})
    held = _text([getattr(row, column) for column in columns])
    held += "".join(_seen(one.ledger, one.row) for one in hung)
    return hashlib.sha256(held.encode()).hexdigest()[:24]


def _text(values: list[Any]) -> str:
    """Values joined so that two different rows never read alike."""
    return "\x1f".join(f"{type(value).__name__}:{value}" for value in values)


def _read(
    ledger: Ledger, row: Model, given: Mapping[str, str], viewer: Viewer
) -> tuple[tuple[Entry, ...], Changes]:
    """The entries with what was typed and what is wrong with it, and the columns that change."""
    entries: list[Entry] = []
    after: Changes = {}
    names = region_names(getattr(row, column) for column in _region_columns(ledger))
    values: dict[str, Any] = {}
    county = _county(ledger, row, viewer)
    for field, column in _asked(ledger, row, editable(ledger, viewer)):
        entry = _entry(ledger, field, column, row, names, viewer, county=county)
        before = getattr(row, column)
        values[field.name] = before
        if field.name not in given or given[field.name].strip() == entry.text.strip():
            entries.append(entry)
            continue
        text = given[field.name].strip()
        value, errors = parse(field, ledger.model, column, text)
        if not errors and value != before:
            after[column] = (before, value)
            values[field.name] = value
        entries.append(replace(entry, text=text, errors=tuple(errors)))
    broken = _not_in_force(ledger, row, after, county)
    columns = {name: [value] for name, value in {**referred(ledger, row), **values}.items()}
    set_now = [entry.field for entry in entries if entry.column in after]
    found = row_limits.find(ledger.limits, ledger, columns, 1)
    for one in (*found, *misplaced(set_now, ledger, columns, 1)):
        if one.finding.level is Level.ERROR:
            broken.setdefault(one.field, []).append(one.finding.message)
    held = tuple(replace(e, errors=(*e.errors, *broken.get(e.field.name, ()))) for e in entries)
    return held, after


def _county(ledger: Ledger, row: Model, viewer: Viewer) -> int | None:
    """The county in which a row was filed, of a register that of the viewer; None (and no query) where no list asks for it."""
    if not dated_words.asks(*ledger.fields):
        return None
    return dated_words.county_at(
        getattr(row, f"{ledger.filed_by}_id") if ledger.filed_by else viewer.region_id
    )


def _not_in_force(ledger: Ledger, row: Model, after: Changes, county: int | None) -> dict[str, list[str]]:
    """What is wrong with words newly put into fields, by the names of these."""
    day = dated_words.of_row(ledger, row, {column: pair[1] for column, pair in after.items()})
    found: dict[str, list[str]] = {}
    for field in ledger.fields:
        column = own_column(ledger, field)
        told = dated_words.finding(field, after[column][1], day, county) if column in after else None
        if told is not None:
            found[field.name] = [told.message]
    return found


def referred(ledger: Ledger, row: Model) -> dict[str, Any]:
    """What limits look at besides the fields that are entered: what the rows say that a row refers to (its class, the list that
    proves a job; of a person nothing is looked up), and what the row itself keeps that nobody types (what a file is)."""
    found: dict[str, Any] = {}
    kept_here = {one.name for one in row._meta.concrete_fields}
    for name in breaches.looked_at(ledger.limits, ledger):
        if name in kept_here and ledger.field(name).expression is not None:
            found[name] = getattr(row, name)
        word, dot, _rest = name.partition(".")
        if dot and word in ledger.parts and ledger.parts[word].ledger != "persons":
            other = getattr(row, ledger.parts[word].attribute)
            kept = ledger.field(name).column.partition("__")[2]
            found[name] = None if other is None else getattr(other, kept)
    return found


def parse(field: Field, model: type[Model], column: str, text: str) -> tuple[Any, list[str]]:
    """A text as the value that the column keeps, or what is wrong with it."""
    kept = rows.column(model, column)
    if not text:
        if kept.null:
            return None, []
        if kept.blank:
            return "", []
        return None, [_("“%s”不能空着。") % field.label]
    if field.kind == "region":
        try:
            region = regions.find(text)
        except Unusable as unknown:
            return None, [unknown.message]
        return region.pk, []
    parsed = kind(field.table_kind).parse(text, Context(unit=field.unit, choices=field.choices))
    errors = [finding.message for finding in parsed.findings if finding.level is Level.ERROR]
    unfit = None if errors else sizes.misfit(kept, parsed.value, str(field.label))
    if unfit is not None:
        errors = [unfit.message]
    return parsed.value, errors


def misplaced(
    declared: Iterable[Field], ledger: Ledger, columns: Mapping[str, Sequence[Any]], count: int
) -> list[Broken]:
    """Every value that stands in a row which may not have it (``Field.applies``); what says nothing (empty, no, 0) may stand
    anywhere. ``columns`` as for ``row_limits.find``: those of the fields and of what they depend on."""
    found: list[Broken] = []
    for field in declared:
        if not field.applies:
            continue
        node = reading.typed(ledger, field.applies)
        message = _("“%(field)s”只有“%(when)s”的记录才有。") % {
            "field": field.label,
            "when": saying.required(node, ledger),
        }
        open_ = set(evaluating.meeting(node, columns, range(count)))
        for row in range(count):
            if columns[field.name][row] and row not in open_:
                found.append(Broken(row, field.name, Finding("field_misplaced", message)))
    return found


def _write(ledger: Ledger, row: Model, after: Changes, change: OpenChange) -> None:
    """Write the columns, or keep them beside the row where an approver has to see them first. A batch has been begun."""
    becomes = revising.carried(ledger, {column: pair[1] for column, pair in after.items()})
    before = {column: getattr(row, column) for column in becomes}
    region = _office(ledger, row, change.viewer)
    final = approving.final_at(region, change.viewer)
    lines = [(row.pk, before, becomes)]
    standing = _standing(vars(row), _shared(getattr(row, "person", row), change.viewer))
    now, later = revising.split(ledger, lines, {row.pk: standing}, lambda _pk: final)
    if later:
        change.try_out(type(row), [(pk, waits) for pk, _was, waits in later])
    if revising.write(ledger, now, later, change) < len(later):
        raise Unusable("waits_already", _("同样的修改已经提出过，正等审核。"))
    if isinstance(row, Person) and becomes.get("died_on") is not None:
        _stop(row, becomes["died_on"], final, change)


@dataclass(frozen=True, slots=True)
class _Hung:
    """A row of fields that another ledger adds to the one in hand, by its word; one that is not there yet has no key."""

    word: str
    ledger: Ledger
    row: Model

    def named(self, entries: Iterable[Entry]) -> tuple[Entry, ...]:
        """Entries under the names that these fields have on the row in hand."""
        return tuple(
            replace(one, field=replace(one.field, name=f"{self.word}.{one.field.name}")) for one in entries
        )

    def said(self, given: Mapping[str, str]) -> dict[str, str]:
        """What was entered for these fields, by their own names."""
        begun = f"{self.word}."
        return {name.removeprefix(begun): text for name, text in given.items() if name.startswith(begun)}


def _hung_on(ledger: Ledger, row: Model) -> list[_Hung]:
    """What other ledgers add to a row; a query for each of them."""
    found = []
    for word, code in declaration.added(ledger.code).items():
        hung = declaration.get(code)
        standing = hung.model._default_manager.filter(**{ROW: row}).exclude(state=State.WITHDRAWN).first()
        new = hung.model(**{f"{ROW}_id": row.pk, "filed_by_id": getattr(row, "filed_by_id", None)})
        found.append(_Hung(word, hung, standing or new))
    return found


def _write_hung(one: _Hung, after: Changes, change: OpenChange) -> None:
    """Change the row of added fields, or make the first one, with the office and the day of the row that it belongs to."""
    if one.row.pk is not None:
        _write(one.ledger, one.row, after, change)
        return
    host = getattr(one.row, ROW)
    ledger = declaration.get(one.ledger.parts[ROW].ledger)
    region = _office(ledger, host, change.viewer)
    values = {column: becomes for column, (_before, becomes) in after.items()}
    for column, source in one.ledger.follows.items():
        values[column] = getattr(host, source.removeprefix(f"{ROW}__"))
    values |= {f"{ROW}_id": host.pk, "filed_by_id": region, "entered_by": change.viewer.name}
    if approving.final_at(region, change.viewer):
        now = {"state": State.APPROVED, "approved_at": timezone.now(), "approved_by": change.viewer.name}
        values |= now
    (key,) = rows.hand_out(one.ledger.model, 1)
    rows.insert(one.ledger.model, ["id", *values], [(key, *values.values())])
    change.created(one.ledger.model, [key])


def _office(ledger: Ledger, row: Model, viewer: Viewer) -> int | None:
    """The region whose office filed a row; of a register that of whoever changes it."""
    return getattr(row, f"{ledger.filed_by}_id") if ledger.filed_by else viewer.region_id


def _standing(row: Mapping[str, Any], shared: bool) -> dict[str, Any]:
    """How far a row has come. What other counties know of somebody too is no draft of one office, though nobody has confirmed
    it yet: a change of it waits as that of a confirmed row does."""
    return {**row, "confirmed": True} if shared and "confirmed" in row else dict(row)


def records_after_death(ledger: Ledger, pk: int, given: Mapping[str, str], viewer: Viewer) -> list[str]:
    """Where a person's death was just entered: what is registered of her after it, in words; else nothing."""
    text = given.get("died_on", "").strip()
    if ledger.model is not Person or not text:
        return []
    died = ledger.field("died_on").value_kind.parse(text, Context()).value
    return deaths.records_after(pk, died, viewer) if isinstance(died, date) else []


def _stop(person: Person, died: date, final: bool, change: OpenChange) -> None:
    """What goes on of somebody who has died ends with that day, in the same batch; or waits for an approver as her death does."""
    days = dict.fromkeys(people.records_of([person.pk]), died)
    found: dict[str, list[deaths.GoingOn]] = {}
    for one in deaths.going_on(days, change.viewer):
        found.setdefault(one.ledger.code, []).append(one)
    for code, ended in found.items():
        lines = [(one.key, {name: one.row[name] for name in one.becomes}, dict(one.becomes)) for one in ended]
        ledger, shared = declaration.get(code), _shared(person, change.viewer)
        standing = {one.key: _standing(one.row, shared) for one in ended}
        now, later = revising.split(ledger, lines, standing, lambda _pk: final)
        revising.write(ledger, now, later, change)
