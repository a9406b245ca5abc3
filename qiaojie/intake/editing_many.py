"""One field of many rows changed by hand, for one reason: looked at first, then done as one batch that is undone as one.

The same columns, parsing, limits, journal and approval as where one row is changed (``editing``, ``storing.revising``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q
from django.utils.translation import gettext as _

from qiaojie.ledgers import approving, declaration, journal, proposals, queries, returned, rows, sight
from qiaojie.ledgers.changing import OpenChange, permitted
from qiaojie.ledgers.conditions import breaches, data
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.models import State
from qiaojie.ledgers.proposals import Line
from qiaojie.ledgers.queries import Row
from qiaojie.ledgers.viewer import Action, Personal, Sight, Viewer, demand, demand_office, refuse
from qiaojie.lib.findings import Level, Unusable
from qiaojie.notices import queries as notices
from qiaojie.people.models import Person, Tie

from . import editing
from .editing import Entry
from .judging import row_limits
from .reading import dated_words
from .storing import revising

MOST: Final = 5_000
"""Rows that one act changes: what is more is narrowed first, so that nobody changes what no one looked at."""

SHOWN: Final = 20
"""Rows of a kind that are shown; how many there are in all is said."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A field that may be set for many rows at once, with its column; ``empties`` says whether it may be left empty."""

    field: Field
    column: str
    empties: bool


@dataclass(frozen=True, slots=True)
class Left:
    """Rows that stay as they are, and why; ``open`` says whether the viewer may be shown which."""

    code: str
    words: str
    keys: tuple[int, ...]
    open: bool = True


@dataclass(frozen=True, slots=True)
class Outlook:
    """What setting a field means for some rows, or has meant: by what becomes of each.

    ``changes`` take place at once, ``waits`` beside their approved rows, ``same`` have the value already, ``left`` cannot.
    ``seen`` is what tells later whether a row has changed since; ``shared`` are people whom other counties entered too;
    ``batch`` is the act that did it, None where nobody has done anything yet.
    """

    ledger: Ledger
    offer: Offer
    shown: str
    changes: tuple[int, ...]
    waits: tuple[int, ...]
    same: tuple[int, ...]
    left: tuple[Left, ...]
    seen: int
    shared: int = 0
    batch: int | None = None

    @property
    def going(self) -> int:
        """How many rows change, at once or after approval."""
        return len(self.changes) + len(self.waits)

    @property
    def staying(self) -> int:
        """How many cannot."""
        return sum(len(one.keys) for one in self.left)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is wanted of each row: the offer, the value, and the columns that it sets."""

    offer: Offer
    value: Any
    becomes: Mapping[str, Any]
    mending: bool


def may(ledger: Ledger, viewer: Viewer) -> bool:
    """Whether this viewer changes rows of the ledger many at a time at all."""
    if not viewer.may(Action.ENTER) or (viewer.outside and editing.of_offices(ledger)):
        return False
    return bool(offers(ledger, viewer))


def offers(ledger: Ledger, viewer: Viewer) -> list[Offer]:
    """The fields that may be set for many rows at once: kept in the row and seen in the clear. Never a name, a number of
    somebody's, what tells one row from another, what is worked out, or what needs its source named (``elsewhere``)."""
    fixed = _telling_apart(ledger)
    fields = editing.editable(ledger, viewer)
    collected = notices.collected() if any(field.on_order for field, _column in fields) else ()
    return [
        Offer(field, column, _empties(ledger, column))
        for field, column in fields
        if column not in fixed
        and (not field.on_order or (ledger.code, field.name) in collected)
        and _plain(ledger, field)
        and sight.registered(ledger, field, viewer) is Sight.WHOLE
        and not _by_source(field)
    ]


def elsewhere(ledger: Ledger, viewer: Viewer) -> list[Field]:
    """Fields that are set for many rows only where their source is named, which is another page."""
    return [field for field, _column in editing.editable(ledger, viewer) if _by_source(field)]


