"""Why a batch was taken back."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledgers', '0003_approval'),
    ]

    operations = [
        migrations.AddField(
            model_name='batch',
            name='undone_reason',
            field=models.CharField(blank=True, max_length=200),
        ),
    ]
