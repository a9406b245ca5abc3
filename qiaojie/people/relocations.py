"""迁出迁入: women who move to another county are handed over by list, and what comes after the day counts where they live.

The certificate's time in the old county ends with the day of the move, and the same certificate begins in the new one on the
day after. Nothing that happened before moves with her. Both sides' approvers act: the old county offers, the new one answers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.db import IntegrityError
from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.ledgers import rows
from qiaojie.ledgers.changing import OpenChange, Permit, permitted
from qiaojie.ledgers.models import Batch
from qiaojie.ledgers.viewer import Action, Viewer, demand_office
from qiaojie.lib.findings import Unusable
from qiaojie.regions import residence
from qiaojie.regions.models import Region

from .models import Certificate, Person, Relocation, RelocationList
from .queries import known_to, valid_on
from .services import tie

MOVED = "户籍迁移"
"""Why a certificate ended in the old county."""

AT_ONCE = 500
"""Persons on one list: what a clerk can have looked at, and a paper can hold."""

OFFERED, ACCEPTED = Relocation.State.OFFERED, Relocation.State.ACCEPTED

_SPELL = ("number", "number_hash", "category", "grade", "expires_on")
"""What a certificate keeps when it goes on in another county."""


def visible(viewer: Viewer) -> QuerySet[RelocationList]:
    """Lists that the viewer's regions made or that were made for them, the latest first. Raises Refused outside the offices."""
    demand_office(viewer, Action.SEE, "relocations")
    own = viewer.scope("origin") | viewer.scope("destination")
    return RelocationList.objects.filter(own).select_related("origin", "destination").order_by("-pk")


def waiting_since(viewer: Viewer) -> tuple[int, datetime | None]:
    """How many women wait for the viewer's regions to take them over, and since when the first was offered; one query."""
    if viewer.outside:
        return 0, None
    offered = Relocation.objects.filter(viewer.scope("list__destination"), state=OFFERED)
    held = offered.aggregate(number=Count("pk"), since=Min("list__offered_at"))
    return held["number"], held["since"]


def one(pk: int, viewer: Viewer) -> RelocationList | None:
    """A list, if the viewer may see it."""
    return visible(viewer).filter(pk=pk).first()


def offer(
    persons: Collection[int], origin: Region, destination: Region, moved_on: date, viewer: Viewer, reason: str
) -> RelocationList:
    """Make a list of persons who move from one county to another; ``moved_on`` is the last day on which they are ``origin``'s.

    Raises Refused where the role may not approve in the old county, or somebody may not be seen; Unusable ``nothing_chosen``,
    ``too_many``, ``county_expected``, ``relocation_nowhere`` (to where they are), ``relocation_ahead`` (a day to come),
    ``reason_missing``, ``not_certified_here`` (somebody holds no certificate of the old county on that day),
    ``relocation_offered`` (somebody stands on a list already).
    """
    permit = permitted(viewer, Action.APPROVE, "relocations/offer", office=True, registry=False)
    permit.refuse_unless(viewer.covers(origin.pk))
    keys = sorted(set(persons))
    known = Person.objects.filter(
        known_to(viewer), pk__in=keys[: AT_ONCE + 1], canonical__isnull=True
    ).count()
    permit.refuse_unless(known == len(keys[: AT_ONCE + 1]))
    _demand_offer(keys, origin, destination, moved_on, reason)
    lacking = len(set(keys) - _certificates(keys, origin.pk, moved_on).keys())
    if lacking:
        text = _("有 %(number)d 人在 %(day)s 没有%(county)s发的有效残疾人证，不能由这里迁出，请先核对。")
        words = {"number": lacking, "day": moved_on.isoformat(), "county": origin.short_name}
        raise Unusable("not_certified_here", text % words)
    try:
        with permit.because(reason.strip()) as change:
            made = RelocationList.objects.create(
                origin=origin,
                destination=destination,
                moved_on=moved_on,
                reason=change.purpose[:200],
                offered_by=viewer.name,
            )
            rows = Relocation.objects.bulk_create(Relocation(list=made, person_id=key) for key in keys)
            change.created(RelocationList, [made.pk], told=False)
            change.created(Relocation, [row.pk for row in rows], told=False)
            change.note(f"relocations/{made.pk}", rows=len(keys))
    except IntegrityError as taken:
        text = _("其中有人已经在另一份迁出名单上，还没有答复；请先撤回或等对方答复。")
        raise Unusable("relocation_offered", text) from taken
    return made


