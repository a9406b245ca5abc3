"""In what indicators count: units of the ways of counting, and those of the code list."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from django.utils.translation import gettext as _
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from qiaojie.codes import standing

Counted = Literal["人", "名", "人次", "户", "次", "场次", "个", "家", "元", "万元", "%"]

UNITS: tuple[str, ...] = get_args(Counted)
"""What the ways of counting have their own units for; others (件 台 套) are words of the code list ``units``."""


def _unit(value: str) -> str:
    known = {*UNITS, *(word.label for word in standing.of("units").words.values())}
    if value not in known:
        words = "、".join([*UNITS, *sorted(str(one) for one in known - set(UNITS))])
        text = _("“%(value)s”不在可用的取值之中：%(allowed)s。") % {"value": value, "allowed": words}
        raise PydanticCustomError("unit_unknown", "{text}", {"text": text})
    return value


Unit = Annotated[str, AfterValidator(_unit)]
"""What an indicator counts in. Values of different units are never added up."""
