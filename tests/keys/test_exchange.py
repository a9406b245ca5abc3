"""Keys are added, made current, retired; nothing that is kept is lost by it, whoever's key it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection, connections, router

from qiaojie.accounts import log, sealing, triggers
from qiaojie.accounts.models import AccessEntry
from qiaojie.cli.main import main
from qiaojie.keys import declared, exchange, file, jobs, renewal, standing
from qiaojie.keys.models import KeyMark
from qiaojie.ledgers import journal, rows
from qiaojie.lib.crypto import keyring, reset_keyring
from qiaojie.lib.fields import Unreadable
from qiaojie.lib.findings import Unusable
from qiaojie.people.identification import id_hash
from qiaojie.people.models import Certificate, Person
from qiaojie.queue import services as queue
from qiaojie.queue.models import Job
from tests.upgrade import sealed
from tests.web.api.programs import program
from tests.web.factories import World, identity

pytestmark = pytest.mark.django_db


def opened() -> dict[str, Any]:
    """What every encrypted column says, and hashes as they match it; the hashes' own bytes change with the key."""
    found = sealed.opened()
    return {
        name: said[0] if name in sealed.HASHED or name in sealed.OPAQUE else said
        for name, said in found.items()
    }


def headers() -> set[tuple[int, int]]:
    """Which sets of algorithms and keys values are encrypted or hashed with."""
    found = set()
    for model, held in declared.renewable().items():
        with connections[held[0].alias].cursor() as cursor:
            for column in held:
                for header in column.headers:
                    cursor.execute(f"SELECT DISTINCT {header} FROM {declared.table(model)}")
                    found |= {tuple(bytes(one)) for (one,) in cursor.fetchall() if one is not None}
    return found  # type: ignore[return-value]


def genuine() -> bool:
    """Whether every line of the access log, and every seal, is what it was when it was written."""
    guarded = connections[router.db_for_write(AccessEntry)]
    triggers.set_up(guarded)
    try:
        return all(map(log.is_genuine, AccessEntry.objects.all())) and sealing.check() is None
    finally:
        triggers.lift(guarded)


@pytest.fixture
def filled(world: World, own_home: Path) -> World:
    """The small programme with jobs, journal, access keys and log, and a file of keys of its own."""
    woman = world.people["here"][1]
    journal.updated(
        Person, [(woman.pk, {"phone": woman.phone}, {"phone": "13700001111"})], actor="x", batch=None
    )
    queue.enqueue(jobs.RENEW, "other", actor="x", arguments={"a": "b"})
    sealing.seal()
    standing.record()
    return world


def rotate(**options: Any) -> dict[str, Any]:
    exchange.turn_to(**options)
    return jobs.renewed(lambda _done, _total: None)


@pytest.mark.parametrize("cipher", ["aes", "sm4"])
def test_after_an_exchange_everything_says_what_it_said_and_the_old_key_is_needed_no_more(
    filled: World, own_home: Path, cipher: Any
) -> None:
    key = program(filled.users["clerk"])
    before = opened()
    old = keyring().current
    number = exchange.add()
    assert keyring().current == old, "nothing is encrypted with it yet"
    with pytest.raises(Unusable) as refused:
        exchange.retire(old)
    assert refused.value.code == "key_current"
    exchange.turn_to(cipher)
    with pytest.raises(Unusable) as refused:
        exchange.retire(old)
    assert refused.value.code == "key_used" and "身份证号" in refused.value.message
    done = jobs.renewed(lambda _done, _total: None)
    assert done["rows"] > 0 and (done["unopened"], done["left"]) == (0, 0)
    assert headers() <= {({"aes": 1, "sm4": 2}[cipher], number), ({"aes": 3, "sm4": 4}[cipher], number)}
    assert opened() == before
    exchange.retire(old)
    assert [one.number for one in exchange.known()] == [number]
    assert {mark.number for mark in KeyMark.objects.all()} == {number}
    reset_keyring()
    assert opened() == before
    # What can only be verified is verified still: the log, and a program's key.
    assert genuine()
    assert key.ask("ledgers").status_code == 200
    # She is found by her number, and entries of others are kept.
    woman = filled.people["here"][1]
    assert Person.objects.filter(id_hash=id_hash(woman.id_number)).get() == woman
    held = json.loads((own_home / "keys.json").read_text(encoding="utf-8"))
    assert held["backup"] == "of somebody else" and [one[0] for one in held["fields"]] == [number]
    standing.demand()


