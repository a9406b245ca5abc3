"""What waits for somebody today: returned rows, changes beside approved rows, a claim, a list of who moves, an answer at noon.

All of it goes through the services that screens use, in the names of the demo's accounts.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from qiaojie.accounts.models import User
from qiaojie.accounts.viewers import UserViewer
from qiaojie.asking import counting, questions
from qiaojie.asking import services as asking
from qiaojie.intake import editing
from qiaojie.ledgers import declaration
from qiaojie.ledgers import services as ledgers
from qiaojie.ledgers.models import State
from qiaojie.livelihoods.models import Employment
from qiaojie.measures import disputes
from qiaojie.notices import queries as notices
from qiaojie.notices import services as targets
from qiaojie.notices.schema import Notice
from qiaojie.notices.targets.splitting import Basis, Method
from qiaojie.people import relocations
from qiaojie.regions.models import Region
from qiaojie.training.models import Enrolment

from ..offices import COUNTIES
from ..world import Someone
from .days import Calendar
from .handing_in import hand_in
from .making import HOME, HOST, CountyWork

TRAINING: Final = "craft_training"
HELPED: Final = "women_helped"
RETURNED: Final = "身份证号与残疾人证对不上，请核对原件后再报"
CHANGED: Final = "工坊换了名称，以新的劳动协议为准"
CLAIMED: Final = "她已在丰都的基地学艺，以后由丰都帮扶，请划归丰都计数"
MOVED: Final = "已随家人迁入，迁移证复印件另附"
ASKED_FOR: Final = "县政府办"
DONE: Final = {"result": "completed"}
PARTED: Final = {"unit": questions.PERSONS_UNIT, "rows": "class.content", "columns": "person.sex"}
LISTED: Final = 12
"""People of the list that was handed in."""
SHARED: Final = "按乡镇平均分解（演示）"


def leave(works: list[CountyWork], notice: Notice, persons: list[int], calendar: Calendar) -> None:
    """Leave it waiting, in the caller's transaction and after the totals were counted."""
    for work in works:
        word = next(word for word, code in COUNTIES.items() if code == work.place.code)
        clerk, approver = _viewer(f"{word}-clerk"), _viewer(f"{word}-approver")
        _send_back(work, approver, calendar)
        _propose(work, clerk, calendar)
        if work.place.code == HOST:
            _claim(work, notice, persons, clerk)
            _split(notice, approver)
            _answer(clerk, calendar)
            hand_in(notice, work.place, _trainees(work)[:LISTED], calendar, clerk)
        if work.place.code == HOME:
            _offer(work, persons, approver, calendar)


def _send_back(work: CountyWork, approver: UserViewer, calendar: Calendar) -> None:
    """Two rows of the class that waits were entered, and came back with a reason."""
    ledger = declaration.get("enrolments")
    waiting = Enrolment.objects.filter(
        filed_by=work.place.region, state=State.DRAFT, happened_on=calendar.back(7)
    ).order_by("pk")
    keys = list(waiting.values_list("pk", flat=True)[:2])
    Enrolment.objects.filter(pk__in=keys).update(state=State.CHECKED)
    ledgers.move(ledger, keys, "return", approver, purpose=RETURNED)


def _propose(work: CountyWork, clerk: UserViewer, calendar: Calendar) -> None:
    """A clerk mends an approved job: the change waits beside it."""
    ledger = declaration.get("employments")
    job = Employment.objects.filter(
        filed_by=work.place.region,
        state=State.APPROVED,
        happened_on__gte=calendar.period.begins,
        employer__endswith="工坊",
    ).earliest("pk")
    form = editing.form(ledger, job.pk, clerk)
    given = {"employer": f"{work.place.name}巧手编织工坊"}
    editing.change(ledger, job.pk, given, form.seen, clerk, CHANGED)


def _claim(work: CountyWork, notice: Notice, persons: list[int], clerk: UserViewer) -> None:
    """The county says that a woman whom another one counts is its own."""
    if work.guest is not None:
        disputes.dispute(notice, HELPED, persons[work.guest.number], work.place.region, clerk, CLAIMED)


def _split(notice: Notice, approver: UserViewer) -> None:
    """The county gave its training to its townships."""
    assert approver.region_id is not None
    weights = dict.fromkeys((child.region_id for child in notices.children(notice, approver.region_id)), 1)
    targets.split(
        notice,
        TRAINING,
        approver.region_id,
        weights,
        Method.EQUAL,
        approver,
        reason=SHARED,
        basis=Basis.ISSUED,
    )


def _answer(clerk: UserViewer, calendar: Calendar) -> None:
    """The county office asked at noon, and was told."""
    ledger = declaration.get("enrolments")
    span = (calendar.period.begins, calendar.today)
    question = questions.make(ledger, clerk, DONE, span, calendar.today, **PARTED)
    days = {"since": span[0].isoformat(), "until": span[1].isoformat(), "on": span[1].isoformat()}
    words = {f"ask.{name}": text for name, text in {**days, **PARTED}.items()}
    query = urlencode({**DONE, **words})
    asking.keep(counting.answer(question, clerk), query, ASKED_FOR, clerk)


def _offer(work: CountyWork, persons: list[int], approver: UserViewer, calendar: Calendar) -> None:
    """A woman moves to the neighbouring county, which has not answered."""
    woman = work.held[0].trainees[0].person
    origin, destination = Region.objects.get(pk=work.place.region), Region.objects.get(key=HOST)
    relocations.offer([persons[woman.number]], origin, destination, calendar.back(2), approver, MOVED)


def _trainees(work: CountyWork) -> list[Someone]:
    return [one.person for one in work.ahead[0].trainees]


def _viewer(username: str) -> UserViewer:
    return UserViewer(User.objects.select_related("agency__region").get(username=username))
