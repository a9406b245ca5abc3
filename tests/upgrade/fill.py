"""Fill an empty installation with the small programme: ``python -m tests.upgrade.fill``, told of it as every command is."""

from __future__ import annotations

import os

import django


def main() -> None:
    """Tables and the small tree, what was there before anybody signed in, what was done at the desks, and the night after."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "qiaojie.config.settings"
    django.setup()
    from django.conf import settings

    from qiaojie.cli.main import main as command
    from qiaojie.digests import services as digests
    from qiaojie.digests.models import Digest
    from tests.upgrade import acts, places, world

    # The test client asks for a host of its own.
    settings.ALLOWED_HOSTS = ["testserver"]
    with places.small():
        command(["prepare"])
    world.write()
    # As after the demo: what the world began with was written past the desks, all since then by the product.
    digests.make(Digest.Act.DEMO)
    acts.act()


if __name__ == "__main__":
    main()
