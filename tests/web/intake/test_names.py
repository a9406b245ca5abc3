"""Names of classes that are nearly another's: asked on the page of the plan, and answered there for all rows of the name."""

from __future__ import annotations

import pytest

from tests.web.conftest import SignIn
from tests.web.factories import World, hand_in, roster
from tests.web.markup import flat

pytestmark = pytest.mark.django_db


def mixed(right: str, slip: str, first: int) -> bytes:
    """A roster of six women, of whom two are written into a class whose name has a slip."""
    text = roster(right, range(first, first + 6)).decode("utf-8-sig")
    lines = text.splitlines()
    lines[2:4] = [line.replace(right, slip) for line in lines[2:4]]
    return "\n".join(lines).encode("utf-8-sig")


@pytest.mark.parametrize("same", [True, False])
def test_a_name_is_asked_about_and_answered(world: World, sign_in: SignIn, same: bool) -> None:
    upload = hand_in(
        world.users["clerk"], world.regions["涪陵区"], mixed("手工编织坊培训", "手工编只坊培训", 400)
    )
    client, address = sign_in("clerk"), f"/intake/{upload.pk}/"
    page = flat(client.get(address))
    assert "请认定是不是同一个" in page and "2 行这样写，认定之前不写入。" in page
    assert "就是“手工编织坊培训”" in page and "是另一个培训班" in page
    word = page.split('name="word" value="same:class:', 1)[1].split('"', 1)[0]
    given = f"same:class:{word}" if same else "another:class"
    client.post(f"{address}decide/", {"row": "3", "word": given})
    page = flat(client.get(address))
    assert "请认定是不是同一个" not in page
    assert ("名称认定为同一个" if same else "名称认定为另一个") in page
    assert "写入 6 行" in page


def test_who_sees_no_files_answers_nothing(world: World, sign_in: SignIn) -> None:
    upload = hand_in(
        world.users["clerk"], world.regions["涪陵区"], mixed("手工编织坊培训", "手工编只坊培训", 400)
    )
    for name in ("reader", "other"):
        answered = sign_in(name).post(f"/intake/{upload.pk}/decide/", {"row": "3", "word": "another:class"})
        assert answered.status_code in (403, 404)
