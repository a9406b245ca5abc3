"""Who decides about targets in these tests, and of which notice."""

from __future__ import annotations

from datetime import date

from qiaojie.accounts.models import Agency, Role, User, WorkLine
from qiaojie.accounts.viewers import UserViewer
from qiaojie.notices import queries
from qiaojie.notices.schema import Notice
from qiaojie.regions.models import Region
from qiaojie.regions.queries import find

CODE = "vocational_training"


def work() -> Notice:
    """The notice of 2023, which gives 41 units figures in a table."""
    return queries.notice("chongqing-work-2023")


def place(name: str) -> Region:
    """A region by its name, as of 2023."""
    return find(name, on=date(2023, 3, 7))


def office(name: str, role: Role = Role.APPROVER) -> UserViewer:
    """Somebody of a region's federation."""
    region = place(name)
    agency, _new = Agency.objects.get_or_create(region=region, line=WorkLine.DPF, name=f"{name}残联")
    user, _new = User.objects.get_or_create(
        username=f"{region.pk}-{role}", defaults={"agency": agency, "role": role}
    )
    return UserViewer(user)