def entry(ledger: Ledger, name: str, viewer: Viewer, text: str = "", errors: Sequence[str] = ()) -> Entry:
    """The box into which the new value of a field is put. Raises Unusable ``field_unknown`` where it is not offered."""
    offer = _offered(ledger, name, viewer)
    county = dated_words.county_at(viewer.region_id) if dated_words.asks(offer.field) else None
    return Entry(
        offer.field, offer.column, text, errors=tuple(errors), required=not offer.empties, county=county
    )


def chosen(ledger: Ledger, keys: Iterable[int], viewer: Viewer) -> list[int]:
    """The rows that are to be changed, each once. Raises Refused where the viewer may not enter, Unusable ``too_many``."""
    _demand(ledger, viewer)
    return _some(keys)


def look(
    ledger: Ledger,
    keys: Iterable[int],
    name: str,
    text: str,
    viewer: Viewer,
    *,
    empty: bool = False,
    mending: bool = False,
) -> Outlook:
    """What setting a field of these rows to what was entered would do; writes nothing. As many queries for a thousand rows,
    whatever the field.

    ``empty`` empties it instead. ``mending`` is where rows that were sent back are what the viewer has come for; else they are
    left, for whoever sent them back waits for more than this. Raises Refused; Unusable ``too_many``, ``field_unknown``,
    ``value_wrong``.
    """
    _demand(ledger, viewer)
    wanted = _some(keys)
    wish = _wish(ledger, name, text, viewer, empty=empty, mending=mending)
    # What changes while the rows are read shows as changed after this.
    seen = journal.mark(ledger.model)
    found = _Judged(ledger, wish, viewer, None, wanted)
    viewer.note(Action.SEE, _subject(ledger), rows=len(wanted))
    return found.outlook(seen, shared=_shared(ledger, found.going, viewer))


def change(
    ledger: Ledger,
    keys: Iterable[int],
    name: str,
    text: str,
    seen: int,
    viewer: Viewer,
    purpose: str,
    *,
    empty: bool = False,
    mending: bool = False,
) -> Outlook:
    """Set a field of all these rows that can have it so, in one batch; those that cannot are left, and told.

    A line of the journal for each row; what somebody whose word is not the last changes of approved rows waits beside them.
    ``seen`` is what ``look`` gave: rows that changed since are left. Raises as ``look``, and Unusable ``reason_missing``,
    ``nothing_changed`` where none of them can change.
    """
    permit = permitted(
        viewer, Action.ENTER, _subject(ledger), purpose=purpose, office=editing.of_offices(ledger)
    )
    if not purpose.strip():
        raise Unusable("reason_missing", _("请写明修改的原因或依据，会和记录一起留存。"))
    wanted = _some(keys)
    wish = _wish(ledger, name, text, viewer, empty=empty, mending=mending)
    with permit as open_change:
        found = _Judged(ledger, wish, viewer, seen, wanted)
        found.try_out(open_change)
        if not found.going:
            raise Unusable("nothing_changed", _("这些记录都没有改动：已经是这个内容，或不能改；请返回查看。"))
        batch = open_change.begin_batch(ledger.code, found.region, purpose)
        revising.write(ledger, found.now, found.later, open_change, found.regions)
        open_change.note(_subject(ledger), rows=len(found.going))
    return found.outlook(seen, batch=batch.pk)


def rows_of(outlook: Outlook, viewer: Viewer) -> dict[int, Row]:
    """The first rows of each kind as the viewer sees them, with the field, by key; one query."""
    ledger = outlook.ledger
    kinds = (outlook.changes, outlook.waits, outlook.same, *(one.keys for one in outlook.left if one.open))
    keys = [key for kind in kinds for key in kind[:SHOWN]]
    if not keys:
        return {}
    title = ledger.field(ledger.title) if ledger.title else ledger.fields[0]
    field = outlook.offer.field
    fields = (title, field) if field.name != title.name else (title,)
    shown = queries.kept("keys", ledger, viewer, fields, queries.with_keys, [keys], withdrawn=True)
    return {row.pk: row for row in shown}


