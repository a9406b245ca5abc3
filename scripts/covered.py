"""How many statements of each room the last ``make coverage`` ran: a line for each room, and for each room inside a room.

Reads what coverage.py kept (``.coverage``). Migrations are left out: a machine wrote them, and every run runs them all.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from coverage import Coverage

PACKAGE = Path(__file__).resolve().parent.parent / "qiaojie"
DEEPEST = 3
"""So many folders deep a line goes: ``web/desk/boards``."""


@dataclass
class Sum:
    """Statements of a room, and those that no test ran."""

    statements: int = 0
    missed: int = 0

    @property
    def percent(self) -> float:
        """The share that was run; a room without statements is run whole."""
        return 100 * (1 - self.missed / self.statements) if self.statements else 100.0


def rooms(path: PurePath) -> Iterator[str]:
    """The lines in which a file counts, by its path below the package: its room and the rooms inside that it lies in."""
    folders = path.parts[:-1][:DEEPEST]
    for depth in range(1, len(folders) + 1):
        yield "/".join(folders[:depth])


def summed(files: Iterable[tuple[PurePath, int, int]]) -> dict[str, Sum]:
    """(path, statements, missed) of every file as sums by room, in the order of their names; ``""`` is the whole."""
    found: dict[str, Sum] = {"": Sum()}
    for path, statements, missed in files:
        for name in ("", *rooms(path)):
            one = found.setdefault(name, Sum())
            one.statements += statements
            one.missed += missed
    return dict(sorted(found.items()))


def main() -> int:
    """Print the table; 1 where nothing was measured."""
    measured = Coverage()
    measured.load()
    files = []
    for path in sorted(PACKAGE.rglob("*.py")):
        if "migrations" not in path.parts:
            _name, statements, _excluded, missing, _text = measured.analysis2(str(path))
            files.append((path.relative_to(PACKAGE), len(statements), len(missing)))
    found = summed(files)
    if found[""].missed == found[""].statements:
        print("Nothing was measured: run make coverage.", file=sys.stderr)
        return 1
    print(f"{'room':<24}{'statements':>11}{'missed':>8}{'run':>8}")
    for name, one in [*((n, s) for n, s in found.items() if n), ("all", found[""])]:
        label = "  " * name.count("/") + name.rpartition("/")[2]
        print(f"{label:<24}{one.statements:>11,}{one.missed:>8,}{one.percent:>7.1f}%")
    return 0


if __name__ == "__main__":
    sys.exit(main())
