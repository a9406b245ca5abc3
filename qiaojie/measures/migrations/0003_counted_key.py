import django.db.models.deletion
from django.db import migrations, models


def forget(apps, schema_editor):
    """Who was counted is counted again, as totals of an older definition are."""
    apps.get_model('measures', 'Tally').objects.all().delete()
    apps.get_model('measures', 'Measure').objects.update(definition='')


class Migration(migrations.Migration):

    dependencies = [
        ('measures', '0002_kept_totals'),
    ]

    operations = [
        migrations.RunPython(forget, migrations.RunPython.noop),
        migrations.DeleteModel(name='Counted'),
        migrations.CreateModel(
            name='Counted',
            fields=[
                ('pk', models.CompositePrimaryKey('measure', 'key', 'part', 'source', 'fact_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('part', models.CharField(choices=[('approved', '已审核'), ('pending', '待审核'), ('elsewhere', '已由他处计入'), ('reached', '已达到'), ('missed', '未达到'), ('waiting', '未到期')], max_length=9)),
                ('unit_id', models.BigIntegerField()),
                ('key', models.BigIntegerField()),
                ('source', models.SmallIntegerField()),
                ('fact_id', models.BigIntegerField()),
                ('day', models.DateField()),
                ('until', models.DateField(null=True)),
                ('number', models.BigIntegerField()),
                ('measure', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='measures.measure')),
            ],
            options={
                'verbose_name': '计入明细',
                'indexes': [models.Index(fields=['measure', 'unit_id', 'part'], name='counted_unit')],
            },
        ),
    ]
