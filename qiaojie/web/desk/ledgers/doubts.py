"""Records that may be of one woman and that nobody has told apart: both sides beside one another, and the answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from qiaojie.intake.public import open_questions as asked
from qiaojie.ledgers import queries
from qiaojie.ledgers.queries import Shown
from qiaojie.ledgers.viewer import Action, Sight, Viewer
from qiaojie.lib.values import Label
from qiaojie.people import doubts
from qiaojie.people.ledger import PERSONS
from qiaojie.people.models import Doubt, Person, Tie
from qiaojie.web.requests import DeskRequest

from ..shared import params


@dataclass(frozen=True, slots=True)
class DoubtSide:
    """One of two records: its values by the fields of a question, and the counties it belongs to; ``person`` is its key
    where the viewer may see her (else the values are masked)."""

    person: int | None
    values: tuple[Shown, ...]
    counties: str


@dataclass(frozen=True, slots=True)
class ShownDoubt:
    """A pair as the viewer may see it. ``answers``: whether both sides are open to the viewer, who may approve."""

    pk: int
    sides: tuple[DoubtSide, DoubtSide]
    lines: tuple[tuple[Label, Shown, Shown], ...]
    reasons: tuple[Label, ...]
    answers: bool
    keeps_second: bool
    """Whether the second of the two would stay if they were put together."""


@require_safe
def queue(request: DeskRequest) -> HttpResponse:
    """The pairs that wait, of those of which the viewer may know one side."""
    viewer = request.viewer
    after = params.number_of(request.GET.get("after", "")) or 0
    person = params.number_of(request.GET.get("person", ""))
    found, following = doubts.queue(viewer, after=after, person=person)
    viewer.note(Action.SEE, "doubts", rows=len(found))
    context = {
        "doubts": _shown(found, viewer),
        "number": doubts.number(viewer),
        "following": following,
        "of_one": person,
        "may_approve": viewer.may(Action.APPROVE),
        "crumbs": [(_("台账"), reverse("ledgers")), (PERSONS.label, reverse("ledger", args=["persons"]))],
    }
    return render(request, "web/desk/ledgers/doubts.html", context)


@require_POST
def answer(request: DeskRequest, pk: int) -> HttpResponse:
    """Say that two records are of one woman, or that they are not."""
    same = request.POST.get("same") == "1"
    doubts.answer(pk, request.viewer, same=same, reason=request.POST.get("reason", ""))
    done = _("已认定是同一人，两份登记已合并。") if same else _("已认定不是同一人，不再提示这一对。")
    messages.success(request, done)
    return redirect("doubts")


def _shown(found: Sequence[Doubt], viewer: Viewer) -> list[ShownDoubt]:
    """Pairs with both sides; four queries for all."""
    sides = [_sides(doubt) for doubt in found]
    keys = {key for pair in sides for key in pair}
    if not keys:
        return []
    open_ = queries.rows(PERSONS, viewer).filter(pk__in=keys)
    cells = {row.pk: row.cells for row in queries.shown(PERSONS, viewer, open_, asked.FIELDS)}
    known = Person.objects.in_bulk(keys - cells.keys())
    counties = _counties(keys)
    numbered = set(Person.objects.filter(pk__in=keys, id_hash__isnull=False).values_list("pk", flat=True))
    made = []
    for doubt, pair in zip(found, sides, strict=True):
        shown = tuple(_side(key, cells, known, counties) for key in pair)
        one, other = shown
        kept = min(pair, key=lambda key: (key not in numbered, key))
        made.append(
            ShownDoubt(
                doubt.pk,
                (one, other),
                tuple(
                    (field.label, one.values[at], other.values[at]) for at, field in enumerate(asked.FIELDS)
                ),
                doubts.reasons(doubt),
                viewer.may(Action.APPROVE) and one.person is not None and other.person is not None,
                kept == pair[1],
            )
        )
    return made


def _sides(doubt: Any) -> tuple[int, int]:
    return doubt.a, doubt.b


def _side(
    key: int,
    cells: Mapping[int, Mapping[str, Shown]],
    known: Mapping[int, Person],
    counties: Mapping[int, str],
) -> DoubtSide:
    hers = cells.get(key)
    if hers is not None:
        return DoubtSide(key, tuple(hers[field.name] for field in asked.FIELDS), counties.get(key, ""))
    person = known[key]
    values = tuple(queries.show(field, getattr(person, field.column), Sight.MASKED) for field in asked.FIELDS)
    return DoubtSide(None, values, counties.get(key, ""))


def _counties(keys: Iterable[int]) -> dict[int, str]:
    """Whose a record is: who knows more of it can be asked."""
    found: dict[int, list[str]] = {}
    ties = Tie.objects.filter(person__in=keys).order_by("pk")
    for person, county in ties.values_list("person_id", "region__short_name"):
        found.setdefault(person, []).append(county)
    return {person: "、".join(names) for person, names in found.items()}
