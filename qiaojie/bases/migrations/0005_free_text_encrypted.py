from django.db import migrations

from qiaojie.storage.sealing_columns import sealed_column
from qiaojie.lib.fields import EncryptedTextField


class Migration(migrations.Migration):

    dependencies = [
        ("bases", "0004_canonical"),
    ]

    operations = [
        *sealed_column("bases", "helprecord", "remark", EncryptedTextField("备注", purpose="help.remark", max_length=200, blank=True)),
    ]
