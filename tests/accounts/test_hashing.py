"""Passwords are hashed in turns: few at once, first come first served, and whoever would wait too long is told so at once."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client

from qiaojie.accounts.credentials import hashing
from qiaojie.accounts.credentials.hashing import HashingQueue, TurnedArgon2
from qiaojie.accounts.models import AccessEntry, SignInFailures
from qiaojie.lib.findings import Unusable
from tests.web.factories import PASSWORD, World


def waits(queue: HashingQueue, number: int) -> None:
    """Wait until so many stand in the queue."""
    until = time.monotonic() + 10
    while len(queue._queue) < number:
        assert time.monotonic() < until
        time.sleep(0.002)


def test_turns_are_given_in_the_order_in_which_they_were_asked_for() -> None:
    queue, order = HashingQueue(1, 9), []

    def take(number: int) -> None:
        with queue.turn(10):
            order.append(number)

    with ThreadPoolExecutor(9) as pool, queue.turn():
        for number in range(9):
            pool.submit(take, number)
            waits(queue, number + 1)
    assert order == list(range(9))


def test_who_comes_when_too_many_wait_is_told_at_once_and_others_wait_no_longer_than_they_would() -> None:
    queue = HashingQueue(1, 1)
    with ThreadPoolExecutor(2) as pool, queue.turn():
        patient = pool.submit(lambda: queue._take(2))
        waits(queue, 1)
        begun = time.monotonic()
        with pytest.raises(Unusable) as busy:
            queue._take(60)
        assert busy.value.code == "sign_in_busy" and time.monotonic() - begun < 30, "told without waiting"
        late = pool.submit(lambda: queue._take(None))
        with pytest.raises(Unusable):
            patient.result(30)
        assert not late.done(), "who must be served (a change of password) waits as long as it takes"
    late.result(30)
    queue._give()
    assert (queue._free, len(queue._queue)) == (1, 0)


def test_a_turn_is_given_back_whatever_happens_and_needs_no_second() -> None:
    queue = HashingQueue(1, 0)
    with pytest.raises(ZeroDivisionError), queue.turn(1), queue.turn(1), queue.turn():
        _never = 1 / 0
    with queue.turn(0):
        assert queue._free == 0
    assert queue._free == 1


def test_a_busy_sign_in_says_when_to_come_again_and_counts_for_nothing(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing, "QUEUE", HashingQueue(0, 0))
    for name in ("clerk", "nobody"):
        answer = client.post("/sign-in/", {"username": name, "password": PASSWORD})
        assert (answer.status_code, answer["Retry-After"]) == (503, str(hashing.AGAIN_IN))
        assert "再试" in answer.content.decode()
    assert not SignInFailures.objects.exists() and not AccessEntry.objects.filter(action="sign_in").exists()


def test_an_unknown_name_costs_as_much_as_a_known_one(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = []
    encode = MD5PasswordHasher.encode

    def counting(hasher: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(hasher, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counting)
    costs = []
    for name in ("clerk", "nobody", "cl erk", "ｎｏｂｏｄｙ"):
        hashed.clear()
        client.post("/sign-in/", {"username": name, "password": "wrong"})
        costs.append(len(hashed))
    assert costs == [1, 1, 1, 1]


@pytest.mark.long
def test_forty_at_once_hash_few_at_a_time_and_leave_the_processor_to_others() -> None:
    """With real hashing and real threads."""
    at_once, most, lock = 0, 0, threading.Lock()
    hasher, queue = TurnedArgon2(), HashingQueue()
    encoded = hasher.encode("x", "saltsaltsalt")

    def sign_in(_number: int) -> bool:
        nonlocal at_once, most
        try:
            with queue.turn(hashing.PATIENCE):
                with lock:
                    at_once += 1
                    most = max(most, at_once)
                hasher.verify("x", encoded)
                with lock:
                    at_once -= 1
        except Unusable:
            return False
        return True

    with ThreadPoolExecutor(40) as pool:
        got_in = list(pool.map(sign_in, range(40)))
    assert most <= hashing.AT_ONCE
    assert sum(got_in) >= hashing.AT_ONCE + 1 and not all(got_in)
