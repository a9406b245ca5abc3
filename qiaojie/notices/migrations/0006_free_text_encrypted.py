from django.db import migrations

from qiaojie.lib.fields import EncryptedTextField
from qiaojie.storage.sealing_columns import sealed_column


class Migration(migrations.Migration):

    dependencies = [
        ("notices", "0005_notices_in_force"),
    ]

    operations = [
        *sealed_column("notices", "targetversion", "reason", EncryptedTextField("理由", purpose="target_version.reason", max_length=200)),
        *sealed_column("notices", "targetversion", "document", EncryptedTextField("文号", purpose="target_version.document", max_length=100, blank=True)),
        *sealed_column("notices", "ruling", "text", EncryptedTextField("答复", purpose="ruling.text")),
        *sealed_column("notices", "ruling", "question", EncryptedTextField("问题", purpose="ruling.question", blank=True)),
        *sealed_column("notices", "filing", "how", EncryptedTextField("报送方式、文号", purpose="filing.how", max_length=100, blank=True)),
    ]
