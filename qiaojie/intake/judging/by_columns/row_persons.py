"""Whom plain rows mean, and what they change in whoever is known: looked up and compared for all of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from qiaojie.ledgers.rows import chunks
from qiaojie.lib.text import name_key
from qiaojie.notices.shape import Piece
from qiaojie.people import bulk_lookup, likeness
from qiaojie.people.identification import CERTIFICATE_LENGTH
from qiaojie.regions.models import Region

from ...vocabulary.outcome import CellChange, Rule
from .. import cell_changes
from ..exactness import Exactness
from .sheet import Column, ColumnarSheet

AT_ONCE = 30_000
"""Persons whose columns are held at a time."""


class RowPersons:
    """The persons that the groups of a sheet are about.

    ``keys`` are theirs by group (None: the registry has nobody like her), ``altered`` what rows change in them,
    ``added`` certificates that are not known yet. Groups of which this cannot be told for certain become odd.
    """

    def __init__(self, sheet: ColumnarSheet, person: Piece, county: Region) -> None:
        self.sheet, self.person, self.county = sheet, person, county
        self.keys: dict[int, int | None] = {}
        self.altered: dict[int, dict[str, tuple[Any, Any]]] = {}
        self.added: dict[int, str] = {}
        self.held: set[tuple[int, str]] = set()
        self.called: dict[int, str] = {}
        self.shared: set[int] = set()
        self.exactness = Exactness()
        self.foreign: set[int] = set()

    def identify(self) -> None:
        """Find everybody by number and certificate."""
        sheet = self.sheet
        certificates = {c[:CERTIFICATE_LENGTH] for c in sheet.certificates if c}
        found = bulk_lookup.find(sheet.names, certificates)
        self.held = found.held
        self._bar_who_is_claimed_twice(found)
        numberless: likeness.Numberless | None = None
        stated = sheet.parts[self.person.word]
        names, born = stated.get("name", sheet.nothing), stated.get("birth_date", sheet.nothing)
        derived = sheet.derived.get("birth_date", sheet.nothing)
        for group, place in sheet.first.items():
            pk, doubtful = self._meant(found, group, place)
            if pk is None and not doubtful:
                # Somebody without a number may be she.
                if numberless is None:
                    numberless = likeness.numberless()
                day = born[place] or derived[place]
                doubtful = bool(numberless) and numberless.may_be(name_key(names[place]), day)
            if doubtful:
                sheet.bad[group] = 1
            self.keys[group] = pk

    def _bar_who_is_claimed_twice(self, found: bulk_lookup.KnownPersons) -> None:
        """Groups that mean one person, by whatever evidence, are odd."""
        sheet = self.sheet
        claimed: dict[int, int] = {}

        def claim(person: int | None, group: int) -> None:
            if person is not None and claimed.setdefault(person, group) != group:
                sheet.bar((claimed[person], group))

        for group, text in enumerate(sheet.names):
            claim(found.by_number.get(text), group)
            claim(found.carried.get(text), group)
        if found.by_certificate:
            for certificate, at in zip(sheet.certificates, sheet.group, strict=True):
                if certificate and at is not None:
                    for one in found.by_certificate.get(certificate[:CERTIFICATE_LENGTH], ()):
                        claim(one, at)

    def _meant(self, found: bulk_lookup.KnownPersons, group: int, place: int) -> tuple[int | None, bool]:
        """Who a group is, by the number, else by the certificate of its first row; and whether the two leave a doubt."""
        sheet = self.sheet
        number = sheet.parts[self.person.word].get("id_number", sheet.nothing)[place]
        certificate = sheet.certificates[place]
        holders: set[int] = (
            found.by_certificate.get(certificate[:CERTIFICATE_LENGTH], set()) if certificate else set()
        )
        if not number:
            carried = sheet.names[group]
            pk = min(holders) if holders else found.by_number.get(carried, found.carried.get(carried))
            return pk, False
        pk = found.by_number.get(number)
        if pk is None:
            return None, bool(holders) or number in found.carried
        return pk, number not in found.own or (bool(holders) and pk not in holders)

    def compare(self) -> None:
        """Hold what rows state against what is known. Where they contradict it, or another county may have entered it,
        they are odd."""
        sheet, person = self.sheet, self.person
        known = [(group, pk) for group, pk in self.keys.items() if pk is not None and not sheet.bad[group]]
        stated = [name for name in (*person.constants, *sheet.parts[person.word]) if name != "id_number"]
        names = list(dict.fromkeys(("name", "name_key", "died_on", *stated, *sheet.derived)))
        for part in chunks(known, AT_ONCE):
            self._compare(part, [name for name in stated if name != "name"], names)
        self.held = set()

    def _compare(self, known: Sequence[tuple[int, int]], stated: Sequence[str], names: Sequence[str]) -> None:
        sheet, person = self.sheet, self.person
        pks = [pk for _group, pk in known]
        held = bulk_lookup.columns(pks, names)
        self._note_ties(pks)
        unheld = self._unheld(known)
        certified = bulk_lookup.with_certificates([pk for group, pk in known if group in unheld])
        at = {name: place for place, name in enumerate(names)}
        columns = [(name, at[name], sheet.column(person, name)) for name in stated]
        derived = [
            (name, at[name], sheet.derived[name], sheet.column(person, name)) for name in sheet.derived
        ]
        called, key_of = sheet.parts[person.word].get("name", sheet.nothing), cache(name_key)
        for group, pk in known:
            place, before = sheet.first[group], held[pk]
            name = called[place]
            if name is not None and key_of(name) != before[1]:
                sheet.bad[group] = 1
                continue
            if before[at["died_on"]] is not None:
                # Whether the row came before her death is asked of the row.
                sheet.bad[group] = 1
            self._hold_stated(group, pk, place, before, columns)
            self._fill_derived(group, pk, place, before, derived)
            if group in unheld:
                if pk in certified:
                    sheet.bad[group] = 1
                else:
                    self.added[group] = sheet.certificates[place]
            if group in self.altered or group in self.added:
                self.called[group] = before[0]

    def _note_ties(self, pks: Sequence[int]) -> None:
        """Who is tied to other counties, and who to these alone."""
        for pk, counties in bulk_lookup.ties(pks).items():
            if counties - {self.county.pk}:
                self.shared.add(pk)
                if self.county.pk not in counties:
                    self.foreign.add(pk)

    def _hold_stated(
        self,
        group: int,
        pk: int,
        place: int,
        before: Sequence[Any],
        columns: Iterable[tuple[str, int, Column]],
    ) -> None:
        """Hold what a row states against what is known, unless it only says less."""
        for column, index, values in columns:
            value = values[place]
            if (
                value is not None
                and value != before[index]
                and not self.exactness.says_less(self.person, column, before[index], value)
            ):
                self._change(group, pk, column, before[index], value)

    def _fill_derived(
        self,
        group: int,
        pk: int,
        place: int,
        before: Sequence[Any],
        derived: Iterable[tuple[str, int, Column, Column]],
    ) -> None:
        """What follows from a number only fills what is blank."""
        for column, index, values, instead in derived:
            value, was = values[place], before[index]
            if (
                instead[place] is None
                and value not in (None, was)
                and cell_changes.blank(self.person, column, was)
            ):
                self._change(group, pk, column, was, value)

    def _unheld(self, known: Sequence[tuple[int, int]]) -> set[int]:
        """Groups whose certificate is not one that the registry has of the person."""
        certificates, first, held = self.sheet.certificates, self.sheet.first, self.held
        stated = ((group, pk, certificates[first[group]]) for group, pk in known)
        return {group for group, pk, c in stated if c and (pk, c[:CERTIFICATE_LENGTH]) not in held}

    def _change(self, group: int, pk: int, column: str, before: Any, value: Any) -> None:
        if pk in self.shared and not cell_changes.blank(self.person, column, before):
            self.sheet.bad[group] = 1
        else:
            self.altered.setdefault(group, {})[column] = (before, value)

    def changes(self, group: int, place: int) -> Iterator[CellChange]:
        """The changes of one person, in the order in which the row at a place states them."""
        sheet, person = self.sheet, self.person
        foreign = self.keys[group] in self.foreign
        block, at = sheet.block(place)
        subject = str(person.ledger.field("name").value_kind.mask(self.called[group]))
        key, title, hers = sheet.keys[place], block.sheet.name, self.keys[group]
        ledger = person.ledger.code
        for column, (before, value) in self.altered.get(group, {}).items():
            declared = person.declared(column)
            if declared is None:
                continue
            said = sheet.column(person, column)[place] is not None and column not in person.constants
            cell = block.cell(sheet.named.get((person.word, column), "") if said else "", at)
            rule = Rule.FILL if cell_changes.blank(person, column, before) else Rule.OWN
            yield CellChange(
                key, title, cell, subject, declared, before, value, rule, foreign, ledger, hers, column
            )
        if group in self.added:
            target = person.own_target["certificate"]
            cell = block.cell(target.name, at)
            number = self.added[group]
            yield CellChange(
                key, title, cell, subject, target.field, None, number, Rule.FILL, foreign, ledger, hers
            )
