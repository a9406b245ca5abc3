"""Who approves the rows of a county one after the other, as the county itself has said; and whose word is the last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.db.models import F, Q
from django.utils.translation import gettext as _

from qiaojie.lib.findings import Unusable
from qiaojie.regions.models import Level, Region

from . import declaration, rows
from .changing import permitted
from .declaration import Ledger
from .models import PENDING, ApprovalRule, State
from .viewer import Action, Viewer

_ASKED: Final[Mapping[str, tuple[int, ...]]] = {
    ApprovalRule.Steps.ONE: (),
    ApprovalRule.Steps.TOWNSHIP: (Level.TOWNSHIP,),
    ApprovalRule.Steps.VILLAGE: (Level.VILLAGE, Level.TOWNSHIP),
}
"""The levels below the county that a rule asks, the lowest first."""

_GIVEN: Final[Mapping[int, State]] = {Level.VILLAGE: State.VILLAGE, Level.TOWNSHIP: State.TOWNSHIP}
"""What a row becomes when a level below the county has approved it."""

_PASSED: Final[Mapping[str, int]] = {State.VILLAGE: Level.VILLAGE, State.TOWNSHIP: Level.TOWNSHIP}
"""The highest level below the county that has approved a row in this state."""


@dataclass(frozen=True, slots=True)
class CountyRule:
    """How the rows of a county are approved: by which levels below it first, and whether whoever entered may approve."""

    asked: tuple[int, ...] = ()
    two_persons: bool = False

    def decides(self, viewer: Viewer, by: str) -> bool:
        """Whether this viewer has the last word about what an account (``by``) has entered, changed or asked for."""
        if not viewer.may(Action.APPROVE) or (self.two_persons and by == viewer.name):
            return False
        return self.last(viewer)

    def last(self, viewer: Viewer) -> bool:
        """Whether a viewer who approves stands at the last level that is asked."""
        return not self.asked or viewer.level is None or viewer.level <= Level.COUNTY


@dataclass(frozen=True, slots=True)
class CountyRules:
    """The rules of all counties that have said something, by the numbers of their regions."""

    held: tuple[tuple[int, int, CountyRule], ...]

    def of(self, place: int | None) -> CountyRule:
        """The rule for rows of a region, by its number in the tree (``Region.first``); that of its county."""
        if place is not None:
            for first, last, rule in self.held:
                if first <= place <= last:
                    return rule
        return CountyRule()


def rules() -> CountyRules:
    """What counties have said; one query."""
    found = ApprovalRule.objects.order_by("-region__first").values_list(
        "region__first", "region__last", "steps", "two_persons"
    )
    return CountyRules(
        tuple((first, last, CountyRule(_ASKED[steps], two)) for first, last, steps, two in found)
    )


def following(rule: CountyRule, filed: int | None, state: str, viewer: Viewer) -> State | None:
    """What a row becomes when this viewer approves it; None where another level has to approve first, or is not asked.

    ``filed`` is the level of the office that filed the row: nobody below that office is asked.
    """
    asked = [level for level in rule.asked if filed is not None and level <= filed]
    passed = _PASSED.get(state)
    waits = [level for level in asked if passed is None or level < passed]
    if viewer.level is None or viewer.level <= Level.COUNTY:
        return State.APPROVED if not waits else None
    if not asked:
        return State.APPROVED
    return _GIVEN[waits[0]] if waits and waits[0] == viewer.level else None


def rule_at(region_id: int | None) -> CountyRule:
    """The rule for rows filed by a region; at most two queries."""
    known = rules()
    if not known.held or region_id is None:
        return CountyRule()
    return known.of(Region.objects.filter(pk=region_id).values_list("first", flat=True).first())


def final_at(region_id: int | None, viewer: Viewer) -> bool:
    """Whether what this viewer enters or changes there needs nobody else's approval; at most two queries."""
    return viewer.may(Action.APPROVE) and rule_at(region_id).decides(viewer, viewer.name)


def rests_on(ledger: Ledger, keys: Iterable[int]) -> list[tuple[Ledger, int]]:
    """What approved rows of a ledger refer to and is not approved itself: they count once that is. The ledger, and how many of
    its rows; a query for each ledger that rows refer to and whose rows are approved."""
    wanted = list(keys)
    found: list[tuple[Ledger, int]] = []
    for part in ledger.parts.values():
        other = declaration.get(part.ledger)
        if not other.approved:
            continue
        lacking: set[int] = set()
        for some in rows.chunks(wanted):
            held = ledger.model._default_manager.filter(pk__in=some, state=State.APPROVED)
            held = held.filter(**{f"{part.attribute}__state__in": PENDING})
            lacking.update(held.order_by().values_list(f"{part.attribute}_id", flat=True).distinct())
        if lacking:
            found.append((other, len(lacking)))
    return found


def rule_of(region: Region) -> ApprovalRule:
    """What a county has said; unsaved where it has said nothing."""
    found = ApprovalRule.objects.filter(region=region).first()
    return found or ApprovalRule(region=region)


def settle(region: Region, steps: str, viewer: Viewer, reason: str, *, two_persons: bool) -> ApprovalRule:
    """Say how a county's rows are approved from now on. Rows on the way stay where they are.

    Raises Refused where the viewer does not approve for that county; Unusable ``steps_unknown``, ``not_a_county``,
    ``reason_missing``.
    """
    permit = permitted(viewer, Action.APPROVE, f"approval/{region.pk}", office=True)
    permit.refuse_unless(viewer.covers(region.pk) and (viewer.level is None or viewer.level <= Level.COUNTY))
    if steps not in ApprovalRule.Steps.values:
        raise Unusable("steps_unknown", _("请选择由哪几级审核。"))
    if region.level != Level.COUNTY:
        raise Unusable("not_a_county", _("审核层级由区县设定，“%s”不是区县。") % region.short_name)
    if not reason.strip():
        raise Unusable("reason_missing", _("请写明原因，会和记录一起留存。"))
    with permit.because(reason.strip()) as change:
        before = (
            ApprovalRule.objects.filter(region=region).values("steps", "two_persons", "reason", "by").first()
        )
        after = {
            "steps": steps,
            "two_persons": two_persons,
            "reason": reason.strip()[:200],
            "by": viewer.name,
        }
        kept, _new = ApprovalRule.objects.update_or_create(region=region, defaults=after)
        if before is None:
            change.created(ApprovalRule, [kept.pk], told=False)
        else:
            change.updated(ApprovalRule, [(kept.pk, before, after)], told=False)
        change.note(rows=1)
    return kept


def settled(viewer: Viewer) -> list[ApprovalRule]:
    """What the counties in the viewer's area have said."""
    found = ApprovalRule.objects.filter(viewer.scope("region")).select_related("region")
    return list(found.order_by(F("region__first")))


def added_standing(ledger: Ledger, names: Iterable[str]) -> Q:
    """Condition: what other ledgers add to a row, as far as fields of these names ask for it, is approved, or not there."""
    found = Q()
    for word, code in declaration.added(ledger.code).items():
        held = [name for name in names if name.partition(".")[0] == word]
        if held and declaration.get(code).approved:
            path = ledger.field(held[0]).column.partition("__")[0]
            found &= Q(**{f"{path}__state": State.APPROVED}) | Q(**{f"{path}__isnull": True})
    return found
