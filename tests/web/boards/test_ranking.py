"""The order of units is seen by nobody until a leader of the whole area releases it."""

from __future__ import annotations

import re
from datetime import date

import pytest

from qiaojie.accounts.models import AccessEntry
from qiaojie.accounts.viewers import UserViewer
from qiaojie.lib.percentages import printed
from qiaojie.measures.models import Ranking
from qiaojie.measures.queries import measure
from qiaojie.notices.queries import notice
from qiaojie.training.models import Enrolment
from tests.web.conftest import SignIn
from tests.web.factories import NOTICE, World

pytestmark = pytest.mark.django_db

PAGE = f"/board/{NOTICE}/vocational_training/ranking/"


def test_nothing_is_ranked_until_a_leader_releases_it_and_it_stays_as_it_was(
    world: World, sign_in: SignIn
) -> None:
    clerk, leader = sign_in("clerk"), sign_in("city")
    assert "没有公布排名" in clerk.get(PAGE).content.decode()
    assert leader.post(PAGE, {"on": "2023-11-30", "reason": ""}).status_code == 422
    assert leader.post(PAGE, {"on": "2023-11-30", "reason": "年终通报"}).status_code == 302
    held = Ranking.objects.get()
    assert held.on == date(2023, 11, 30) and len(held.lines) == 41
    assert [line[0] for line in held.lines] == sorted(line[0] for line in held.lines)
    shares = [line[2] / line[3] for line in held.lines]
    assert shares == sorted(shares, reverse=True)
    assert all(
        a[0] == b[0] for a, b in zip(held.lines, held.lines[1:], strict=False) if a[2] * b[3] == b[2] * a[3]
    )
    page = clerk.get(PAGE).content.decode()
    assert "年终通报" in page and "涪陵区" in page and "万州区" in page
    Enrolment.objects.all().delete()
    assert clerk.get(PAGE).content.decode().count("<tr>") == 42, "a released order is not counted anew"
    assert leader.post(PAGE, {"revoke": "1"}).status_code == 302
    assert "没有公布排名" in clerk.get(PAGE).content.decode()
    held.refresh_from_db()
    assert held.revoked_by == "city", "who took it back stays on record"
    assert AccessEntry.objects.filter(action="release", username="city").count() == 2


@pytest.mark.parametrize("role", ["clerk", "approver", "reader", "women"])
def test_nobody_else_releases(world: World, sign_in: SignIn, role: str) -> None:
    assert sign_in(role).post(PAGE, {"on": "2023-11-30", "reason": "想看"}).status_code == 404
    assert not Ranking.objects.exists()
    assert AccessEntry.objects.filter(username=role, action="release", done=False).exists()


def test_an_order_prints_the_percentages_of_the_board_and_so_does_one_kept_with_cut_ones(
    world: World, sign_in: SignIn
) -> None:
    leader = sign_in("city")
    leader.post(PAGE, {"on": "2023-11-30", "reason": "年终通报"})
    found = measure(notice(NOTICE), date(2023, 11, 30), UserViewer(world.users["city"]))
    shown = {unit.name: printed(unit.values["vocational_training"].done) for unit in found.units}
    assert "9.3%" in shown.values() and "—" not in shown.values()

    def listed() -> dict[str, str]:
        rows = re.findall(r"<th scope=\"row\"[^>]*>\s*(.*?)\s*</th>(.*?)</tr>", page(), re.DOTALL)
        return {"".join(name.split()): re.findall(r"[\d.]+%", rest)[-1] for name, rest in rows}

    def page() -> str:
        return leader.get(PAGE).content.decode()

    assert listed() == {"".join(name.split()): share for name, share in shown.items()}
    held = Ranking.objects.get()
    held.lines = [[*line[:4], line[2] * 100 // line[3]] for line in held.lines]
    held.save()
    assert listed() == {"".join(name.split()): share for name, share in shown.items()}
