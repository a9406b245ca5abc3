"""Finding people by their names stays quick however many there are."""

from __future__ import annotations

import re

import pytest
from django.db import connection

from qiaojie.people.models import Person

pytestmark = pytest.mark.django_db


def test_an_index_serves_a_whole_name_and_on_a_server_its_beginning() -> None:
    whole = Person.objects.filter(name_key="覃秀英").values("pk")
    begun = Person.objects.filter(name_key__startswith="覃秀").values("pk")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # An empty table is read whole; this asks what could be done with a full one.
            cursor.execute("SET LOCAL enable_seqscan = off")
        assert "Index Cond: (((name_key)::text ~>=~" in begun.explain()
    # One of the two indexes that begin with the name; of an empty table a server finds them alike.
    assert re.search(r"person_name_(birth|end)\b", whole.explain())
