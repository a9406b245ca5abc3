"""What a class adds up to, worked out from its enrolments; a form's own figures stand in only where no roster is known."""

from __future__ import annotations

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Concat

from qiaojie.ledgers.models import State
from qiaojie.lib.rounding import half_up_of
from qiaojie.people.queries import canonical, disabled_on, evidence, female

from .models import Attendance, Enrolment, Result, TrainingClass


def _rosters() -> QuerySet[Enrolment]:
    """Enrolments of a class and of those found to be it; of the latter only where they are approved themselves, as a count
    asks, too."""
    itself = OuterRef(OuterRef("pk"))
    same = TrainingClass.objects.order_by().filter(Q(pk=itself) | Q(canonical=itself))
    rests = (
        Q(training_class=OuterRef("pk")) | Q(counted_before=True) | Q(training_class__state=State.APPROVED)
    )
    return Enrolment.objects.filter(rests, training_class__in=same.values("pk"))


def _approved() -> QuerySet[Enrolment]:
    """Approved enrolments of a class and of those found to be it."""
    return _rosters().filter(state=State.APPROVED)


def _number(rows: QuerySet[Enrolment]) -> Combinable:
    """Of how many people a class has rows: of two records found to be one woman, one; 0 where it has none."""
    kept = Coalesce("training_class__canonical_id", "training_class_id")
    people = Count(canonical(), distinct=True)
    # All rows are of the one class that is kept: grouped by it they are one number.
    counted = rows.order_by().annotate(kept=kept).values("kept").annotate(n=people).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))


def _or_claim(computed: Combinable, claim: str) -> Combinable:
    rostered = Exists(_rosters().exclude(state=State.WITHDRAWN))
    return Case(When(rostered, then=computed), default=F(claim), output_field=IntegerField())


def headcount() -> Combinable:
    """Approved trainees of a class (people, each once), those of classes found to be it counted in."""
    return _or_claim(_number(_approved()), "claimed_headcount")


def _disabled_women(rows: QuerySet[Enrolment]) -> QuerySet[Enrolment]:
    """Those of women with a confirmed certificate valid on the last day of the class."""
    with evidence(confirmed=True):
        return rows.filter(disabled_on(), female())


def disabled_women() -> Combinable:
    """Of these, women with a disability certificate valid on the last day of the class, which an approver has confirmed."""
    return _or_claim(_number(_disabled_women(_approved())), "claimed_disabled_women")


def cost_share() -> Combinable:
    """Training cost of disabled women in fen: by voucher where there is one, else cost × disabled women ÷ trainees.

    The share is taken among completers; where nobody has completed there is none. Rounded half up to the fen.
    """
    completers = _approved().filter(result=Result.COMPLETED)
    everyone = _number(completers)
    women = Cast(_number(_disabled_women(completers)), BigIntegerField())
    return Case(
        When(Q(cost_disabled_women__isnull=False), then=F("cost_disabled_women")),
        default=half_up_of(F("cost") * women, everyone),
        output_field=BigIntegerField(),
    )


def attended() -> Combinable:
    """Of one enrolment: sessions at which she was present out of those of her class, as ``8/10``; null where none is kept."""

    def number(which: Q | None = None) -> Combinable:
        return Cast(Count("pk", filter=which), CharField())

    said = Concat(number(Q(present=True)), Value("/"), number())
    kept = Attendance.objects.filter(enrolment=OuterRef("pk"), withdrawn=False)
    return Subquery(kept.order_by().values("enrolment").annotate(said=said).values("said"))
