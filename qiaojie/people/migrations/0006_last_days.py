"""The end of a status, of belonging to a household and of a certificate is the last day on which it holds; it was the first on
which it did not."""

from typing import Any

from django.db import migrations, models

SPANS = (
    ("people_status", "ends"),
    ("people_householdmember", "ends"),
    ("people_certificate", "ended_on"),
)


def moved(days: int) -> Any:
    """Moves every end by days."""

    def move(apps: Any, schema_editor: Any) -> None:
        for table, column in SPANS:
            day = f"{column} + ({days})"
            if schema_editor.connection.vendor == "sqlite":
                day = f"date({column}, '{days} days')"
            schema_editor.execute(f"UPDATE {table} SET {column} = {day} WHERE {column} IS NOT NULL")  # noqa: S608

    return move


class Migration(migrations.Migration):
    dependencies = [("people", "0005_approval")]

    operations = [
        migrations.RunPython(moved(-1), moved(1)),
        migrations.AlterField(
            model_name="certificate",
            name="ended_on",
            field=models.DateField(null=True, verbose_name="实际有效至"),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(
                condition=models.Q(("confirmed", False)), fields=["id"], name="person_unconfirmed"
            ),
        ),
        migrations.RemoveIndex(model_name="certificate", name="certificate_on_day"),
        migrations.AddIndex(
            model_name="certificate",
            index=models.Index(
                fields=[
                    "person",
                    "-issued_on",
                    "-id",
                    "expires_on",
                    "ended_on",
                    "county",
                    "county_asked",
                    "confirmed",
                ],
                name="certificate_on_day",
            ),
        ),
    ]
