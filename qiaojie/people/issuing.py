"""Which county issued a certificate, where neither list nor household registration said so: answered later, one or many."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from qiaojie.ledgers import queries
from qiaojie.ledgers.changing import permitted
from qiaojie.ledgers.models import Batch
from qiaojie.ledgers.viewer import Action, Viewer
from qiaojie.lib.findings import Unusable
from qiaojie.regions import residence
from qiaojie.regions.models import Region

from .ledger import CERTIFICATES
from .models import Certificate, Tie

OPEN = Q(county__isnull=True, county_asked=True)
"""Certificates of which it is not known by which county they were issued."""

AT_ONCE = 1_000
"""So many certificates are answered by one act: what somebody can have looked at."""


def waiting(viewer: Viewer) -> QuerySet[Certificate]:
    """Certificates that wait for their county, of persons whom the viewer may see. Raises Refused."""
    found: QuerySet[Certificate] = queries.rows(CERTIFICATES, viewer).filter(OPEN)  # type: ignore[assignment]
    return found


def number(viewer: Viewer) -> int:
    """How many certificates wait for their county; one query."""
    return waiting(viewer).count()


def answer(certificates: Collection[int], county: Region, viewer: Viewer, reason: str) -> Batch:
    """Say that these certificates were issued by a county: one batch, which can be undone.

    Raises Refused where one of them may not be seen, or has been confirmed by an approver and the role may not approve;
    Unusable ``reason_missing``, ``nothing_chosen``, ``county_expected``, ``too_many``, ``issuer_known`` (one of them has a
    county by now).
    """
    keys = sorted(set(certificates))
    held = Certificate.objects.filter(pk__in=keys[: AT_ONCE + 1])
    confirmed = held.filter(confirmed=True).exists()
    permit = permitted(
        viewer, Action.APPROVE if confirmed else Action.ENTER, "certificates/issuer", office=True
    )
    if not keys:
        raise Unusable("nothing_chosen", _("还没有勾选任何一本证。"))
    if len(keys) > AT_ONCE:
        raise Unusable("too_many", _("一次最多定 %d 本，请分几次。") % AT_ONCE)
    seen = queries.rows(CERTIFICATES, viewer).filter(pk__in=keys).count()
    permit.refuse_unless(seen == len(keys))
    if not residence.is_county(county.level, county.kind):
        raise Unusable("county_expected", _("“%s”不是区县，发证残联要写到区县。") % county.short_name)
    if not reason.strip():
        raise Unusable("reason_missing", _("请写明理由。"))
    with permit.because(reason.strip()) as change:
        still = set(held.filter(OPEN).values_list("pk", flat=True))
        if still != set(keys):
            raise Unusable("issuer_known", _("其中有的证已经定了发证残联，请刷新后再看。"))
        tied = Tie.objects.filter(viewer.scope("region"), person__certificates__in=keys).order_by("pk")
        change.begin_batch(
            CERTIFICATES.code, tied.values_list("region_id", flat=True).first(), change.purpose
        )
        before, after = (
            {"county_id": None, "county_asked": True},
            {"county_id": county.pk, "county_asked": False},
        )
        Certificate.objects.filter(pk__in=keys).update(**after)
        change.updated(Certificate, ((pk, before, after) for pk in keys))
        change.note(rows=len(keys))
        batch = change.batch
    assert batch is not None
    return batch
