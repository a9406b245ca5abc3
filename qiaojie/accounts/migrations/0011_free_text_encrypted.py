from django.db import migrations

from qiaojie.lib.fields import EncryptedTextField
from qiaojie.storage.sealing_columns import sealed_column


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0010_sign_in_apart"),
    ]

    operations = [
        *sealed_column("accounts", "export", "name", EncryptedTextField("文件名", purpose="export.name", max_length=200)),
        *sealed_column("accounts", "export", "purpose", EncryptedTextField("用途", purpose="export.purpose", max_length=200)),
        *sealed_column("accounts", "standin", "reason", EncryptedTextField("依据", purpose="stand_in.reason", max_length=200)),
        *sealed_column("accounts", "grant", "reason", EncryptedTextField("事由", purpose="grant.reason", max_length=200, blank=True)),
        *sealed_column("accounts", "accesskey", "purpose", EncryptedTextField("用途", purpose="access_key.purpose", max_length=100)),
    ]
