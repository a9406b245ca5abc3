"""Persons are found by initials; those already there are given them. (The end of a number found them too, until 0012.)"""

from django.db import migrations, models

PART = 2_000


def fill(apps, schema_editor):
    """Work out the initials of every person."""
    from qiaojie.lib.pinyin import initials

    person = apps.get_model("people", "Person")
    alias = schema_editor.connection.alias
    last = 0
    while found := list(person.objects.using(alias).filter(pk__gt=last).order_by("pk")[:PART]):
        for one in found:
            one.initials = initials(one.name)
        person.objects.using(alias).bulk_update(found, ["initials"])
        last = found[-1].pk


class Migration(migrations.Migration):
    dependencies = [("people", "0002_certificate_on_day"), ("regions", "0001_initial")]

    operations = [
        migrations.AddField("person", "id_tail", models.BinaryField(max_length=34, null=True)),
        migrations.AddField("person", "initials", models.CharField(blank=True, max_length=16)),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex("person", models.Index(fields=["initials"], name="person_initials")),
        migrations.AddIndex("person", models.Index(fields=["id_tail"], name="person_id_tail")),
    ]
