"""Words that offices use: names on screen alone, no column changes."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0011_typed_uploads'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='reason',
            options={'verbose_name': '允许写入的理由'},
        ),
    ]
