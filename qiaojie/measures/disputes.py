"""Who answers for a person: a unit disputes that another counts her, the other gives her over or keeps her.

Nothing is deleted: the facts stay where they were filed; a hand-over says for which unit she counts from now on.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, F, Min, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.ledgers.changing import OpenChange, permitted
from qiaojie.ledgers.viewer import Action, Viewer, demand, refuse
from qiaojie.lib.findings import Unusable
from qiaojie.notices.schema import Notice
from qiaojie.people.models import Person
from qiaojie.people.queries import canonical_of

from .facts import counts_persons
from .models import Counted, Dispute, HandOver, ValuePart


def visible(viewer: Viewer) -> QuerySet[Dispute]:
    """Disputes that the viewer's regions raised or must answer, the open ones first, newest first."""
    demand(viewer, Action.COUNT, "disputes")
    own = viewer.scope("claimant") | viewer.scope("holder")
    found = Dispute.objects.filter(own).select_related("person", "claimant", "holder")
    return found.order_by(F("answered_at").desc(nulls_first=True), "-pk")


def unanswered(viewer: Viewer) -> list[tuple[str, int, datetime]]:
    """How many disputes wait for an answer of each unit of the viewer, and since when; the longest first."""
    demand(viewer, Action.COUNT, "disputes")
    found = (
        Dispute.objects.filter(viewer.scope("holder"), answer=Dispute.Answer.OPEN)
        .values("holder__short_name")
        .annotate(number=Count("pk"), since=Min("at"))
    )
    return [(one["holder__short_name"], one["number"], one["since"]) for one in found.order_by("since")]


def dispute(
    notice: Notice, code: str, person_id: int, claimant_id: int, viewer: Viewer, reason: str
) -> Dispute:
    """Say that a person whom another unit counts is the claimant's own.

    Raises Unusable ``reason_missing``; ``not_of_persons``; ``not_elsewhere`` where she is not counted elsewhere while the
    claimant has a fact about her; ``dispute_open`` where that was said already. Refused outside the viewer's regions.
    """
    permit = permitted(viewer, Action.ENTER, f"dispute/{notice.code}/{code}/{person_id}", registry=False)
    _covered(viewer, claimant_id, permit.subject)
    text = _reason(reason)
    _of_persons(notice, code)
    person_id = canonical_of([person_id])[person_id]
    held = Counted.objects.filter(measure__notice=notice.code, measure__indicator=code, key=person_id)
    own = held.filter(part=ValuePart.ELSEWHERE, unit_id=claimant_id)
    holder = held.filter(part=ValuePart.APPROVED).values_list("unit_id", flat=True).first()
    if holder is None or not own.exists():
        raise Unusable("not_elsewhere", _("此人没有被其他单位计入，无需提出争议。"))
    with permit.because(text) as change:
        raised, new = Dispute.objects.get_or_create(
            notice=notice.code,
            indicator=code,
            person_id=person_id,
            claimant_id=claimant_id,
            answer=Dispute.Answer.OPEN,
            defaults={"holder_id": holder, "reason": text, "by": viewer.name},
        )
        if not new:
            raise Unusable("dispute_open", _("已经提出过，正等对方答复。"))
        change.created(Dispute, [raised.pk], told=False)
        change.note(f"dispute/{raised.pk}", rows=1)
    return raised


def answer(dispute_id: int, viewer: Viewer, *, give: bool, reason: str) -> Dispute:
    """The unit that counts her gives her over, or keeps her. Raises Unusable ``dispute_closed`` / ``reason_missing``."""
    permit = permitted(viewer, Action.APPROVE, f"dispute/{dispute_id}", registry=False)
    _covered(viewer, _side(dispute_id, "holder_id"), permit.subject)
    with permit.because(_reason(reason)) as change:
        found = Dispute.objects.select_for_update().get(pk=dispute_id)
        if found.answer != Dispute.Answer.OPEN:
            raise Unusable("dispute_closed", _("这项争议已经有结果：%s。") % found.get_answer_display())
        if give:
            # After the dispute: who holds both holds them in this order.
            change.lock()
            _hand_over(found.notice, found.indicator, found.person_id, found.claimant_id, change)
        _close(found, Dispute.Answer.GIVEN if give else Dispute.Answer.KEPT, change)
        change.note(rows=1)
    return found


