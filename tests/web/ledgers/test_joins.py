"""Pages of classes and bases that were entered twice: what may be one is offered, joined, marked, and parted."""

from __future__ import annotations

from datetime import date

import pytest

from qiaojie.bases.models import Base
from qiaojie.ledgers.models import State
from qiaojie.training.models import TrainingClass
from tests.web.conftest import SignIn
from tests.web.factories import World, enrol, training_class
from tests.web.markup import flat

pytestmark = pytest.mark.django_db


def pointer(held: TrainingClass) -> int | None:
    return TrainingClass.objects.values_list("canonical_id", flat=True).get(pk=held.pk)


def test_a_class_entered_twice_is_offered_joined_marked_and_parted(world: World, sign_in: SignIn) -> None:
    kept, other = world.classes["weaving"], training_class(world.regions["涪陵区"], "手工编织（一班）")
    enrol(other, world.people["here"][18:22])
    clerk, approver = sign_in("clerk"), sign_in("approver")
    page = flat(clerk.get(f"/classes/{other.pk}/").content.decode())
    assert "可能是同一个班" in page and "由审核人员认定" in page and "确认是同一个" not in page
    page = approver.get(f"/classes/{other.pk}/").content.decode()
    assert f'name="other" value="{kept.pk}"' in page and "名称相同" in page
    assert page.index("重复登记") < page.index('id="file"')
    address = f"/ledgers/classes/{other.pk}/join/"
    sent = {"other": str(kept.pk), "keep": "other", "reason": "录了两次"}
    assert clerk.post(address, sent).status_code == 404
    assert approver.post(address, {**sent, "reason": ""}).status_code == 422
    assert pointer(other) is None
    done = approver.post(address, sent)
    assert done["Location"] == f"/ledgers/classes/{kept.pk}/"
    assert pointer(other) == kept.pk
    page = flat(approver.get(f"/classes/{other.pk}/").content.decode())
    assert "本条不单独计算" in page and f'href="/ledgers/classes/{kept.pk}/"' in page
    page = flat(approver.get(f"/classes/{kept.pk}/").content.decode())
    assert "与“手工编织（一班）”是同一个班" in page and f'action="/ledgers/classes/{other.pk}/part/"' in page
    assert world.people["here"][21].name in page
    listed = flat(clerk.get("/ledgers/classes/").content.decode())
    assert listed.count("重复登记：同一个班") == 1
    assert clerk.post(f"/ledgers/classes/{other.pk}/part/", {"reason": "是两个"}).status_code == 404
    approver.post(f"/ledgers/classes/{other.pk}/part/", {"reason": "是两个", "back": str(kept.pk)})
    assert pointer(other) is None


def test_the_other_one_is_named_by_number_or_address(world: World, sign_in: SignIn) -> None:
    fuling = world.regions["涪陵区"]
    approver = sign_in("approver")
    kept = training_class(fuling, "编织春季班")
    for text in ("{}", "https://qiaojie.example/classes/{}/", "/ledgers/classes/{}/?back=3", " {} "):
        other = training_class(fuling, "编织秋季班")
        sent = {"other": text.format(other.pk), "keep": "this", "reason": "录了两次"}
        approver.post(f"/ledgers/classes/{kept.pk}/join/", sent)
        assert pointer(other) == kept.pk, text
    for text in ("", "编织班"):
        sent = {"other": text, "keep": "this", "reason": "录了两次"}
        assert approver.post(f"/ledgers/classes/{kept.pk}/join/", sent).status_code == 422
    sent = {"other": str(world.classes["there"].pk), "keep": "this", "reason": "录了两次"}
    assert approver.post(f"/ledgers/classes/{kept.pk}/join/", sent).status_code == 404
    assert approver.post(f"/ledgers/persons/{kept.pk}/join/", sent).status_code == 404
    assert approver.post(f"/ledgers/persons/{kept.pk}/part/", sent).status_code == 404


def test_a_row_joined_with_one_that_is_not_the_viewers_names_nothing_of_it(
    world: World, sign_in: SignIn
) -> None:
    here, there = world.classes["weaving"], world.classes["there"]
    sent = {"other": str(there.pk), "keep": "other", "reason": "两区合办"}
    sign_in("city").post(f"/ledgers/classes/{here.pk}/join/", sent)
    assert pointer(here) == there.pk
    page = flat(sign_in("approver").get(f"/classes/{here.pk}/").content.decode())
    assert "您的范围以外的一条" in page and there.title not in page and "确认分开" not in page
    # Outside the offices nobody is told.
    assert "重复登记" not in flat(sign_in("trainer").get(f"/classes/{here.pk}/").content.decode())


def test_bases_are_reached_from_their_list_and_joined(world: World, sign_in: SignIn) -> None:
    kept, other = (
        Base.objects.create(
            name=name,
            kind="rural",
            filed_by=world.regions["涪陵区"],
            happened_on=date(2020, 1, 1),
            state=State.APPROVED,
        )
        for name in ("竹编坊", "竹编 坊")
    )
    approver = sign_in("approver")
    assert f'href="/ledgers/bases/{other.pk}/"' in approver.get("/ledgers/bases/").content.decode()
    page = flat(approver.get(f"/ledgers/bases/{other.pk}/").content.decode())
    assert "可能是同一个基地" in page
    sent = {"other": str(kept.pk), "keep": "other", "reason": "录了两次"}
    approver.post(f"/ledgers/bases/{other.pk}/join/", sent)
    assert Base.objects.get(pk=other.pk).canonical_id == kept.pk
    assert "重复登记：同一个基地" in flat(approver.get("/ledgers/bases/").content.decode())
    assert "与“竹编 坊”是同一个基地" in flat(approver.get(f"/ledgers/bases/{kept.pk}/").content.decode())
