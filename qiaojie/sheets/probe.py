"""Whether an old binary workbook can be read at all, found out in a process that may die of it.

The reader of xls trusts sizes that stand in the file: a damaged one makes it ask for terabytes, which ends the whole
process and not just the call. So such a file is first read here, run as a program of its own with bounded memory.
"""

from __future__ import annotations

import io
import resource
import subprocess
import sys

import python_calamine

MEMORY = 3 * 1024**3
"""The address space of the probing process, in bytes."""

SECONDS = 120
"""How long a workbook of the old kind may take to be read before it is given up."""


def survives(data: bytes) -> bool:
    """Whether reading every sheet of the workbook ends well, within ``MEMORY`` and ``SECONDS``."""
    program = [sys.executable, "-I", __file__]
    try:
        # Nothing of the file reaches the command line: its bytes go in by the standard input.
        done = subprocess.run(  # noqa: S603
            program,
            input=data,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    # A file protected by a password is sound; reading it here says so in its own words.
    return done.returncode in (0, _PROTECTED)


_PROTECTED = 3
"""Exit status that says: protected by a password."""


def _main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        with python_calamine.CalamineWorkbook.from_object(io.BytesIO(sys.stdin.buffer.read())) as workbook:
            for about in workbook.sheets_metadata:
                if about.typ == python_calamine.SheetTypeEnum.WorkSheet:
                    workbook.get_sheet_by_name(about.name).to_python()
    except python_calamine.PasswordError:
        return _PROTECTED
    return 0


if __name__ == "__main__":
    sys.exit(_main())