def withdraw(dispute_id: int, viewer: Viewer) -> Dispute:
    """The claimant takes its word back. Raises Unusable ``dispute_closed``."""
    permit = permitted(viewer, Action.ENTER, f"dispute/{dispute_id}", registry=False)
    _covered(viewer, _side(dispute_id, "claimant_id"), permit.subject)
    with permit as change:
        found = Dispute.objects.select_for_update().get(pk=dispute_id)
        if found.answer != Dispute.Answer.OPEN:
            raise Unusable("dispute_closed", _("这项争议已经有结果：%s。") % found.get_answer_display())
        _close(found, Dispute.Answer.WITHDRAWN, change)
        change.note(rows=1)
    return found


def give_over(
    notice: Notice, code: str, person_id: int, unit_id: int, viewer: Viewer, reason: str
) -> HandOver:
    """Give a person that one's own unit counts over to another, unasked.

    Raises Unusable ``not_counted``, ``not_of_persons``, ``reason_missing``; Refused where she counts for a unit outside
    the viewer's regions.
    """
    permit = permitted(viewer, Action.APPROVE, f"handover/{notice.code}/{code}/{person_id}")
    text = _reason(reason)
    _of_persons(notice, code)
    person_id = canonical_of([person_id])[person_id]
    holder = (
        Counted.objects.filter(
            measure__notice=notice.code, measure__indicator=code, key=person_id, part=ValuePart.APPROVED
        )
        .values_list("unit_id", flat=True)
        .first()
    )
    if holder is None:
        raise Unusable("not_counted", _("此人没有被任何单位计入，不能划转。"))
    _covered(viewer, holder, permit.subject)
    with permit.because(text) as change:
        given = _hand_over(notice.code, code, person_id, unit_id, change)
        change.note(f"handover/{given.pk}", rows=1)
    return given


def _hand_over(notice: str, code: str, person_id: int, unit_id: int, change: OpenChange) -> HandOver:
    before = HandOver.objects.filter(notice=notice, indicator=code, person_id=person_id).first()
    after = {"unit_id": unit_id, "by": change.viewer.name, "reason": change.purpose}
    given, new = HandOver.objects.update_or_create(
        notice=notice, indicator=code, person_id=person_id, defaults=after
    )
    if new:
        change.created(HandOver, [given.pk], told=False)
    elif before is not None:
        old = {"unit_id": before.unit_id, "by": before.by, "reason": before.reason}
        change.updated(HandOver, [(given.pk, old, after)], told=False)
    change.touch({Person._meta.label: [person_id]})
    return given


def _close(found: Dispute, result: Dispute.Answer, change: OpenChange) -> None:
    before = {"answer": found.answer, "answer_reason": "", "answered_at": None, "answered_by": ""}
    after = {
        "answer": result,
        "answer_reason": change.purpose,
        "answered_at": timezone.now(),
        "answered_by": change.viewer.name,
    }
    for name, value in after.items():
        setattr(found, name, value)
    found.save(update_fields=list(after))
    change.updated(Dispute, [(found.pk, before, after)], told=False)


def _side(dispute_id: int, side: str) -> int | None:
    """The region on one side of a dispute; None where there is no such dispute."""
    region: int | None = Dispute.objects.filter(pk=dispute_id).values_list(side, flat=True).first()
    return region


def _known(dispute_id: int, viewer: Viewer) -> Dispute:
    """The dispute, asked for before any transaction: what a refusal logs must not be rolled back with it."""
    found = Dispute.objects.filter(pk=dispute_id).first()
    if found is None:
        refuse(viewer, Action.ENTER, f"dispute/{dispute_id}")
    return found


def _covered(viewer: Viewer, region_id: int | None, subject: str) -> None:
    """Refuse what is not the viewer's, outside any transaction: a refusal must not take its own log entry back."""
    if region_id is None or not viewer.covers(region_id):
        refuse(viewer, Action.ENTER, subject)


def _of_persons(notice: Notice, code: str) -> None:
    if not counts_persons(notice.indicator(code)):
        raise Unusable("not_of_persons", _("这项指标不按人计，不存在统计归属问题。"))


def _reason(text: str) -> str:
    if not text.strip():
        raise Unusable("reason_missing", _("请写明理由。"))
    return text.strip()[:200]
