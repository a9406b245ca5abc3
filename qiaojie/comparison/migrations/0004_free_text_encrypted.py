from django.db import migrations

from qiaojie.storage.sealing_columns import sealed_column
from qiaojie.lib.fields import EncryptedTextField


class Migration(migrations.Migration):

    dependencies = [
        ("comparison", "0003_likely_lines"),
    ]

    operations = [
        *sealed_column("comparison", "outsidelist", "name", EncryptedTextField("文件名", purpose="outside.name", max_length=255)),
        *sealed_column("comparison", "outsidelist", "purpose", EncryptedTextField("用途", purpose="outside.purpose", max_length=200)),
    ]
