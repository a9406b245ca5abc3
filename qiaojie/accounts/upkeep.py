"""How the accounts and the log stand: what each administrator must look after, and when an outsider's agreement ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connections, router
from django.db.models import Count, Exists, OuterRef
from django.utils import timezone

from qiaojie.ledgers.viewer import Action, Viewer, demand
from qiaojie.regions.models import Level

from . import queries, triggers
from .models import OFFICES, AccessEntry, AccessOpen, AccessSeal, Agency, Agreement, Grant, Post, Role, User
from .viewers import UserViewer

WORKING = (Role.CLERK, Role.APPROVER)
"""Who enters rows for an office and who approves them."""

SOON = timedelta(days=60)
"""So long before an agreement ends it is pointed out."""

_UNSEALED = timedelta(minutes=5)
"""A line that waits longer for its seal shows that nobody seals."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """What 系统管理员 looks after. ``ending`` are agreements with their agencies, the next to end first."""

    asked: int
    first: int
    overdue: int
    vacant: tuple[Post, ...]
    ending: tuple[Agreement, ...]


@dataclass(frozen=True, slots=True)
class Log:
    """How the access log stands: the last seal, lines that wait too long for one, guards that are gone, refusals of a week."""

    sealed_at: datetime | None
    unsealed: int
    unguarded: tuple[str, ...]
    refused: int

    @property
    def sound(self) -> bool:
        """Whether it is guarded and sealed. Whether no line is missing, ``qiaojie doctor`` says, which reads all of it."""
        return not self.unsealed and not self.unguarded


def accounts(viewer: Viewer, most: int = 20) -> Accounts:
    """Grants that wait, first passwords not changed yet, passwords that are due, posts without a holder, agreements that
    end soon; five queries. Raises Refused."""
    demand(viewer, Action.ADMINISTER, "accounts")
    now, today = timezone.now(), timezone.localdate()
    own = User.objects.filter(viewer.scope("agency__region"), is_active=True)
    old = now - timedelta(days=settings.QIAOJIE_PASSWORD_DAYS)
    held = User.objects.filter(post=OuterRef("pk"), is_active=True)
    vacant = Post.objects.filter(viewer.scope("agency__region"), ~Exists(held)).select_related("agency")
    ending = Agreement.objects.filter(
        viewer.scope("agency__region"), ends__gte=today, ends__lte=today + SOON
    ).select_related("agency")
    return Accounts(
        Grant.objects.filter(viewer.scope("user__agency__region"), answer=Grant.Answer.OPEN).count(),
        own.filter(first_password=True).count(),
        own.filter(first_password=False, password_at__lt=old).count(),
        tuple(vacant.order_by("agency__region__first", "pk")[:most]),
        tuple(ending.order_by("ends")[:most]),
    )


def unstaffed(viewer: Viewer) -> tuple[int, int]:
    """Of the leading lines' offices in the viewer's area: how many there are, and how many of them have no account that works.

    One query. Raises Refused.
    """
    demand(viewer, Action.ADMINISTER, "agencies")
    own = Agency.objects.filter(viewer.scope("region"), line__in=OFFICES)
    works = User.objects.filter(agency=OuterRef("pk"), is_active=True, role__in=WORKING)
    held = own.aggregate(every=Count("pk"), empty=Count("pk", filter=~Exists(works)))
    return held["every"], held["empty"]


def counties(viewer: Viewer) -> int:
    """How many counties of the viewer's area have an office of the leading lines whose account approves; one query."""
    demand(viewer, Action.ADMINISTER, "agencies")
    approves = User.objects.filter(viewer.scope("agency__region"), is_active=True, role=Role.APPROVER)
    within = approves.filter(agency__region__level=Level.COUNTY)
    return within.values("agency__region").distinct().count()


def working() -> tuple[bool, bool]:
    """Whether anybody enters rows for an office, and whether anybody approves them; one query."""
    known = set(
        User.objects.filter(is_active=True, role__in=WORKING).values_list("role", flat=True).distinct()
    )
    return Role.CLERK in known, Role.APPROVER in known


def granting(viewer: Viewer) -> int:
    """What waits for 安全管理员: roles to be confirmed, and people whose password was set anew, to be let in. Raises Refused."""
    demand(viewer, Action.GRANT, "grants")
    asked = Grant.objects.filter(viewer.scope("user__agency__region"), answer=Grant.Answer.OPEN)
    return asked.count() + len(queries.waiting_for_code(viewer))


def log(viewer: Viewer) -> Log:
    """How the log stands; five queries at most, none of them over all of it. Raises Refused."""
    demand(viewer, Action.AUDIT, "log")
    now = timezone.now()
    waiting = list(AccessOpen.objects.order_by("entry_id").values_list("entry_id", flat=True)[:1_000])
    late = AccessEntry.objects.filter(pk__in=waiting, at__lt=now - _UNSEALED).count() if waiting else 0
    refused = AccessEntry.objects.filter(at__gte=now - timedelta(days=7), done=False)
    if Agency.objects.exclude(viewer.scope("region")).exists():
        # The log may lie in another file: no join.
        own = User.objects.filter(viewer.scope("agency__region")).values_list("pk", flat=True)
        refused = refused.filter(user_id__in=list(own))
    return Log(
        AccessSeal.objects.order_by("-number").values_list("at", flat=True).first(),
        late,
        tuple(triggers.missing(connections[router.db_for_read(AccessEntry)])),
        refused.count(),
    )


def agreed_until(viewer: UserViewer) -> tuple[bool, date | None]:
    """Whether an agreement with the account's agency is in force today, and the day on which the last one ends (None: none
    says so)."""
    today = timezone.localdate()
    held = Agreement.objects.filter(agency=viewer.user.agency_id, begins__lte=today).order_by("begins")
    current = [one for one in held if one.ends is None or one.ends >= today]
    ends = [one.ends for one in current if one.ends is not None]
    return bool(current), max(ends) if current and len(ends) == len(current) else None
