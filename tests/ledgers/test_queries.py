"""Reading a ledger: conditions, order and pages keep to what the viewer may see, and every reading is logged."""

from __future__ import annotations

from datetime import date

import pytest

from qiaojie.accounts.models import AccessEntry
from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers import queries, services
from qiaojie.ledgers.declaration import get
from qiaojie.ledgers.models import State
from qiaojie.ledgers.queries import Order
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.training.ledger import CLASSES, ENROLMENTS
from qiaojie.training.models import TrainingClass
from tests.web.factories import World, training_class


@pytest.fixture
def clerk(world: World) -> UserViewer:
    return UserViewer(world.users["clerk"])


def titles(viewer: UserViewer, **where: object) -> set[str]:
    return set(queries.rows(CLASSES, viewer, where).values_list("title", flat=True))


def test_conditions_are_values_lists_bounds_parts_and_their_opposite(world: World, clerk: UserViewer) -> None:
    assert titles(clerk, kind="practical") == {"榨菜种植班"}
    assert titles(clerk, title=["榨菜种植班", "万州竹编班"]) == {"榨菜种植班"}
    assert titles(clerk, ends={"max": date(2019, 12, 31)}) == {"蜀绣班"}
    assert titles(clerk, title={"has": "种植"}) == {"榨菜种植班"}
    assert titles(clerk, headcount={"min": 13}) == {"手工编织一班"}
    assert titles(clerk, kind={"not": "vocational"}) == {"榨菜种植班"}
    # What is not known is not what is shut out.
    TrainingClass.objects.filter(title="蜀绣班").update(has_sign_in=None)
    assert "蜀绣班" in titles(clerk, has_sign_in={"not": True})
    with pytest.raises(Unusable, match="nothing") as refused:
        titles(clerk, nothing=1)
    assert refused.value.code == "field_unknown"


def test_withdrawn_rows_are_seen_only_by_asking_for_them(clerk: UserViewer, world: World) -> None:
    TrainingClass.objects.filter(pk=world.classes["weaving"].pk).update(state=State.WITHDRAWN)
    assert "手工编织一班" not in titles(clerk)
    assert titles(clerk, state=State.WITHDRAWN) == {"手工编织一班"}


def test_a_condition_on_what_is_hidden_is_refused(world: World) -> None:
    viewer = UserViewer(world.users["trainer"])
    with pytest.raises(Unusable) as refused:
        queries.rows(ENROLMENTS, viewer, {"person.id_number": "x"})
    assert refused.value.code == "field_hidden"
    assert queries.rows(ENROLMENTS, viewer, {"result": "completed"}).count() == 0


def test_pages_follow_each_other_whatever_the_order(world: World, clerk: UserViewer) -> None:
    for number in range(7):
        training_class(
            world.regions["涪陵区"], f"分页{number % 3}班", begins=date(2022, 1, 1), ends=date(2022, 2, 1)
        )
    for order in (None, Order("title"), Order("title", descending=True), Order("cost")):
        seen: list[int] = []
        after = None
        while True:
            page = queries.page(CLASSES, clerk, after=after, size=3, order=order)
            seen += [row.pk for row in page.rows]
            after = page.following
            if after is None:
                break
        assert len(seen) == len(set(seen)) == queries.found(CLASSES, clerk, {}).number == 11
        if order is not None and order.field == "title":
            by_key = dict(TrainingClass.objects.values_list("pk", "title"))
            shown = [by_key[pk] for pk in seen]
            assert [shown.count(title) for title in dict.fromkeys(shown)] == [
                shown.count(title) for title in sorted(set(shown), key=shown.index)
            ]
    with pytest.raises(Unusable) as refused:
        queries.page(CLASSES, clerk, order=Order("headcount"))
    assert refused.value.code == "field_unsorted"


def test_a_reading_is_logged_with_its_rows(world: World, clerk: UserViewer) -> None:
    queries.page(ENROLMENTS, clerk, {"class.title": "手工编织一班"}, size=5)
    noted = AccessEntry.objects.filter(username="clerk", subject="enrolments").latest("pk")
    assert (noted.action, noted.rows, noted.done) == ("see", 5, True)


def test_one_row_of_another_county_is_refused_as_one_that_is_not(world: World, clerk: UserViewer) -> None:
    foreign = world.classes["there"].pk
    for pk in (foreign, 10**9, 2**70):
        with pytest.raises(Refused):
            queries.one_shown(CLASSES, clerk, pk, CLASSES.fields)
    with pytest.raises(Refused):
        queries.one(CLASSES, clerk, foreign)
    assert AccessEntry.objects.filter(username="clerk", subject=f"classes/{foreign}", done=False).count() == 2


def test_who_administers_sees_no_business_data(world: World) -> None:
    for name in ("administrator", "security", "audit"):
        with pytest.raises(Refused):
            queries.rows(CLASSES, UserViewer(world.users[name]))


def test_found_gives_the_keys_newest_first_and_stops_counting(
    clerk: UserViewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = queries.found(CLASSES, clerk, {"kind": "vocational"})
    assert (found.number, found.more) == (3, False)
    assert list(found.keys) == sorted(found.keys, reverse=True)
    assert TrainingClass.objects.filter(found.condition()).count() == 3
    monkeypatch.setattr(queries, "COUNTED_TO", 2)
    more = queries.found(CLASSES, clerk, {"kind": "vocational"})
    assert (more.number, more.more, more.keys) == (2, True, ())


def test_views_are_ones_own_named_and_so_many(
    world: World, clerk: UserViewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    approver = UserViewer(world.users["approver"])
    kept = services.keep_view(CLASSES, " 手工班 ", "handicraft=1", clerk)
    assert services.keep_view(CLASSES, "手工班", "handicraft=0", clerk).pk == kept.pk
    assert [(view.label, view.query) for view in queries.views(CLASSES, clerk)] == [
        ("手工班", "handicraft=0")
    ]
    assert queries.views(CLASSES, approver) == queries.views(ENROLMENTS, clerk) == []
    with pytest.raises(Refused):
        services.drop_view(CLASSES, kept.pk, approver)
    monkeypatch.setattr(services, "VIEWS", 1)
    for label, query, code in (
        ("", "a=1", "label_missing"),
        ("长" * 41, "a=1", "label_missing"),
        ("长", "a" * 2_001, "view_too_long"),
        ("又一个", "a=1", "too_many_views"),
    ):
        with pytest.raises(Unusable) as refused:
            services.keep_view(CLASSES, label, query, clerk)
        assert refused.value.code == code
    services.drop_view(CLASSES, kept.pk, clerk)
    assert queries.views(CLASSES, clerk) == []


def test_a_ledger_is_got_by_its_code_and_a_wrong_one_names_those_there_are() -> None:
    assert get("classes") is CLASSES
    with pytest.raises(KeyError, match="enrolments"):
        get("klasses")
    with pytest.raises(KeyError, match="headcount"):
        CLASSES.field("heads")
