"""Villages, where a county asks them to approve."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('regions', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='region',
            name='kind',
            field=models.CharField(choices=[('nation', '国家'), ('province', '省级行政区'), ('prefecture', '地级行政区'), ('county', '县级行政区'), ('township', '乡级行政区'), ('village', '村、社区'), ('zone', '功能区'), ('corps', '兵团'), ('reclamation', '垦区')], max_length=12, verbose_name='类型'),
        ),
        migrations.AlterField(
            model_name='region',
            name='level',
            field=models.PositiveSmallIntegerField(choices=[(0, '国家'), (1, '省级'), (2, '地级'), (3, '县级'), (4, '乡级'), (5, '村级')], verbose_name='级别'),
        ),
    ]
