from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from qiaojie.accounts.viewers import SystemViewer
from qiaojie.backups import places, queries, services
from qiaojie.backups.models import Act, PacketEvent
from qiaojie.backups.nights import make as nightly_make
from qiaojie.backups.places import KeptPacket, Thinning
from qiaojie.backups.sealing import PacketHead
from qiaojie.lib.findings import Unusable
from qiaojie.queue.services import Task
from tests.web.factories import World

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def _kept(days: int, hour: int = 17) -> KeptPacket:
    at = (NOW - timedelta(days=days)).replace(hour=hour)
    return KeptPacket(Path(f"{days}-{hour}.qjb"), PacketHead(f"{days}-{hour}", "k", at.isoformat()), 1)


def test_seven_days_five_weeks_and_twelve_months_are_kept() -> None:
    every = [_kept(days) for days in range(400)]
    gone = {one.head.packet for one in places.too_many(every, Thinning(7, 5, 12))}
    stay = [one for one in every if one.head.packet not in gone]
    assert [one.head.packet for one in stay[:7]] == [f"{days}-17" for days in range(7)]
    assert len({f"{timezone.localtime(one.made_at):%Y-%m}" for one in stay}) == 12
    assert len({f"{timezone.localtime(one.made_at):%G-%V}" for one in stay}) >= 5
    assert len(stay) <= 7 + 5 + 12


def test_thinning_day_by_day_keeps_what_thinning_at_once_would_and_never_the_last_good_one_goes() -> None:
    held: list[KeptPacket] = []
    good = ""
    chance = random.Random(7)
    for days in range(200, -1, -1):
        held.append(_kept(days))
        if days == 150:
            good = held[-1].head.packet
        if chance.random() < 0.8:
            gone = {one.head.packet for one in places.too_many(held, Thinning(7, 5, 3), good)}
            assert good not in gone
            assert held[-1].head.packet not in gone
            held = [one for one in held if one.head.packet not in gone]
    assert good in {one.head.packet for one in held}


def test_of_several_on_a_day_the_last_is_kept() -> None:
    gone = places.too_many([_kept(1, 1), _kept(1, 9), _kept(1, 4), _kept(0)], Thinning(7, 5, 12))
    assert [one.head.packet for one in gone] == ["1-4", "1-1"]


@pytest.mark.parametrize("told", ["", "7", "7,5", "0,5,12", "a,b,c", "7,-1,1"])
def test_how_many_are_kept_is_told_in_three_numbers(told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "QIAOJIE_BACKUP_KEPT", told)
    with pytest.raises(Unusable) as refused:
        places.thinning()
    assert refused.value.code == "kept_unreadable"


