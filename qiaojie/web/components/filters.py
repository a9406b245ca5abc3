"""Filters of a ledger's list, from the fields that its declaration says can be filtered.

What somebody types stands sealed in the address (``sealed_text``): names of people least of all stand there. Of fields that are
personal nothing else is taken; of others an address may also say the text itself, as links between pages do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.ledgers import queries, returned, review, sight
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.models import PENDING
from qiaojie.ledgers.queries import KEYS
from qiaojie.ledgers.viewer import Personal, Viewer
from qiaojie.lib.cells import Label
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices

from .sealed_text import MARK, seal, unseal

RETURNED = "returned"
"""What an address calls the act of returning whose rows it asks for."""
EVERY_ACT = "all"
"""What it says there for everything that was sent back and is not mended yet."""
AFTER = "after"
"""What an address calls the row after which a page of a list begins."""
SHORT = "short"
"""What an address calls rows that lack one thing alone."""
WAYS = (RETURNED, SHORT)
"""What an address may ask for beside fields."""
LONGEST = 18
"""Digits of a whole number that every database holds."""
WAITING = "pending"
"""What an address calls all states before approval together."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One control: a search box, a choice, or two dates, with what was put in."""

    field: Field
    kind: str
    name: str
    given: str
    given_until: str = ""
    choices: tuple[tuple[str, Label], ...] = ()


class SpeltOut(Unusable):
    """An address says a name, or what somebody else typed: it is not read, and not said again. ``query`` is the rest of it."""

    def __init__(self, message: str, query: str) -> None:
        super().__init__("name_in_address", message)
        self.query = query


@dataclass(frozen=True, slots=True)
class Filtering:
    """All controls of a ledger and the condition they make."""

    controls: tuple[Filter, ...]
    where: Mapping[str, Any]
    act: int | None = None
    """The act of returning whose rows alone are asked for (``ledgers.returned``)."""
    sent_back: bool = False
    """Whether all rows that were sent back are asked for."""
    short: bool = False
    """Whether rows that lack one thing alone are asked for."""

    @property
    def active(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.where)

    @property
    def state(self) -> str:
        """The state that is asked for, as the address says it; '' for none."""
        return next((one.given for one in self.controls if one.field.name == "state"), "")


def read(ledger: Ledger, given: QueryDict, viewer: Viewer, *, posted: bool = False) -> Filtering:
    """The controls of a ledger filled from an address, those that a viewer has; what is hidden from her the ledger refuses
    in any case. ``posted``: they come in the body of a request, where a name may stand as it is. Raises
    Unusable ``filter_value`` naming the field; SpeltOut."""
    controls: list[Filter] = []
    where: dict[str, Any] = {}
    if not posted:
        _refuse_spelt_out(ledger, given, viewer)
    for field in ledger.fields:
        if not field.filtered:
            continue
        text = given.get(field.name, "").strip()
        if not sight.sought(ledger, field, viewer) and not text:
            continue
        if field.kind == "date":
            control = _dates(field, given, where)
        elif field.kind in ("choice", "yes_no"):
            control = _choice(ledger, field, text, where)
        elif field.kind == "integer":
            control = _number(field, text, where)
        else:
            text = unseal(text, field.name, viewer) or text
            if text:
                where[field.name] = {"has": text}
            control = Filter(field, "search", field.name, text)
        controls.append(control)
    act = _act(given)
    sent_back = ledger.approved and given.get(RETURNED) == EVERY_ACT
    short = ledger.approved and bool(given.get(SHORT))
    if act is not None:
        where[KEYS] = returned.keys(ledger, act)
    elif sent_back:
        where[KEYS] = returned.every_key(ledger, viewer)
    elif short:
        where[KEYS] = one_short(ledger, viewer)
    return Filtering(tuple(controls), where, act, sent_back, short and not sent_back and act is None)


def typed(field: Field) -> bool:
    """Whether a filter by this field is a text that somebody types."""
    return field.filtered and field.kind not in ("date", "choice", "yes_no")


def spelt_nowhere(field: Field) -> bool:
    """Whether what rows are narrowed by here is personal text, which stands in no address as it is."""
    return typed(field) and field.personal is not Personal.NONE


def _refuse_spelt_out(ledger: Ledger, given: QueryDict, viewer: Viewer) -> None:
    """Raise SpeltOut where the address says personal text as it is, or sealed for another account."""
    for field in ledger.fields:
        text = given.get(field.name, "").strip() if typed(field) else ""
        if not text or unseal(text, field.name, viewer) is not None:
            continue
        if spelt_nowhere(field) or text.startswith(MARK):
            rest = without_people(ledger, given)
            message = _("网址里不带姓名等个人信息，这一项没有采用；请在“%s”筛选框里填写。") % field.label
            raise SpeltOut(message, rest.urlencode())


def without_people(ledger: Ledger, given: QueryDict) -> QueryDict:
    """An address's parameters without those that narrow by something personal, or by what somebody sealed."""
    rest = given.copy()
    for field in ledger.fields:
        sealed = given.get(field.name, "").startswith(MARK)
        if spelt_nowhere(field) or (typed(field) and sealed):
            rest.pop(field.name, None)
    return rest


