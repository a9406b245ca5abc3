"""What is asked of a database before and after an upgrade, in the same words: ``python -m tests.upgrade.asking`` prints JSON.

It says what the installation answers that ``QIAOJIE_HOME`` and ``QIAOJIE_DATABASE`` name.
"""

from __future__ import annotations

import io
import json
import os
import sys
import tempfile
from collections import Counter
from contextlib import redirect_stdout
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import django

FORMS = (
    ("chongqing-handicraft-2019/training-status", "丰都县", "2019H1", "2019-12-31"),
    ("chongqing-handicraft-2019/training-status", "重庆市", "2019", "2019-12-31"),
    ("chongqing-bases-2020/help-handicraft", "石柱土家族自治县", "2020", "2020-12-31"),
)
"""Forms of the notices that measure little or nothing by themselves: table, region, period, day."""

APART = ("disk", "backup_")
"""Findings of the doctor that say nothing of the database: where it lies, and whether it was copied from there."""

MOVING = {
    "regions", "contenttypes", "auth", "sessions", "accounts.AccessEntry", "accounts.AccessOpen", "accounts.AccessSeal",
}  # fmt: skip
"""Rooms and models whose rows are not what somebody registered: the tree is loaded anew, looking writes the log."""


def asked() -> dict[str, Any]:
    """All answers: rows before anything else is asked, for asking writes to the access log."""
    from tests.upgrade import sealed

    return {
        "rows": rows(),
        "ledgers": ledgers(),
        "opened": sealed.opened(),
        "measure": measured(),
        "forms": forms(),
        "doctor": doctor(),
    }


def rows() -> dict[str, int]:
    """How many rows each model has."""
    from django.apps import apps

    return {
        model._meta.label: model._base_manager.count()
        for model in apps.get_models()
        if not {model._meta.app_label, model._meta.label} & MOVING
    }


def ledgers() -> dict[str, dict[str, int]]:
    """How many rows each ledger has, by state ('' where its rows have none)."""
    from qiaojie.ledgers import declaration

    found: dict[str, dict[str, int]] = {}
    for ledger in declaration.every():
        held = ledger.model._base_manager
        states = held.values_list("state", flat=True) if ledger.approved else [""] * held.count()
        found[ledger.code] = dict(sorted(Counter(states).items()))
    return found


def measured() -> dict[str, dict[str, dict[str, str]]]:
    """Notice → day → indicator and unit → ``approved+pending/target``, in the middle and at the end of its time and since."""
    from qiaojie.notices import queries as notices

    found: dict[str, dict[str, dict[str, str]]] = {}
    for notice in notices.every():
        begins, ends = notice.span.begins, notice.span.ends
        found[notice.code] = {}
        for day in (begins + (ends - begins) // 2, ends, ends + timedelta(days=400)):
            told = json.loads(_said("measure", notice.code, "--on", day.isoformat(), "--json"))
            cells: dict[str, str] = {}
            for unit in [*told["regions"], {"name": "合计", "values": told["total"]}]:
                for code, value in unit["values"].items():
                    cells[f"{code} {unit['name']}"] = (
                        f"{value['approved']}+{value['pending']}/{value['target']}"
                    )
            found[notice.code][day.isoformat()] = cells
    return found


def forms() -> dict[str, list[str]]:
    """Some official forms, filled, as lines of csv without what says who took them out and when."""
    found: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "form.csv"
        for table, region, period, day in FORMS:
            _said(
                "table",
                table,
                "--region",
                region,
                "--period",
                period,
                "--on",
                day,
                "--out",
                str(out),
                "--purpose",
                "核对",
            )
            lines = out.read_text("utf-8-sig").splitlines()
            found[f"{table} {region} {period}"] = [
                line for line in lines if f"{date.today():%Y-%m-%d}" not in line
            ]
    return found


def doctor() -> list[str]:
    """What ``qiaojie doctor --deep`` finds, but for the room on the disk and backups: ``standing code``, in order."""
    told = json.loads(_said("doctor", "--deep", "--json"))
    return [f"{one['standing']} {one['code']}" for one in told if not one["code"].startswith(APART)]


def _said(*arguments: str) -> str:
    from qiaojie.cli.main import main as command

    held = io.StringIO()
    with redirect_stdout(held):
        status = command(arguments)
    if status == 2 and arguments[0] != "doctor":
        raise SystemExit(f"qiaojie {' '.join(arguments)}: {status}")
    return held.getvalue()


def main() -> None:
    """Print all answers."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "qiaojie.config.settings"
    django.setup()
    json.dump(asked(), sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
