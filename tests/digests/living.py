"""A small installation on which a day passes: ``python -m tests.digests.living``, told of its home as every command is.

The programme of ``tests.upgrade`` is written and digested, and then every kind of act is done at the desks.
"""

from __future__ import annotations

import os

import django


def main() -> None:
    """Tables, the programme, a digest, a day of acts."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "qiaojie.config.settings"
    django.setup()
    from django.conf import settings

    from qiaojie.cli.main import main as command
    from qiaojie.digests import services
    from qiaojie.digests.models import Digest
    from tests.upgrade import acts, places, world

    # The test client asks for a host of its own.
    settings.ALLOWED_HOSTS = ["testserver"]
    with places.small():
        command(["prepare"])
    world.write()
    services.make(Digest.Act.DEMO)
    acts.act()


if __name__ == "__main__":
    main()
