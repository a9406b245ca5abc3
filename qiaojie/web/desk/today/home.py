"""Today: what waits for whoever signed in, by what the role may do, and how far the notices have come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from qiaojie.accounts import contact, handover, job_viewers, keys, upkeep
from qiaojie.accounts import queries as accounts
from qiaojie.accounts.models import AccessEntry
from qiaojie.backups import queries as backup_queries
from qiaojie.backups import telling
from qiaojie.declared import queries as declared
from qiaojie.digests import queries as digests
from qiaojie.intake import queries as intake
from qiaojie.intake.public import UNWRITTEN
from qiaojie.ledgers.returned import Returned, returned
from qiaojie.ledgers.viewer import Action
from qiaojie.measures import queries as measures
from qiaojie.measures import ranking
from qiaojie.notices.duties import DutyStatus
from qiaojie.notices.schema import Indicator, Notice
from qiaojie.notices.targets import unsplit as splitting
from qiaojie.notices.targets.unsplit import ToSplit
from qiaojie.people import lookups
from qiaojie.queue import nightly
from qiaojie.web.components.progress import Progress, progress
from qiaojie.web.desk.shared import table_choices
from qiaojie.web.requests import DeskRequest

from ..boards import townships
from ..boards.townships import OwnPlace, Places
from ..ledgers import corrections
from ..notices import duties
from ..shared import params
from . import first_steps, tasks

WORST = 3
"""Gaps that a leader is told of first."""
RECENT = 6
"""Uploads that the page lists."""
FIRST = 8
"""Lines of a list that goes on elsewhere."""


@dataclass(frozen=True, slots=True)
class IndicatorSummary:
    """One measured indicator, for the viewer's own unit or (above the units) for all of them."""

    notice: Notice
    indicator: Indicator
    progress: Progress
    address: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a notice stands: the name of the viewer's own unit ('' above the units), its indicators, the townships (or
    villages) to which it split its targets, and what a township was given itself."""

    name: str = ""
    indicators: Sequence[IndicatorSummary] = ()
    places: Places | None = None
    township: OwnPlace | None = None


@require_safe
def home(request: DeskRequest) -> HttpResponse:
    """Today's work for the role; who administers accounts sees no business data."""
    viewer = request.viewer
    packets, taken = handover.incoming(request.user)
    handed = {"packets": packets, "taken": [(one, handover.opened(one)) for one in taken]}
    if not viewer.may(Action.SEE):
        return render(request, "web/desk/today/home_administrator.html", {**handed, **_administered(request)})
    if viewer.outside:
        return render(request, "web/desk/today/home_outside.html", {**handed, **_outside(request)})
    enters = viewer.may(Action.ENTER)
    boards, _others = params.divided(params.counting(viewer))
    measured = next((notice for notice in boards if any(one.measured for one in notice.indicators)), None)
    stands = _standings(request, measured) if measured is not None else Standing()
    standings = stands.indicators
    gaps = _gaps(standings) if viewer.may(Action.RELEASE) and not enters else []
    inspects = not enters and not viewer.may(Action.RELEASE)
    sent_back = returned(viewer, None) if enters or inspects else []
    held = duties.own_statuses(request)
    split = to_split(request, boards) if viewer.may(Action.RELEASE) else []
    found = [
        *tasks.to_decide(to_release(request, gaps), split),
        *(tasks.entered(request, sent_back) if enters else []),
        *tasks.due(duties.pressing(held)),
        *tasks.waiting(request),
        *tasks.disputed(request),
    ]
    context = {
        **handed,
        **_overseen(request, held, sent_back, inspects=inspects),
        "first": first_steps.steps(request),
        "tasks": tasks.ordered(found),
        "gaps": gaps,
        "place": stands.name,
        "places": stands.places,
        "own_place": stands.township,
        "standings": standings,
        "measured": measured,
        "boards": [notice for notice in boards if notice is not measured],
        "uploads": intake.uploads(viewer, size=RECENT) if enters else [],
        "may_enter": enters,
    }
    return render(request, "web/desk/today/home.html", context)


def _outside(request: DeskRequest) -> dict[str, Any]:
    """What somebody outside the offices can enter, what came back, and until when the agreement holds."""
    agreed, until = upkeep.agreed_until(request.viewer)
    ends = (until - timezone.localdate()).days if until is not None else None
    return {
        "tasks": tasks.ordered(
            [*tasks.entered(request, returned(request.viewer, None)), *tasks.waiting(request)]
        ),
        "uploads": intake.uploads(request.viewer, size=RECENT),
        "agreed": agreed,
        "until": until,
        "ends_soon": ends is not None and ends <= upkeep.SOON.days,
        "days": ends,
        "forms": table_choices.enterable(request.viewer) if agreed else [],
    }