def test_from_one_set_of_algorithms_to_the_other_and_back_with_one_key(filled: World) -> None:
    before = opened()
    for cipher, schemes in (("sm4", {2, 4}), ("aes", {1, 3})):
        rotate(wanted=cipher)
        assert {scheme for scheme, _number in headers()} <= schemes
        assert opened() == before and exchange.cipher() == cipher


def test_work_that_broke_off_goes_on_where_it_is(filled: World) -> None:
    before, total = opened(), 0
    exchange.add()
    exchange.turn_to()
    due = renewal.due()

    class BrokenOff(Exception):
        pass

    def once(_done: int, _total: int) -> None:
        raise BrokenOff

    while renewal.due():
        left = renewal.due()
        with pytest.raises(BrokenOff):
            renewal.renew(once)
        assert renewal.due() < left
        assert opened() == before
        total += left - renewal.due()
    assert total == due


def test_a_job_does_it_with_progress_and_one_at_a_time(filled: World, settings: LazySettings) -> None:
    from qiaojie.queue.worker import Worker

    Job.objects.all().delete()
    exchange.add()
    exchange.turn_to()
    key = jobs.put("x")
    with pytest.raises(Unusable):
        jobs.put("x")
    assert Worker(alone=True).run(once=True) == 1
    job = Job.objects.get(key=key)
    assert job.state == "done" and job.total > 0
    assert queue.outcome_of(job)["left"] == 0
    assert renewal.due() == 0, "its own row as well"


def test_a_new_key_is_never_one_that_was(filled: World) -> None:
    old = keyring().current
    numbers = [exchange.add()]
    rotate()
    exchange.retire(old)
    numbers.append(exchange.add())
    rotate()
    exchange.retire(numbers[0])
    numbers.append(exchange.add())
    assert len({old, *numbers}) == 4
    assert genuine()


def test_what_cannot_be_opened_is_left_as_it_stands_and_keeps_its_key(filled: World) -> None:
    woman = filled.people["here"][1]
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM people_person WHERE id = %s", [woman.pk])
        spoilt = bytes(cursor.fetchone()[0])[:-1] + b"?"
        cursor.execute("UPDATE people_person SET phone = %s WHERE id = %s", [spoilt, woman.pk])
    old = keyring().current
    exchange.add()
    assert rotate()["unopened"] == 2, "the value, and its hash"
    assert isinstance(Person.objects.get(pk=woman.pk).phone, Unreadable)
    with pytest.raises(Unusable) as refused:
        exchange.retire(old)
    assert refused.value.code == "key_used" and "联系电话 1" in refused.value.message
    # Entered anew by hand, it keeps nobody.
    rows.update(
        Person,
        [(woman.pk, {"phone": "13800002299", "phone_hash": keyring().blind("13800002299", "person.phone")})],
    )
    exchange.retire(old)


@pytest.mark.once  # a server takes nothing but bytes there
@pytest.mark.parametrize("value", ["text instead", 7, 0.5])
def test_other_than_bytes_stops_no_exchange_is_named_and_keeps_every_key(
    filled: World, value: str | float
) -> None:
    held = filled.people["here"][1].certificates.get()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_certificate SET number = %s WHERE id = %s", [value, held.pk])
        cursor.execute("UPDATE people_person SET phone_hash = %s WHERE id = %s", [value, held.person_id])
    old = keyring().current
    exchange.add()
    done = rotate()
    assert done["unopened"] == 2, "the value, and its hash"
    assert f"第 {held.pk} 行" in done["named"][0]
    assert isinstance(type(held).objects.get(pk=held.pk).number, Unreadable)
    woman = Person.objects.get(pk=held.person_id)
    assert woman.phone_hash == keyring().blind(str(woman.phone), "person.phone"), (
        "made again of what it is of"
    )
    with pytest.raises(Unusable) as refused:
        exchange.retire(old)
    assert refused.value.code in {"key_used", "value_unreadable"}
    rows.update(type(held), [(held.pk, {"number_hash": None})])
    with pytest.raises(Unusable) as refused:
        exchange.retire(old)
    assert refused.value.code == "value_unreadable"
    assert f"第 {held.pk} 行" in refused.value.message
    rows.update(type(held), [(held.pk, {"number": None})])
    exchange.retire(old)


