"""Who looks and who acts, as far as a ledger must know: the ledger asks, whoever holds the accounts answers."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from typing import NoReturn, Protocol

from django.db.models import Q

from . import log_lines


class Action(StrEnum):
    """What somebody does. Each is allowed by role, limited by region and written to the access log."""

    SEE = "see"
    COUNT = "count"
    """Look at what is counted over everybody's rows: boards, official forms, disputes."""
    ENTER = "enter"
    APPROVE = "approve"
    REVEAL = "reveal"
    LOOK_UP = "look_up"
    """Find a person by a whole number that somebody holds. No role is given it apart: who enters or inspects may."""
    ALARM = "alarm"
    """Something that whoever watches over the log ought to look into; written by the system about an account."""
    EXPORT = "export"
    RELEASE = "release"
    """Make a ranking of units public."""
    ADMINISTER = "administer"
    """Open and close accounts, posts and agencies."""
    GRANT = "grant"
    """Confirm what an account may do."""
    AUDIT = "audit"
    """Read the access log."""
    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"


class Personal(StrEnum):
    """What kind of personal data a field holds; the mask and the right to see it depend on this alone."""

    NONE = "none"
    NAME = "name"
    ID_NUMBER = "id_number"
    CERTIFICATE = "certificate"
    PHONE = "phone"
    ADDRESS = "address"
    BIRTH = "birth"
    """Day of birth: whoever sees names masked sees its year."""
    PLACE = "place"
    """Where somebody is registered or lives, closer than the county, and what stands for a household: whoever sees names masked
    sees the county."""
    PRIVATE = "private"
    """What is told of somebody in a form alone (民族, 婚姻): whole for who works with rows, and for nobody else."""
    ACCOUNT = "account"
    """The number of a bank account: to whom it may be paid, and by whom it may be stolen."""
    DISABILITY = "disability"
    """Category and grade of a disability: open to the disabled persons' federation only."""


UNGUARDED = frozenset({Personal.NONE, Personal.BIRTH, Personal.PLACE})
"""Kinds that whoever works with rows sees whole wherever rows are shown: taking them out alone asks for no purpose."""


class Sight(StrEnum):
    """How a viewer sees a personal field."""

    WHOLE = "whole"
    MASKED = "masked"
    HIDDEN = "hidden"


class Refused(Exception):
    """The viewer may not do this. Screens answer 404 (so that nothing is learnt) and the attempt is logged."""


class Viewer(Protocol):
    """What a ledger needs to know of whoever looks."""

    @property
    def name(self) -> str:
        """Who acts, as the journal and the access log keep it."""

    @property
    def region_id(self) -> int | None:
        """The region that the viewer looks after; None: all of them."""

    @property
    def level(self) -> int | None:
        """Level in the tree of regions of the area that the viewer looks after; None: all of it."""

    def scope(self, path: str, by: str = "") -> Q:
        """Condition for rows whose region (ORM path ``path``) lies where this viewer may look.

        ``by`` is the path to the account that entered the row: whoever stands outside the offices sees only what their
        own agency entered, and nothing of what does not say who entered it.
        """

    def covers(self, region_id: int | None, by: str = "") -> bool:
        """Whether a region lies where this viewer may look and act; ``by`` as the account that entered the thing."""

    @property
    def outside(self) -> bool:
        """Whether the viewer stands outside the offices."""

    def may(self, action: Action) -> bool:
        """Whether the role allows the action at all."""

    def opens(self, ledger: str) -> bool:
        """Whether the viewer looks into a ledger (by its code) at all; a program's key may name some only."""

    def sight(self, personal: Personal) -> Sight:
        """How fields of this kind are shown in lists."""

    def note(
        self, action: Action, subject: str, *, rows: int | None = None, purpose: str = "", done: bool = True
    ) -> None:
        """Write a line to the access log: what was done (or refused) to which subject, how many rows, why."""


def demand(viewer: Viewer, action: Action, subject: str) -> None:
    """Raise Refused (and log the attempt) unless the viewer's role allows the action."""
    if not viewer.may(action):
        refuse(viewer, action, subject)


def demand_office(viewer: Viewer, action: Action, subject: str) -> None:
    """``demand``, and Refused (and logged) for whoever stands outside the offices, whatever the role allows there."""
    demand(viewer, action, subject)
    if viewer.outside:
        refuse(viewer, action, subject)


def refuse(viewer: Viewer, action: Action, subject: str, *, purpose: str = "") -> NoReturn:
    """Log the attempt and raise Refused."""
    note_refused(viewer, action, subject, purpose=purpose)
    raise Refused(f"{viewer.name}: {action} {subject}")


def note_refused(viewer: Viewer, action: Action, subject: str, *, purpose: str = "") -> None:
    """Log an attempt that is refused; whoever calls raises. The line stays, also where a transaction is rolled back."""
    log_lines.write(partial(viewer.note, action, subject, purpose=purpose, done=False), done=False)
