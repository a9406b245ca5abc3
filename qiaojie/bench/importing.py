"""The peer of intake end to end: django-import-export in its tuned form, on the same file and tables.

Tuned: bulk writes in batches, no diff, no report of skipped rows, no kept instances, instances loaded in one query, foreign
keys from a dict. It is asked for less than intake does: persons, classes and enrolments are written, and nothing else (no
certificates, ties, journal, raw cells or totals); cells are taken to be right as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from io import BytesIO
from typing import Any

import openpyxl
import tablib
from django.db import transaction
from import_export import fields, resources, widgets
from import_export.instance_loaders import CachedInstanceLoader

from qiaojie.ledgers.models import State
from qiaojie.lib.text import name_key
from qiaojie.people.identification import id_hash
from qiaojie.people.models import Person
from qiaojie.regions.models import Region
from qiaojie.training.models import Enrolment, TrainingClass

from .bare import NAMES
from .rosters import Roster

_DAY = re.compile(r"(\d+)年(\d+)月(\d+)日")
SEXES = {"男": "1", "女": "2"}
RESULTS = {"是": "completed", "否": "dropped"}


class _Known(widgets.Widget):  # type: ignore[misc]
    """A foreign key by a dict that was made before."""

    def __init__(self, keys: dict[Any, int]) -> None:
        super().__init__()
        self.keys = keys

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int | None:
        """The key."""
        return self.keys.get(value)


class _Tuned:
    """What makes it fast."""

    use_bulk = True
    batch_size = 1000
    skip_diff = True
    skip_html_diff = True
    report_skipped = False
    clean_model_instances = False
    store_instance = False
    use_transactions = False


class _People(resources.ModelResource):  # type: ignore[misc]
    class Meta(_Tuned):
        model = Person
        import_id_fields = ("id_hash",)
        instance_loader_class = CachedInstanceLoader
        fields = ("id_hash", "name", "name_key", "sex", "birth_date", "id_number", "phone", "address",
                  "hukou_id", "home_id")  # fmt: skip


class _Classes(resources.ModelResource):  # type: ignore[misc]
    class Meta(_Tuned):
        model = TrainingClass
        import_id_fields = ("title",)
        force_init_instance = True
        fields = ("title", "begins", "ends", "happened_on", "kind", "state", "filed_by_id")


class _Enrolments(resources.ModelResource):  # type: ignore[misc]
    class Meta(_Tuned):
        model = Enrolment
        import_id_fields = ("person_id", "training_class_id")
        force_init_instance = True
        fields = ("person_id", "training_class_id", "result", "remark", "happened_on", "state", "filed_by_id")


def _plain(resource: resources.ModelResource, **known: dict[Any, int]) -> resources.ModelResource:
    """The resource with columns taken as they are: they are typed already."""
    for name in resource._meta.fields:
        widget = _Known(known[name]) if name in known else widgets.Widget()
        resource.fields[name] = fields.Field(attribute=name, column_name=name, widget=widget)
    return resource


def end_to_end(roster: Roster) -> int:
    """Read the file and write it, then take it back; how many enrolments were written."""
    with transaction.atomic():
        made = _run(roster)
        transaction.set_rollback(True)
    return made


def _run(roster: Roster) -> int:
    rows = list(_read(roster.content))
    towns = dict(Region.objects.filter(parent=roster.region).values_list("name", "pk"))
    unit = roster.region.pk
    people = [
        (
            id_hash(row["number"]), row["name"], name_key(row["name"]), SEXES[row["sex"]], _day(row["born"]), row["number"],
            row["phone"], row["address"], towns[row["hukou"]], towns[row["home"]],
        )
        for row in rows
    ]  # fmt: skip
    _import(_plain(_People()), _People.Meta.fields, {each[0]: each for each in people}.values())
    classes = {
        row["title"]: (row["title"], _day(row["begins"]), _day(row["ends"]), _day(row["ends"]), "vocational",
                       State.APPROVED.value, unit)
        for row in rows
    }  # fmt: skip
    _import(_plain(_Classes()), _Classes.Meta.fields, classes.values())
    hashed = dict(Person.objects.values_list("id_hash", "pk"))
    titles = dict(TrainingClass.objects.filter(filed_by=unit).values_list("title", "pk"))
    known = _plain(
        _Enrolments(), person_id={bytes(h): pk for h, pk in hashed.items() if h}, training_class_id=titles
    )
    enrolments = [
        (person[0], row["title"], RESULTS[row["result"]], row["remark"] or "", _day(row["ends"]), State.APPROVED.value, unit)
        for person, row in zip(people, rows, strict=True)
    ]  # fmt: skip
    _import(known, _Enrolments.Meta.fields, enrolments)
    return len(enrolments)


def _read(content: bytes) -> Iterable[dict[str, Any]]:
    """The rows below the header, as its own reader of workbooks reads them."""
    sheet = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True).worksheets[0]
    for row in sheet.iter_rows(values_only=True):
        if isinstance(row[0], int | float):
            yield dict(zip(NAMES, row, strict=False))


def _import(resource: resources.ModelResource, names: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> None:
    dataset = tablib.Dataset(*rows, headers=list(names))
    resource.import_data(dataset, dry_run=False, raise_errors=True)


def _day(text: str) -> date:
    found = _DAY.fullmatch(text)
    assert found is not None
    return date(*(int(part) for part in found.groups()))
