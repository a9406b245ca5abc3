"""What an address of the API names: ledgers, notices, regions. What the key does not open is refused and logged."""

from __future__ import annotations

from datetime import date

from django.http import Http404
from django.utils.translation import gettext as _

from qiaojie.accounts.keys import KeyViewer
from qiaojie.ledgers import declaration
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.viewer import Action, refuse
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.notices.forms import TableDef
from qiaojie.notices.schema import Indicator, Notice
from qiaojie.regions import queries as regions
from qiaojie.regions.models import Region

from ..components import addressed


def ledger_of(code: str, viewer: KeyViewer) -> Ledger:
    """The ledger of that code; 404 where there is none, Refused where the key does not open it."""
    return opened(addressed.ledger_of(code), viewer)


def opened(ledger: Ledger, viewer: KeyViewer) -> Ledger:
    """The ledger, if the key opens it. Raises Refused, and logs it, where not."""
    if not viewer.opens(ledger.code):
        refuse(viewer, Action.SEE, ledger.code)
    return ledger


def indicator_of(notice: Notice, code: str, viewer: KeyViewer) -> Indicator:
    """The indicator of that code; 404 where there is none, Refused where it counts a ledger that the key does not open."""
    for known in notice.indicators:
        if known.code == code:
            if not counted_openly(known, viewer):
                refuse(viewer, Action.COUNT, f"{notice.code}/{code}")
            return known
    raise Http404(code)


def counted_openly(indicator: Indicator, viewer: KeyViewer) -> bool:
    """Whether all that an indicator counts lies in ledgers that the key opens."""
    return all(source.ledger is None or viewer.opens(source.ledger) for source in indicator.sources)


def table_of(name: str, viewer: KeyViewer) -> TableDef:
    """The table ``notice/table``; 404 where there is none, Refused where the key does not open its ledger."""
    try:
        found = notices.table(name)
    except Unusable as wrong:
        if wrong.code in {"notice_unknown", "table_unknown"}:
            raise Http404(name) from wrong
        raise
    opened(declaration.get(found.ledger), viewer)
    return found


def region_of(text: str, subject: str, viewer: KeyViewer) -> Region:
    """The region of that code or name; the account's own where there is none said.

    Raises Unusable as ``regions.find``; Refused, and logs it, for one elsewhere.
    """
    own = viewer.region
    if not text:
        if own is None:
            raise Unusable("region_missing", _("请写明是哪个区域。"))
        return own
    found = regions.find(text)
    if not viewer.covers(found.pk, viewer.name):
        refuse(viewer, Action.SEE, f"{subject}?region={found.key}")
    return found


def unit_of(text: str, notice: Notice, viewer: KeyViewer) -> Region | None:
    """The unit of a notice's map that a parameter names; None where there is none said. Raises as ``region_of``; 404."""
    if not text:
        return None
    found = region_of(text, f"board/{notice.code}", viewer)
    if found.pk not in regions.edition(notice.edition).unit_ids:
        raise Http404(text)
    return found


def day_of(given: date | None, notice: Notice) -> date:
    """The day that is asked for: today, or the last day of a notice whose time is over."""
    return given or min(date.today(), notice.span.ends)
