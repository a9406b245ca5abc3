"""Writing facts other than classes: work, care, bases, events, and who claims whom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from qiaojie.ledgers import declaration, journal
from qiaojie.ledgers.rows import hand_out, insert
from qiaojie.measures.models import Dispute, HandOver

from .batches import ACTOR, FACT, Batches, fact
from .offices import entered_by
from .places import NOTICE
from .work import earnings
from .world import Claim, Record, World

R = TypeVar("R", bound=Record)


def record(world: World, persons: Sequence[int]) -> None:
    """Write them in the caller's transaction; ``persons`` are the keys by the people's numbers."""
    _write(
        "employments",
        world.jobs,
        ("person_id", "form", "employer", "handicraft", "settlement", "begins", "ends", "continues", "proof"),
        lambda job: (
            persons[job.person.number],
            job.form,
            job.employer,
            job.handicraft,
            job.settlement,
            job.day,
            job.ends,
            job.continues,
            job.proof,
        ),
    )
    _write(
        "incomes",
        [*earnings(world), *world.earnings],
        ("person_id", "month", "kind", "amount"),
        lambda one: (persons[one.person.number], one.day, one.kind, one.amount),
    )
    _write(
        "graduate_services",
        world.graduates,
        ("person_id", "graduated_in", "verified", "origin_id", "service", "outcome"),
        lambda one: (
            persons[one.person.number],
            one.graduated_in,
            one.verified,
            one.origin,
            one.service,
            one.outcome,
        ),
    )
    _write(
        "care_services",
        world.cares,
        (
            "person_id",
            "form",
            "purchased",
            "provider",
            "payer_id",
            "boarding_months",
            "begins",
            "ends",
            "end_reason",
        ),
        lambda care: (
            persons[care.person.number],
            care.form,
            care.purchased,
            care.provider,
            care.place.region,
            care.months,
            care.day,
            care.ends,
            care.end_reason,
        ),
    )
    bases = _write(
        "bases",
        world.bases,
        ("name", "kind", "industry", "head", "place_id"),
        lambda base: (base.name, base.kind, base.industry, base.head, base.place.region),
    )
    keys = dict(zip(world.bases, bases, strict=True))
    _write(
        "base_payments",
        world.payments,
        ("base_id", "amount", "source"),
        lambda paid: (keys[paid.base], paid.amount, paid.source),
    )
    _write(
        "help",
        world.helps,
        (
            "base_id",
            "person_id",
            "woman_kind",
            "begins",
            "ends",
            "content",
            "product_income",
            "qualified",
            "employed",
        ),
        lambda one: (
            keys[one.base],
            persons[one.person.number],
            "poor",
            one.begins,
            one.day,
            one.content,
            one.product_income,
            one.qualified,
            one.employed,
        ),
    )
    _write(
        "events",
        world.events,
        ("title", "kind", "begins", "ends", "has_plan", "has_sign_in", "attendance"),
        lambda event: (
            event.title,
            "massage",
            event.begins,
            event.day,
            event.has_plan,
            event.has_sign_in,
            event.attendance,
        ),
    )
    _claim(world.claims, persons)


def _write(
    code: str, records: Sequence[R], columns: Sequence[str], row: Callable[[R], tuple[Any, ...]]
) -> list[int]:
    """Rows of a ledger and their batches; their keys in the same order."""
    ledger = declaration.get(code)
    keys = hand_out(ledger.model, len(records))
    lines = ((key, *fact(one, one.state), *row(one)) for key, one in zip(keys, records, strict=True))
    insert(ledger.model, ("id", *FACT, *columns), lines)
    batches = Batches(code, _("演示数据：%s") % ledger.label, (one.place.region for one in records))
    batches.keep(ledger.model, ((key, one.place.region) for key, one in zip(keys, records, strict=True)))
    batches.journal()
    return keys


def _claim(claims: Sequence[Claim], persons: Sequence[int]) -> None:
    """Disputes as their units left them, and the hand-overs of the people who were given."""
    keys = hand_out(Dispute, len(claims))
    insert(
        Dispute,
        (
            "id",
            "notice",
            "indicator",
            "person_id",
            "claimant_id",
            "holder_id",
            "reason",
            "at",
            "by",
            "answer",
            "answer_reason",
            "answered_at",
            "answered_by",
        ),
        (
            (
                key,
                NOTICE,
                claim.indicator,
                persons[claim.person.number],
                claim.claimant.region,
                claim.holder.region,
                claim.reason,
                claim.at,
                entered_by(claim.claimant)[0],
                claim.answer,
                claim.answer_reason,
                claim.answered_at,
                entered_by(claim.holder)[1] if claim.answered_at else "",
            )
            for key, claim in zip(keys, claims, strict=True)
        ),
    )
    journal.created(Dispute, keys, actor=ACTOR, batch=None, purpose=_("演示数据：统计归属争议"))
    given = [claim for claim in claims if claim.answer == Dispute.Answer.GIVEN]
    keys = hand_out(HandOver, len(given))
    insert(
        HandOver,
        ("id", "notice", "indicator", "person_id", "unit_id", "at", "by", "reason"),
        (
            (
                key,
                NOTICE,
                claim.indicator,
                persons[claim.person.number],
                claim.claimant.region,
                claim.answered_at,
                entered_by(claim.holder)[1],
                claim.answer_reason,
            )
            for key, claim in zip(keys, given, strict=True)
        ),
    )
    journal.created(HandOver, keys, actor=ACTOR, batch=None, purpose=_("演示数据：统计归属划转"))
