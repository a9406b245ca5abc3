from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections

from qiaojie.accounts.models import AccessKey, User
from qiaojie.backups import packet_keys, packets, rows, sealing, trials
from qiaojie.lib.findings import Unusable
from qiaojie.notices.models import Ruling
from qiaojie.people.models import Person
from tests.web.factories import World

HARD = "制表\t换行\n回车\r反斜\\N\\n\\x61 \b\f\v 引号'\" 𠮷 \\."


def test_every_table_is_in_the_packet_or_is_named_as_left_out(packet: Path) -> None:
    there: set[str] = set()
    for alias in settings.DATABASES:
        with connections[alias].cursor() as cursor:
            there |= set(connections[alias].introspection.table_names(cursor))
    held = set(packets.manifest(packet).tables)
    assert there - held == rows.LEFT_OUT | {"django_migrations"}
    assert held <= there


def test_a_packet_says_how_many_rows_of_which_hash_every_table_has(packet: Path) -> None:
    manifest = packets.verify(packet)
    assert manifest.tables["people_person"]["rows"] == Person.objects.count() > 0
    assert manifest.tables["accounts_user"]["rows"] == User.objects.count() > 0
    assert all(len(one["sha256"]) == 64 for one in manifest.tables.values())
    assert manifest.maker == "tests"
    assert manifest.steps


def test_neither_keys_nor_what_stands_in_a_row_can_be_read_in_it(packet: Path, world: World) -> None:
    content = packet.read_bytes()
    held = packet_keys.entries()
    name = User.objects.exclude(holder="").values_list("username", flat=True).first()
    assert name
    for word in (name, "people_person", held["backup"], held["fields"][0][1], held["signing"]):
        assert word.encode() not in content


def test_every_character_and_moment_comes_back_as_it_was(world: World, tmp_path: Path) -> None:
    user = User.objects.exclude(username="").order_by("pk")[0]
    moments = [
        datetime(2026, 3, 1, 4, 5, 6, tzinfo=UTC),
        datetime(2026, 3, 1, 4, 5, 6, 500_000, tzinfo=UTC),
        datetime(2026, 3, 1, 4, 5, 6, 7, tzinfo=UTC),
    ]
    User.objects.filter(pk=user.pk).update(holder=HARD[:30], last_login=moments[1])
    for at, other in zip((moments[0], moments[2]), User.objects.exclude(pk=user.pk)[:2], strict=True):
        User.objects.filter(pk=other.pk).update(last_login=at)
    kept = list(User.objects.order_by("pk").values_list("pk", "holder", "last_login"))
    # What is compared is the lines of both sides; what the trial restored is read here besides.
    path = tmp_path / "hard.qjb"
    packets.make(path, "tests")
    found: dict[str, list[tuple[object, ...]]] = {}

    def read(tables: dict[rows.PacketTable, object], *_rest: object) -> None:
        for table, held in tables.items():
            if table.name == "accounts_user":
                with held.cursor() as cursor:  # type: ignore[attr-defined]
                    cursor.execute("SELECT id, holder, last_login FROM accounts_user ORDER BY id")
                    found["users"] = cursor.fetchall()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trials, "compare", read)
        trials.attempt(path)
    assert [(pk, holder) for pk, holder, _at in found["users"]] == [(pk, holder) for pk, holder, _at in kept]
    written = {str(at).removesuffix("+00:00") for _pk, _holder, at in kept if at is not None}
    assert {str(at) for _pk, _holder, at in found["users"] if at is not None} == written
    trials.attempt(path)


def test_json_is_one_spelling_whatever_the_database() -> None:
    before = b'1\t{"b": [1, "\\\\u4e2d\\\\n"], "a": null}\t\\N\n'
    assert rows._respelt(before, [1, 2]).decode() == '1\t{"a":null,"b":[1,"中\\\\n"]}\t\\N\n'


def test_a_packet_is_put_back_and_every_row_compared(packet: Path, home: Path) -> None:
    told: list[tuple[str, int, int]] = []
    manifest = trials.attempt(packet, progress=lambda *said: told.append(said))
    assert manifest == packets.manifest(packet)
    assert told[-1][1] == told[-1][2] == manifest.rows
    assert not list((home / trials.PLACE).iterdir())


