"""How many days after the event a document was handed in: for those that stand, from what their rows say today."""

from datetime import date

from django.db import migrations, models
from django.utils import timezone

CHUNK = 900

# The tables whose rows documents were kept of before, each with the day that counts of a row. Persons have none.
TABLES = {
    "bases": "bases_base",
    "base_payments": "bases_supportpayment",
    "help": "bases_helprecord",
    "classes": "training_trainingclass",
    "enrolments": "training_enrolment",
    "events": "training_trainingevent",
    "employments": "livelihoods_employment",
    "graduate_services": "livelihoods_graduateservice",
    "incomes": "livelihoods_income",
    "care_services": "support_careservice",
}


def fill(apps, schema_editor):
    """Fill in the days, some hundred documents at a time: a query for each ledger that they are of, and one to write."""
    document = apps.get_model("documents", "Document")
    connection = schema_editor.connection
    standing = document.objects.using(connection.alias).filter(ledger__in=TABLES, days_after__isnull=True)
    last = 0
    while True:
        part = list(
            standing.filter(pk__gt=last).order_by("pk").values_list("pk", "ledger", "row", "entered_at")[:CHUNK]
        )
        if not part:
            return
        last = part[-1][0]
        days = {
            code: _days(connection, TABLES[code], [row for _pk, of, row, _at in part if of == code])
            for code in {code for _pk, code, _row, _at in part}
        }
        filled = [
            document(pk=pk, days_after=(timezone.localtime(at).date() - days[code][row]).days)
            for pk, code, row, at in part
            if days[code].get(row) is not None
        ]
        document.objects.using(connection.alias).bulk_update(filled, ["days_after"])


def _days(connection, table, keys):
    """The day that counts of each of these rows. The rooms of these tables stand above this one: it asks them by name."""
    with connection.cursor() as cursor:
        places = ", ".join(["%s"] * len(keys))
        cursor.execute(f'SELECT id, happened_on FROM "{table}" WHERE id IN ({places})', keys)  # noqa: S608
        return {
            pk: date.fromisoformat(day) if isinstance(day, str) else day for pk, day in cursor.fetchall()
        }


class Migration(migrations.Migration):

    dependencies = [
        ('documents', '0003_states_on_the_way'),
    ]

    operations = [
        migrations.AddField(
            model_name='document',
            name='days_after',
            field=models.IntegerField(editable=False, null=True, verbose_name='事后几天交存'),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
