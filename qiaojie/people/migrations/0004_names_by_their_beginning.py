"""On PostgreSQL a name's beginning is found by its index, whatever the database sorts by; SQLite knows no such classes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0003_found_by_typing"), ("regions", "0001_initial")]

    operations = [
        migrations.RemoveIndex("person", "person_name_birth"),
        migrations.AddIndex(
            "person",
            models.Index(
                fields=["name_key", "birth_date"],
                name="person_name_birth",
                opclasses=["varchar_pattern_ops", "date_ops"],
            ),
        ),
    ]
