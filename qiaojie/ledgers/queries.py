"""Reading a ledger: every list, number and export begins here, so scope, masks and the access log cannot be missed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import BigIntegerField, Count, Exists, F, Model, OuterRef, Q, QuerySet, Sum, Value
from django.utils.translation import gettext as _

from qiaojie.lib.dates import DateSpan
from qiaojie.lib.fields import Unreadable
from qiaojie.lib.findings import Unusable
from qiaojie.regions.models import Level

from . import sight, statements
from .conditions import data, reading, sql
from .conditions.tree import ROW_KEYS
from .declaration import Field, Ledger, every, get
from .models import PENDING, SavedView, State
from .viewer import Action, Sight, Viewer, demand, refuse

Where = Mapping[str, Any]
"""A condition as ``conditions.reading`` takes it: on fields by name: a value, several, or bounds and what it is not."""

KEYS = ROW_KEYS
"""Not a field: a condition under this name is on the rows' own keys, a list of them."""

_STANDING = (*PENDING, State.APPROVED)
"""The states that are not withdrawn, named one by one: SQLite takes "not withdrawn" for a hint to read whole ledgers
by way of the index that keeps such rows apart."""

COUNTED_TO = 10_000
"""Counting stops here: what matters beyond is that there are many, and a list of a million rows stays quick."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A value as this viewer sees it; ``masked`` when the whole value may be asked for with a purpose."""

    text: str
    masked: bool = False
    value: Any = None
    """The typed value, only where it is shown whole."""

    trouble: str = ""
    """What to do where the value cannot be opened; '' where it can."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a ledger as this viewer sees it."""

    pk: int
    cells: Mapping[str, Shown]
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """The order of a list: by a field's values, rows without one last; rows alike stand newest first."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, newest first or in the order asked for, and after which row the next ones begin (None at the end)."""

    fields: tuple[Field, ...]
    rows: tuple[Row, ...]
    following: int | None


def condition(ledger: Ledger, where: Where) -> tuple[dict[str, Any], Q]:
    """Annotations and a condition for ``where``. Raises Unusable: ``field_unknown`` naming the field, and whatever
    ``conditions.reading`` and ``conditions.sql`` refuse."""
    return sql.condition(ledger, reading.typed(ledger, where))


def facts(ledger: Ledger, where: Where | None = None) -> QuerySet[Model]:
    """All rows of a ledger that meet ``where``, unscoped: for counting, never for showing.

    Withdrawn rows are left out, unless ``where`` asks for that very state.
    """
    queryset: QuerySet[Model] = ledger.model._default_manager.all()
    if ledger.approved and (where or {}).get("state") != State.WITHDRAWN:
        queryset = queryset.filter(state__in=_STANDING)
    annotations, wanted = condition(ledger, where or {})
    narrowed: QuerySet[Model] = queryset.annotate(**annotations).filter(wanted)
    return narrowed


def fields_of(ledger: Ledger, viewer: Viewer) -> tuple[Field, ...]:
    """The fields that lists, pages and files have for this viewer."""
    return tuple(f for f in ledger.fields if not viewer.outside or sight.told_outside(ledger, f))


def rows(ledger: Ledger, viewer: Viewer, where: Where | None = None) -> QuerySet[Model]:
    """The rows that this viewer may see and that meet ``where``. Raises Refused where the role may see none, Unusable
    ``field_hidden`` for a condition on what is hidden from the viewer.
    """
    demand(viewer, Action.SEE, ledger.code)
    _refuse_hidden(ledger, viewer, where)
    return facts(ledger, where).filter(ledger.visible(viewer))


def _refuse_hidden(ledger: Ledger, viewer: Viewer, where: Where | None) -> None:
    """How many rows a condition leaves would tell what is hidden or masked."""
    for name in data.names(where or {}):
        code, _key, bare = ledger.whose(name)
        # A field of a row referred to is hidden as this ledger shows it, or as its own does where this one does not.
        held = [(ledger, one) for one in ledger.fields if one.name == name]
        held += [(part, one) for part in (get(code),) for one in part.fields if one.name == bare]
        if held and (held[0][1].sealed or not sight.sought(*held[0], viewer)):
            raise Unusable("field_hidden", _("不能按“%s”筛选。") % held[0][1].label)


