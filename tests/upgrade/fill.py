"""Fill an empty installation with the small programme: ``python -m tests.upgrade.fill``, told of it as every command is."""

from __future__ import annotations

import os

import django


def main() -> None:
    """Tables, guards, the small tree, what was there before anybody signed in, and then what was done at the desks."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "qiaojie.config.settings"
    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections, router

    from qiaojie.accounts import guards, sealing
    from qiaojie.accounts.models import AccessEntry
    from tests.upgrade import acts, places, world

    # The test client asks for a host of its own.
    settings.ALLOWED_HOSTS = ["testserver"]
    for alias in settings.DATABASES:
        call_command("migrate", database=alias, verbosity=0, interactive=False)
    guards.set_up(connections[router.db_for_write(AccessEntry)])
    places.plant()
    world.write()
    acts.act()
    sealing.seal()


if __name__ == "__main__":
    main()
