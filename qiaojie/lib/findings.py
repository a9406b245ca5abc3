"""What can be wrong with a value, a row or a file, said the same way everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a finding weighs: an error stops the row, a warning may pass with a reason, a hint only informs."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know about a value: a stable code (snake_case ASCII), a Chinese sentence that says how to mend it."""

    code: str
    message: str
    level: Level = Level.ERROR


class Unusable(Exception):
    """Input that cannot be used at all: one clear line for the user, an exit status of 2, and nothing changed.

    ``code`` is a short snake_case word for programs; the message (Chinese) names file, sheet, cell or key. ``field`` is the
    name of the form's field that has to be mended; where it is not said, a code that begins with a field's name
    (``year_unreadable``) says it. ``names`` are the words by which a command would name what the message speaks of: people are
    told its title.
    """

    def __init__(self, code: str, message: str, field: str = "", names: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.names = names


class CheckResult(StrEnum):
    """How a check came out."""

    GOOD = "good"
    DOUBTFUL = "doubtful"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found: a short code for programs, a sentence for people, and where it has a place, which (``places``: one line
    each)."""

    standing: CheckResult
    code: str
    message: str
    places: tuple[str, ...] = ()
