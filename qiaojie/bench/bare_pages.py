"""The other side of the comparison with pages: the same rows, as a view without rights, masks, log or frame gives them.

What it leaves out is what a page must have; what it shares is the server, the database, the session and the template
engine. A sign-in is asked for by the middleware, as for every page.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.urls import include, path

from qiaojie.livelihoods.models import Employment
from qiaojie.measures.models import Tally
from qiaojie.people.models import Certificate, Person
from qiaojie.support.models import CareService
from qiaojie.training.models import Enrolment

ROWS = 50
LIST = (
    "person__name", "person__sex", "person__id_number", "person__phone", "person__hukou__name", "training_class__title",
    "training_class__kind", "training_class__begins", "training_class__ends", "result", "filed_by__short_name", "state",
)  # fmt: skip

_TABLE = Template(
    "<!doctype html><table>{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>"
)


def _page(rows: object) -> HttpResponse:
    return HttpResponse(_TABLE.render(Context({"rows": rows})))


def rows(request: HttpRequest, after: int) -> HttpResponse:
    """A page of enrolments."""
    return _page(Enrolment.objects.filter(pk__lt=after).order_by("-pk").values_list(*LIST)[:ROWS])


def person(request: HttpRequest, pk: int) -> HttpResponse:
    """A person with her certificates and facts."""
    facts = [
        *Person.objects.filter(pk=pk).values_list(),
        *Certificate.objects.filter(person=pk).values_list(),
        *Enrolment.objects.filter(person=pk).values_list(*LIST[5:]),
        *Employment.objects.filter(person=pk).values_list(),
        *CareService.objects.filter(person=pk).values_list(),
    ]
    return _page(facts)


def board(request: HttpRequest, notice: str) -> HttpResponse:
    """The kept sums of a notice."""
    kept = Tally.objects.filter(measure__notice=notice).values_list(
        "measure__indicator", "unit_id", "part", "day", "number"
    )
    sums: dict[tuple[str, int, str], int] = {}
    for indicator, unit, part, _day, number in kept:
        sums[indicator, unit, part] = sums.get((indicator, unit, part), 0) + number
    return _page([(*key, number) for key, number in sums.items()])


urlpatterns = [
    path("bare/list/<int:after>/", rows),
    path("bare/person/<int:pk>/", person),
    path("bare/board/<slug:notice>/", board),
    path("", include("qiaojie.config.urls")),
]
