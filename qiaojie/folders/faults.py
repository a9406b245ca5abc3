"""What is wrong in a folder of data, and where."""

from __future__ import annotations

from dataclasses import dataclass

from qiaojie.lib.findings import Level, Unusable


@dataclass(frozen=True, slots=True)
class Fault:
    """One finding: file (with its folder), dotted key, stable code, a Chinese sentence that says how to mend it.

    In a key the items of a list are named by their own code where they have one (``indicators.care.unit``), by
    number from 0 otherwise. ``fatal`` means that nothing else in the file could be read.
    """

    file: str
    key: str
    code: str
    message: str
    level: Level = Level.ERROR
    acknowledged: bool = False
    fatal: bool = False

    @property
    def line(self) -> str:
        """The finding on one line: ``file [key]: message``."""
        return f"{self.file} [{self.key}]：{self.message}" if self.key else f"{self.file}：{self.message}"

    def unusable(self) -> Unusable:
        """The same as the one line that stops a program."""
        return Unusable(self.code, self.line)