def one(ledger: Ledger, viewer: Viewer, pk: int) -> Model:
    """The row with this key, if the viewer may see it; otherwise Refused, and the attempt is logged."""
    found = rows(ledger, viewer).filter(pk=pk).first()
    if found is None:
        refuse(viewer, Action.SEE, f"{ledger.code}/{pk}")
    return found


def show(field: Field, value: Any, seen: Sight) -> Shown:
    """A value as somebody sees it to whom ``sight`` shows it so."""
    return _shower(field, seen)(value)


def show_registered(ledger: Ledger, field: Field, value: Any, viewer: Viewer) -> Shown:
    """A value of a field of a ledger's rows as this viewer sees it, wherever it was found: in the journal, in another list."""
    return show(field, value, sight.registered(ledger, field, viewer))


_EMPTY, _HIDDEN = Shown(""), Shown("＊＊")


def _shower(field: Field, seen: Sight) -> Callable[[Any], Shown]:
    """What shows the values of a field to this sight: what values share is looked up once, and so are values that come
    again, as days, places and states do."""
    kind, unit, choices = field.value_kind, field.unit, field.choices
    known: dict[Any, Shown] = {}

    def shower(value: Any) -> Shown:
        if seen is Sight.HIDDEN:
            # Whether anything is there is hidden too.
            return _HIDDEN
        if value in (None, ""):
            return _EMPTY
        if isinstance(value, Unreadable):
            return Shown(str(value), trouble=value.advice)
        shown = known.get(value)
        if shown is None:
            if seen is Sight.MASKED:
                shown = Shown(kind.mask(value), masked=True)
            else:
                shown = Shown(kind.print(value, unit, choices), value=value)
            known[value] = shown
        return shown

    return shower


def _rows_shown(
    ledger: Ledger,
    viewer: Viewer,
    records: Iterable[tuple[int, int | None, list[Any]]],
    fields: Sequence[Field],
) -> Iterator[Row]:
    names = [field.name for field in fields]
    showers = [_shower(f, sight.registered(ledger, f, viewer)) for f in fields]
    for pk, person_id, values in records:
        cells = {name: show(value) for name, show, value in zip(names, showers, values, strict=True)}
        yield Row(pk, cells, person_id)


def shown(
    ledger: Ledger, viewer: Viewer, queryset: QuerySet[Model], fields: Sequence[Field]
) -> Iterator[Row]:
    """The rows of a scoped query as the viewer sees them: one query, whatever the number of rows."""
    fields = _as_seen(ledger, viewer, fields)
    yield from _rows_shown(ledger, viewer, typed(ledger, queryset, fields), fields)


def _as_seen(ledger: Ledger, viewer: Viewer, fields: Sequence[Field]) -> tuple[Field, ...]:
    seen = tuple(sight.coarsened(ledger, field, viewer) for field in fields)
    if viewer.level is not None and viewer.level >= Level.COUNTY:
        return seen
    # Above counties the words of a county's own have those of everybody's beside them.
    return tuple(
        replace(field, choices=beside) if (beside := getattr(field.choices, "beside", None)) else field
        for field in seen
    )


def typed(
    ledger: Ledger, queryset: QuerySet[Model], fields: Sequence[Field]
) -> Iterator[tuple[int, int | None, list[Any]]]:
    """(key, person's key, typed values in the order of ``fields``) of a query's rows, unmasked: for filling forms
    and for comparing, never for showing."""
    return _typed(ledger, _columns(ledger, queryset, fields), fields)


def _columns(ledger: Ledger, queryset: QuerySet[Model], fields: Sequence[Field]) -> QuerySet[Model, Any]:
    """A query's rows as the columns of these fields, then the ends of spans, then the person's key."""
    annotations: dict[str, Any] = {f"v{i}": f.value() for i, f in enumerate(fields)}
    annotations.update({f"u{i}": F(f.until) for i, f in enumerate(fields) if f.until})
    if ledger.person:
        annotations["v_person"] = F(f"{ledger.person}_id")
    columns: QuerySet[Model, Any] = queryset.annotate(**annotations).values_list("pk", *annotations)
    return columns


