"""Who looks: a signed-in user or the system account, as the ledgers need to know them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from django.db.models import Q

from qiaojie.ledgers.viewer import UNGUARDED, Action, Personal, Sight
from qiaojie.regions.areas import Within
from qiaojie.regions.models import Level, Region

from . import log
from .models import OUTSIDERS, Agreement, Role, User, WorkLine

_OFFICE = frozenset({Action.SEE, Action.COUNT, Action.ENTER, Action.REVEAL, Action.EXPORT})
_OUTSIDE = frozenset({Action.SEE, Action.ENTER, Action.EXPORT})

ALLOWED: dict[str, frozenset[Action]] = {
    Role.CLERK: _OFFICE,
    Role.APPROVER: _OFFICE | {Action.APPROVE, Action.RELEASE},
    Role.LEADER: frozenset({Action.SEE, Action.COUNT, Action.RELEASE}),
    # Who inspects holds rows against paper: names whole, a number revealed with its purpose, nothing changed.
    Role.INSPECTOR: frozenset({Action.SEE, Action.COUNT, Action.REVEAL, Action.EXPORT}),
    Role.BASE_MANAGER: _OUTSIDE,
    Role.TRAINER: _OUTSIDE,
    Role.BANK: _OUTSIDE,
    Role.HELPER: _OUTSIDE - {Action.EXPORT},
    # The administrators' duties are separated (GB/T 22239-2019, 8.1.5); none of them sees business data.
    Role.SYSTEM: frozenset({Action.ADMINISTER}),
    Role.SECURITY: frozenset({Action.GRANT}),
    Role.AUDIT: frozenset({Action.AUDIT}),
}


NAMED = UNGUARDED | {Personal.NAME, Personal.PRIVATE}
"""What of a person is whole for those who work with rows or check them."""

_NOT_AT_ALL = frozenset({Personal.PHONE, Personal.ADDRESS, Personal.PRIVATE, Personal.ACCOUNT})
"""What nobody is shown a mask of who does not work with rows."""


@dataclass(frozen=True)
class UserViewer:
    """A signed-in user: sees the subtree of the agency's region, acts as the role allows.

    Somebody outside the offices (a base, a training institution, a bank, a helper) sees what accounts of their own agency
    entered, and only while an agreement with the agency is in force.
    """

    user: User
    address: str = ""
    _region: Region | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        agency = self.user.agency
        object.__setattr__(self, "_region", agency.region if agency is not None else None)

    @property
    def name(self) -> str:
        """The account's name."""
        return self.user.get_username()

    @property
    def region(self) -> Region | None:
        """The top of what this user may look at."""
        return self._region

    @property
    def region_id(self) -> int | None:
        """The agency's region."""
        return None if self._region is None else self._region.pk

    @property
    def level(self) -> int | None:
        """Level of the agency's region."""
        return None if self._region is None else self._region.level

    @property
    def outside(self) -> bool:
        """Whether the role is one outside the offices."""
        return self.user.role in OUTSIDERS

    @cached_property
    def _agreed(self) -> bool:
        """Whether an agreement with the agency is in force today."""
        today = date.today()
        held = Agreement.objects.filter(Q(ends__isnull=True) | Q(ends__gte=today), begins__lte=today)
        return held.filter(agency=self.user.agency_id).exists()

    @cached_property
    def _colleagues(self) -> frozenset[str]:
        """The accounts of the agency, closed ones too: what a base entered stays its own when people change."""
        return frozenset(User.objects.filter(agency=self.user.agency_id).values_list("username", flat=True))

    def scope(self, path: str, by: str = "") -> Q:
        """Rows whose region lies in the subtree of the agency's region (and, outside the offices, its own rows)."""
        if self._region is None or (self.outside and not (by and self._agreed)):
            return Q(pk__in=[])
        first, last = self._region.first, self._region.last
        if path and self._region.level < Level.COUNTY:
            within = Q(Within(path, first, last))
        else:
            prefix = f"{path}__" if path else ""
            within = Q(**{f"{prefix}first__gte": first, f"{prefix}first__lte": last})
        return within & Q(**{f"{by}__in": self._colleagues}) if self.outside else within

    def covers(self, region_id: int | None, by: str = "") -> bool:
        """Whether the region lies in the subtree (and, outside the offices, ``by`` is of the own agency)."""
        if self._region is None or region_id is None:
            return False
        if self.outside and not (by in self._colleagues and self._agreed):
            return False
        within = Q(first__gte=self._region.first, first__lte=self._region.last)
        return Region.objects.filter(within, pk=region_id).exists()

    def may(self, action: Action) -> bool:
        """Whether the role allows it."""
        return self.user.is_active and action in ALLOWED.get(self.user.role, frozenset())

    def opens(self, ledger: str) -> bool:
        """Every ledger: somebody at a screen is held by scope and role."""
        return True

    def sight(self, personal: Personal) -> Sight:
        """Names are whole for those who work with rows or check them; numbers are masked; a disability's category is 残联's.

        Who sees names masked sees of a woman her year of birth and her county, and neither telephone, address, account nor what
        only forms tell of her.
        """
        if personal is Personal.DISABILITY:
            agency = self.user.agency
            return Sight.WHOLE if agency is not None and agency.line == WorkLine.DPF else Sight.HIDDEN
        if self.may(Action.ENTER) or self.may(Action.REVEAL):
            return Sight.WHOLE if personal in NAMED else Sight.MASKED
        return Sight.HIDDEN if personal in _NOT_AT_ALL else Sight.MASKED

    def note(
        self, action: Action, subject: str, *, rows: int | None = None, purpose: str = "", done: bool = True
    ) -> None:
        """Write a line to the access log."""
        log.write(
            action,
            subject,
            username=self.name,
            user_id=self.user.pk,
            holder=self.user.holder,
            address=self.address,
            rows=rows,
            purpose=purpose,
            done=done,
        )


@dataclass(frozen=True)
class SystemViewer:
    """The installation itself, at the command line of its own machine: everything, everywhere, logged as ``system``."""

    name: str = "system"

    @property
    def region(self) -> Region | None:
        """No top: all regions."""
        return None

    @property
    def region_id(self) -> int | None:
        """No region of its own."""
        return None

    @property
    def level(self) -> int | None:
        """All regions."""
        return None

    @property
    def outside(self) -> bool:
        """The installation stands in no line."""
        return False

    def scope(self, path: str, by: str = "") -> Q:
        """No condition."""
        return Q()

    def covers(self, region_id: int | None, by: str = "") -> bool:
        """Every region."""
        return True

    def may(self, action: Action) -> bool:
        """Everything: whoever holds this machine's shell holds the data file too."""
        return True

    def opens(self, ledger: str) -> bool:
        """Every ledger."""
        return True

    def sight(self, personal: Personal) -> Sight:
        """Names whole; numbers masked as for everybody."""
        return Sight.WHOLE if personal in NAMED else Sight.MASKED

    def note(
        self, action: Action, subject: str, *, rows: int | None = None, purpose: str = "", done: bool = True
    ) -> None:
        """Write a line to the access log."""
        log.write(action, subject, username=self.name, rows=rows, purpose=purpose, done=done)
