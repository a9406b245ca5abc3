from django.db import migrations

from qiaojie.storage.sealing_columns import sealed_column
from qiaojie.lib.fields import EncryptedTextField


class Migration(migrations.Migration):

    dependencies = [
        ("training", "0008_timetable_and_budget"),
    ]

    operations = [
        *sealed_column("training", "enrolment", "remark", EncryptedTextField("备注", purpose="enrolment.remark", max_length=200, blank=True)),
    ]