def _demand_offer(
    keys: Sequence[int], origin: Region, destination: Region, moved_on: date, reason: str
) -> None:
    if not keys:
        raise Unusable("nothing_chosen", _("还没有选人。"))
    if len(keys) > AT_ONCE:
        raise Unusable("too_many", _("一份名单最多 %d 人，请分几份。") % AT_ONCE)
    for county in (origin, destination):
        if not residence.is_county(county.level, county.kind):
            raise Unusable("county_expected", _("“%s”不是区县，请写到区县。") % county.short_name)
    if origin.pk == destination.pk:
        raise Unusable("relocation_nowhere", _("迁出和迁入是同一个区县，不用迁移。"))
    if moved_on > timezone.localdate():
        raise Unusable("relocation_ahead", _("迁出日期还没有到，请在迁出之后登记。"))
    _demand_reason(reason)


def accept(pk: int, places: Mapping[int, int], viewer: Viewer, reason: str) -> Batch:
    """Take over women of a list: ``places`` maps their keys to where each lives now (the new county, or a township of it).

    One batch, which can be undone. Raises Refused where the role may not approve in the new county; Unusable
    ``nothing_chosen``, ``reason_missing``, ``place_outside``, ``relocation_closed`` (somebody does not wait any more),
    ``relocation_outdated`` (somebody's certificate has ended or changed since).
    """
    held, permit = _of_side(pk, "destination", viewer, "accept")
    _demand_chosen(places)
    _demand_places(set(places.values()), held.destination)
    _demand_reason(reason)
    with permit.because(reason.strip()) as change:
        rows = _waiting(held, places)
        batch = change.begin_batch("certificates", held.destination_id, change.purpose)
        _move_certificates(rows, held, change)
        _move_persons({row.person_id: places[row.person_id] for row in rows}, change)
        ties = tie(places, held.destination_id, actor=viewer.name, batch=batch)
        change.touch({"people.Tie": ties})
        _close(rows, ACCEPTED, change, places, batch)
        change.note(rows=len(rows))
    return batch


def decline(pk: int, persons: Collection[int], viewer: Viewer, reason: str) -> None:
    """The new county does not take women of a list: nothing changes for them. Raises as ``accept``."""
    _end(pk, persons, viewer, reason, "destination", Relocation.State.DECLINED)


def take_back(pk: int, persons: Collection[int], viewer: Viewer, reason: str) -> None:
    """The old county takes women of a list back, as long as nobody has answered. Raises as ``accept``, of the old county."""
    _end(pk, persons, viewer, reason, "origin", Relocation.State.TAKEN_BACK)


def _end(
    pk: int, persons: Collection[int], viewer: Viewer, reason: str, side: str, state: Relocation.State
) -> None:
    held, permit = _of_side(pk, side, viewer, state.value)
    _demand_chosen(persons)
    _demand_reason(reason)
    with permit.because(reason.strip()) as change:
        rows = _waiting(held, persons)
        _close(rows, state, change)
        change.note(rows=len(rows))


def _of_side(pk: int, side: str, viewer: Viewer, word: str) -> tuple[RelocationList, Permit]:
    """The list and permission to act on it for the county on one side of it."""
    permit = permitted(viewer, Action.APPROVE, f"relocations/{pk}/{word}", office=True)
    held = RelocationList.objects.select_related("origin", "destination").filter(pk=pk).first()
    if held is None or not viewer.covers(getattr(held, f"{side}_id")):
        permit.refuse()
    return held, permit


