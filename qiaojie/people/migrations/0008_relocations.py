"""Lists by which counties hand over women who move."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledgers", "0003_approval"),
        ("people", "0007_doubts"),
        ("regions", "0003_streets_of_zones"),
    ]

    operations = [
        migrations.CreateModel(
            name="RelocationList",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("moved_on", models.DateField(verbose_name="迁出日期")),
                ("reason", models.CharField(max_length=200, verbose_name="依据")),
                ("offered_by", models.CharField(max_length=150, verbose_name="迁出经办")),
                ("offered_at", models.DateTimeField(auto_now_add=True, verbose_name="迁出时间")),
                (
                    "destination",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                        verbose_name="迁入区县",
                    ),
                ),
                (
                    "origin",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                        verbose_name="迁出区县",
                    ),
                ),
            ],
            options={
                "verbose_name": "迁出名单",
            },
        ),
        migrations.CreateModel(
            name="Relocation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("offered", "等对方接收"),
                            ("accepted", "已接收"),
                            ("declined", "对方未接收"),
                            ("taken_back", "已撤回"),
                        ],
                        default="offered",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("answered_by", models.CharField(blank=True, max_length=150, verbose_name="答复人")),
                ("answered_at", models.DateTimeField(null=True, verbose_name="答复时间")),
                ("answer_reason", models.CharField(blank=True, max_length=200, verbose_name="答复")),
                (
                    "batch",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledgers.batch",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="relocations",
                        to="people.person",
                        verbose_name="服务对象",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                        verbose_name="迁入地",
                    ),
                ),
                (
                    "list",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="relocations",
                        to="people.relocationlist",
                    ),
                ),
            ],
            options={
                "verbose_name": "迁移",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "offered")),
                        fields=("person",),
                        name="relocation_offered_once",
                    )
                ],
            },
        ),
    ]
