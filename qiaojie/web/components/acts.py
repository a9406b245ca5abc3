"""Forms of a page of one thing: each act with its fields, refused at its field with what was typed kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from django.http import QueryDict


@dataclass(frozen=True, slots=True)
class ActField:
    """A field of an act. ``kind`` is text, date, telephone, select or ticks (several of ``choices``); ``value`` is what stands in
    it, ``values`` what is ticked; ``fault`` is said at it."""

    name: str
    label: str
    value: str = ""
    kind: str = "text"
    choices: tuple[tuple[str, str], ...] = ()
    values: tuple[str, ...] = ()
    required: bool = True
    longest: int = 200
    chinese: bool = False
    fault: str = ""


@dataclass(frozen=True, slots=True)
class ActForm:
    """What can be done: its word in the address, how it is called, what it means, its button and fields. ``fault`` belongs to
    none of the fields."""

    word: str
    address: str
    title: str
    help: str
    button: str
    fields: tuple[ActField, ...]
    grave: bool = False
    fault: str = ""
    wrong: bool = False

    def refused(self, given: QueryDict, faults: Mapping[str, str]) -> ActForm:
        """The same with what was typed, and what was wrong at which field."""
        fields = tuple(
            replace(
                field,
                value=given.get(field.name, field.value) or "",
                values=tuple(given.getlist(field.name)),
                fault=faults.get(field.name, ""),
            )
            for field in self.fields
        )
        known = {field.name for field in fields}
        elsewhere = "".join(text for name, text in faults.items() if name not in known)
        return replace(self, fields=fields, fault=elsewhere, wrong=True)


def forms(found: Iterable[ActForm], word: str, given: QueryDict, faults: Mapping[str, str]) -> list[ActForm]:
    """The forms of a page; the one of that word ('' for none) as it was refused."""
    return [form.refused(given, faults) if form.word == word and faults else form for form in found]
