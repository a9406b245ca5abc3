"""Files and plans as a viewer may see them: personal values masked, findings grouped by kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from django.db.models import QuerySet

from qiaojie.ledgers.declaration import Field
from qiaojie.ledgers.queries import show
from qiaojie.ledgers.viewer import Action, Personal, Refused, Sight, Viewer, demand
from qiaojie.lib import masks
from qiaojie.lib.cells import number_of, text_of
from qiaojie.lib.findings import Level
from qiaojie.lib.identity import normalise
from qiaojie.lib.numbers import shorten
from qiaojie.lib.values import Label
from qiaojie.notices import queries as notices
from qiaojie.notices.forms import TableDef, field_of, ledger_of
from qiaojie.regions.models import Region

from . import services
from .models import Upload
from .outcome import OVERWRITE, RULES, VERDICTS, CellChange, HeaderColumn, Issue, Plan, Rule, Verdict
from .outcome import hide_numbers as hide

SHOWN = 200
"""So many changes, and so many cells of each kind of finding, are listed; the numbers are always whole."""

_WEIGHT = {Level.ERROR: 0, Level.WARNING: 1, Level.HINT: 2}


@dataclass(frozen=True, slots=True)
class Choice:
    """A decision that may be taken for a row: the word to send, and what it means."""

    word: str
    words: str


@dataclass(frozen=True, slots=True)
class ShownIssue:
    """A finding at a cell; ``raw`` is what the cell holds as this viewer may see it."""

    sheet: str
    cell: str
    row: int
    message: str
    raw: str
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class IssueGroup:
    """Findings of one kind: how many, and the first of them."""

    code: str
    level: Level
    number: int
    first: tuple[ShownIssue, ...]


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


def uploads(viewer: Viewer, *, size: int = 50, after: int | None = None) -> list[Upload]:
    """Files handed in for regions of the viewer, newest first, beginning after the key ``after``."""
    demand(viewer, Action.ENTER, "uploads")
    found = _kept(viewer)
    if after is not None:
        found = found.filter(pk__lt=after)
    return list(found.order_by("-pk")[:size])


def upload(pk: int, viewer: Viewer) -> Upload:
    """One kept file (its content is read when asked for). Raises Refused where the viewer may not see it."""
    demand(viewer, Action.ENTER, f"upload/{pk}")
    found = _kept(viewer).filter(pk=pk).first()
    if found is None:
        viewer.note(Action.SEE, f"upload/{pk}", done=False)
        raise Refused(f"{viewer.name}: upload/{pk}")
    return found


def plan_of(kept: Upload, viewer: Viewer) -> Plan:
    """The plan of a kept file on the registry as it is now, with the decisions taken. Raises as ``services.plan``."""
    return services.plan(
        services.content_of(kept),
        kept.name,
        notices.table(kept.table),
        kept.region,
        viewer,
        kept.year,
        services.decisions_of(kept),
    )


def view(plan: Plan, viewer: Viewer) -> PlanView:
    """A plan as this viewer may see it."""
    changes = tuple(_change(change, viewer) for change in _named(plan.changes[:SHOWN]))
    return PlanView(
        rows=len(plan.rows),
        counts=tuple((verdict, VERDICTS[verdict], number) for verdict, number in plan.counts.items()),
        to_write=plan.to_write,
        groups=tuple(_groups(plan, viewer)),
        changes=changes,
        more=len(plan.changes) - len(changes),
        columns=tuple(plan.columns),
        decisions=dict(plan.source.decisions),
    )


def _kept(viewer: Viewer) -> QuerySet[Upload]:
    visible = Upload.objects.filter(viewer.scope("region", "received_by"))
    return visible.select_related("region", "batch").defer("content", "decisions")


def _groups(plan: Plan, viewer: Viewer) -> Iterable[IssueGroup]:
    grouped: dict[tuple[Level, str], list[Issue]] = {}
    for issue in plan.issues:
        grouped.setdefault((issue.level, issue.code), []).append(issue)
    choices: dict[int, list[Choice]] = {}
    for candidate in plan.candidates:
        choices.setdefault(candidate.row, []).append(Choice(candidate.decision, candidate.words))
    ordered = sorted(grouped.items(), key=lambda item: (_WEIGHT[item[0][0]], -len(item[1]), item[0][1]))
    for (level, code), issues in ordered:
        first = tuple(_issue(plan.source.table, issue, choices, viewer) for issue in islice(issues, SHOWN))
        yield IssueGroup(code, level, len(issues), first)


def _issue(table: TableDef, issue: Issue, choices: dict[int, list[Choice]], viewer: Viewer) -> ShownIssue:
    offered: Sequence[Choice] = ()
    if issue.code == "id_lost":
        offered = choices.get(issue.row, ())
    elif issue.code == "other_agency":
        offered = [Choice(OVERWRITE, str(RULES[Rule.CONFIRMED]))]
    raw = _raw(field_of(ledger_of(table.ledger), issue.field), issue, viewer) if issue.field else ""
    return ShownIssue(issue.sheet, issue.cell, issue.row, issue.message, raw, tuple(offered))


def _raw(field: Field, issue: Issue, viewer: Viewer) -> str:
    """What a cell holds: of personal data no more than the mask leaves."""
    if issue.raw is None or issue.raw == "":
        return ""
    if field.personal is Personal.NONE or viewer.sight(field.personal) is Sight.WHOLE:
        return hide(shorten(issue.raw))
    number = number_of(issue.raw)
    if number is not None:
        return f"{number:.2E}"
    masked = field.value_kind.mask(normalise(issue.raw) if field.kind != "name" else text_of(issue.raw))
    return masked or masks.HIDDEN


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


def _change(change: CellChange, viewer: Viewer) -> ShownChange:
    field = change.field
    sight = Sight.WHOLE if field.personal is Personal.NONE else viewer.sight(field.personal)
    before = show(
        field, change.before, Sight.MASKED if change.foreign and sight is Sight.WHOLE else sight
    ).text
    return ShownChange(
        change.sheet,
        change.cell,
        change.row,
        change.subject,
        field.label,
        before,
        show(field, change.after, sight).text,
        change.rule,
        RULES[change.rule],
    )
