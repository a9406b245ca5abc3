"""Limits: what a row's values may be, and what they must have to do with each other. Declared, never programmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as held
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from qiaojie.lib.findings import Level

from .conditions.data import renamed

Measure = Literal["value", "age", "days", "share"]
"""What is held against the bounds: the ``value`` itself; the full years from a birth date to the day ``against``
(``age``); the days from the field to ``against``, both counted, or those of a span (``days``); the field divided by the
number ``against`` (``share``: cost per head)."""

Label = str | Promise


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit on the rows of a ledger or a table. A value that a row does not state breaks no limit but ``required``.

    ``code`` is the finding's stable code, ``words`` its sentence (``{value}`` stands for what was measured). Only rows
    that meet ``when`` are held against it. Bounds are inclusive and typed as the field is (money in fen). ``at_least`` and
    ``at_most`` name another field that the value may not fall below or go beyond. ``must`` is any condition, as ``when`` is
    (``conditions``): a row breaks it that is known not to meet it.
    """

    code: str
    words: Label
    field: str
    level: Level = Level.ERROR
    measure: Measure = "value"
    against: str = ""
    least: Any = None
    most: Any = None
    at_least: str = ""
    at_most: str = ""
    allowed: frozenset[Any] = frozenset()
    refused: frozenset[Any] = frozenset()
    required: bool = False
    past: bool = False
    """Whether it may not lie ahead of today."""
    when: Mapping[str, Any] = held(default_factory=dict)
    must: Mapping[str, Any] = held(default_factory=dict)

    def under(self, word: str) -> Limit:
        """The same for a ledger whose rows refer to this one's by ``word`` (``class`` → ``class.begins``)."""

        def there(name: str) -> str:
            return f"{word}.{name}" if name else ""

        return replace(
            self,
            field=there(self.field),
            against=there(self.against),
            at_least=there(self.at_least),
            at_most=there(self.at_most),
            when=renamed(self.when, there),
            must=renamed(self.must, there),
        )


IN_ORDER = Limit("date_order", _("结束日期早于开始日期，请核对两个日期。"), "ends", at_least="begins")
"""What goes on from a first day to a last does not end before it begins."""