def _administered(request: DeskRequest) -> dict[str, Any]:
    """What each administrator looks after."""
    viewer = request.viewer
    administers = viewer.may(Action.ADMINISTER)
    keeps = administers and contact.may_settle(viewer)
    return {
        "backups": telling.lines(backup_queries.status()) if keeps else [],
        "keeps": keeps,
        "ledgers": declared.waiting() if keeps else [],
        "first": first_steps.steps(request) if administers else [],
        "missing": first_steps.missing(request) if administers else [],
        "accounts": upkeep.accounts(viewer) if administers else None,
        "nightly": nightly.statuses() if administers else [],
        "grants": upkeep.granting(viewer) if viewer.may(Action.GRANT) else None,
        "keys": keys.waiting(viewer) if viewer.may(Action.GRANT) else 0,
        "log": upkeep.log(viewer) if viewer.may(Action.AUDIT) else None,
        "alarms": _alarms(request) if viewer.may(Action.AUDIT) or viewer.may(Action.GRANT) else [],
        "proof": digests.status(viewer) if viewer.may(Action.AUDIT) or viewer.may(Action.GRANT) else None,
    }


ALARMS = timedelta(days=7)
"""So long an alarm stands on the page of whoever watches over the log."""


def _alarms(request: DeskRequest) -> list[tuple[AccessEntry, str]]:
    """The alarms of the week, each with its words."""
    words = {
        lookups.LOOK_UPS: _("一小时内按号码查人超过了上限"),
        lookups.TRIALS: _("一小时内反复试填号码、没有登记"),
        UNWRITTEN: _("七天内用没有写入的名单对出了很多已登记的人"),
        job_viewers.ALTERED: _("有一个后台任务被人绕过系统改成以这个账号的名义办理，没有执行"),
    }
    found = accounts.alarms(request.viewer, timezone.now() - ALARMS)
    return [(one, words.get(one.subject, one.subject)) for one in found]


def _overseen(
    request: DeskRequest, found: list[DutyStatus], sent_back: list[Returned], *, inspects: bool
) -> dict[str, Any]:
    """For whoever looks after several units: which of them are late, and what is open there."""
    several = len({one.owner.key for one in found}) > 1
    if not (inspects or (several and request.viewer.may(Action.APPROVE))):
        return {}
    late = duties.late_units(found)
    opened = corrections.corrections(request, sent_back)
    return {
        "oversees": True,
        "late": late[:FIRST],
        "more_late": len(late) - FIRST,
        "corrections": opened[:FIRST],
        "more_corrections": len(opened) - FIRST,
    }


def _gaps(standings: Sequence[IndicatorSummary]) -> list[IndicatorSummary]:
    """The indicators farthest from their targets, the farthest first."""
    short = [one for one in standings if one.progress.share is not None and one.progress.share < 100]
    return sorted(short, key=lambda one: one.progress.value.ratio or 0)[:WORST]


def to_split(request: DeskRequest, notices: list[Notice]) -> list[ToSplit]:
    """Targets that the viewer's region has to split over those beneath it."""
    own = request.viewer.region
    if own is None:
        return []
    return splitting.to_split(notices, own.pk, timezone.localdate())


def to_release(request: DeskRequest, gaps: list[IndicatorSummary]) -> list[IndicatorSummary]:
    """Of these indicators those whose ranking waits for the viewer's word."""
    if not gaps or not ranking.may_release(gaps[0].notice, request.viewer):
        return []
    known = ranking.all_released(gaps[0].notice, request.viewer)
    return [one for one in gaps if one.indicator.code not in known]


def _standings(request: DeskRequest, notice: Notice) -> Standing:
    """How a notice stands for the viewer's own unit, or above the units for all of them."""
    on = params.default_day(notice)
    found = measures.measure(notice, on, request.viewer)
    own = found.units[0] if len(found.units) == 1 else None
    values = own.values if own is not None else found.total
    address = f"{reverse('board', args=[notice.code])}?{urlencode({'on': on.isoformat()})}"
    standings = [
        IndicatorSummary(
            notice,
            indicator,
            progress(values[indicator.code], indicator.unit),
            f"{address}&{urlencode({'indicator': indicator.code})}",
        )
        for indicator in found.indicators
        if indicator.measured
    ]
    region = request.viewer.region
    if own is not None and region is not None and region.pk != own.region_id:
        region = params.region_in(notice, own.region_id)
    township = townships.own_place(found, region, request.viewer) if not found.units else None
    below = township.villages if township is not None else None
    if own is not None:
        below = townships.places(found, region, request.viewer)
    return Standing(own.name if own is not None else "", standings, below, township)