def _subject(ledger: Ledger) -> str:
    return f"{ledger.code}/change-many"


def _demand(ledger: Ledger, viewer: Viewer) -> None:
    (demand_office if editing.of_offices(ledger) else demand)(viewer, Action.ENTER, _subject(ledger))
    declaration.demand_open(ledger)
    if not ledger.made:
        refuse(viewer, Action.ENTER, _subject(ledger))


def _some(keys: Iterable[int]) -> list[int]:
    wanted = sorted(set(keys))
    if len(wanted) > MOST:
        raise Unusable("too_many", _("一次最多改 %s 条，请先筛选。") % f"{MOST:,}")
    return wanted


def _telling_apart(ledger: Ledger) -> set[str]:
    """Columns that tell one row from another: setting them for many would make these rows one."""
    model = ledger.model
    named = {*ledger.key, *(name for each in model._meta.total_unique_constraints for name in each.fields)}
    for constraint in model._meta.constraints:
        named.update(getattr(constraint, "fields", ()))
    unique = {column.attname for column in model._meta.concrete_fields if column.unique}
    return unique | {rows.column(model, name).attname for name in named}


def _plain(ledger: Ledger, field: Field) -> bool:
    return (
        (not field.guarded or field.personal is Personal.DISABILITY)
        and field.kind != "name"
        and field.name != ledger.title
    )


def _by_source(field: Field) -> str:
    return str(getattr(field, "by_source", ""))


def _empties(ledger: Ledger, column: str) -> bool:
    kept = rows.column(ledger.model, column)
    return bool(kept.null or kept.blank)


def _offered(ledger: Ledger, name: str, viewer: Viewer) -> Offer:
    for offer in offers(ledger, viewer):
        if offer.field.name == name:
            return offer
    raise Unusable("field_unknown", _("请选择要改的一栏；姓名、号码和区分记录的栏目只能逐条改。"))


def _wish(ledger: Ledger, name: str, text: str, viewer: Viewer, *, empty: bool, mending: bool) -> _Wish:
    offer = _offered(ledger, name, viewer)
    given = "" if empty else text.strip()
    if not given and not empty:
        raise Unusable("value_wrong", _("请填写“%s”的新内容。") % offer.field.label)
    value, errors = editing.parse(offer.field, ledger.model, offer.column, given)
    if errors:
        raise Unusable("value_wrong", errors[0])
    return _Wish(offer, value, revising.carried(ledger, {offer.column: value}), mending)


def _shared(ledger: Ledger, keys: Iterable[int], viewer: Viewer) -> int:
    """How many of these are people whom other counties have entered too."""
    if ledger.model is not Person:
        return 0
    elsewhere_too = Tie.objects.exclude(viewer.scope("region")).order_by()
    return sum(
        elsewhere_too.filter(person__in=part).values("person").distinct().count()
        for part in rows.chunks(keys)
    )


