"""Words that offices use: names on screen alone, no column changes."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_last_days'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='packet',
            options={'verbose_name': '工作交接清单'},
        ),
    ]
