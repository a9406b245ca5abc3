"""Changes of what proves many jobs at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.ledgers import approving
from qiaojie.ledgers.changing import permitted
from qiaojie.ledgers.models import State
from qiaojie.ledgers.viewer import Action, Viewer
from qiaojie.lib.findings import Unusable

from .ledger import PROOF_SOURCES
from .models import ProofSource, SourceKind


@dataclass(frozen=True, slots=True)
class SourceDetails:
    """What is said of a source: what it is called, of which kind (a code), whose, of which day, and where it lies."""

    title: str
    kind: str
    day: date | None
    from_whom: str = ""
    place: str = ""


def keep_source(said: SourceDetails, viewer: Viewer) -> ProofSource:
    """Register a source of the viewer's own office, as a batch of its own; approved where the viewer's word is the last.

    Raises Refused; Unusable ``region_missing``, ``title_missing``, ``kind_missing``, ``day_missing``, ``day_ahead``,
    ``source_there`` (one of that name and day).
    """
    permit = permitted(viewer, Action.ENTER, PROOF_SOURCES.code)
    region = viewer.region_id
    if region is None:
        raise Unusable("region_missing", _("您的账号没有所属机构，请写明是哪个区域的表。"))
    title = said.title.strip()[:120]
    if not title:
        raise Unusable("title_missing", _("请写明来源的名称，例如“2023年10月社保比对名单”。"))
    if said.kind not in SourceKind.values:
        raise Unusable("kind_missing", _("请选择来源是哪一种。"))
    if said.day is None:
        raise Unusable("day_missing", _("请写明名单或档案是哪一天的。"))
    if said.day > timezone.localdate():
        raise Unusable("day_ahead", _("名单或档案的日期 %s 还没有到，请核对。") % said.day.isoformat())
    final = approving.final_at(region, viewer)
    with permit as change:
        there = ProofSource.objects.filter(filed_by=region, title=title, happened_on=said.day)
        if there.exclude(state=State.WITHDRAWN).exists():
            raise Unusable("source_there", _("已有同名、同一天的来源“%s”，请直接选用。") % title)
        change.begin_batch(PROOF_SOURCES.code, region)
        made = ProofSource.objects.create(
            title=title,
            kind=said.kind,
            from_whom=said.from_whom.strip()[:80],
            happened_on=said.day,
            proof_place=said.place.strip()[:120],
            filed_by_id=region,
            entered_by=viewer.name,
            state=State.APPROVED if final else State.DRAFT,
            approved_at=timezone.now() if final else None,
            approved_by=viewer.name if final else "",
        )
        change.created(ProofSource, [made.pk])
        change.note(f"{PROOF_SOURCES.code}/{made.pk}", rows=1)
    return made
