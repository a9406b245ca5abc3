"""How personal fields are shown: to offices by kind, outside them nothing that is registered from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from qiaojie.ledgers import declaration, queries, sight
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.viewer import Personal, Sight

EVERY = [(ledger, field) for ledger in declaration.every() for field in ledger.fields]


@dataclass
class Looking:
    """A viewer as far as showing asks: names whole, the grade of a disability hidden, all else masked."""

    outside: bool = False
    names: Sight = Sight.WHOLE

    def sight(self, personal: Personal) -> Sight:
        if personal is Personal.NAME:
            return self.names
        return Sight.HIDDEN if personal is Personal.DISABILITY else Sight.MASKED


def _called(case: tuple[Ledger, Field]) -> str:
    return f"{case[0].code}.{case[1].name}" if isinstance(case, tuple) else str(case)


@pytest.mark.parametrize("case", EVERY, ids=_called)
def test_a_field_is_shown_alike_wherever_its_value_is_found(case: tuple[Ledger, Field]) -> None:
    ledger, field = case
    inside, outside = Looking(), Looking(outside=True)
    wanted = Sight.WHOLE if field.personal is Personal.NONE else inside.sight(field.personal)
    assert sight.registered(ledger, field, inside) is wanted
    assert sight.handed_in(field, inside) is sight.handed_in(field, outside) is wanted
    told = sight.registered(ledger, field, outside)
    assert told is (wanted if sight.told_outside(ledger, field) else Sight.HIDDEN)
    # What is not told is not told in any other shape either.
    listed = field in queries.fields_of(ledger, outside)
    assert listed is sight.told_outside(ledger, field)


def test_outside_the_offices_a_persons_papers_and_whereabouts_are_not_told() -> None:
    enrolments, outside = declaration.get("enrolments"), Looking(outside=True)
    hidden = ("person.id_number", "person.phone", "person.address", "person.certificate", "person.category")
    for name in hidden:
        known = {field.name for field in enrolments.fields}
        if name in known:
            assert sight.registered(enrolments, enrolments.field(name), outside) is Sight.HIDDEN
    assert set(hidden) & {field.name for field in enrolments.fields}
    assert sight.registered(enrolments, enrolments.field("person.name"), outside) is Sight.WHOLE


def test_what_a_file_would_replace_is_masked_for_strangers_and_not_told_outside() -> None:
    name = declaration.get("persons").field("name")
    assert sight.replaced(name, Looking(), foreign=False) is Sight.WHOLE
    assert sight.replaced(name, Looking(), foreign=True) is Sight.MASKED
    assert sight.replaced(name, Looking(names=Sight.HIDDEN), foreign=True) is Sight.HIDDEN
    assert sight.replaced(name, Looking(outside=True), foreign=False) is Sight.HIDDEN


def test_a_cell_of_unknown_meaning_is_whole_only_for_who_sees_everything() -> None:
    class Everything(Looking):
        def sight(self, personal: Personal) -> Sight:
            return Sight.WHOLE

    assert sight.everything_whole(Everything())
    assert not sight.everything_whole(Looking())
