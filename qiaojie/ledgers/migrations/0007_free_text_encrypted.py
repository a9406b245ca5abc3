from django.db import migrations, models

from qiaojie.lib.fields import EncryptedTextField
from qiaojie.storage.sealing_columns import sealed_column

SUBJECT = r"^classes/[0-9]+/attendance$"


def _subjects(apps, schema_editor):
    """What batches of a class's register were found by stood as their purpose."""
    batches = apps.get_model("ledgers", "Batch").objects.using(schema_editor.connection.alias)
    found = batches.filter(ledger="attendances", purpose__regex=SUBJECT)
    found.update(subject=models.F("purpose"))


class Migration(migrations.Migration):

    dependencies = [
        ("ledgers", "0006_marks_and_witnesses"),
    ]

    operations = [
        migrations.AddField("batch", "subject", models.CharField(blank=True, max_length=80, default=""), preserve_default=False),
        migrations.RunPython(_subjects, migrations.RunPython.noop, hints={"model_name": "batch"}),
        *sealed_column("ledgers", "batch", "purpose", EncryptedTextField(purpose="batch.purpose", max_length=200, blank=True)),
        *sealed_column("ledgers", "batch", "undone_reason", EncryptedTextField(purpose="batch.undone_reason", max_length=200, blank=True)),
        *sealed_column("ledgers", "change", "purpose", EncryptedTextField(purpose="change.purpose", max_length=200, blank=True)),
        *sealed_column("ledgers", "proposal", "purpose", EncryptedTextField(purpose="proposal.purpose", max_length=200, blank=True)),
        *sealed_column("ledgers", "proposal", "reason", EncryptedTextField(purpose="proposal.reason", max_length=200, blank=True)),
        *sealed_column("ledgers", "approvalrule", "reason", EncryptedTextField("理由", purpose="approval_rule.reason", max_length=200)),
        *sealed_column("ledgers", "savedview", "query", EncryptedTextField(purpose="saved_view.query", max_length=2000)),
    ]