def _waiting(held: RelocationList, persons: Iterable[int]) -> list[Relocation]:
    """The rows of a list for these persons, held until the transaction ends."""
    keys = set(persons)
    rows = list(held.relocations.select_for_update().filter(person__in=keys, state=OFFERED).order_by("pk"))
    if len(rows) != len(keys):
        raise Unusable("relocation_closed", _("名单上有人已经答复或撤回，请刷新后再看。"))
    return rows


def _certificates(persons: Iterable[int], county: int, day: date) -> dict[int, list[Certificate]]:
    """By person: the certificates of a county valid on a day, under any of her records."""
    keys = set(persons)
    found: dict[int, list[Certificate]] = {}
    held = Certificate.objects.filter(
        valid_on(day), Q(person__in=keys) | Q(person__canonical__in=keys), county=county
    )
    for each in held.select_related("person").order_by("pk"):
        found.setdefault(each.person.canonical_id or each.person_id, []).append(each)
    return found


def _move_certificates(rows: Sequence[Relocation], held: RelocationList, change: OpenChange) -> None:
    """End each certificate with the day of the move, and let it go on in the new county from the day after."""
    found = _certificates([row.person_id for row in rows], held.origin_id, held.moved_on)
    if len(found) != len(rows):
        raise Unusable(
            "relocation_outdated", _("名单上有人的残疾人证已经变了，不能接收，请与迁出区县核对后重新迁出。")
        )
    old = [each for hers in found.values() for each in hers]
    after = {"ended_on": held.moved_on, "end_reason": MOVED}
    lines = [(each.pk, {name: getattr(each, name) for name in after}, after) for each in old]
    Certificate.objects.filter(pk__in=[each.pk for each in old]).update(**after)
    change.updated(Certificate, lines)
    new = Certificate.objects.bulk_create(
        Certificate(
            person_id=each.person_id,
            county_id=held.destination_id,
            issued_on=held.moved_on + timedelta(days=1),
            **{name: getattr(each, name) for name in _SPELL},
        )
        for each in old
    )
    change.created(Certificate, [each.pk for each in new])


def _move_persons(places: Mapping[int, int], change: OpenChange) -> None:
    """Where each is registered and lives from now on."""
    lines = []
    for person in Person.objects.filter(pk__in=places).order_by("pk"):
        place = places[person.pk]
        before = {"hukou_id": person.hukou_id, "home_id": person.home_id}
        after = {"hukou_id": place, "home_id": place}
        lines.append((person.pk, before, after))
    rows.update(Person, [(pk, after) for pk, _before, after in lines])
    change.updated(Person, lines)


def _close(
    answered: Sequence[Relocation],
    state: Relocation.State,
    change: OpenChange,
    places: Mapping[int, int] | None = None,
    batch: Batch | None = None,
) -> None:
    """Note the answer of each."""
    lines = []
    for row in answered:
        after = {
            "state": state.value,
            "answered_by": change.viewer.name,
            "answered_at": timezone.now(),
            "answer_reason": change.purpose[:200],
            "place_id": places[row.person_id] if places else None,
            "batch_id": batch.pk if batch is not None else None,
        }
        lines.append((row.pk, {name: getattr(row, name) for name in after}, after))
    rows.update(Relocation, [(pk, after) for pk, _before, after in lines])
    change.updated(Relocation, lines, told=False)


def _demand_chosen(persons: Collection[int]) -> None:
    if not persons:
        raise Unusable("nothing_chosen", _("还没有选人。"))


def _demand_reason(reason: str) -> None:
    if not reason.strip():
        raise Unusable("reason_missing", _("请写明理由或依据。"))


def _demand_places(places: set[int], destination: Region) -> None:
    inside = Region.objects.filter(pk__in=places, first__gte=destination.first, first__lte=destination.last)
    if inside.count() != len(places):
        raise Unusable("place_outside", _("迁入地不在%s范围内。") % destination.short_name)
