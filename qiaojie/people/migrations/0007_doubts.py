"""Pairs of records that may be of one woman, and the hashes by which they are found."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0006_last_days"),
        ("regions", "0003_streets_of_zones"),
    ]

    operations = [
        migrations.CreateModel(
            name="Doubt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("one", models.BigIntegerField(verbose_name="一份登记")),
                ("other", models.BigIntegerField(db_index=True, verbose_name="另一份登记")),
                ("why", models.CharField(max_length=60, verbose_name="为什么")),
                ("found_at", models.DateTimeField(auto_now_add=True, verbose_name="发现时间")),
                (
                    "answer",
                    models.CharField(
                        choices=[("open", "待核对"), ("same", "是同一人"), ("different", "不是同一人")],
                        default="open",
                        max_length=9,
                        verbose_name="结果",
                    ),
                ),
                ("answered_at", models.DateTimeField(null=True, verbose_name="认定时间")),
                ("answered_by", models.CharField(blank=True, max_length=150, verbose_name="认定人")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="理由")),
            ],
            options={
                "verbose_name": "疑似同一人",
            },
        ),
        migrations.AddField(
            model_name="person",
            name="id_begin",
            field=models.BinaryField(max_length=34, null=True),
        ),
        migrations.AddField(
            model_name="person",
            name="id_core",
            field=models.BinaryField(max_length=34, null=True),
        ),
        migrations.AddField(
            model_name="person",
            name="id_end",
            field=models.BinaryField(max_length=34, null=True),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(fields=["id_core"], name="person_id_core"),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(fields=["id_begin", "name_key"], name="person_name_begin"),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(fields=["id_end", "name_key"], name="person_name_end"),
        ),
        migrations.AddConstraint(
            model_name="doubt",
            constraint=models.UniqueConstraint(fields=("one", "other"), name="doubt_once"),
        ),
    ]
