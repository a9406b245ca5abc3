"""Working age by year: a later rule holds from its year on, an earlier day keeps the earlier one."""

from __future__ import annotations

from datetime import date

import pytest
from django.db.models import DateField, Value

from qiaojie.people import queries
from qiaojie.people.models import Person, Sex
from qiaojie.people.queries import of_working_age

pytestmark = pytest.mark.django_db


def on(born: date, sex: Sex, day: date) -> bool:
    """Whether somebody was of working age on a day, asked as of a fact about a household's other member."""
    kept = Person.objects.create(name="某", name_key="某", sex=Sex.UNKNOWN)
    Person.objects.create(name="甲", name_key="甲", sex=sex, birth_date=born, canonical=kept)
    row = Person.objects.annotate(happened_on=Value(day, output_field=DateField())).annotate(
        able=of_working_age("duplicates")
    )
    return bool(row.get(pk=kept.pk).able)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("sex", "age", "able"),
    [
        (Sex.FEMALE, 15, False), (Sex.FEMALE, 16, True), (Sex.FEMALE, 54, True), (Sex.FEMALE, 55, False),
        (Sex.MALE, 59, True), (Sex.MALE, 60, False), (Sex.UNKNOWN, 30, False),
    ],
)  # fmt: skip
def test_bounds_are_years_of_age_on_the_day(sex: Sex, age: int, able: bool) -> None:
    assert on(date(2023 - age, 6, 15), sex, date(2023, 6, 15)) is able
    # The day before her birthday she is a year younger.
    assert on(date(2023 - age, 6, 16), sex, date(2023, 6, 15)) is (
        age == 55 or age == 60 or (able and age > 16)
    )


def test_a_later_rule_holds_from_its_year_on(monkeypatch: pytest.MonkeyPatch) -> None:
    later = {2030: {Sex.FEMALE: (16, 57), Sex.MALE: (16, 62)}}
    monkeypatch.setattr(queries, "WORKING_AGE", {**queries.WORKING_AGE, **later})
    assert on(date(1974, 1, 1), Sex.FEMALE, date(2030, 1, 1))
    assert not on(date(1974, 1, 1), Sex.FEMALE, date(2029, 12, 31))