def _typed(
    ledger: Ledger, records: Iterable[Sequence[Any]], fields: Sequence[Field]
) -> Iterator[tuple[int, int | None, list[Any]]]:
    width = len(fields)
    spans = [place for place, field in enumerate(fields) if field.until]
    for pk, *columns in records:
        values = columns[:width]
        for end, place in enumerate(spans, start=width):
            values[place] = DateSpan(values[place], columns[end])
        yield pk, columns[-1] if ledger.person else None, values


def kept(
    name: str,
    ledger: Ledger,
    viewer: Viewer,
    fields: Sequence[Field],
    narrow: statements.Build,
    given: Sequence[Any],
    *,
    withdrawn: bool = False,
) -> Iterator[Row]:
    """Rows as ``shown`` gives them, of a query that every page asks with other values: see ``statements.ask``.

    ``withdrawn`` lets rows through that count for nothing. Raises Refused where the role may see none.
    """
    demand(viewer, Action.SEE, ledger.code)
    fields = _as_seen(ledger, viewer, fields)

    def found() -> QuerySet[Model]:
        return ledger.model._default_manager.all() if withdrawn else facts(ledger)

    def build(queryset: QuerySet[Model], values: Sequence[Any]) -> QuerySet[Model, Any]:
        return _columns(ledger, narrow(queryset, values), fields)

    columns = tuple((field.name, field.path, field.until, field.expression) for field in fields)
    records = statements.ask((name, withdrawn, columns), ledger, viewer, found, build, given)
    return _rows_shown(ledger, viewer, _typed(ledger, records, fields), fields)


def one_shown(ledger: Ledger, viewer: Viewer, pk: int, fields: Sequence[Field]) -> Row:
    """The row with this key as the viewer sees it; Refused where she may not, and the attempt is logged."""
    # A kept statement is handed to the database as it is: a key that no column can hold is nobody's.
    if pk <= BigIntegerField.MAX_BIGINT:
        for row in kept("one", ledger, viewer, fields, lambda rows, given: rows.filter(pk=given[0]), [pk]):
            return row
    refuse(viewer, Action.SEE, f"{ledger.code}/{pk}")


def listed(ledger: Ledger, viewer: Viewer) -> tuple[Field, ...]:
    """The fields that a list shows to this viewer when nobody chose others."""
    return tuple(f for f in fields_of(ledger, viewer) if f.listed)


def views(ledger: Ledger, viewer: Viewer) -> list[SavedView]:
    """The ways of looking at a ledger that the viewer has kept, by name."""
    return list(SavedView.objects.filter(owner=viewer.name, ledger=ledger.code).order_by("label"))


@dataclass(frozen=True, slots=True)
class RowCount:
    """How many rows a list has: counting stops at ``COUNTED_TO``, and ``more`` says that it did. Where it did not, these
    are their ``keys``, the newest first: whatever else is asked of the list is asked of these."""

    number: int
    more: bool
    keys: tuple[int, ...]

    def condition(self) -> Q:
        """The rows found, for a query over the ledger's model."""
        return Q(statements.OneOf(F("pk"), list(self.keys)))


def found(ledger: Ledger, viewer: Viewer, where: Where) -> RowCount:
    """How many rows the viewer may see that meet ``where``, and which, where they are not too many.

    Bounded, however large the ledger: without a condition the rows are counted, with one their keys are read, to
    ``COUNTED_TO`` and no further.
    """
    demand(viewer, Action.SEE, ledger.code)
    if not where:
        ((number,),) = statements.ask(
            "number", ledger, viewer, lambda: facts(ledger), _first_keys, counted=True
        )
        if number > COUNTED_TO:
            return RowCount(COUNTED_TO, True, ())
    keys = list(rows(ledger, viewer, where).order_by().values_list("pk", flat=True)[: COUNTED_TO + 1])
    if len(keys) > COUNTED_TO:
        return RowCount(COUNTED_TO, True, ())
    return RowCount(len(keys), False, tuple(sorted(keys, reverse=True)))


