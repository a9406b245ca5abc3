"""Proposed households confirmed from a day, with some of the people or all, or declined; and what was declined listed again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.ledgers import approving, journal
from qiaojie.ledgers.changing import OpenChange, permitted
from qiaojie.ledgers.models import Batch
from qiaojie.ledgers.rows import hand_out
from qiaojie.ledgers.viewer import Action, Viewer
from qiaojie.lib.dialects import among
from qiaojie.lib.findings import Unusable
from qiaojie.regions.models import Region

from . import household_proposals
from .household_proposals import HouseholdProposal
from .models import DeclinedHousehold, Household, HouseholdMember, Person

AT_ONCE: Final = 200
"""Proposals that are answered by one act at most: some minutes of reading, and one line of the log."""

OUR_NUMBERS: Final = "Q"
"""What the number of a household begins with that no list of a county has numbered: no such list numbers so."""


@dataclass(frozen=True, slots=True)
class ChosenProposal:
    """A proposal as somebody has seen it (``word`` and ``seen`` of ``HouseholdProposal``), and whom of its people are meant."""

    word: str
    seen: str
    people: frozenset[int]


def confirm(
    township: Region, chosen: Sequence[ChosenProposal], begins: date, viewer: Viewer, reason: str
) -> Batch:
    """The people of each are one household from a day on: a new one, or the one that some of them are of already. One batch,
    which can be undone. What somebody enters whose word is not the last waits for an approver, as other rows of registers do.

    Raises Refused where the viewer may not enter there or stands outside the offices; Unusable ``nothing_chosen``,
    ``too_many``, ``reason_missing``; ``household_day`` (a day to come, or before somebody was born); ``household_alone`` (fewer
    than two people are meant); ``household_changed`` (what was seen holds no more); ``household_overlap`` (somebody is of
    another household in that time).
    """
    permit = permitted(viewer, Action.ENTER, f"households/{township.pk}/confirm", office=True)
    permit.refuse_unless(viewer.covers(township.pk))
    _demand(chosen, reason)
    if begins > timezone.localdate():
        raise Unusable("household_day", _("起始日期还没有到，请填已经同住的日期。"))
    with permit.because(reason.strip()) as change:
        held = _as_seen(township, chosen, viewer)
        plan = [(proposal, _meant(proposal, one)) for proposal, one in held]
        _demand_free(plan, begins)
        county = household_proposals.county_of(township)
        batch = change.begin_batch("households", county.pk, change.purpose)
        number = _write(plan, township, county, begins, change)
        change.note(rows=number)
    return batch


def decline(township: Region, chosen: Sequence[ChosenProposal], viewer: Viewer, reason: str) -> None:
    """The people of each are no household: not proposed again until what was told of them is another. Raises as ``confirm``,
    but for what concerns days."""
    permit = permitted(viewer, Action.ENTER, f"households/{township.pk}/decline", office=True, registry=False)
    permit.refuse_unless(viewer.covers(township.pk))
    _demand(chosen, reason)
    with permit.because(reason.strip()) as change:
        held = _as_seen(township, chosen, viewer)
        made = []
        for proposal, _one in held:
            made.append(
                DeclinedHousehold.objects.create(
                    region=township,
                    told=proposal.told,
                    declined_by=viewer.name,
                    reason=change.purpose[:200],
                ).pk
            )
        change.created(DeclinedHousehold, made, told=False)
        change.note(rows=len(made))


def propose_again(township: Region, keys: Sequence[int], viewer: Viewer, reason: str) -> None:
    """What was declined there (by the keys of the rows) is proposed again. Raises Refused; Unusable ``nothing_chosen``,
    ``reason_missing``, ``household_changed`` where one of them stands no more."""
    permit = permitted(viewer, Action.ENTER, f"households/{township.pk}/again", office=True, registry=False)
    permit.refuse_unless(viewer.covers(township.pk))
    if not keys:
        raise Unusable("nothing_chosen", _("没有勾选任何一条。"))
    _demand_reason(reason)
    with permit.because(reason.strip()) as change:
        rows = DeclinedHousehold.objects.select_for_update().filter(region=township, pk__in=list(keys))
        found = list(rows.order_by("pk").values())
        if len(found) != len(set(keys)):
            raise _changed()
        journal.deleted(DeclinedHousehold, found, actor=viewer.name, batch=None, purpose=change.purpose)
        DeclinedHousehold.objects.filter(pk__in=[row["id"] for row in found]).delete()
        change.note(rows=len(found))


def _demand(chosen: Sequence[ChosenProposal], reason: str) -> None:
    if not chosen:
        raise Unusable("nothing_chosen", _("没有勾选任何一条。"))
    if len(chosen) > AT_ONCE:
        raise Unusable("too_many", _("一次最多办理 %d 户，请分几次。") % AT_ONCE)
    _demand_reason(reason)


def _demand_reason(reason: str) -> None:
    if not reason.strip():
        raise Unusable("reason_missing", _("请写明理由或依据，会和记录一起留存。"))


def _as_seen(
    township: Region, chosen: Sequence[ChosenProposal], viewer: Viewer
) -> list[tuple[HouseholdProposal, ChosenProposal]]:
    """The proposals as they are now; each as it was seen, or nothing is done."""
    known = {one.word: one for one in household_proposals.proposals(township, viewer)}
    found = []
    for one in chosen:
        proposal = known.get(one.word)
        if proposal is None or proposal.seen != one.seen:
            raise _changed()
        found.append((proposal, one))
    return found


def _changed() -> Unusable:
    message = _("打开页面之后，其中有一户的登记被改动或已经认定，什么都没有保存；请核对现在的内容再办。")
    return Unusable("household_changed", message)


def _meant(proposal: HouseholdProposal, chosen: ChosenProposal) -> tuple[int, ...]:
    people = tuple(pk for pk in proposal.people if pk in chosen.people)
    if len(people) < 2 or not proposal.open:
        message = _("一户至少勾选两个人；登记在不同户里的，请先在家庭户台账里核对。")
        raise Unusable("household_alone", message)
    return people


def _demand_free(plan: Sequence[tuple[HouseholdProposal, tuple[int, ...]]], begins: date) -> None:
    """Nobody is of another household from that day on, nor was born after it. Two queries."""
    people = [pk for _proposal, keys in plan for pk in keys]
    if Person.objects.filter(pk__in=among(people), birth_date__gt=begins).exists():
        raise Unusable("household_day", _("起始日期早于其中一人的出生日期，请核对。"))
    target = {pk: proposal.household for proposal, keys in plan for pk in keys}
    for person, household in _spells(people, begins):
        if household != target[person]:
            message = _(
                "其中有人从那天起已经在另一户里，请先在家庭户台账里填上那一户的截止日期，或者改起始日期。"
            )
            raise Unusable("household_overlap", message)


def _spells(people: Sequence[int], begins: date) -> list[tuple[int, int]]:
    """(person, household) of all belonging to a household that holds on a day or begins after it, under any of her records."""
    wanted = among(people)
    hers = Q(person_id__in=wanted) | Q(person__canonical_id__in=wanted)
    later = Q(ends__isnull=True) | Q(ends__gte=begins)
    rows = HouseholdMember.objects.filter(hers, later)
    found = rows.values_list("person_id", "person__canonical_id", "household_id")
    return [(canonical or person, household) for person, canonical, household in found]


def _write(
    plan: Sequence[tuple[HouseholdProposal, tuple[int, ...]]],
    township: Region,
    county: Region,
    begins: date,
    change: OpenChange,
) -> int:
    """Households and who belongs to them; how many members were added."""
    new = [proposal for proposal, _keys in plan if proposal.household is None]
    keys: Mapping[str, int] = dict(zip((one.word for one in new), hand_out(Household, len(new)), strict=True))
    Household.objects.bulk_create(
        Household(pk=pk, number=f"{OUR_NUMBERS}{pk:07d}", county=county, region=township, begins=begins)
        for pk in keys.values()
    )
    change.created(Household, keys.values())
    there = set(_spells([pk for _proposal, people in plan for pk in people], begins))
    final = approving.final_at(county.pk, change.viewer)
    lines = [
        (household, person)
        for proposal, people in plan
        for household in [proposal.household or keys[proposal.word]]
        for person in people
        if (person, household) not in there
    ]
    made = [
        HouseholdMember(pk=pk, household_id=household, person_id=person, begins=begins, confirmed=final)
        for pk, (household, person) in zip(hand_out(HouseholdMember, len(lines)), lines, strict=True)
    ]
    HouseholdMember.objects.bulk_create(made)
    change.created(HouseholdMember, [one.pk for one in made])
    return len(made)
