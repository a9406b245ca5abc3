"""One list planned and committed in a process of its own: ``python -m qiaojie.bench.at_rest_import FILE REGION``, seconds out."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import django

from . import long_roster


def main() -> None:
    """Print how long the list took, from its bytes to the rows."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qiaojie.config.settings")
    django.setup()
    from qiaojie.accounts.viewers import SystemViewer
    from qiaojie.intake import services as intake
    from qiaojie.notices import queries as notices
    from qiaojie.regions.models import Region

    content, region = Path(sys.argv[1]).read_bytes(), Region.objects.get(pk=sys.argv[2])
    table = notices.table(long_roster.TABLE)
    began = time.perf_counter()
    intake.commit(intake.plan(content, "roster.xlsx", table, region, SystemViewer()), SystemViewer())
    print(time.perf_counter() - began)


if __name__ == "__main__":
    main()
