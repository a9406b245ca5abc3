"""What is wrong with a file of a code list, and where."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from qiaojie.lib.findings import Level


@dataclass(frozen=True, slots=True)
class CodeFault:
    """One finding: file (with its folder), line from 1 (0: the file as a whole), name of the column ('' for the line as a
    whole), stable code, a Chinese sentence that says how to mend it."""

    file: str
    line: int
    column: str
    code: str
    message: str
    level: Level = Level.ERROR

    @property
    def text(self) -> str:
        """The finding on one line: file, line, column, what is wrong."""
        where = self.file
        if self.line:
            where += _(" 第%d行") % self.line
        if self.column:
            where += f" [{self.column}]"
        return f"{where}：{self.message}"
