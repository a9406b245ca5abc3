"""A class entered twice points to the one that is kept."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('training', '0006_counted_before'),
    ]

    operations = [
        migrations.AddField(
            model_name='trainingclass',
            name='canonical',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='duplicates', to='training.trainingclass'),
        ),
    ]