def numbers(viewer: Viewer) -> dict[str, int]:
    """How many rows each ledger has for a viewer, by its code: one query, in which counting stops above ``COUNTED_TO``. Ledgers
    without rows are left out. Raises Refused where the role may see none."""
    demand(viewer, Action.SEE, "ledgers")
    parts = []
    for ledger in every():
        some = facts(ledger).filter(ledger.visible(viewer)).order_by().values("pk")[: COUNTED_TO + 1]
        bounded = ledger.model._default_manager.filter(pk__in=some).order_by()
        named = bounded.annotate(ledger_code=Value(ledger.code)).values("ledger_code")
        parts.append(named.annotate(number=Count("pk")))
    return {
        one["ledger_code"]: one["number"] for one in parts[0].union(*parts[1:], all=True) if one["number"]
    }


def _first_keys(queryset: QuerySet[Model], _given: Sequence[Any]) -> QuerySet[Model, Any]:
    keys: QuerySet[Model, Any] = queryset.order_by().values_list("pk")
    return keys[: COUNTED_TO + 1]


def page(
    ledger: Ledger,
    viewer: Viewer,
    where: Where | None = None,
    *,
    fields: Iterable[str] | None = None,
    after: int | None = None,
    size: int = 50,
    within: QuerySet[Model] | None = None,
    order: Order | None = None,
    known: RowCount | None = None,
) -> Page:
    """Up to ``size`` rows, newest first or in ``order``, beginning after the row with the key ``after``; logged.

    Cost does not grow with the page number (keyset paging). ``within`` narrows to rows of a query already made, such
    as those behind a number; scope applies to it all the same. ``known`` is what ``found`` says of the same conditions.
    An order makes the database sort what the conditions leave, so it is for lists of some ten thousand rows. Raises
    Unusable ``field_unknown`` and ``field_unsorted``.
    """
    chosen = tuple(ledger.field(name) for name in fields) if fields is not None else listed(ledger, viewer)
    if known is None or known.more:
        queryset = _one_by_one(ledger, viewer, where) if known else rows(ledger, viewer, where)
    else:
        queryset = ledger.model._default_manager.filter(known.condition())
    if within is not None:
        queryset = queryset.filter(pk__in=within.values("pk"))
    if order is not None:
        queryset = ordered(ledger, viewer, queryset, order, after)
    else:
        queryset = queryset.order_by("-pk")
        if after is not None:
            queryset = queryset.filter(pk__lt=after)
    # Keys first: what is worked out of other tables is worked out for the rows of the page alone.
    if known is not None and not known.more and order is None and within is None:
        keys = [pk for pk in known.keys if after is None or pk < after][: size + 1]
    else:
        keys = list(queryset.values_list("pk", flat=True)[: size + 1])
    there = kept("keys", ledger, viewer, chosen, with_keys, [keys[:size]], withdrawn=True) if keys else ()
    found = {row.pk: row for row in there}
    viewer.note(Action.SEE, ledger.code, rows=len(found))
    following = keys[size - 1] if len(keys) > size else None
    return Page(chosen, tuple(found[pk] for pk in keys[:size] if pk in found), following)


def with_keys(queryset: QuerySet[Model], given: Sequence[Any]) -> QuerySet[Model]:
    """For ``kept``: the rows with the keys given."""
    return queryset.filter(statements.OneOf(F("pk"), given[0]))


def _one_by_one(ledger: Ledger, viewer: Viewer, where: Where | None) -> QuerySet[Model]:
    """``rows``, written so that a database goes down the keys and asks of each row whether it is open to the viewer:
    where very many are, the first fifty come at once, and nothing is sorted."""
    demand(viewer, Action.SEE, ledger.code)
    _refuse_hidden(ledger, viewer, where)
    itself = ledger.model._default_manager.filter(ledger.visible(viewer), pk=OuterRef("pk"))
    return facts(ledger, where).filter(Exists(itself))


