"""Fill an empty installation with the small programme: ``python -m tests.upgrade.fill``, told of it as every command is."""

from __future__ import annotations

import os

import django


def main() -> None:
    """Tables and the small tree, what was there before anybody signed in, and then what was done at the desks."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "qiaojie.config.settings"
    django.setup()
    from django.conf import settings

    from qiaojie.cli.main import main as command
    from tests.upgrade import acts, places, world

    # The test client asks for a host of its own.
    settings.ALLOWED_HOSTS = ["testserver"]
    with places.small():
        command(["prepare"])
    world.write()
    acts.act()


if __name__ == "__main__":
    main()