def test_a_value_written_with_the_old_key_after_the_count_brings_the_key_back(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, old = opened(), keyring().current
    exchange.add()
    rotate()
    counted = [{}, {"服务对象 联系电话": 1}]
    monkeypatch.setattr(declared, "used", lambda _number: counted.pop(0))
    with pytest.raises(Unusable) as refused:
        exchange.retire(old)
    assert refused.value.code == "key_used"
    assert old in keyring().numbers and {mark.number for mark in KeyMark.objects.all()} >= {old}
    assert opened() == before


def test_rows_of_two_women_that_were_swapped_are_named(filled: World) -> None:
    one, other = filled.people["here"][1:3]
    columns = ("id_number", "id_hash", "phone", "phone_hash", "address")
    with connection.cursor() as cursor:
        held = {}
        for woman in (one, other):
            cursor.execute(f"SELECT {', '.join(columns)} FROM people_person WHERE id = %s", [woman.pk])
            held[woman.pk] = [None if value is None else bytes(value) for value in cursor.fetchone()]
        cursor.execute("UPDATE people_person SET id_hash = NULL WHERE id IN (%s, %s)", [one.pk, other.pk])
        for woman, values in ((one, held[other.pk]), (other, held[one.pk])):
            sets = ", ".join(f"{name} = %s" for name in columns)
            cursor.execute(f"UPDATE people_person SET {sets} WHERE id = %s", [*values, woman.pk])
    found = {(each.row, each.column) for each in renewal.unopened()}
    assert found >= {(pk, name) for pk in (one.pk, other.pk) for name in ("id_number", "phone")}
    assert {row for row, _column in found} == {one.pk, other.pk}


def test_what_was_encrypted_before_there_was_binding_is_bound_once(
    filled: World, own_home: Path, settings: LazySettings
) -> None:
    before = opened()
    file.change(own_home, lambda entries: entries.pop("bound"))
    settings.QIAOJIE_KEYS_BOUND = False
    reset_keyring()
    ring = keyring()
    with connection.cursor() as cursor:
        for model, name in ((Person, "id_number"), (Certificate, "number")):
            field = model._meta.get_field(name)
            for pk, text in model._default_manager.filter(**{f"{name}__isnull": False}).values_list(
                "pk", name
            ):
                cursor.execute(
                    f"UPDATE {model._meta.db_table} SET {name} = %s WHERE id = %s",
                    [ring.encrypt(text, field.purpose), pk],
                )
    assert opened() == before, "as long as they are taken"
    renewal.renew(lambda _done, _total: None, before=True)
    exchange.bound()
    assert settings.QIAOJIE_KEYS_BOUND and file.read(own_home).bound
    assert opened() == before and not list(renewal.unopened())
    # An old one that is put back is refused now.
    woman = filled.people["here"][1]
    with connection.cursor() as cursor:
        old = ring.encrypt(identity(77), "person.id_number")
        cursor.execute("UPDATE people_person SET id_number = %s WHERE id = %s", [old, woman.pk])
    assert isinstance(Person.objects.get(pk=woman.pk).id_number, Unreadable)


def test_a_new_signing_key_signs_nobody_out(filled: World, sign_in: Any, settings: LazySettings) -> None:
    client, before = sign_in("clerk"), settings.SECRET_KEY
    exchange.turn_signing()
    assert before != settings.SECRET_KEY and before in settings.SECRET_KEY_FALLBACKS
    assert client.get("/").status_code == 200 and not client.get("/").headers.get("Location")
    settings.QIAOJIE_OWN_SIGNING = "e" * 60
    with pytest.raises(Unusable) as refused:
        exchange.turn_signing()
    assert refused.value.code == "signing_elsewhere"


def test_the_command_line_says_what_it_does(
    filled: World, own_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        capsys.readouterr()
        status = main(["keys", *arguments])
        said = capsys.readouterr()
        return status, said.out + said.err

    old = keyring().current
    assert run("list")[0] == 0
    status, said = run("add")
    number = max(one.number for one in exchange.known())
    assert status == 0 and f"{number} 号密钥" in said
    status, said = run("retire", str(old))
    assert status == 2 and "正在使用" in said
    status, said = run("rotate", "--cipher", "sm4", "--here")
    assert status == 0 and "已重新加密" in said
    listed = json.loads(run("list", "--json")[1])
    assert listed["cipher"] == "sm4" and [one["number"] for one in listed["keys"]] == [number, old]
    assert listed["keys"][1]["used"] == {}
    assert run("retire", str(old))[0] == 0
    assert run("rotate", "--signing")[0] == 0
    assert run("retire", "99")[0] == 2


def test_whoever_may_not_change_all_tables_is_told_before_anything_begins(
    filled: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("qiaojie.lib.dialects.may_change", lambda _database, _table: False)
    before = keyring().current
    exchange.add()
    assert main(["keys", "rotate", "--here"]) == 2
    assert "建库的账号" in capsys.readouterr().err and keyring().current == before
