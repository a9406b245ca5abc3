"""Agencies that are no region file reports too; rulings state conditions."""


from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notices', '0002_filings'),
        ('regions', '0001_initial'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='filing',
            name='filing_once',
        ),
        migrations.AddField(
            model_name='filing',
            name='agency',
            field=models.CharField(blank=True, max_length=100, verbose_name='机构'),
        ),
        migrations.AddField(
            model_name='ruling',
            name='condition',
            field=models.JSONField(blank=True, default=dict, verbose_name='所定条件'),
        ),
        migrations.AddConstraint(
            model_name='filing',
            constraint=models.UniqueConstraint(condition=models.Q(('revoked_at__isnull', True)), fields=('region', 'agency', 'notice', 'duty', 'due'), name='filing_once'),
        ),
    ]
