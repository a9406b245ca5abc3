from django.db import migrations

from qiaojie.queue.sealing import sealed_before

OPEN = ('waiting', 'running')


def seal_open_jobs(apps, schema_editor):
    """Jobs that wait at the upgrade are sealed as they stand; whatever comes in the old form afterwards is refused."""
    jobs = apps.get_model('queue', 'Job')._base_manager.using(schema_editor.connection.alias)
    waiting = jobs.filter(state__in=OPEN).values_list('pk', 'arguments', 'kind', 'subject', 'actor', 'key')
    for pk, arguments in sealed_before(list(waiting)):
        jobs.filter(pk=pk).update(arguments=arguments)


class Migration(migrations.Migration):

    dependencies = [
        ('queue', '0002_nights'),
    ]

    operations = [
        migrations.RunPython(seal_open_jobs, migrations.RunPython.noop, hints={'model_name': 'job'}),
    ]
