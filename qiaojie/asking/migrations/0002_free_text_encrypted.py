import json

from django.db import migrations

from qiaojie.lib.fields import EncryptedTextField
from qiaojie.storage.sealing_columns import sealed_column


def _words(told):
    return json.dumps(told, ensure_ascii=False)


class Migration(migrations.Migration):

    dependencies = [
        ("asking", "0001_kept_answers"),
    ]

    operations = [
        *sealed_column("asking", "keptanswer", "query", EncryptedTextField(purpose="kept_answer.query", max_length=2000)),
        *sealed_column("asking", "keptanswer", "told", EncryptedTextField(purpose="kept_answer.told"), _words),
        *sealed_column("asking", "keptanswer", "asked_for", EncryptedTextField("谁问的", purpose="kept_answer.asked_for", max_length=60)),
    ]
