"""The units of a notice's map that somebody may look at."""

from __future__ import annotations

from collections.abc import Iterable

from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers.viewer import Viewer
from qiaojie.notices.schema import Notice
from qiaojie.regions import queries as regions
from qiaojie.regions.models import Edition, Level, Region


def mapped(held: Iterable[Notice]) -> list[tuple[Notice, Region]]:
    """Notices with the region that their map is of, the latest first. One query."""
    roots = {edition.code: edition.root for edition in Edition.objects.select_related("root")}
    found = [(one, roots[one.edition]) for one in held if one.edition in roots]
    return sorted(found, key=lambda pair: (pair[0].span.ends, pair[0].code), reverse=True)


def concerning(viewer: UserViewer, held: Iterable[Notice]) -> list[Notice]:
    """Those whose map lies around, at or beneath the viewer's region, the latest first. One query."""
    own = viewer.region
    return [
        notice for notice, root in mapped(held) if own is not None and (root.holds(own) or own.holds(root))
    ]


def counties_of(viewer: Viewer, notice: Notice, unit: Region | None) -> list[int]:
    """The regions whose facts stand under the unit, or under any unit that the viewer may look at."""
    view = regions.edition(notice.edition)
    if unit is not None:
        wanted = {unit.pk}
    else:
        open_to = Region.objects.filter(viewer.scope(""), pk__in=view.unit_ids)
        wanted = set(open_to.values_list("pk", flat=True))
    # Facts are filed by counties (or what stands above them), never by townships: the list stays short.
    filing = set(Region.objects.filter(level__lte=Level.COUNTY).values_list("pk", flat=True))
    return [region for region, shown in view.unit_of.items() if shown in wanted and region in filing]
