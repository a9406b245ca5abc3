"""Errors told to a log: what kind, and where in the code; never what somebody wrote in a row.

The text of an error may hold a whole row: PostgreSQL repeats it under DETAIL, others quote the value that they stumbled over. So
no text of an error is ever written to a log.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator
from types import TracebackType
from typing import Any

_TOLD = ("sqlstate", "table_name", "column_name", "constraint_name", "datatype_name")
"""What the diagnosis of a database says of the place and not of the row."""

_BETWEEN = {
    True: "The above exception was the direct cause of the following exception:",
    False: "During handling of the above exception, another exception occurred:",
}


class DiscreetFormatter(logging.Formatter):
    """Lines of the log with kind and place of an error, without its text."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; errors among what it would repeat are told by their kind."""
        kept = logging.makeLogRecord(record.__dict__)
        # Another handler may have left its own words of the error.
        kept.exc_text = None
        if isinstance(kept.msg, BaseException):
            kept.msg = kind_of(kept.msg)
        if isinstance(kept.args, tuple):
            kept.args = tuple(kind_of(one) if isinstance(one, BaseException) else one for one in kept.args)
        elif isinstance(kept.args, dict):
            kept.args = {
                name: kind_of(one) if isinstance(one, BaseException) else one
                for name, one in kept.args.items()
            }
        return super().format(kept)

    def formatException(self, ei: Any) -> str:
        """Where the error came from."""
        return told(ei[1]) if ei[1] is not None else ""


def kind_of(error: BaseException) -> str:
    """The kind of an error, with what a database or we ourselves say of its place."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    diagnosis = getattr(error, "diag", None)
    said = {word: getattr(diagnosis, word, None) for word in _TOLD}
    said["sqlite"] = getattr(error, "sqlite_errorname", None)
    parts = [f"{word}={text}" for word, text in said.items() if isinstance(text, str) and text]
    return f"{name} ({', '.join(parts)})" if parts else name


def told(error: BaseException) -> str:
    """The way of an error through the code, with the errors that it came from; lines of code, no values."""
    return "\n".join(_lines(error, set()))


def _lines(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    direct = error.__cause__ is not None
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _lines(before, seen)
        yield f"\n{_BETWEEN[direct]}\n"
    yield "Traceback (most recent call last):"
    frames = traceback.StackSummary.extract(traceback.walk_tb(error.__traceback__), capture_locals=False)
    yield from (line.rstrip("\n") for line in frames.format())
    yield kind_of(error)
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            if id(one) not in seen:
                yield from _lines(one, seen)


def place(error: BaseException) -> str:
    """The kind of an error and the line of the code where it came up, in one line."""
    frames = list(traceback.walk_tb(error.__traceback__))
    if not frames:
        return kind_of(error)
    frame, line = frames[-1]
    return f"{kind_of(error)} {frame.f_globals.get('__name__', '?')}:{line}"


def install(*, brief: bool = False) -> None:
    """Tell errors that nobody foresaw in this way wherever they end: in a thread, or the process, or where Python itself lets
    them go; and warnings, which may quote a value too. With ``brief`` in one line."""

    def ended(_kind: type[BaseException], error: BaseException, _where: TracebackType | None) -> None:
        if not isinstance(error, KeyboardInterrupt):
            print(place(error) if brief else told(error), file=sys.stderr)

    def thread_ended(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            print(told(args.exc_value), file=sys.stderr)

    def unraisable(args: sys.UnraisableHookArgs) -> None:
        if args.exc_value is not None:
            print(place(args.exc_value), file=sys.stderr)

    def warned(
        message: Warning | str, category: type[Warning], filename: str, lineno: int, *_more: Any
    ) -> None:
        print(f"{category.__name__} {filename}:{lineno}", file=sys.stderr)

    if sys.unraisablehook is sys.__unraisablehook__:
        # Tests have one that fails them.
        sys.unraisablehook = unraisable
    warnings.showwarning = warned  # type: ignore[assignment]
    sys.excepthook = ended
    threading.excepthook = thread_ended
