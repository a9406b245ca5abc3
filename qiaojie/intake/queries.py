"""Files and plans as a viewer may see them: personal values masked, findings grouped by kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from qiaojie.ledgers import sight
from qiaojie.ledgers.queries import show
from qiaojie.ledgers.viewer import Action, Viewer, demand, refuse
from qiaojie.lib.findings import Unusable
from qiaojie.lib.values import Label
from qiaojie.notices import queries as notices
from qiaojie.regions.models import Region

from . import services
from .judging.plan import Plan
from .models import Stage, Upload
from .presenting import mend_forms, plan_pages, unsaid
from .presenting.mend_forms import ShownMend
from .presenting.plan_pages import EVERYTHING, FindingFilter, IssueGroup
from .storing import upload_store
from .storing.originals import Origin as Origin
from .storing.originals import origin as origin
from .storing.upload_store import Summary
from .vocabulary.outcome import (
    LEAVE_OUT,
    RULES,
    USE_CERTIFICATE,
    CellChange,
    HeaderColumn,
    Rule,
    Verdict,
    words,
)
from .vocabulary.places import Naming
from .vocabulary.progress import Progress, silent

SHOWN = 200
"""So many changes, and so many cells of each kind of finding, are listed; the numbers are always whole."""


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A value that would change, as this viewer may see it, and why it may."""

    sheet: str
    cell: str
    row: int
    subject: str
    label: Label
    before: str
    after: str
    rule: Rule
    why: Label


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan for a screen. ``counts`` has verdict, its name and how many rows; ``more`` changes are not listed."""

    rows: int
    counts: tuple[tuple[Verdict, Label, int], ...]
    to_write: int
    groups: tuple[IssueGroup, ...]
    changes: tuple[ShownChange, ...]
    more: int
    columns: tuple[HeaderColumn, ...]
    decisions: dict[int, str]
    carried: str = ""
    """What stands and is changed by new rows, by ledger, in words."""
    unsaid: str = ""
    """What the list says of no row though indicators rest on it."""


def uploads(viewer: Viewer, *, size: int = 50, after: int | None = None) -> list[Upload]:
    """Files handed in for regions of the viewer, newest first, beginning after the key ``after``."""
    demand(viewer, Action.ENTER, "uploads")
    found = _kept(viewer)
    if after is not None:
        found = found.filter(pk__lt=after)
    return list(found.order_by("-pk")[:size])


def open_of(viewer: Viewer) -> list[Upload]:
    """The viewer's own files that are not written yet, the latest first."""
    demand(viewer, Action.ENTER, "uploads")
    own = _kept(viewer).filter(received_by=viewer.name, batch__isnull=True, discarded_at__isnull=True)
    return list(own.order_by("-pk"))


def blocked(viewer: Viewer, *, size: int = 5, looked: int = 60) -> list[tuple[Upload, int]]:
    """The latest files not yet written of which rows cannot be, and how many: one query, over the ``looked`` latest."""
    demand(viewer, Action.ENTER, "uploads")
    found = _kept(viewer).filter(batch__isnull=True, discarded_at__isnull=True).order_by("-pk")[:looked]
    wrong = [(one, held.wrong) for one in found if (held := summary(one, viewer)) is not None and held.wrong]
    return wrong[:size]


def handed_in(table: str, viewer: Viewer) -> list[Upload]:
    """All files handed in of one table for regions of the viewer, the latest first."""
    demand(viewer, Action.ENTER, f"handed-in/{table}")
    return list(_kept(viewer).filter(table=table).order_by("-pk"))


def files_of(batches: Iterable[int], viewer: Viewer) -> dict[int, str]:
    """The names of the files that brought these batches, by batch, where one did and the viewer may see it; one query."""
    found = _kept(viewer).filter(batch__in=list(batches), typed=False)
    return {batch: name for batch, name in found.values_list("batch_id", "name") if batch is not None}


def upload(pk: int, viewer: Viewer) -> Upload:
    """One kept file (its content is read when asked for). Raises Refused where the viewer may not see it."""
    demand(viewer, Action.ENTER, f"upload/{pk}")
    found = _kept(viewer).filter(pk=pk).first()
    if found is None:
        refuse(viewer, Action.SEE, f"upload/{pk}")
    return found