def test_every_place_has_the_same_packet_and_only_away_counts_as_off_this_machine(
    world: World, folders: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = services.make(SystemViewer())
    first, second = (places.held(folder) for folder in folders)
    assert [one.head.packet for one in first + second] == [made.packet] * 2
    assert first[0].path.read_bytes() == second[0].path.read_bytes()
    assert first[0].path.stat().st_mode & 0o777 == 0o600
    assert not [name for folder in folders for name in os.listdir(folder) if not name.endswith(".qjb")]
    status = queries.status()
    assert status.made is not None
    assert status.away_late
    monkeypatch.setattr(settings, "QIAOJIE_BACKUP_AWAY", [str(folders[1])])
    services.make(SystemViewer())
    status = queries.status()
    assert status.away is not None
    assert status.away.place == str(folders[1])
    assert not status.away_late
    PacketEvent.objects.update(packet_at=timezone.now() - timedelta(days=7, minutes=1))
    assert queries.status().away_late
    assert queries.status().away_days == 7


def test_an_absent_place_is_told_and_has_its_copy_within_the_hour_that_it_is_there(
    world: World, folders: list[Path]
) -> None:
    folders[1].rmdir()
    made = services.make(SystemViewer())
    failed = queries.status().failed
    assert failed is not None
    assert str(folders[1]) in failed.message
    assert services.copy_to_lacking(SystemViewer()) == 0
    folders[1].mkdir()
    assert services.copy_to_lacking(SystemViewer()) == 1
    assert places.held(folders[1])[0].head.packet == made.packet
    assert queries.status().failed is None
    assert services.copy_to_lacking(SystemViewer()) == 0


def test_a_failure_is_told_until_its_own_kind_succeeds(
    world: World, folders: list[Path], tmp_path: Path
) -> None:
    folders[1].rmdir()
    services.make(SystemViewer())
    with pytest.raises(Unusable):
        services.make(SystemViewer(), tmp_path / "once" / "named" / "and" / "gone")
    failed = queries.status().failed
    assert failed is not None
    # A disk that somebody named once is forgotten with the next copy; the one that is set is missed until it is there.
    services.make(SystemViewer())
    failed = queries.status().failed
    assert failed is not None
    assert failed.place == str(folders[1])
    folders[1].mkdir()
    services.make(SystemViewer())
    assert queries.status().failed is None


def test_a_full_place_is_told_and_keeps_no_half_of_it(
    world: World, folders: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(places.shutil, "copyfileobj", full)
    services.make(SystemViewer())
    assert not list(folders[1].iterdir())
    failed = queries.status().failed
    assert failed is not None
    assert "磁盘满了" in failed.message


def test_the_night_fails_in_words_where_no_place_is_there_and_is_made_up_for_later(
    world: World, folders: list[Path]
) -> None:
    task = Task("k", "nightly/backup", "system", {}, False, lambda *_: None)
    for folder in folders:
        folder.rmdir()
    with pytest.raises(Unusable) as refused:
        nightly_make(task)
    assert refused.value.code == "place_absent"
    assert services.copy_to_lacking(SystemViewer()) == 0
    folders[0].mkdir()
    services.copy_to_lacking(SystemViewer())
    assert len(places.held(folders[0])) == 1
    folders[1].mkdir()
    nightly_make(task)
    assert len(places.held(folders[1])) == 1


def test_a_packet_of_another_installation_is_left_alone(world: World, folders: list[Path]) -> None:
    services.make(SystemViewer())
    ours = places.held(folders[0])[0].path
    foreign = folders[0] / "foreign.qjb"
    foreign.write_bytes(ours.read_bytes().replace(b'"key": "', b'"key": "x', 1)[:500])
    services.thin(SystemViewer())
    assert foreign.exists()
    assert ours.exists()


def test_the_newest_packet_is_tried_at_night_and_a_failure_is_told(world: World, folders: list[Path]) -> None:
    with pytest.raises(Unusable):
        services.try_newest(SystemViewer())
    services.make(SystemViewer())
    assert queries.status().tried_late
    services.try_newest(SystemViewer())
    status = queries.status()
    assert status.tried is not None
    assert not status.tried_late
    assert status.failed is None
    path = places.held(folders[0])[0].path
    path.write_bytes(path.read_bytes()[:-3])
    places.held(folders[1])[0].path.unlink()
    with pytest.raises(Unusable):
        services.try_newest(SystemViewer())
    assert queries.status().failed is not None
    PacketEvent.objects.filter(act=Act.TRIED).update(at=timezone.now() - timedelta(days=4))
    assert queries.status().tried_late


def test_keys_are_proved_until_they_change(
    world: World, folders: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from qiaojie.backups import packet_keys

    services.make(SystemViewer())
    held = packet_keys.entries()
    path = places.held(folders[0])[0].path
    assert queries.status().keys_late
    with pytest.raises(Unusable) as refused:
        services.prove_keys(path, {**held, "fields": [[1, "AAAA" * 11]]}, SystemViewer())
    assert refused.value.code == "keys_lacking"
    with pytest.raises(Unusable) as refused:
        services.prove_keys(path, {**held, "backup": "AAAA" * 11}, SystemViewer())
    assert refused.value.code == "packet_foreign"
    assert queries.status().keys_late
    services.prove_keys(path, held, SystemViewer())
    assert not queries.status().keys_late
    rotated = {**held, "fields": [[9, "BBBB" * 11], *held["fields"]]}
    monkeypatch.setattr(packet_keys, "entries", lambda: rotated)
    assert queries.status().keys_late
