from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0006_parts_summary_and_job'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='upload',
            name='content',
        ),
    ]