def plan_of(kept: Upload, viewer: Viewer) -> Plan:
    """The plan of a kept file on the registry as it is now, with the decisions taken; of a big file the one that a job made.

    Raises as ``services.plan``, and Unusable ``plan_outdated`` where the plan of a big file no longer holds.
    """
    found = upload_store.summary_of(kept)
    if found is None or not found.big or kept.stage is not Stage.PLANNED:
        return fresh_plan(kept, viewer)
    held = upload_store.current_plan(kept, found, viewer)
    if held is None:
        raise Unusable("plan_outdated", _("登记库已变动，“%s”要重新核对。") % kept.name)
    return replace(held, source=replace(held.source, data=upload_store.content_of(kept)))


def outdated(kept: Upload, found: Summary | None, viewer: Viewer) -> bool:
    """Whether a big file has to be planned again by a job before this viewer can look at its plan."""
    return found is not None and found.big and not upload_store.is_current(kept, found, viewer)


def fresh_plan(kept: Upload, viewer: Viewer, progress: Progress = silent) -> Plan:
    """The plan of a kept file, made now. Raises as ``services.plan_kept``."""
    return services.plan_kept(kept, viewer, progress)


def summary(kept: Upload, viewer: Viewer) -> Summary | None:
    """What the last plan of a file found; to somebody outside the offices only how many rows it has, for an office may have
    made that plan."""
    found = upload_store.summary_of(kept)
    if found is None or not viewer.outside:
        return found
    return replace(found, to_write=0, counts={}, kinds=(), seal="")


def seal_of(kept: Upload, planned: Plan) -> str:
    """What the looked-at plan must equal when it is committed."""
    found = upload_store.summary_of(kept)
    return found.seal if found is not None and found.big else upload_store.seal(planned)


def view(plan: Plan, viewer: Viewer, asked: FindingFilter = EVERYTHING) -> PlanView:
    """A plan as this viewer may see it; of its findings those that are asked for."""
    changes = tuple(_change(change, viewer, plan.naming) for change in _named(plan.changes[:SHOWN]))
    return PlanView(
        rows=len(plan.rows),
        counts=tuple((verdict, plan.called(verdict), number) for verdict, number in plan.counts.items()),
        to_write=plan.to_write,
        groups=tuple(plan_pages.groups(plan, viewer, asked)),
        changes=changes,
        more=len(plan.changes) - len(changes),
        columns=tuple(plan.columns),
        decisions=_decisions(plan),
        carried=plan.carried_words,
        unsaid="" if plan.source.typed else unsaid.words(plan),
    )


def _decisions(plan: Plan) -> dict[int, str]:
    """What was decided about rows; whom an office found them to mean is not told outside the offices."""
    told = {LEAVE_OUT, USE_CERTIFICATE}
    decided = plan.source.decisions
    return {row: text for row, text in decided.items() if not plan.blind or words(decided, row) <= told}


def said_of(kept: Upload) -> dict[str, str]:
    """What was said of all rows of a kept file, by field."""
    return upload_store.said_of(kept)


def mended(kept: Upload, viewer: Viewer) -> list[ShownMend]:
    """The cells of a kept file that were mended in its plan, as this viewer may see them."""
    return mend_forms.mended(notices.table(kept.table), upload_store.mends_of(kept), viewer)


def _kept(viewer: Viewer) -> QuerySet[Upload]:
    visible = Upload.objects.filter(viewer.scope("region", "received_by"))
    return visible.select_related("region", "batch").defer("decisions", "plan")


def _named(changes: Sequence[CellChange]) -> list[CellChange]:
    """The changes with regions by their names."""
    of_regions = [change for change in changes if change.field.kind == "region"]
    keys = {key for change in of_regions for key in (change.before, change.after) if key is not None}
    names = dict(Region.objects.filter(pk__in=keys).values_list("pk", "name"))
    return [
        replace(change, before=names.get(change.before), after=names.get(change.after))
        if change.field.kind == "region"
        else change
        for change in changes
    ]


def _change(change: CellChange, viewer: Viewer, naming: Naming) -> ShownChange:
    field = change.field
    before = show(field, change.before, sight.replaced(field, viewer, foreign=change.foreign)).text
    return ShownChange(
        change.sheet,
        naming.where(change.cell),
        change.row,
        change.subject,
        field.label,
        before,
        show(field, change.after, sight.handed_in(field, viewer)).text,
        change.rule,
        RULES[change.rule],
    )
