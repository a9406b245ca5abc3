"""The month of an income is kept by its first day, so that a list that names the month finds the row that stands."""

from django.db import migrations

PART = 5_000


def first_days(apps, schema_editor):
    """Rows that keep another day get the first one; where a row of the same woman, kind and month has it, both stay as they are
    and are for a person to look at. The day that counts is not touched."""
    income = apps.get_model("livelihoods", "Income").objects.using(schema_editor.connection.alias)
    found = income.exclude(month__day=1).order_by("pk").values_list("pk", "person_id", "kind", "month")
    last = 0
    while part := list(found.filter(pk__gt=last)[:PART]):
        for pk, person, kind, month in part:
            first = month.replace(day=1)
            if not income.filter(person_id=person, kind=kind, month=first).exists():
                income.filter(pk=pk).update(month=first)
        last = part[-1][0]


class Migration(migrations.Migration):
    dependencies = [("livelihoods", "0005_proof_sources")]

    operations = [migrations.RunPython(first_days, migrations.RunPython.noop)]
