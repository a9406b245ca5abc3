"""Townships that a zone answers for, as data."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("regions", "0002_villages"),
    ]

    operations = [
        migrations.CreateModel(
            name="Assignment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("begins", models.DateField(blank=True, null=True, verbose_name="启用日期")),
                (
                    "ends",
                    models.DateField(
                        blank=True, help_text="自该日起不再划归", null=True, verbose_name="撤销日期"
                    ),
                ),
                ("certain", models.BooleanField(default=False, verbose_name="确定")),
                ("source", models.CharField(blank=True, max_length=200, verbose_name="出处")),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assignments",
                        to="regions.region",
                        verbose_name="区域",
                    ),
                ),
                (
                    "zone",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assigned",
                        to="regions.region",
                        verbose_name="功能区",
                    ),
                ),
            ],
            options={
                "verbose_name": "街镇划归",
                "verbose_name_plural": "街镇划归",
                "constraints": [models.UniqueConstraint(fields=("zone", "region"), name="assignment_once")],
            },
        ),
    ]
