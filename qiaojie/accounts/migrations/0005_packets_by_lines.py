"""A packet lists what was open, promised and kept on paper each by lines of its own."""

import json

from django.db import migrations


def by_lines(apps, schema_editor):
    packets = apps.get_model("accounts", "Packet")
    for packet in packets.objects.all():
        matters = [{"what": what, "detail": detail, "address": ""} for what, detail in json.loads(packet.content)]
        boxes = [{"where": line, "what": "—", "number": ""} for line in packet.papers.splitlines() if line.strip()]
        packet.content = json.dumps({"matters": matters, "promises": [], "boxes": boxes}, ensure_ascii=False)
        packet.save(update_fields=["content"])


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0004_exports_made_by_jobs"),
    ]

    operations = [
        migrations.RunPython(by_lines),
        migrations.RemoveField(
            model_name="packet",
            name="papers",
        ),
    ]
