from __future__ import annotations

from pathlib import Path

from qiaojie.accounts.models import AccessEntry
from qiaojie.accounts.viewers import SystemViewer
from qiaojie.backups import packets, places, services
from qiaojie.queue.worker import Worker
from tests.backups.conftest import folders as folders
from tests.web.conftest import SignIn
from tests.web.factories import World


def test_the_home_page_is_red_until_a_copy_is_away_a_trial_came_out_well_and_the_keys_were_proved(
    world: World, sign_in: SignIn, folders: list[Path]
) -> None:
    client = sign_in("administrator")
    page = client.get("/").content.decode()
    for said in ("从来没有", "还没有成功过", "还没有用现在的密钥副本打开过备份"):
        assert said in page
    assert page.count('class="note-box low" role="alert"') == 3
    made = services.make(SystemViewer())
    services.try_newest(SystemViewer())
    from qiaojie.backups import packet_keys

    services.prove_keys(places.held(folders[0])[0].path, packet_keys.entries(), SystemViewer())
    answer = client.post("/backups/fetch/", {"packet": made.packet})
    assert b"".join(answer.streaming_content) == places.held(folders[0])[0].path.read_bytes()  # type: ignore[attr-defined]
    assert packets.name_of(made.made_at, made.packet) in answer["Content-Disposition"]
    page = client.get("/").content.decode()
    assert 'class="note-box low"' not in page
    assert page.count('class="note-box done"') == 3
    entry = AccessEntry.objects.filter(subject=f"backup/{made.packet}/fetch").get()
    assert (entry.username, entry.done) == (world.users["administrator"].username, True)


def test_a_button_makes_a_backup_behind_the_screens_and_it_can_be_left(
    world: World, sign_in: SignIn, folders: list[Path]
) -> None:
    client = sign_in("administrator")
    assert client.post("/backups/make/")["Location"] == "/backups/"
    page = client.get("/backups/").content.decode()
    assert 'id="job"' in page
    assert "可以离开这一页" in page
    assert client.post("/backups/make/").status_code == 422
    Worker(alone=True).run(once=True)
    page = client.get("/backups/").content.decode()
    assert 'id="job"' not in page
    assert len(places.held(folders[0])) == len(places.held(folders[1])) == 1
    assert client.get("/backups/", headers={"HX-Request": "true"})["HX-Redirect"] == "/backups/"


def test_a_backup_that_was_cancelled_leaves_nothing(
    world: World, sign_in: SignIn, folders: list[Path]
) -> None:
    client = sign_in("administrator")
    client.post("/backups/make/")
    client.post("/backups/cancel/")
    Worker(alone=True).run(once=True)
    assert not any(places.held(folder) for folder in folders)


def test_what_a_county_keeps_up_is_no_packet_of_everybody(
    world: World, sign_in: SignIn, folders: list[Path]
) -> None:
    made = services.make(SystemViewer())
    for role in ("county-system", "security", "audit", "approver"):
        client = sign_in(role)
        assert client.get("/backups/").status_code in {403, 404}
        assert client.post("/backups/make/").status_code in {403, 404}
        assert client.post("/backups/fetch/", {"packet": made.packet}).status_code in {403, 404}
    assert "从来没有" not in sign_in("county-system").get("/").content.decode()


def test_a_packet_that_is_gone_is_said(world: World, sign_in: SignIn, folders: list[Path]) -> None:
    answer = sign_in("administrator").post("/backups/fetch/", {"packet": "0" * 32})
    assert answer.status_code == 422
    assert "已经不在了" in answer.content.decode()