class _Judged:
    """Rows by what becomes of each. ``since`` is the line of the journal after which a row counts as changed (None: none)."""

    def __init__(
        self, ledger: Ledger, wish: _Wish, viewer: Viewer, since: int | None, wanted: Sequence[int]
    ) -> None:
        self.ledger = ledger
        self.wish = wish
        self.viewer = viewer
        self.same: list[int] = []
        self.left: dict[tuple[str, str], list[int]] = defaultdict(list)
        self.regions: dict[int, int | None] = {}
        self._places: dict[int, int | None] = {}
        self._standing = revising.standing_columns(ledger)
        name = wish.offer.field.name
        self._limits = [limit for limit in ledger.limits if name in breaches.looked_at([limit], ledger)]
        self._rules = approving.rules()
        # The last word about rows of no unit in particular.
        self._final = not ledger.filed_by and approving.final_at(viewer.region_id, viewer)
        lines: list[Line] = []
        standing: dict[int, Mapping[str, Any]] = {}
        for part in rows.chunks(wanted):
            lines += self._judge(part, since, standing)
        self.now, self.later = revising.split(ledger, lines, standing, self._is_final)
        self._leave_asked()

    @property
    def going(self) -> list[int]:
        """The rows that change, at once or after approval."""
        return sorted({pk for pk, _was, _becomes in (*self.now, *self.later)})

    @property
    def region(self) -> int | None:
        """The region that the act is of: that of its rows where they have one, else the viewer's."""
        found = {self.regions[pk] for pk in self.going if pk in self.regions}
        return found.pop() if len(found) == 1 else self.viewer.region_id

    def outlook(self, seen: int, *, shared: int = 0, batch: int | None = None) -> Outlook:
        """What was found, for whoever asked."""
        held = queries.show(self.wish.offer.field, self._named(), Sight.WHOLE).text
        waits = {pk for pk, _was, _becomes in self.later}
        return Outlook(
            self.ledger,
            self.wish.offer,
            held,
            tuple(pk for pk in self.going if pk not in waits),
            tuple(sorted(waits)),
            tuple(self.same),
            tuple(
                Left(code, words, tuple(sorted(keys)), open=code != "elsewhere")
                for (code, words), keys in sorted(self.left.items(), key=lambda one: -len(one[1]))
            ),
            seen,
            shared,
            batch,
        )

    def try_out(self, change: OpenChange) -> None:
        """Leave those rows that the database would not take so, for what no declared limit says."""
        refused = _refused(self.ledger, [*self.now, *self.later], change)
        if refused:
            self._leave("contradicts", _("改了以后与这条记录的其他内容矛盾，或与另一条记录相同"), refused)
            self.now = [line for line in self.now if line[0] not in refused]
            self.later = [line for line in self.later if line[0] not in refused]

    def _named(self) -> Any:
        value = self.wish.value
        if self.wish.offer.field.kind == "region" and value is not None:
            return editing.region_names([value]).get(value, "")
        return value

    def _leave(self, code: str, words: str, keys: Iterable[int]) -> None:
        self.left[code, words] += keys

    def _is_final(self, pk: int) -> bool:
        if not self.ledger.filed_by:
            return self._final
        return self._rules.of(self._places.get(pk)).decides(self.viewer, self.viewer.name)

    def _judge(
        self, part: list[int], since: int | None, standing: dict[int, Mapping[str, Any]]
    ) -> list[Line]:
        """The lines of those rows that can change; the others are noted."""
        found = self._held(part)
        self._leave("elsewhere", _("不在您的范围内，或已经没有这条记录"), set(part) - found.keys())
        left = self._standing_in_the_way(found, since)
        values = self._values(found)
        columns = tuple(self.wish.becomes)
        lines: list[Line] = []
        asked: list[int] = []
        for pk, row in found.items():
            if pk in left:
                continue
            if all(row[name] == self.wish.becomes[name] for name in columns):
                self.same.append(pk)
            else:
                asked.append(pk)
        broken = {**self._not_in_force(asked, found), **self._broken(asked, values)}
        for pk in asked:
            if pk in broken:
                self._leave(*broken[pk], [pk])
                continue
            row = found[pk]
            standing[pk] = {name: row[name] for name in self._standing}
            lines.append((pk, {name: row[name] for name in columns}, self.wish.becomes))
        return lines

    def _held(self, part: list[int]) -> dict[int, Mapping[str, Any]]:
        """The rows that the viewer may see, voided ones too, with all columns that are asked for; one query."""
        columns = {*self.wish.becomes, *self._standing}
        unit = self.ledger.filed_by
        columns |= {f"{unit}_id", f"{unit}__first"} if unit else set()
        columns |= {self.ledger.date} & {one.attname for one in self.ledger.model._meta.concrete_fields}
        visible = self.ledger.model._default_manager.filter(self.ledger.visible(self.viewer))
        found: dict[int, Mapping[str, Any]] = {
            row["pk"]: row for row in visible.filter(pk__in=part).order_by("pk").values("pk", *columns)
        }
        if unit:
            self.regions |= {pk: row[f"{unit}_id"] for pk, row in found.items()}
            self._places |= {pk: row[f"{unit}__first"] for pk, row in found.items()}
        return found

    def _standing_in_the_way(self, found: Mapping[int, Mapping[str, Any]], since: int | None) -> set[int]:
        """Rows that are voided, changed since they were looked at, or sent back; they are noted."""
        void = {pk for pk, row in found.items() if row.get("state") == State.WITHDRAWN}
        self._leave("void", _("已作废，恢复以后才能改"), void)
        rest = found.keys() - void
        changed = set() if since is None else journal.changed_since(self.ledger.model, rest, since)
        self._leave("changed_meanwhile", _("看过以后又被别人改过，请重新看一遍再改"), changed)
        rest -= changed
        sent_back = set()
        if self.ledger.approved and not self.wish.mending:
            drafts = [pk for pk in rest if found[pk]["state"] == State.DRAFT]
            sent_back = returned.to_mend(self.ledger, drafts) if drafts else set()
            self._leave("returned", _("被退回修改，请按退回的原因改；在“退回修改”里可以一起改"), sent_back)
        return void | changed | sent_back

    def _values(self, found: Mapping[int, Mapping[str, Any]]) -> dict[str, dict[int, Any]]:
        """What rows say of the fields that the new value is held against; one query where there are any."""
        field = self.wish.offer.field
        names = {*breaches.looked_at(self._limits, self.ledger), *data.names(field.applies)} - {field.name}
        declared = [one for one in self.ledger.fields if one.name in names]
        values: dict[str, dict[int, Any]] = {one.name: {} for one in declared}
        if declared:
            wanted = self.ledger.model._default_manager.filter(Q(pk__in=list(found)))
            for pk, _person, held in queries.typed(self.ledger, wanted, declared):
                for one, value in zip(declared, held, strict=True):
                    values[one.name][pk] = value
        return values

    def _not_in_force(
        self, asked: Sequence[int], found: Mapping[int, Mapping[str, Any]]
    ) -> dict[int, tuple[str, str]]:
        """Why rows may not have a word of a list, by key: it may not be entered for their day, or is another county's own."""
        field, value = self.wish.offer.field, self.wish.value
        days = {pk: (found[pk].get(self.ledger.date), self._places.get(pk)) for pk in asked}
        told = dated_words.of_rows(field, value, days, self.viewer)
        return {pk: (one.code, one.message) for pk, one in told.items()}

    def _broken(
        self, keys: Sequence[int], values: Mapping[str, Mapping[int, Any]]
    ) -> dict[int, tuple[str, str]]:
        """Why rows may not have the value, by key: it belongs to other rows, or breaks a limit."""
        field = self.wish.offer.field
        columns: dict[str, list[Any]] = {name: [held.get(pk) for pk in keys] for name, held in values.items()}
        columns[field.name] = [self.wish.value] * len(keys)
        found = (
            *editing.misplaced([field], self.ledger, columns, len(keys)),
            *row_limits.find(self._limits, self.ledger, columns, len(keys)),
        )
        said: dict[int, tuple[str, str]] = {}
        for one in found:
            if one.finding.level is Level.ERROR:
                said.setdefault(keys[one.row], (one.finding.code, one.finding.message))
        return said

    def _leave_asked(self) -> None:
        """Leave rows beside which the very same change waits already."""
        there = proposals.asked_already(self.ledger, {pk: after for pk, _was, after in self.later})
        self._leave("waits_already", _("同样的修改已经提出过，正等审核"), there)
        self.later = [line for line in self.later if line[0] not in there]
        self.left = defaultdict(list, {kind: keys for kind, keys in self.left.items() if keys})


def _refused(ledger: Ledger, lines: Sequence[Line], change: OpenChange) -> set[int]:
    """The rows that the database would not take, found by halves: one question where it takes them all."""
    if not lines or change.stands(ledger.model, [(pk, after) for pk, _was, after in lines]):
        return set()
    if len(lines) == 1:
        return {lines[0][0]}
    middle = len(lines) // 2
    return _refused(ledger, lines[:middle], change) | _refused(ledger, lines[middle:], change)
