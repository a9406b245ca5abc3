from django.db import migrations

from qiaojie.storage.sealing_columns import sealed_column
from qiaojie.lib.fields import EncryptedTextField


class Migration(migrations.Migration):

    dependencies = [
        ("measures", "0008_totals_of_years"),
    ]

    operations = [
        *sealed_column("measures", "handover", "reason", EncryptedTextField("理由", purpose="hand_over.reason", max_length=200)),
        *sealed_column("measures", "dispute", "reason", EncryptedTextField("理由", purpose="dispute.reason", max_length=200)),
        *sealed_column("measures", "dispute", "answer_reason", EncryptedTextField("答复", purpose="dispute.answer_reason", max_length=200)),
    ]
