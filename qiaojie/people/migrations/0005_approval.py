"""What an approver has confirmed of the registers; what stands already counts as confirmed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0004_names_by_their_beginning"),
        ("regions", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="certificate",
            name="confirmed",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="certificate",
            name="county_asked",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="householdmember",
            name="confirmed",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="person",
            name="confirmed",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="status",
            name="confirmed",
            field=models.BooleanField(default=True),
        ),
        migrations.AddIndex(
            model_name="certificate",
            index=models.Index(
                condition=models.Q(("confirmed", False)), fields=["person"], name="certificate_unconfirmed"
            ),
        ),
        migrations.AddIndex(
            model_name="householdmember",
            index=models.Index(
                condition=models.Q(("confirmed", False)), fields=["person"], name="member_unconfirmed"
            ),
        ),
        migrations.AddIndex(
            model_name="status",
            index=models.Index(
                condition=models.Q(("confirmed", False)), fields=["person"], name="status_unconfirmed"
            ),
        ),
    ]
