"""Who looks: a signed-in user or the system account, as the ledgers need to know them."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Q

from qiaojie.ledgers.viewer import Action, Personal, Sight
from qiaojie.regions.models import Region

from .models import AccessEntry, Line, Role, User

ALLOWED: dict[str, frozenset[Action]] = {
    # Who administers accounts sees no business data (separation of the administrators' duties, GB/T 22239).
    Role.ADMINISTRATOR: frozenset({Action.ADMINISTER}),
    Role.CLERK: frozenset({Action.SEE, Action.ENTER, Action.REVEAL, Action.EXPORT}),
    Role.APPROVER: frozenset({Action.SEE, Action.ENTER, Action.APPROVE, Action.REVEAL, Action.EXPORT}),
    Role.READER: frozenset({Action.SEE}),
}


@dataclass(frozen=True)
class UserViewer:
    """A signed-in user: sees the subtree of the agency's region, acts as the role allows."""

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

    def scope(self, path: str) -> Q:
        """Rows whose region lies in the subtree of the agency's region."""
        if self._region is None:
            return Q(pk__in=[])
        prefix = f"{path}__" if path else ""
        return Q(**{f"{prefix}first__gte": self._region.first, f"{prefix}first__lte": self._region.last})

    def covers(self, region_id: int | None) -> bool:
        """Whether the region lies in the subtree."""
        if self._region is None or region_id is None:
            return False
        return Region.objects.filter(self.scope(""), pk=region_id).exists()

    def may(self, action: Action) -> bool:
        """Whether the role allows it."""
        return self.user.is_active and action in ALLOWED[self.user.role]

    def sight(self, personal: Personal) -> Sight:
        """Names are whole for those who work with the rows; numbers are masked; the category of disability is 残联's."""
        if personal is Personal.DISABILITY:
            agency = self.user.agency
            return Sight.WHOLE if agency is not None and agency.line == Line.DPF else Sight.HIDDEN
        if personal is Personal.NAME and self.may(Action.ENTER):
            return Sight.WHOLE
        return Sight.MASKED

    def note(
        self, action: Action, subject: str, *, rows: int | None = None, purpose: str = "", done: bool = True
    ) -> None:
        """Write a line to the access log."""
        AccessEntry.objects.create(
            user_id=self.user.pk,
            username=self.name,
            address=self.address,
            action=action,
            subject=subject[:200],
            rows=rows,
            purpose=purpose[:200],
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

    def scope(self, path: str) -> Q:
        """No condition."""
        return Q()

    def covers(self, region_id: int | None) -> bool:
        """Every region."""
        return True

    def may(self, action: Action) -> bool:
        """Everything: whoever holds this machine's shell holds the data file too."""
        return True

    def sight(self, personal: Personal) -> Sight:
        """Names whole; numbers masked as for everybody."""
        return Sight.WHOLE if personal is Personal.NAME else Sight.MASKED

    def note(
        self, action: Action, subject: str, *, rows: int | None = None, purpose: str = "", done: bool = True
    ) -> None:
        """Write a line to the access log."""
        AccessEntry.objects.create(
            username=self.name,
            action=action,
            subject=subject[:200],
            rows=rows,
            purpose=purpose[:200],
            done=done,
        )
