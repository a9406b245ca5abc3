"""The other side of the comparison with pages: the same rows, as a view without rights, masks, log or frame gives them.

What it leaves out is what a page must have; what it shares is the server, the database, the session and the template
engine, and every value that the page shows: the certificate valid on a row's day, all that is known of a person, the
sums of the board beside the targets, its months, plans and money. A sign-in is asked for by the middleware, as for every page.
"""

from __future__ import annotations

from collections import defaultdict

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import TruncMonth
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.urls import include, path

from qiaojie.bases.models import HelpRecord, SupportPayment
from qiaojie.livelihoods.models import Employment, GraduateService, Income
from qiaojie.measures.models import Counted, Tally, ValuePart
from qiaojie.notices import queries as notices
from qiaojie.people.models import Certificate, HouseholdMember, Person, Status
from qiaojie.regions.models import EditionUnit
from qiaojie.support.models import CareService
from qiaojie.training.models import Enrolment, TrainingClass

ROWS = 50
LIST = (
    "person__name", "person__sex", "person__id_number", "person__phone", "person__hukou__name", "training_class__title",
    "training_class__kind", "training_class__begins", "training_class__ends", "result", "filed_by__short_name", "state",
)  # fmt: skip
FILED = ("happened_on", "begins", "filed_by__short_name", "state")

_TABLE = Template(
    "<!doctype html><table>{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>"
)


def _page(rows: object) -> HttpResponse:
    return HttpResponse(_TABLE.render(Context({"rows": rows})))


def _valid() -> QuerySet[Certificate]:
    """Certificates of the row's person that are valid on its day."""
    day = OuterRef("happened_on")
    return Certificate.objects.filter(
        Q(issued_on__isnull=True) | Q(issued_on__lte=day),
        Q(expires_on__isnull=True) | Q(expires_on__gte=day),
        Q(ended_on__isnull=True) | Q(ended_on__gte=day),
        person=OuterRef("person_id"),
    ).order_by("-issued_on")


def rows(request: HttpRequest, after: int) -> HttpResponse:
    """A page of enrolments."""
    found = Enrolment.objects.filter(pk__lt=after).order_by("-pk")
    held = Subquery(_valid().values("number")[:1])
    return _page(found.values_list(*LIST, held, Exists(_valid()))[:ROWS])


def person(request: HttpRequest, pk: int) -> HttpResponse:
    """A person with all that is known of her."""
    found = Person.objects.filter(pk=pk).values_list(
        "name", "sex", "birth_date", "id_number", "education", "phone", "address", "hukou__name", "home__name",
        "died_on", "name_key",
    )  # fmt: skip
    her = list(found)
    born = her[0][2]
    facts = [
        *her,
        *Certificate.objects.filter(person=pk).values_list(
            "number", "category", "grade", "county__short_name", "issued_on", "expires_on", "ended_on", "end_reason"
        ),
        *Status.objects.filter(person=pk).values_list("scheme", "category", "begins", "ends", "source"),
        *HouseholdMember.objects.filter(household__members__person=pk).values_list(
            "person__name", "person__sex", "person__birth_date"
        ),
        *Enrolment.objects.filter(person=pk).values_list(*LIST[5:]),
        *Employment.objects.filter(person=pk).values_list(
            "form", "employer", "handicraft", "settlement", "ends", "proof", *FILED
        ),
        *CareService.objects.filter(person=pk).values_list(
            "form", "purchased", "provider", "payer__short_name", "boarding_months", "ends", *FILED
        ),
        *GraduateService.objects.filter(person=pk).values_list(
            "graduated_in", "verified", "origin__short_name", "service", "outcome", "filed_by__short_name", "state"
        ),
        *HelpRecord.objects.filter(person=pk).values_list("base__name", "base__kind", "content", *FILED),
        *Income.objects.filter(person=pk).values_list("month", "kind", "amount", "filed_by__short_name", "state"),
        *Counted.objects.filter(key=pk, part=ValuePart.APPROVED, until__isnull=True).values_list(
            "measure__notice", "measure__indicator", "unit_id", "day"
        ),
        *Person.objects.filter(canonical=pk).values_list("name", "birth_date", "id_number"),
        *Person.objects.filter(name_key=her[0][10], birth_date=born).exclude(pk=pk).values_list("name", "birth_date"),
    ]  # fmt: skip
    return _page(facts)


def board(request: HttpRequest, notice: str) -> HttpResponse:
    """Units by indicators: what is kept as approved and pending, beside what was ordered; below, the months, what classes
    plan, and money by its source."""
    held = notices.notice(notice)
    kept = Tally.objects.filter(measure__notice=notice, day__lte=held.span.ends).values_list(
        "measure__indicator", "unit_id", "part"
    )
    sums: dict[tuple[str, int], dict[str, int]] = defaultdict(dict)
    for indicator, unit, part, number in kept.annotate(number=Sum("number")).order_by():
        sums[indicator, unit][part] = number
    ordered = {unit.region_id: unit.figures for unit in notices.targets(held).units}
    units = (
        EditionUnit.objects.filter(edition__code=held.edition)
        .order_by("order")
        .values_list("region", "label")
    )
    lines = []
    for unit, label in units:
        line: list[object] = [label]
        for one in held.indicators:
            own = sums.get((one.code, unit), {})
            line += [
                own.get(ValuePart.APPROVED),
                own.get(ValuePart.PENDING),
                ordered.get(unit, {}).get(one.code),
            ]
        lines.append(line)
    months = (
        Tally.objects.filter(measure__notice=notice, day__lte=held.span.ends)
        .filter(part__in=(ValuePart.APPROVED, ValuePart.REACHED))
        .values_list("measure__indicator", TruncMonth("day"))
    )
    span = (held.span.begins, held.span.ends)
    classes = TrainingClass.objects.filter(happened_on__range=span)
    plans = classes.values_list("filed_by", "kind").annotate(Sum("planned_headcount"), Count("pk"))
    costs = classes.values_list("filed_by", "funding", "state").annotate(Sum("cost"), Count("pk"))
    paid = SupportPayment.objects.filter(happened_on__range=span).values_list("filed_by", "source", "state")
    told: list[object] = [*lines, *months.annotate(Sum("number")).order_by(), *plans.order_by()]
    told += [*costs.order_by(), *paid.annotate(Sum("amount"), Count("pk")).order_by()]
    return _page(told)


urlpatterns = [
    path("bare/list/<int:after>/", rows),
    path("bare/person/<int:pk>/", person),
    path("bare/board/<slug:notice>/", board),
    path("", include("qiaojie.config.urls")),
]
