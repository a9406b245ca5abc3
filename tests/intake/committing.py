"""Processes that commit a roster, for a test that kills them: ``prepare``, then ``serve ROWS``.

``serve`` reads the name of a database per line and forks: the child plans on that database, says "ready" and its process
id, waits for a line, and commits; when it has ended, "ended" and its status are said. Everything else comes from the
environment. Forking saves a start of Python per round.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import django


def main(arguments: list[str]) -> None:
    """Do what the first argument says."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "qiaojie.config.settings"
    django.setup()
    if arguments[0] == "prepare":
        prepare()
    else:
        serve(int(arguments[1]))


def prepare() -> None:
    """Tables, the small tree and the notice of these tests."""
    from django.conf import settings
    from django.core.management import call_command

    from qiaojie.keys import standing
    from qiaojie.storage import converting
    from tests.intake import material

    standing.begin()
    converting.prepare(settings.DATABASES)

    standing.begin()
    for alias in settings.DATABASES:
        call_command("migrate", database=alias, verbosity=0, skip_checks=True)
    material.plant_tree()
    material.write_notice(Path(os.environ["QIAOJIE_NOTICES"]))


def serve(rows: int) -> None:
    """Fork a committing child for each database that is named."""
    from django.db import connections

    from tests.intake import material

    data = material.roster_csv(rows)
    while name := sys.stdin.readline().strip():
        child = os.fork()
        if not child:
            for alias in connections:
                held = connections[alias].settings_dict
                # The prepared databases are called base, base-side, …: the round's are called likewise.
                held["NAME"] = type(held["NAME"])(str(held["NAME"]).replace("base", name))
            commit(data, rows)
            os._exit(0)
        _pid, status = os.waitpid(child, 0)
        print("ended", os.waitstatus_to_exitcode(status), flush=True)


def commit(data: bytes, rows: int) -> None:
    """Plan and commit a roster of so many rows, as the installation itself."""
    from qiaojie.accounts.viewers import SystemViewer
    from qiaojie.intake import services
    from qiaojie.notices import queries as notices
    from qiaojie.regions.models import Region
    from tests.intake import material

    viewer = SystemViewer()
    region = Region.objects.get(code="500102")
    planned = services.plan(data, "名册.csv", notices.table(material.ROSTER), region, viewer)
    if planned.to_write != rows:
        print(f"{planned.counts} for {rows} rows: {planned.issues[:3]}", flush=True)
        os._exit(1)
    print("ready", os.getpid(), flush=True)
    sys.stdin.readline()
    services.commit(planned, viewer, "kill me")


if __name__ == "__main__":
    main(sys.argv[1:])
