"""State changes of facts, and the views that somebody keeps of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError
from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.lib.findings import Unusable

from . import approving, confirming, declaration, queries, rows
from .changing import OpenChange, Permit, permitted
from .declaration import ROW, Ledger
from .models import PENDING, SavedView, State
from .viewer import Action, Viewer, demand, refuse

MOST = 20_000
"""Rows that one act moves: what is more is narrowed first, so that nobody waits and nobody approves what no one saw."""


@dataclass(frozen=True, slots=True)
class Move:
    """A step of a row: from which states, to which, what the role must allow, and whether a reason is owed."""

    begins: tuple[State, ...]
    to: State
    action: Action
    reason: bool = False


VIEWS = 30
"""Views that one person may keep of one ledger."""

MOVES = {
    "check": Move((State.DRAFT,), State.CHECKED, Action.ENTER),
    "approve": Move(PENDING, State.APPROVED, Action.APPROVE),
    "return": Move(
        (State.CHECKED, State.VILLAGE, State.TOWNSHIP, State.APPROVED),
        State.DRAFT,
        Action.APPROVE,
        reason=True,
    ),
    "withdraw": Move((*PENDING, State.APPROVED), State.WITHDRAWN, Action.APPROVE, reason=True),
    "restore": Move((State.WITHDRAWN,), State.DRAFT, Action.APPROVE, reason=True),
}
"""What can be done with rows, by its word."""


def approve(ledger: Ledger, ids: Iterable[int], viewer: Viewer, *, purpose: str = "") -> int:
    """Approve pending rows; see ``move``."""
    return move(ledger, ids, "approve", viewer, purpose=purpose)


def move(
    ledger: Ledger,
    ids: Iterable[int],
    word: str,
    viewer: Viewer,
    *,
    purpose: str = "",
    moves: Mapping[str, Move] = MOVES,
) -> int:
    """Carry rows one step (a word of ``moves``); how many went. Rows that the viewer may not see, or that do not stand
    where the step begins, are left.

    Approving carries a row as far as the viewer's level goes (``approving.following``), and at the end of the way confirms what
    came with it to the registers. Sending back and voiding are for whoever has the last word of approved rows.

    Raises Refused when the role may not; Unusable ``move_unknown``, ``not_approved_here`` (a register, whose rows have
    no states), ``voided_with_its_row`` (columns that a ledger adds to another's rows), ``reason_missing``, ``too_many``,
    ``there_again`` (a withdrawn row was entered anew meanwhile), and where none
    of the rows can go: ``step_missing`` (another level approves first, or last), ``own_rows`` (the county asks for two persons).
    """
    step = moves.get(word)
    if step is None:
        raise Unusable("move_unknown", _("没有“%s”这种处理。") % word[:20])
    permit = permitted(viewer, step.action, ledger.code, purpose=purpose)
    if not ledger.approved:
        raise Unusable("not_approved_here", _("“%s”的记录不用审核。") % ledger.label)
    if ROW in ledger.parts and step.to == State.WITHDRAWN:
        host = declaration.get(ledger.parts[ROW].ledger)
        text = _("“%(ledger)s”随“%(host)s”的记录一起作废；只是内容不对的，请在那条记录上改。")
        raise Unusable("voided_with_its_row", text % {"ledger": ledger.label, "host": host.label})
    if step.reason and not purpose.strip():
        raise Unusable("reason_missing", _("请写明原因，会和记录一起留存。"))
    wanted = list(ids)
    if len(wanted) > MOST:
        raise Unusable("too_many", _("一次最多处理 %s 条，请先筛选。") % f"{MOST:,}")
    try:
        return _move(ledger, wanted, word, step, permit)
    except IntegrityError as taken:
        message = _("其中有记录作废后又重新录入过，不能再恢复；请只勾选没有重新录入的。")
        raise Unusable("there_again", message) from taken


def _move(ledger: Ledger, wanted: list[int], word: str, step: Move, permit: Permit) -> int:
    where = {"state": State.WITHDRAWN} if step.begins == (State.WITHDRAWN,) else None
    with permit as change:
        found = queries.rows(ledger, change.viewer, where).filter(state__in=step.begins)
        standing = _standing(ledger, found, wanted)
        going = _ways(standing, step, change.viewer)
        held = {pk: standing[pk] for keys in going.values() for pk in keys}
        for to, keys in going.items():
            if to == State.APPROVED:
                after = {"state": to, "approved_at": timezone.now(), "approved_by": change.viewer.name}
            else:
                after = {"state": to, "approved_at": None, "approved_by": ""}
            for part in rows.chunks(keys):
                ledger.model._default_manager.filter(pk__in=part).update(**after)
            _journal(ledger.model, held, keys, after, word, change)
            _carry_hung(ledger, keys, step, after, word, change)
        if State.APPROVED in going:
            confirming.confirm_with(ledger, going[State.APPROVED], change)
        change.note(f"{ledger.code}/{word}", rows=len(held))
    return len(held)


def approvable(ledger: Ledger, ids: Iterable[int], viewer: Viewer) -> set[int]:
    """Which of these rows it is this viewer's turn to approve, as ``move`` would carry them; three queries at most, none where
    the role approves nothing."""
    if not ledger.approved or not viewer.may(Action.APPROVE):
        return set()
    found = queries.rows(ledger, viewer).filter(state__in=PENDING)
    known = approving.rules()
    return {
        pk
        for pk, row in _standing(ledger, found, list(ids)).items()
        if approving.following(known.of(row.place), row.level, row.state, viewer) is not None
        and not (known.of(row.place).two_persons and row.entered_by == viewer.name)
    }


@dataclass(frozen=True, slots=True)
class _Standing:
    """Where a row stands, who entered and approved it, and the place and level of the office that filed it."""

    state: str
    approved_at: Any
    approved_by: str
    entered_by: str
    place: int | None
    level: int | None


def _standing(ledger: Ledger, found: QuerySet[Model], wanted: list[int]) -> dict[int, _Standing]:
    columns = ["state", "approved_at", "approved_by", "entered_by"]
    columns += [f"{ledger.filed_by}__first", f"{ledger.filed_by}__level"] if ledger.filed_by else []
    held: dict[int, _Standing] = {}
    for part in rows.chunks(wanted):
        for pk, *values in found.filter(pk__in=part).values_list("pk", *columns):
            held[pk] = _Standing(*values, *(() if ledger.filed_by else (None, None)))
    return held


def _ways(standing: Mapping[int, _Standing], step: Move, viewer: Viewer) -> dict[State, list[int]]:
    """Which rows go to which state. Raises Unusable where there are rows, and none of them can go."""
    known = approving.rules()
    going: dict[State, list[int]] = defaultdict(list)
    own = 0
    for pk in sorted(standing):
        row = standing[pk]
        rule = known.of(row.place)
        to: State | None = step.to
        if step.to == State.APPROVED:
            to = approving.following(rule, row.level, row.state, viewer)
            if to is not None and rule.two_persons and row.entered_by == viewer.name:
                own += 1
                to = None
        elif row.state == State.APPROVED and not rule.last(viewer):
            to = None
        if to is not None:
            going[to].append(pk)
    if standing and not going:
        if own:
            raise Unusable("own_rows", _("本区县规定录入、审核须为两人，自己录入的要由另一位审核人审核。"))
        raise Unusable(
            "step_missing", _("这些记录现在不该由您这一级审核：先由下一级审核，已审核的由区县办理。")
        )
    return going


def _carry_hung(
    ledger: Ledger, keys: list[int], step: Move, after: Mapping[str, Any], word: str, change: OpenChange
) -> None:
    """What other ledgers add to rows goes the way of the rows, from where the step begins."""
    for code in declaration.added(ledger.code).values():
        hung = declaration.get(code)
        for part in rows.chunks(keys):
            found = hung.model._default_manager.filter(**{f"{ROW}__in": part}, state__in=step.begins)
            held = _standing(hung, found, list(found.values_list("pk", flat=True)))
            hung.model._default_manager.filter(pk__in=list(held)).update(**after)
            _journal(hung.model, held, sorted(held), after, word, change)


def _journal(
    model: type[Model],
    held: Mapping[int, _Standing],
    keys: list[int],
    after: Mapping[str, Any],
    word: str,
    change: OpenChange,
) -> None:
    columns = ("state", "approved_at", "approved_by")
    moved = ((pk, {name: getattr(held[pk], name) for name in columns}, after) for pk in keys)
    change.updated(model, moved, word=word)


def keep_view(ledger: Ledger, label: str, query: str, viewer: Viewer) -> SavedView:
    """Keep a way of looking at a ledger under a name; one of that name is replaced.

    ``query`` is the query of an address, with what was typed as it was typed: it is encrypted. Raises Refused, Unusable
    ``label_missing``, ``view_too_long``, ``too_many_views``.
    """
    demand(viewer, Action.SEE, ledger.code)
    label = label.strip()
    if not label or len(label) > 40:
        raise Unusable("label_missing", _("请给这个视图起个名字，不超过40个字。"))
    if len(query) > 2000:
        raise Unusable("view_too_long", _("筛选条件太长，不能保存。"))
    own = SavedView.objects.filter(owner=viewer.name, ledger=ledger.code)
    if own.exclude(label=label).count() >= VIEWS:
        raise Unusable("too_many_views", _("最多保存 %d 个视图，请先删去不用的。") % VIEWS)
    kept, _new = own.update_or_create(
        label=label, defaults={"query": query}, create_defaults={
            "owner": viewer.name, "ledger": ledger.code, "label": label, "query": query,
        },
    )  # fmt: skip
    return kept


def drop_view(ledger: Ledger, pk: int, viewer: Viewer) -> None:
    """Forget a kept view of one's own. Raises Refused where there is none, and logs the attempt."""
    gone, _by_model = SavedView.objects.filter(pk=pk, owner=viewer.name, ledger=ledger.code).delete()
    if not gone:
        refuse(viewer, Action.SEE, f"{ledger.code}/view/{pk}")
