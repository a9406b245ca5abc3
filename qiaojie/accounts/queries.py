"""Accounts, grants and the access log, as far as an administrator's region reaches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from qiaojie.ledgers.viewer import Action, Viewer, demand, refuse

from .credentials import handed_out
from .models import OUTSIDERS, AccessEntry, Agency, CredentialChange, Grant, User
from .viewers import UserViewer


def accounts(viewer: Viewer, text: str = "") -> QuerySet[User]:
    """The accounts of agencies in the viewer's regions, by agency; ``text`` is part of a name. Raises Refused."""
    demand(viewer, Action.ADMINISTER, "accounts")
    found = User.objects.filter(viewer.scope("agency__region")).select_related("agency", "post")
    if text:
        named = Q(username__icontains=text) | Q(holder__icontains=text) | Q(agency__name__icontains=text)
        found = found.filter(named)
    return found.order_by("-is_active", "agency__region__first", "agency_id", "pk")


def account(viewer: Viewer, pk: int) -> User:
    """One account. Raises Refused, and logs the attempt, for one elsewhere, or where the role looks at none."""
    known = User.objects.filter(viewer.scope("agency__region"), pk=pk).select_related(
        "agency__region", "post"
    )
    user = known.first()
    if user is None or not (viewer.may(Action.ADMINISTER) or viewer.may(Action.GRANT)):
        refuse(viewer, Action.ADMINISTER, f"account/{pk}")
    return user


def is_outsider(username: str) -> bool:
    """Whether an account of that name stands outside the offices."""
    return User.objects.filter(username=username, role__in=OUTSIDERS).exists()


def agencies(viewer: Viewer) -> QuerySet[Agency]:
    """The agencies in the viewer's regions, in the order of the tree. Raises Refused."""
    demand(viewer, Action.ADMINISTER, "agencies")
    found = Agency.objects.filter(viewer.scope("region")).select_related("region")
    return found.prefetch_related("names", "agreements").order_by("region__first", "line", "pk")


def agency(viewer: Viewer, pk: int) -> Agency:
    """One agency. Raises Refused, and logs the attempt, for one elsewhere."""
    found = agencies(viewer).filter(pk=pk).first()
    if found is None:
        refuse(viewer, Action.ADMINISTER, f"agency/{pk}")
    return found


def grants(viewer: Viewer) -> QuerySet[Grant]:
    """What waits for confirmation, the oldest first, then what was answered, the latest first. Raises Refused."""
    demand(viewer, Action.GRANT, "grants")
    found = Grant.objects.filter(viewer.scope("user__agency__region")).select_related(
        "user__agency", "user__post"
    )
    return found.order_by("answered_at", "pk")


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What to look for in the log; '' and None for anything."""

    who: str = ""
    action: str = ""
    subject: str = ""
    since: date | None = None
    until: date | None = None
    refused: bool = False


def waiting_for_code(viewer: Viewer) -> list[tuple[User, CredentialChange | None]]:
    """Accounts whose password was set by somebody else and opens nothing before a code was handed over, with who set it;
    those whose role waits for confirmation get theirs with it. Raises Refused."""
    demand(viewer, Action.GRANT, "grants")
    asked = Grant.objects.filter(user=OuterRef("pk"), answer=Grant.Answer.OPEN)
    return handed_out.waiting(User.objects.filter(viewer.scope("agency__region"), ~Exists(asked)))


NOBODY_S = Q(action=Action.SIGN_IN.value, user_id__isnull=True)
"""Attempts under a name that is no account's. Lines from before such names were left out of the log hold them, and may hold
passwords: lines are sealed and cannot be altered, so the names are neither shown nor found."""


def called(entry: AccessEntry) -> str:
    """What a line of the log calls the account; '' for the name of nobody's, which may be a password in the wrong box."""
    nobody_s = entry.action == Action.SIGN_IN.value and entry.user_id is None
    return "" if nobody_s else entry.username


def log_entries(viewer: UserViewer, wanted: LogFilter) -> QuerySet[AccessEntry]:
    """Lines of accounts in the viewer's regions, the newest first. Raises Refused.

    Lines of no account (an unknown name, the command line) are open to whoever's region holds all agencies.
    """
    demand(viewer, Action.AUDIT, "log")
    found = AccessEntry.objects.order_by("-pk")
    if Agency.objects.exclude(viewer.scope("region")).exists():
        # The log may lie in another file: no join.
        own = User.objects.filter(viewer.scope("agency__region")).values_list("pk", flat=True)
        found = found.filter(user_id__in=list(own))
    if wanted.who:
        named = Q(username__icontains=wanted.who) & ~NOBODY_S
        found = found.filter(named | Q(holder__icontains=wanted.who))
    if wanted.action:
        found = found.filter(action=wanted.action)
    if wanted.subject:
        found = found.filter(subject__icontains=wanted.subject)
    if wanted.since:
        found = found.filter(at__date__gte=wanted.since)
    if wanted.until:
        found = found.filter(at__date__lte=wanted.until)
    return found.filter(done=False) if wanted.refused else found