def test_a_row_that_came_back_otherwise_is_found(packet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = rows.lines

    def otherwise(connection: object, table: rows.PacketTable) -> object:
        for number, lines in kept(connection, table):  # type: ignore[arg-type]
            yield number, lines.replace(b"\tt\t", b"\tf\t", 1) if table.name == "accounts_user" else lines

    monkeypatch.setattr(rows, "lines", otherwise)
    with pytest.raises(Unusable) as refused:
        trials.attempt(packet)
    assert refused.value.code == "rows_differ"
    assert "accounts_user" in refused.value.message


def _chunks(content: bytes) -> tuple[bytes, list[bytes]]:
    """The head of a packet, and its chunks with their lengths."""
    at = len(sealing.MAGIC)
    at += 4 + struct.unpack(">I", content[at : at + 4])[0]
    head, found = content[:at], []
    while at < len(content):
        length = 4 + struct.unpack(">I", content[at : at + 4])[0]
        found.append(content[at : at + length])
        at += length
    return head, found


def _cut_in_a_chunk(content: bytes) -> bytes:
    return content[:-7]


def _cut_between_chunks(content: bytes) -> bytes:
    head, chunks = _chunks(content)
    return head + b"".join(chunks[:-1])


def _reordered(content: bytes) -> bytes:
    head, chunks = _chunks(content)
    return head + b"".join([chunks[0], chunks[2], chunks[1], *chunks[3:]])


def _without_one(content: bytes) -> bytes:
    head, chunks = _chunks(content)
    return head + b"".join([*chunks[:2], *chunks[3:]])


def _altered(content: bytes) -> bytes:
    at = len(content) // 2
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def _prolonged(content: bytes) -> bytes:
    return content + content[-40:]


def _other_head(content: bytes) -> bytes:
    return content.replace(b'"made": "20', b'"made": "19', 1)


def _said_longer(content: bytes) -> bytes:
    head, chunks = _chunks(content)
    return head + struct.pack(">I", 1 << 29) + b"".join(chunks)[4:]


def _no_packet(_content: bytes) -> bytes:
    return b"PK\x03\x04 something else"


@pytest.mark.parametrize(
    "damage",
    [_cut_in_a_chunk, _cut_between_chunks, _reordered, _without_one, _altered, _prolonged, _other_head, _said_longer, _no_packet],
)  # fmt: skip
def test_a_packet_that_is_not_whole_is_refused_before_a_row_is_put_back(
    packet: Path, damage: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    packet.write_bytes(damage(packet.read_bytes()))

    def never(*_: object) -> None:
        raise AssertionError("a table was made")

    monkeypatch.setattr(trials, "NewShape", never)
    for attempt in (trials.attempt, packets.verify):
        with pytest.raises(Unusable) as refused:
            attempt(packet)
        assert refused.value.code == "packet_broken"


def test_a_chunk_of_another_packet_does_not_open(packet: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.qjb"
    packets.make(other, "tests")
    head, chunks = _chunks(packet.read_bytes())
    _head, others = _chunks(other.read_bytes())
    packet.write_bytes(head + b"".join([chunks[0], others[1], *chunks[2:]]))
    with pytest.raises(Unusable) as refused:
        packets.verify(packet)
    assert refused.value.code == "packet_broken"


def test_another_key_is_told_from_a_broken_packet(packet: Path) -> None:
    with pytest.raises(Unusable) as refused:
        packets.verify(packet, sealing.PacketKey(b"x" * 32))
    assert refused.value.code == "packet_foreign"


def test_sm4_is_used_where_the_installation_uses_it(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "QIAOJIE_CIPHER", "sm4")
    path = tmp_path / "sm4.qjb"
    packets.make(path, "tests")
    assert _chunks(path.read_bytes())[1][0][4] == 2
    assert packets.verify(path).rows
    monkeypatch.undo()
    assert packets.verify(path).rows


def test_a_packet_that_could_not_be_finished_leaves_nothing(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(packets.os, "fsync", full)
    with pytest.raises(Unusable) as refused:
        packets.make(tmp_path / "full.qjb", "tests")
    assert refused.value.code == "backup_unwritable"
    assert not list(tmp_path.iterdir())


def test_a_packet_of_a_later_version_is_refused(packet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = packets.opening

    def later(path: Path, by: sealing.PacketKey | None = None) -> packets.Opening:
        found = kept(path, by)
        return replace(found, steps=[*found.steps, ("people", "0999_later")])

    monkeypatch.setattr(packets, "opening", later)
    with pytest.raises(Unusable) as refused:
        trials.attempt(packet)
    assert refused.value.code == "packet_newer"


def test_every_kind_of_field_that_there_is_can_be_spelt() -> None:
    assert {kind for table in rows.tables() for _name, kind in table.columns} <= set(rows.KINDS.values())
    assert {Ruling, AccessKey} <= set(rows.installed.get_models())


def test_a_chunk_is_read_alone(packet: Path) -> None:
    reader = sealing.PacketReader(packet, packet_keys.packet_key())
    assert reader.check() == len(_chunks(packet.read_bytes())[1])
    assert json.dumps(reader.first()["tables"])
