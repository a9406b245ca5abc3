"""Changes that wait beside their rows, and how the rows of a county are approved."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledgers", "0002_saved_view"),
        ("regions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApprovalRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "steps",
                    models.CharField(
                        choices=[
                            ("one", "一次审核"),
                            ("township", "乡镇、区县两级"),
                            ("village", "村、乡镇、区县三级"),
                        ],
                        default="one",
                        max_length=10,
                        verbose_name="审核层级",
                    ),
                ),
                ("two_persons", models.BooleanField(default=False, verbose_name="录入、审核须为两人")),
                ("reason", models.CharField(max_length=200, verbose_name="理由")),
                ("by", models.CharField(max_length=150, verbose_name="设定人")),
                ("at", models.DateTimeField(auto_now=True, verbose_name="时间")),
                (
                    "region",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="regions.region"
                    ),
                ),
            ],
            options={
                "verbose_name": "审核规则",
            },
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ledger", models.CharField(max_length=40)),
                ("model", models.CharField(max_length=60)),
                ("object_id", models.BigIntegerField()),
                ("actor", models.CharField(max_length=150)),
                ("purpose", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("before", models.BinaryField()),
                ("after", models.BinaryField()),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("waiting", "待审核"),
                            ("applied", "已采纳"),
                            ("returned", "已退回"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_by", models.CharField(blank=True, max_length=150)),
                ("reason", models.CharField(blank=True, max_length=200)),
                (
                    "batch",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="ledgers.batch",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                    ),
                ),
            ],
            options={
                "verbose_name": "待审核的修改",
                "indexes": [
                    models.Index(fields=["model", "object_id"], name="proposal_object"),
                    models.Index(
                        condition=models.Q(("stage", "waiting")), fields=["region"], name="proposal_waiting"
                    ),
                ],
            },
        ),
    ]
