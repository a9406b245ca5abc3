"""Story 4: a list out of 民政 about people in care. Two have died, one has a new certificate, nine are as they were."""

from __future__ import annotations

from datetime import date

import pytest

from qiaojie.people.models import Certificate, Person
from qiaojie.regions.models import Region
from qiaojie.support.models import CareService
from tests.regions.small import plant
from tests.web.factories import NOTICE
from tests.web.screens import WHO, desks, register, said, shown, woman

pytestmark = pytest.mark.django_db

CARE = ("托养服务 人", "其中政府购买服务 人", "其中寄宿制 人")
DEATHS = {3: date(2023, 6, 18), 7: date(2023, 9, 2)}
REISSUED = 5


def test_a_list_of_twelve_from_civil_affairs() -> None:
    plant()
    county = Region.objects.get(name="南川区", ends=None)
    clerk, approver = desks(county, "nanchuan")
    asked = (NOTICE, "2023-12-31", county.key)
    register(clerk, "南川区", range(12))
    clerk.paste(
        "/intake/paste/ledgers/care-services/",
        (*WHO, "托养形式", "政府购买服务", "服务机构", "付费区县", "已付费寄宿月数", "服务开始"),
        [
            (
                *woman(n),
                "寄宿制" if n < 4 else "日间照料",
                "是",
                "南川托养中心",
                "南川区",
                "2" if n < 4 else "",
                "2023-01-05",
            )
            for n in range(12)
        ],
    )
    approver.approve("care_services")
    approver.confirm()
    before = shown(approver, *asked)
    assert [before[one] for one in CARE] == [12, 12, 4]

    certificates = {n: f"{woman(n)[1]}43" for n in range(12)} | {REISSUED: f"{woman(REISSUED)[1]}42"}
    listed = [
        {
            **dict(zip(WHO, woman(n), strict=True)),
            "残疾人证号": certificates[n],
            "发证残联": "南川区",
            "死亡日期": f"{DEATHS[n]:%Y.%m.%d}" if n in DEATHS else "",
        }
        for n in range(12)
    ]
    kept = clerk.fill_in("persons", listed)
    assert "残疾人证：2 项修改待审核" in said(clerk.page(f"/intake/{kept.pk}/"))
    assert shown(approver, *asked) == before
    # The certificate before gives way by its own row's page: the list does not say on which day.
    old = Certificate.objects.filter(person__name=woman(REISSUED)[0]).earliest("pk")
    clerk.change("certificates", old.pk, {"实际有效至": "2023-07-10", "失效原因": "换发新证"})
    taken = [approver.accept(one) for one in ("persons", "care_services", "certificates")]
    assert taken == [2, 2, 3]
    assert approver.confirm() == 1

    assert Person.objects.count() == 12
    assert dict(Person.objects.exclude(died_on=None).values_list("name", "died_on")) == {
        woman(n)[0]: day for n, day in DEATHS.items()
    }
    stopped = CareService.objects.exclude(ends=None).values_list(
        "person__name", "ends", "end_reason", "state"
    )
    assert sorted(stopped) == sorted((woman(n)[0], day, "死亡", "approved") for n, day in DEATHS.items())
    assert CareService.objects.count() == 12
    spells = Certificate.objects.filter(person__name=woman(REISSUED)[0]).order_by("pk")
    assert [(one.number, one.ended_on, one.end_reason) for one in spells] == [
        (f"{woman(REISSUED)[1]}43", date(2023, 7, 10), "换发新证"),
        (certificates[REISSUED], None, ""),
    ]
    assert all(one.confirmed for one in spells)
    assert Certificate.objects.count() == 13
    assert shown(approver, *asked) == before

    # The same list once more brings nothing.
    plan = clerk.page(f"/intake/{clerk.hand_in('persons', listed).pk}/")
    assert not any(said(one).startswith("写入") for one in plan.xpath("//form//button"))
    assert [said(one) for one in plan.xpath("//ul[@class='chips']/li")][:2] == ["12行", "0新增"]


def test_a_certificate_issued_again_under_its_own_number_takes_nothing_from_the_count() -> None:
    plant()
    county = Region.objects.get(name="南川区", ends=None)
    _clerk, approver = desks(county, "nanchuan")
    asked = (NOTICE, "2023-12-31", county.key)
    heads = (*WHO, "残疾人证号", "发证残联", "发证日期")
    number = f"{woman(0)[1]}43"
    at = "/intake/paste/ledgers/certificates/"
    approver.paste(at, heads, [(*woman(0), number, "南川区", "2018-05-06")])
    care = (*woman(0), "日间照料", "是", "南川区", "2023-01-05")
    approver.paste(
        "/intake/paste/ledgers/care-services/",
        (*WHO, "托养形式", "政府购买服务", "付费区县", "服务开始"),
        [care],
    )
    before = shown(approver, *asked)
    assert before[CARE[0]] == 1
    row = dict(zip(heads, (*woman(0), f"{number}B1", "南川区", "2023-07-11"), strict=True))
    approver.enter("/intake/enter/ledgers/certificates/", row)
    held = Certificate.objects.get()
    assert (held.number, held.issued_on) == (f"{number}B1", date(2018, 5, 6))
    assert shown(approver, *asked) == before
    # A list that leaves the mark out takes nothing back.
    kept = approver.hand_in("certificates", [{**row, "残疾人证号": number}])
    approver_sees = approver.page(f"/intake/{kept.pk}/")
    assert not any(said(one).startswith("写入") for one in approver_sees.xpath("//form//button"))
    assert Certificate.objects.get().number == f"{number}B1"
