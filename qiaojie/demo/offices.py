"""The agencies of the three lines at the municipality and in its units, and the accounts that open the demo."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Final

from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext as _

from qiaojie.accounts.models import (
    Agency,
    AgencyName,
    Agreement,
    Holding,
    Post,
    Role,
    StandIn,
    User,
    WorkLine,
)
from qiaojie.lib.identity import FEMALE, MALE
from qiaojie.regions.models import Region

from .names import personal_name
from .world import Place

PASSWORD: Final = "qiaojie-demo-2023"
"""Of every account of the demo; printed for everyone to see."""

POVERTY_OFFICE: Final = (
    ("扶贫开发办公室", None, date(2021, 2, 24)),
    ("乡村振兴局", date(2021, 2, 25), date(2023, 3, 6)),
    ("农业农村委员会", date(2023, 3, 7), None),
)
"""One agency under its successive names, on the days on which the national body changed (each ends the day before
the next begins)."""

FEDERATION: Final = "残疾人联合会"
WOMEN: Final = "妇女联合会"
BRANCH: Final = "残疾人联合会办事处"

BRANCHES: Final = frozenset({"两江新区", "重庆高新区"})
"""Zones in which the disabled persons' federation is a branch office of the municipal one."""

WITHOUT_POVERTY_OFFICE: Final = frozenset({"两江新区"})
"""Zones in which nobody holds the poverty line."""

STANDS_IN: Final = "新区内部分工"
"""Why the women's federation answers for the poverty line there."""

CITY: Final = ""
"""Stands for the municipality where a unit's code is asked."""

ADMINISTRATOR: Final = "admin"


@dataclass(frozen=True, slots=True)
class Account:
    """An account: who signs in, as what, for which agency (code of the unit, line; for outsiders the agency's name)."""

    username: str
    role: Role
    code: str = CITY
    line: WorkLine = WorkLine.DPF


COUNTIES: Final = {
    "wanzhou": "500101",
    "fuling": "500102",
    "fengdu": "500230",
    "shizhu": "500240",
    "nanchuan": "500119",
}
"""First word of the accounts of a county → its code."""

OUTSIDE: Final = {
    WorkLine.BASE: "黄水蜀绣编织基地",
    WorkLine.TRAINER: "涪州职业培训学校",
    WorkLine.OTHER: "三元镇残协",
    WorkLine.BANK: "丰都农商银行营业部",
}
"""The agencies outside the offices, by their line: each has an account and an agreement."""

AGREEMENT: Final = "渝残协%s-1"
"""Number of a made-up agreement, with the code of the unit."""

AGREED: Final = date(2017, 7, 1)
"""The day from which the agreements hold."""

ACCOUNTS: Final = (
    Account(ADMINISTRATOR, Role.SYSTEM),
    Account("security", Role.SECURITY),
    Account("audit", Role.AUDIT),
    Account("city-approver", Role.APPROVER),
    Account("city-reader", Role.LEADER),
    Account("city-women", Role.LEADER, line=WorkLine.WOMEN),
    *(
        Account(f"{word}-{duty}", role, code)
        for word, code in COUNTIES.items()
        for duty, role in (("clerk", Role.CLERK), ("approver", Role.APPROVER))
    ),
    Account("fengdu-leader", Role.LEADER, COUNTIES["fengdu"]),
    Account("shizhu-base", Role.BASE_MANAGER, COUNTIES["shizhu"], WorkLine.BASE),
    Account("fuling-trainer", Role.TRAINER, COUNTIES["fuling"], WorkLine.TRAINER),
    Account("fengdu-helper", Role.HELPER, COUNTIES["fengdu"], WorkLine.OTHER),
    Account("fengdu-bank", Role.BANK, COUNTIES["fengdu"], WorkLine.BANK),
    Account("city-inspector", Role.INSPECTOR),
    Account("fengdu-inspector", Role.INSPECTOR, COUNTIES["fengdu"]),
)


def entered_by(place: Place) -> tuple[str, str]:
    """Accounts that entered and approved a unit's records; '' where the demo has none."""
    word = next((word for word, code in COUNTIES.items() if code == place.code), None)
    return (f"{word}-clerk", f"{word}-approver") if word else ("", "")


def open_agencies(city: Region, places: Iterable[Place]) -> dict[tuple[int, str], int]:
    """Write the agencies with their dated names; (region, line) → key."""
    seats = [(city.pk, city.name), *((place.region, place.full_name) for place in places)]
    agencies: list[Agency] = []
    names: list[AgencyName] = []

    def add(region: int, line: WorkLine, called: Iterable[tuple[str, date | None, date | None]]) -> None:
        dated = list(called)
        agency = Agency(region_id=region, line=line, name=dated[-1][0])
        agencies.append(agency)
        names.extend(AgencyName(agency=agency, name=n, begins=begins, ends=ends) for n, begins, ends in dated)

    for region, name in seats:
        add(region, WorkLine.DPF, [(name + (BRANCH if name in BRANCHES else FEDERATION), None, None)])
        add(region, WorkLine.WOMEN, [(name + WOMEN, None, None)])
        if name not in WITHOUT_POVERTY_OFFICE:
            add(region, WorkLine.POVERTY, [(name + n, begins, ends) for n, begins, ends in POVERTY_OFFICE])
    Agency.objects.bulk_create(agencies)
    AgencyName.objects.bulk_create(names)
    known = {(agency.region_id, agency.line): agency.pk for agency in agencies}
    StandIn.objects.bulk_create(
        StandIn(
            region_id=region,
            line=WorkLine.POVERTY,
            agency_id=known[region, WorkLine.WOMEN],
            begins=AGREED,
            reason=STANDS_IN,
        )
        for region, name in seats
        if name in WITHOUT_POVERTY_OFFICE
    )
    return known


def open_accounts(city: Region, places: Iterable[Place], agencies: dict[tuple[int, str], int]) -> None:
    """Write the accounts with their posts and holders. They share one password, so it is hashed once."""
    hashed = make_password(PASSWORD)
    seats = {CITY: city.pk, **{place.code: place.region for place in places if place.code}}
    known = dict(agencies)
    for account in ACCOUNTS:
        if account.line in OUTSIDE:
            agency = Agency.objects.create(
                region_id=seats[account.code], line=account.line, name=OUTSIDE[account.line]
            )
            AgencyName.objects.create(agency=agency, name=agency.name)
            Agreement.objects.create(agency=agency, number=AGREEMENT % account.code, begins=AGREED)
            known[seats[account.code], account.line] = agency.pk
    rng = Random("accounts")
    users = User.objects.bulk_create(
        User(
            username=account.username,
            password=hashed,
            role=account.role,
            holder=personal_name(rng, rng.choice((FEMALE, MALE))),
            agency_id=known[seats[account.code], account.line],
            post=Post.objects.get_or_create(
                agency_id=known[seats[account.code], account.line],
                title=str(account.role.label),
                defaults={"role": account.role},
            )[0],
        )
        for account in ACCOUNTS
    )
    Holding.objects.bulk_create(
        Holding(post=user.post, user=user, holder=user.holder, begins=AGREED) for user in users
    )


def lines() -> list[str]:
    """The accounts as a newcomer reads them, the ones that are still there."""
    wanted = [account.username for account in ACCOUNTS]
    held = User.objects.filter(username__in=wanted, is_active=True).select_related("agency").order_by("pk")
    told = [f"  {user.username:<18}{user.get_role_display()}  {user.agency}  {user.holder}" for user in held]
    return [_("演示账号（口令都是 %s）：") % PASSWORD, *told]
