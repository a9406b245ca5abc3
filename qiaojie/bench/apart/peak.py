"""What a plan takes of memory: ``python -m qiaojie.bench.apart.peak FILE REGION`` prints bytes, those of the process included."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import django


def main() -> None:
    """Plan the file in a process that has done nothing else."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qiaojie.config.settings")
    django.setup()
    from qiaojie.accounts.viewers import SystemViewer
    from qiaojie.intake import services as intake
    from qiaojie.notices import queries as notices
    from qiaojie.regions.models import Region

    from ..long_roster import TABLE

    region = Region.objects.get(pk=int(sys.argv[2]))
    intake.plan(Path(sys.argv[1]).read_bytes(), "roster.xlsx", notices.table(TABLE), region, SystemViewer())
    # Of this program alone: what getrusage gives begins with the peak of the process that started it.
    found = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    assert found is not None
    print(int(found[1]) * 1024)


if __name__ == "__main__":
    main()
