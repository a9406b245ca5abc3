"""Switching a notice on and off for an installation: what its offices work by, and since when anything is owed."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.accounts.models import Agency
from qiaojie.ledgers.changing import permitted
from qiaojie.ledgers.viewer import Action, Viewer
from qiaojie.lib.findings import Unusable
from qiaojie.regions.models import Region
from qiaojie.regions.queries import edition

from . import ledger_fields, queries
from .models import NoticeInForce
from .schema import Notice

_COLUMNS = ("begins", "ends", "by")


def may_switch(notice: Notice, viewer: Viewer) -> bool:
    """Whether the viewer administers every office that works by a notice: those in its area, and those around it.

    Three queries at most. Raises Unusable ``edition_unknown``.
    """
    if not viewer.may(Action.ADMINISTER):
        return False
    root = Region.objects.get(pk=edition(notice.edition).root_id)
    if viewer.covers(root.pk):
        return True
    own = None if viewer.region_id is None else Region.objects.filter(pk=viewer.region_id).first()
    if own is None or not root.holds(own):
        return False
    inside = Q(region__first__gte=root.first, region__first__lte=root.last)
    around = Q(region__first__lte=root.first, region__last__gte=root.last)
    return not Agency.objects.filter(inside | around).exclude(viewer.scope("region")).exists()


def switch_on(
    notice: Notice, begins: date | None, ends: date | None, viewer: Viewer, *, purpose: str = ""
) -> NoticeInForce:
    """A notice is in force from a day (None: ever since), until a last one or for good. The journal keeps what was said before.

    For whoever administers all offices that work by it. Raises Refused; Unusable ``order_of_days``, ``edition_unknown``,
    ``ledger_unknown`` where it names a ledger that was not put in force.
    """
    if begins is not None and ends is not None and ends < begins:
        raise Unusable("order_of_days", _("停用日期不能早于启用日期。"))
    return _write(notice, begins, ends, viewer, purpose)


def switch_off(notice: Notice, ends: date | None, viewer: Viewer, *, purpose: str = "") -> NoticeInForce:
    """A notice is in force no longer after a last day (yesterday, if none is given). Old reports and addresses stay.

    Raises Refused as ``switch_on`` does; Unusable ``not_switched_on``, ``edition_unknown``.
    """
    known = NoticeInForce.objects.filter(notice=notice.code).first()
    begins = known.begins if known is not None else None
    last = ends or timezone.localdate() - timedelta(days=1)
    return _write(notice, begins, last, viewer, purpose, known_only=True)


def _write(
    notice: Notice,
    begins: date | None,
    ends: date | None,
    viewer: Viewer,
    purpose: str,
    *,
    known_only: bool = False,
) -> NoticeInForce:
    permit = permitted(viewer, Action.ADMINISTER, f"notice/{notice.code}/in-force", registry=False)
    permit.refuse_unless(may_switch(notice, viewer))
    if not known_only and (lacks := ledger_fields.lacking(notice)):
        raise Unusable("ledger_unknown", _("没有启用“%s”：") % notice.title + "".join(lacks))
    with permit.because(purpose) as change:
        held = NoticeInForce.objects.select_for_update().filter(notice=notice.code).first()
        if held is None and known_only:
            raise Unusable("not_switched_on", _("这份通知没有启用，不用停用。"))
        said = {"begins": begins, "ends": ends, "by": viewer.name}
        if held is None:
            held = NoticeInForce.objects.create(notice=notice.code, **said)
            change.created(NoticeInForce, [held.pk], told=False)
        else:
            before = {column: getattr(held, column) for column in _COLUMNS}
            for column, value in said.items():
                setattr(held, column, value)
            held.save()
            change.updated(NoticeInForce, [(held.pk, before, said)], told=False)
        change.note(rows=1)
    queries.look_at_orders_anew()
    return held
