"""Which notices an installation works by. One that has data already goes on with all that it has, from the beginning."""

from pathlib import Path

from django.conf import settings
from django.db import migrations, models


def _codes():
    """Folders of notices, wherever they lie: a folder is called like its notice."""
    for parent in map(Path, settings.NOTICE_DIRS):
        for file in (parent / "notice.toml", *sorted(parent.glob("*/notice.toml"))):
            if file.is_file() and not file.parent.name.startswith((".", "_")):
                yield file.parent.name


def keep_on(apps, schema_editor):
    there = any(apps.get_model(*name).objects.exists() for name in (("accounts", "User"), ("people", "Person")))
    if there:
        apps.get_model("notices", "NoticeInForce").objects.bulk_create(
            apps.get_model("notices", "NoticeInForce")(notice=code, by="system")
            for code in dict.fromkeys(_codes())
        )


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_words'),
        ('people', '0009_household_numbers'),
        ('notices', '0004_split_basis'),
    ]

    operations = [
        migrations.CreateModel(
            name='NoticeInForce',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('notice', models.CharField(max_length=60, unique=True, verbose_name='通知')),
                ('begins', models.DateField(null=True, verbose_name='启用日期')),
                ('ends', models.DateField(null=True, verbose_name='止')),
                ('by', models.CharField(max_length=150, verbose_name='经办')),
                ('at', models.DateTimeField(auto_now=True, verbose_name='时间')),
            ],
            options={
                'verbose_name': '通知启用',
            },
        ),
        migrations.RunPython(keep_on, migrations.RunPython.noop),
    ]
