"""One side of the comparison of files: the product on encrypted ones, or on plain ones where the database has that name.

``application`` is what the server of the bench serves. ``python -m qiaojie.bench.apart.one_side FILE REGION`` takes one list in,
from its bytes to the rows, and prints how many seconds that took.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from .. import long_roster

PLAIN: Final = "plain"
"""The name of databases whose files are not encrypted, as all were before."""


def main() -> None:
    """Take a list in, and print the seconds."""
    from qiaojie.accounts.viewers import SystemViewer
    from qiaojie.intake import services as intake
    from qiaojie.notices import queries as notices
    from qiaojie.regions.models import Region

    content, region = Path(sys.argv[1]).read_bytes(), Region.objects.get(pk=sys.argv[2])
    table = notices.table(long_roster.TABLE)
    began = time.perf_counter()
    intake.commit(intake.plan(content, "roster.xlsx", table, region, SystemViewer()), SystemViewer())
    print(time.perf_counter() - began)


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qiaojie.config.settings")
for _one in settings.DATABASES.values():
    if Path(str(_one["NAME"])).stem.startswith(PLAIN):
        _one["ENGINE"] = "django.db.backends.sqlite3"
        _one["OPTIONS"] = {name: value for name, value in _one["OPTIONS"].items() if name != "key"}
application = get_wsgi_application()

if __name__ == "__main__":
    main()
