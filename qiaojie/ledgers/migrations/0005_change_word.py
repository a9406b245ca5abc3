"""The journal says by which step a row was carried from state to state."""


from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledgers', '0004_undone_reason'),
    ]

    operations = [
        migrations.AddField(
            model_name='change',
            name='word',
            field=models.CharField(max_length=10, null=True),
        ),
        migrations.AddIndex(
            model_name='change',
            index=models.Index(condition=models.Q(('word', 'return')), fields=['model'], name='change_returned'),
        ),
    ]
