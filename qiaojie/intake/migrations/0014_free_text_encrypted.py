from django.db import migrations

from qiaojie.storage.sealing_columns import sealed_column
from qiaojie.lib.fields import EncryptedTextField


class Migration(migrations.Migration):

    dependencies = [
        ("intake", "0013_whole_lists"),
    ]

    operations = [
        *sealed_column("intake", "upload", "name", EncryptedTextField("文件名", purpose="upload.name", max_length=255)),
        *sealed_column("intake", "upload", "purpose", EncryptedTextField("用途", purpose="upload.purpose", max_length=200)),
    ]
