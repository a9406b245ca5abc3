"""What happens to an outside list: taken and compared, compared again, thrown away. Nothing of the registry changes."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.intake.public import CHECK, STEP, WRITE, Progress, hide_numbers, silent
from qiaojie.ledgers import rows
from qiaojie.ledgers.changing import permitted, together
from qiaojie.ledgers.declaration import get
from qiaojie.ledgers.viewer import Action, Viewer, demand, note_refused
from qiaojie.lib.crypto import keyring
from qiaojie.lib.findings import Finding, Unusable
from qiaojie.lib.periods import Period, read_period
from qiaojie.notices import queries as notices
from qiaojie.notices.forms import TableDef
from qiaojie.queue import services as queue
from qiaojie.regions.models import Region

from . import queries, reading, serialising
from .matching import compare
from .models import Line, LineStanding, OutsideList
from .reading import CERTIFICATE, ID, Listed, Theirs

FINDINGS = 500
"""So many findings of a list are kept word for word; the numbers of rows set aside are always whole."""


def take(
    data: bytes,
    name: str,
    table: TableDef,
    region: Region,
    period: Period,
    viewer: Viewer,
    purpose: str = "",
) -> OutsideList:
    """Keep a list of an outside system, encrypted, and hold it against the registry. Nothing of the registry changes.

    Raises Refused where the role may not enter; Unusable ``region_outside``, ``not_compared`` (a table without persons),
    and whatever ``reading.read`` raises: then nothing is kept.
    """
    _demand(table, region, viewer)
    with together():
        held = keep(data, name, table, region, period, viewer, purpose)
        return hold(held, viewer)


def keep(
    data: bytes,
    name: str,
    table: TableDef,
    region: Region,
    period: Period,
    viewer: Viewer,
    purpose: str = "",
) -> OutsideList:
    """Keep a list unread, for a job to compare. Raises Refused, Unusable ``region_outside``, ``not_compared``."""
    _demand(table, region, viewer)
    return OutsideList.objects.create(
        table=table.name,
        region=region,
        period=period.code,
        name=name[:255],
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        received_by=viewer.name,
        purpose=purpose[:200],
        content=keyring().encrypt_bytes(data, serialising.CONTENT),
    )


def again(pk: int, viewer: Viewer) -> OutsideList:
    """Hold a kept list against the registry as it is now. Raises as ``take`` does; Refused for a list elsewhere."""
    return hold(queries.one(pk, viewer), viewer)


def hold(held: OutsideList, viewer: Viewer, progress: Progress = silent, key: str = "") -> OutsideList:
    """Hold a kept list against the registry, in one transaction that records the ``key`` of the job that does it.

    Raises as ``take`` does, Refused for a list thrown away meanwhile, and what ``progress`` raises: then all is as before.
    """
    table = notices.table(held.table)
    _demand(table, held.region, viewer)
    permit = permitted(viewer, Action.ENTER, held.subject, purpose=held.purpose, registry=False)
    data = keyring().decrypt_bytes(bytes(held.content), serialising.CONTENT)
    listed = reading.read(data, held.name, table, read_period(held.period), progress)
    with permit as change:
        if not OutsideList.objects.select_for_update().filter(pk=held.pk).exists():
            change.refuse()
        held.lines.all().delete()
        held.compared_at, held.compared_by = timezone.now(), key
        _hold(held, table, listed, viewer, progress)
        change.note(rows=len(listed.rows))
    return held


def discard(pk: int, viewer: Viewer) -> None:
    """Throw a list and its comparison away, and end the work on it. Raises Refused."""
    held = queries.one(pk, viewer)
    demand(viewer, Action.ENTER, f"comparison/{pk}/discard")
    queue.cancel(held.subject)
    held.delete()
    viewer.note(Action.ENTER, f"comparison/{pk}/discard")


def _demand(table: TableDef, region: Region, viewer: Viewer) -> None:
    demand(viewer, Action.ENTER, f"comparison/{table.name}")
    if not viewer.covers(region.pk):
        note_refused(viewer, Action.ENTER, f"comparison/{table.name}/{region.pk}")
        raise Unusable("region_outside", _("“%s”不在您的区域内。") % region.short_name)
    if table.rows != "ledger" or get(table.ledger).person is None:
        raise Unusable("not_compared", _("“%s”不是按人列的名单，不能逐人比对。") % table.name)


def _hold(held: OutsideList, table: TableDef, listed: Listed, viewer: Viewer, progress: Progress) -> None:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    fields: Counter[str] = Counter()

    def lines() -> Iterable[tuple[Any, ...]]:
        pairs = compare(listed.rows, table, held.region, read_period(held.period), viewer)
        for done, one in enumerate(pairs):
            if not done % STEP:
                # Rows of ours alone come last and are not known before.
                progress(str(CHECK), min(done, len(listed.rows)), len(listed.rows))
            counts[str(one.unit or "")][one.standing.value] += 1
            fields.update(one.differing)
            yield (
                held.pk,
                one.unit,
                one.standing.value,
                one.ours.fact if one.ours else None,
                one.theirs.row if one.theirs else None,
                ",".join(one.differing),
                _said(one.theirs) if one.theirs and one.standing is not LineStanding.SAME else None,
            )

    # All of them before the first is written: while a COPY runs, its connection answers no query.
    written = list(lines())
    progress(str(WRITE), 0, len(written))
    rows.insert(Line, ("list_id", "unit_id", "standing", "fact", "row", "differing", "said"), written)
    progress(str(WRITE), len(written), len(written))
    held.counts = {unit: dict(found) for unit, found in counts.items()}
    held.fields = dict(fields.most_common())
    held.aside = dict(listed.aside)
    held.findings = keyring().encrypt(json.dumps(list(_plain(listed.findings))), serialising.FINDINGS)
    held.save()


def _said(row: Theirs) -> bytes:
    numbers = {ID: row.id_number, CERTIFICATE: row.certificate}
    return serialising.seal({**{name: number for name, number in numbers.items() if number}, **row.values})


def _plain(findings: list[tuple[str, str, Finding]]) -> Iterable[dict[str, str]]:
    for sheet, cell, finding in findings[:FINDINGS]:
        yield {
            "sheet": sheet,
            "cell": cell,
            "code": finding.code,
            "level": finding.level.value,
            "message": hide_numbers(finding.message),
        }
