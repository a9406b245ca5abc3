"""Words that offices use: names on screen alone, no column changes."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('measures', '0006_states_on_the_way'),
        ('regions', '0001_initial'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='dispute',
            options={'verbose_name': '统计归属争议'},
        ),
        migrations.AlterModelOptions(
            name='handover',
            options={'verbose_name': '统计归属划转'},
        ),
        migrations.AlterField(
            model_name='dispute',
            name='answer',
            field=models.CharField(choices=[('open', '待答复'), ('given', '已划转'), ('kept', '不划转'), ('withdrawn', '已撤回')], default='open', max_length=9, verbose_name='结果'),
        ),
        migrations.AlterField(
            model_name='handover',
            name='unit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='regions.region', verbose_name='统计归属'),
        ),
    ]
