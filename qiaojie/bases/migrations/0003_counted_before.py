"""Payments and help that counted while their base was not approved go on counting."""

from typing import Any

from django.db import migrations, models


def keep(apps: Any, schema_editor: Any) -> None:
    """Mark the rows that counted without the approval of what they refer to."""
    model = apps.get_model("bases", "SupportPayment")
    model.objects.filter(state="approved").exclude(base__state="approved").update(counted_before=True)
    model = apps.get_model("bases", "HelpRecord")
    model.objects.filter(state="approved").exclude(base__state="approved").update(counted_before=True)


class Migration(migrations.Migration):
    dependencies = [("bases", "0002_states_on_the_way")]

    operations = [
        migrations.AddField(
            model_name="supportpayment",
            name="counted_before",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name="helprecord",
            name="counted_before",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.RunPython(keep, migrations.RunPython.noop),
    ]
