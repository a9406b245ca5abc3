"""Enrolments that counted while their class was not approved go on counting."""

from typing import Any

from django.db import migrations, models


def keep(apps: Any, schema_editor: Any) -> None:
    """Mark the rows that counted without the approval of what they refer to."""
    model = apps.get_model("training", "Enrolment")
    model.objects.filter(state="approved").exclude(training_class__state="approved").update(counted_before=True)


class Migration(migrations.Migration):
    dependencies = [("training", "0005_states_on_the_way")]

    operations = [
        migrations.AddField(
            model_name="enrolment",
            name="counted_before",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.RunPython(keep, migrations.RunPython.noop),
    ]
