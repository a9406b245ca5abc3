"""Persons are found by how their names sound and by their day of birth; those already there are given the sound."""

from django.db import migrations, models

PART = 20_000


def fill(apps, schema_editor):
    """Work out how the name of every person sounds."""
    from qiaojie.lib.pinyin import sound

    person = apps.get_model("people", "Person")
    database, last = schema_editor.connection, 0
    held = person.objects.using(database.alias).order_by("pk").values_list("pk", "name_key")
    while found := list(held.filter(pk__gt=last)[:PART]):
        with database.cursor() as cursor:
            heard = [(sound(name), pk) for pk, name in found]
            cursor.executemany("UPDATE people_person SET name_sound = %s WHERE id = %s", heard)
        last = found[-1][0]


class Migration(migrations.Migration):
    dependencies = [("people", "0010_index_of_merged"), ("regions", "0001_initial")]

    operations = [
        migrations.AddField("person", "name_sound", models.CharField(blank=True, default="", max_length=64)),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField("person", "name_sound", models.CharField(blank=True, max_length=64)),
        migrations.AddIndex(
            "person", models.Index(fields=["name_sound", "birth_date"], name="person_sound_birth")
        ),
        migrations.AddIndex("person", models.Index(fields=["birth_date"], name="person_birth")),
        migrations.AddIndex(
            "person",
            models.Index(
                fields=["birth_date"], condition=models.Q(id_hash__isnull=True), name="person_numberless_birth"
            ),
        ),
        migrations.AddIndex(
            "person",
            models.Index(
                fields=["name_sound"], condition=models.Q(id_hash__isnull=True), name="person_numberless_sound"
            ),
        ),
    ]
