"""A base entered twice points to the one that is kept."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('bases', '0003_counted_before'),
    ]

    operations = [
        migrations.AddField(
            model_name='base',
            name='canonical',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='duplicates', to='bases.base'),
        ),
    ]
