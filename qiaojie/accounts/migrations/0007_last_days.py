"""The end of an agency's name, and of standing in for an office, is the last day on which it holds; it was the first on which it
did not."""

from typing import Any

from django.db import migrations, models

TABLES = ("accounts_agencyname", "accounts_standin")


def moved(days: int) -> Any:
    """Moves every end by days."""

    def move(apps: Any, schema_editor: Any) -> None:
        day = f"ends + ({days})"
        if schema_editor.connection.vendor == "sqlite":
            day = f"date(ends, '{days} days')"
        for table in TABLES:
            schema_editor.execute(f"UPDATE {table} SET ends = {day} WHERE ends IS NOT NULL")  # noqa: S608

    return move


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_access_keys")]

    operations = [
        migrations.RunPython(moved(-1), moved(1)),
        migrations.AlterField(
            model_name="agencyname", name="begins", field=models.DateField(null=True, verbose_name="起")
        ),
        migrations.AlterField(
            model_name="agencyname", name="ends", field=models.DateField(null=True, verbose_name="止")
        ),
    ]