def ordered(
    ledger: Ledger, viewer: Viewer, queryset: QuerySet[Model], order: Order, after: int | None = None
) -> QuerySet[Model]:
    """A query's rows in an order, those that come after the row with the key ``after`` (from the top where it is gone).

    Raises Unusable ``field_unknown``, ``field_unsorted``.
    """
    column = _sorted_by(ledger, viewer, order).column
    value = F(column)
    first = value.desc(nulls_last=True) if order.descending else value.asc(nulls_last=True)
    sorted_rows = queryset.order_by(first, "-pk")
    last = queryset.filter(pk=after).values_list(column, "pk").first() if after is not None else None
    if last is None:
        return sorted_rows
    held, pk = last
    if held is None:
        return sorted_rows.filter(**{f"{column}__isnull": True}, pk__lt=pk)
    further = Q(**{f"{column}__{'lt' if order.descending else 'gt'}": held})
    return sorted_rows.filter(further | Q(**{column: held}, pk__lt=pk) | Q(**{f"{column}__isnull": True}))


def sortable(ledger: Ledger, field: Field, viewer: Viewer) -> bool:
    """Whether this viewer may have a list in the order of a field: not where the order would tell what a mask hides."""
    return field.sortable and sight.sought(ledger, field, viewer)


def _sorted_by(ledger: Ledger, viewer: Viewer, order: Order) -> Field:
    try:
        declared = ledger.field(order.field)
    except KeyError as unknown:
        message = _("台账“%(ledger)s”没有字段 %(field)s。") % {
            "ledger": ledger.label,
            "field": order.field[:40],
        }
        raise Unusable("field_unknown", message) from unknown
    if not sortable(ledger, declared, viewer):
        raise Unusable("field_unsorted", _("不能按“%s”排序。") % declared.label)
    return declared


def totals(ledger: Ledger, known: RowCount, fields: Iterable[Field]) -> dict[str, Shown]:
    """Sums over the rows ``found`` of those fields whose values add up, each in its unit; one query. What
    is said of a thing by rows joined to the one kept is not added again."""
    summed = [f for f in fields if f.summable]
    if not summed:
        return {}
    within = ledger.model._default_manager.filter(known.condition())
    if ledger.joins is not None:
        # Where the row kept is not on this list, the one joined to it speaks for both.
        kept_here = Q(statements.OneOf(F("canonical_id"), list(known.keys)))
        within = within.filter(Q(canonical__isnull=True) | ~kept_here)
    marked = within.order_by().annotate(**{f"v{i}": f.value() for i, f in enumerate(summed)})
    sums = marked.aggregate(**{f"s{i}": Sum(f"v{i}") for i, f in enumerate(summed)})
    return {f.name: show(f, sums[f"s{i}"], Sight.WHOLE) for i, f in enumerate(summed)}


def titled(ledger: Ledger, viewer: Viewer, text: str, size: int = 10) -> list[Row]:
    """Up to ``size`` rows that the viewer may see and whose title contains a text, newest first."""
    found = rows(ledger, viewer, {ledger.title: {"has": text}}).order_by("-pk")[:size]
    return list(shown(ledger, viewer, found, [ledger.field(ledger.title)]))


def reveal(ledger: Ledger, viewer: Viewer, pk: int, name: str, purpose: str) -> str:
    """A masked value whole, once, for a stated purpose; logged. Raises Refused, or Unusable without a purpose."""
    demand(viewer, Action.REVEAL, f"{ledger.code}/{pk}/{name}")
    declared = ledger.field(name)
    if not purpose.strip():
        raise Unusable("purpose_missing", _("请写明查看完整%s的用途。") % declared.label)
    one(ledger, viewer, pk)
    if sight.registered(ledger, declared, viewer) is Sight.HIDDEN:
        refuse(viewer, Action.REVEAL, f"{ledger.code}/{pk}/{name}", purpose=purpose)
    viewer.note(Action.REVEAL, f"{ledger.code}/{pk}/{name}", rows=1, purpose=purpose)
    row = (
        ledger.model._default_manager.filter(pk=pk)
        .annotate(v=declared.value())
        .values_list("v", flat=True)
        .get()
    )
    return show(declared, row, Sight.WHOLE).text
