"""How many passwords are hashed at once. Each takes a fifth of a second of all processors and 100 MB of memory, so that forty at
once would take every thread of the server and 4 GB; the others' pages would wait for them.

So few are hashed at a time, in the order in which they came; some wait; whoever comes after these is told to come again, at
once, and costs nothing. Names that are nobody's wait and cost like any other.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.utils.translation import gettext as _

from qiaojie.lib.findings import Unusable

AT_ONCE: Final = max(1, (os.cpu_count() or 2) // 2)
"""Passwords hashed at the same time by one process: half of the processors stay for pages."""

WAITING: Final = 8
"""Sign-ins that wait for their turn; with those that are hashed half of the threads of ``qiaojie serve``."""

PATIENCE: Final = 8.0
"""Seconds that a sign-in waits at most before it is told to come again."""

AGAIN_IN: Final = 5
"""Seconds after which whoever was told so may come again."""


class HashingQueue:
    """Turns at hashing, given in the order in which they were asked for. One for each process."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._lock = threading.Lock()
        self._free, self._most = at_once, waiting
        self._queue: deque[threading.Event] = deque()
        self._held = threading.local()

    @contextmanager
    def turn(self, patience: float | None = None) -> Iterator[None]:
        """Hold a turn. ``patience``: seconds that it is waited for, by whoever goes away where too many wait already; None waits
        as long as it takes. A thread that holds one needs no second.

        Raises Unusable ``sign_in_busy``.
        """
        if getattr(self._held, "turn", False):
            yield
            return
        self._take(patience)
        self._held.turn = True
        try:
            yield
        finally:
            self._held.turn = False
            self._give()

    def _take(self, patience: float | None) -> None:
        with self._lock:
            if self._free and not self._queue:
                self._free -= 1
                return
            if patience is not None and len(self._queue) >= self._most:
                raise _busy()
            mine = threading.Event()
            self._queue.append(mine)
        if mine.wait(patience):
            return
        with self._lock:
            if not mine.is_set():
                self._queue.remove(mine)
                raise _busy()

    def _give(self) -> None:
        with self._lock:
            if self._queue:
                self._queue.popleft().set()
            else:
                self._free += 1


def _busy() -> Unusable:
    return Unusable(
        "sign_in_busy", _("现在登录的人太多，请过 %d 秒再试。您没有输错，不计失败次数。") % AGAIN_IN
    )


QUEUE: Final = HashingQueue()


class TurnedArgon2(Argon2PasswordHasher):
    """Django's own hashing (the hashes are the same), in turns."""

    def encode(self, password: str, salt: str) -> str:
        """The hash of a password."""
        with QUEUE.turn():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        """Whether the hash is the password's."""
        with QUEUE.turn():
            return super().verify(password, encoded)
