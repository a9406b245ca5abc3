"""Rows may stand approved by a village or a township on their way to the county."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("support", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="careservice",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "草稿"),
                    ("checked", "已核对"),
                    ("village", "村级已审"),
                    ("township", "乡镇已审"),
                    ("approved", "已审核"),
                    ("withdrawn", "已作废"),
                ],
                default="draft",
                max_length=10,
                verbose_name="状态",
            ),
        ),
    ]
