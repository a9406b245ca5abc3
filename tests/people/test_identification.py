"""Who is who: by number, else by certificate, else by the number that the certificate carries; nothing less."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from qiaojie.lib.crypto import reset_keyring
from qiaojie.people import services
from qiaojie.people.identification import By, Evidence, Identity, identify, known
from qiaojie.people.models import Person, Tie
from qiaojie.regions.models import Level, Region, RegionKind

pytestmark = pytest.mark.django_db

ANNA, BERTA, CLARA = "500000198603136682", "500000197804012585", "500000197511099808"


def add(name: str, number: str | None = None, certificate: str | None = None) -> int:
    with transaction.atomic():
        columns = {"name": name, "birth_date": date(1980, 1, 1)}
        (key,) = services.register([{**columns, "id_number": number}], actor="test", batch=None)
        if certificate:
            services.certify([(key, certificate, None)], actor="test", batch=None)
    return key


def test_by_number_then_certificate_then_what_it_carries() -> None:
    anna = add("安", ANNA, ANNA + "42")
    berta = add("白", None, BERTA + "31")
    assert identify(
        [
            Evidence(ANNA),
            Evidence(ANNA, BERTA + "99"),
            Evidence("", ANNA + "42B3"),
            Evidence("", ANNA + "13"),
            Evidence(BERTA, BERTA + "31"),
            Evidence(BERTA),
            Evidence(CLARA, CLARA + "42"),
            Evidence(),
        ]
    ) == [
        Identity(anna, By.ID_NUMBER),
        Identity(anna, By.ID_NUMBER),
        Identity(anna, By.CERTIFICATE),
        Identity(anna, By.CARRIED),
        Identity(berta, By.CERTIFICATE),
        Identity(berta, By.CARRIED),
        Identity(),
        Identity(),
    ]


def test_a_certificate_of_somebody_else_is_named() -> None:
    anna, berta = add("安", ANNA, ANNA + "42"), add("白", BERTA, BERTA + "31")
    assert identify([Evidence(ANNA, BERTA + "31")]) == [Identity(anna, By.ID_NUMBER, holder=berta)]


def test_of_merged_records_the_kept_one_is_meant() -> None:
    kept, other = add("安", ANNA), add("安安", CLARA, CLARA + "42")
    Person.objects.filter(pk=other).update(canonical=kept)
    assert identify([Evidence(CLARA), Evidence("", CLARA + "42")]) == [
        Identity(kept, By.ID_NUMBER),
        Identity(kept, By.CERTIFICATE),
    ]
    add("安三", CLARA)
    assert identify([Evidence(CLARA)])[0].person not in (kept, other)


def test_known_after_the_keys_have_changed(settings: object) -> None:
    anna = add("安", ANNA, ANNA + "42")
    old = settings.QIAOJIE_KEYS  # type: ignore[attr-defined]
    settings.QIAOJIE_KEYS = [[77, "bmV3IHNlY3JldCBvZiBhdCBsZWFzdCAxNiBieXRlcw=="], *old]  # type: ignore[attr-defined]
    reset_keyring()
    try:
        assert identify([Evidence(ANNA), Evidence("", ANNA + "42")]) == [
            Identity(anna, By.ID_NUMBER),
            Identity(anna, By.CERTIFICATE),
        ]
    finally:
        reset_keyring()


def test_what_is_known_of_her() -> None:
    region = Region.objects.create(
        key="x", code="", name="某县", short_name="某县", level=Level.COUNTY, kind=RegionKind.COUNTY
    )
    anna = add("安  娜", ANNA, ANNA + "42B1")
    with transaction.atomic():
        services.tie([anna], region.pk, actor="test", batch=None)
        assert services.tie([anna], region.pk, actor="test", batch=None) == []
    held = known([anna])[anna]
    assert (held.columns["name_key"], held.columns["id_number"]) == ("安娜", ANNA)
    assert held.certificates == {ANNA + "42": ANNA + "42B1"}
    assert held.counties == {region.pk}
    assert Tie.objects.count() == 1


def test_statements_do_not_grow_with_the_people() -> None:
    people = [{"name": f"甲{n}", "id_number": f"50000019900101{n:03d}X"} for n in range(600)]
    with transaction.atomic():
        keys = services.register(people, actor="test", batch=None)
        services.certify(
            [(key, p["id_number"] + "42", None) for key, p in zip(keys, people, strict=True)],
            actor="t",
            batch=None,
        )
    evidence = [Evidence(p["id_number"], p["id_number"] + "42") for p in people]
    with CaptureQueriesContext(connection) as captured:
        assert [i.person for i in identify(evidence)] == keys
    assert len(captured) <= 7
