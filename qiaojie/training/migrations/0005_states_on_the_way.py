"""Rows may stand approved by a village or a township on their way to the county."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("training", "0004_attendance"),
    ]

    operations = [
        migrations.AlterField(
            model_name="enrolment",
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
        migrations.AlterField(
            model_name="trainingclass",
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
        migrations.AlterField(
            model_name="trainingevent",
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