def sealed(ledger: Ledger, given: QueryDict, viewer: Viewer) -> QueryDict:
    """Parameters that a form sent, or an earlier version kept, as an address may carry them: what was typed sealed."""
    kept = given.copy()
    for field in ledger.fields:
        if not typed(field) or field.name not in given:
            continue
        text = given.get(field.name, "").strip()
        # What was sealed for somebody else stays as it is, and is refused when it is read.
        kept[field.name] = text if text.startswith(MARK) else seal(text, field.name, viewer)
    return kept


def opened(ledger: Ledger, given: QueryDict, viewer: Viewer) -> QueryDict:
    """The opposite of ``sealed``, to hold two addresses against each other: what was sealed stands as it was typed."""
    kept = given.copy()
    for field in ledger.fields:
        if typed(field) and field.name in given:
            text = given.get(field.name, "")
            kept[field.name] = unseal(text, field.name, viewer) or text
    return kept


@dataclass(frozen=True, slots=True)
class Chip:
    """A condition that narrows a list, in words, and the address's parameters without it."""

    words: str
    query: str


def chips(filtering: Filtering, given: QueryDict, *, states: bool = True) -> list[Chip]:
    """What narrows a list beside the views that stand on top of it; ``states`` says whether the state is one of these chips."""
    found = []
    for control in filtering.controls:
        if (control.field.name == "state" and not states) or not (control.given or control.given_until):
            continue
        rest = given.copy()
        for name in (control.name, f"{control.name}.min", f"{control.name}.max", AFTER):
            rest.pop(name, None)
        found.append(Chip(_said(control), rest.urlencode()))
    return found


def _said(control: Filter) -> str:
    if control.kind == "choice":
        value = str(dict(control.choices).get(control.given, control.given))
    elif control.kind == "dates":
        value = f"{control.given}—{control.given_until}"
    else:
        value = _("含“%s”") % control.given
    return _("%(field)s：%(value)s") % {"field": control.field.label, "value": value}


def one_short(ledger: Ledger, viewer: Viewer) -> list[int]:
    """The rows that the viewer may see and that lack one thing alone which notices in force ask for, the first
    ``queries.COUNTED_TO`` of them; one query, none where nothing is asked for."""
    asked = notices.conditions(ledger.code, timezone.localdate())
    if not review.lack_fields(ledger, asked):
        return []
    found = review.one_short(ledger, viewer, asked).order_by().values_list("pk", flat=True)
    return list(found[: queries.COUNTED_TO])


def _act(given: QueryDict) -> int | None:
    text = given.get(RETURNED, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _dates(field: Field, given: QueryDict, where: dict[str, Any]) -> Filter:
    bounds: dict[str, date] = {}
    texts = {word: given.get(f"{field.name}.{word}", "").strip() for word in ("min", "max")}
    for word, text in texts.items():
        if text:
            try:
                bounds[word] = date.fromisoformat(text)
            except ValueError as wrong:
                message = _("“%(field)s”一栏的“%(text)s”不是日期，请写成 2023-11-30 这样的形式。")
                raise Unusable("filter_value", message % {"field": field.label, "text": text[:40]}) from wrong
    if bounds:
        where[field.name] = bounds
    return Filter(field, "dates", field.name, texts["min"], texts["max"])


def waits(ledger: Ledger, field: Field) -> bool:
    """Whether all states before approval can be asked for together by this field."""
    return field.name == "state" and ledger.approved


def _number(field: Field, text: str, where: dict[str, Any]) -> Filter:
    """A number is the whole number: of the key of a household no part means anything."""
    if text:
        if not (text.isascii() and text.isdecimal() and len(text) <= LONGEST):
            message = _("“%(field)s”一栏要填整数，“%(text)s”不是。")
            raise Unusable("filter_value", message % {"field": field.label, "text": text[:40]})
        where[field.name] = int(text)
    return Filter(field, "search", field.name, text)


def _choice(ledger: Ledger, field: Field, text: str, where: dict[str, Any]) -> Filter:
    choices: tuple[tuple[str, Label], ...]
    if field.kind == "yes_no":
        choices = (("1", _("是")), ("0", _("否")))
    else:
        # What stands for nothing stated is no value to be sought.
        choices = tuple(one for one in field.choices.items() if one[0])
    if waits(ledger, field):
        choices = ((WAITING, _("待审核（还没有审核的全部）")), *choices)
    if text == WAITING and choices[0][0] == WAITING:
        where[field.name] = list(PENDING)
    elif text:
        if text not in dict(choices):
            message = _("“%(field)s”没有“%(text)s”这一项。") % {"field": field.label, "text": text[:40]}
            raise Unusable("filter_value", message)
        where[field.name] = text == "1" if field.kind == "yes_no" else text
    return Filter(field, "choice", field.name, text, choices=choices)
