"""When a line of the access log is written: never inside a transaction that could take it back with the change.

On SQLite the log is another file than the registry, on PostgreSQL it is the same database: in one a line written inside a
transaction would stay when the change is taken back, in the other it would go. So inside ``held_back`` lines wait for the
end: what was done is written only if it was, what was refused in any case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_Waiting = list[tuple[Callable[[], None], bool]]
_waiting: ContextVar[_Waiting | None] = ContextVar("log_lines_waiting", default=None)


def write(line: Callable[[], None], *, done: bool) -> None:
    """Call ``line``, which writes a line of the access log; inside ``held_back`` after it. ``done``: the line says that
    something was done, and is dropped where it was not."""
    waiting = _waiting.get()
    if waiting is None:
        line()
    else:
        waiting.append((line, done))


@contextmanager
def held_back() -> Iterator[None]:
    """Hold lines back until the block has ended, one inside another until the outermost has. Where it raises, only lines
    about what was refused are written."""
    token = _waiting.set([])
    ended_well = False
    try:
        yield
        ended_well = True
    finally:
        held = _waiting.get() or []
        _waiting.reset(token)
        for line, done in held:
            if ended_well or not done:
                write(line, done=done)
