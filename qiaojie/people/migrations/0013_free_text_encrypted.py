from django.db import migrations

from qiaojie.lib.fields import EncryptedTextField
from qiaojie.storage.sealing_columns import sealed_column


class Migration(migrations.Migration):

    dependencies = [
        ("people", "0012_no_endings_of_numbers"),
    ]

    operations = [
        *sealed_column("people", "doubt", "reason", EncryptedTextField("理由", purpose="doubt.reason", max_length=200, blank=True)),
        *sealed_column("people", "relocationlist", "reason", EncryptedTextField("依据", purpose="relocation_list.reason", max_length=200)),
        *sealed_column("people", "relocation", "answer_reason", EncryptedTextField("答复", purpose="relocation.answer_reason", max_length=200, blank=True)),
    ]
