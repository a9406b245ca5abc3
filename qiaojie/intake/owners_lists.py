"""Lists that their owners hand in whole (低保、残疾人证): saying that a file is one, answering for whom it no longer has."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.ledgers import declaration, queries
from qiaojie.ledgers.queries import Shown
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.dates import print_date
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.people.ledger import PERSONS

from .judging.plan import Plan
from .services import held_open, permit_for, plan_kept
from .storing import upload_store
from .vocabulary.outcome import ENDED, STAYS, Gone, Verdict

FEW = 5
"""So many may be missing from a list that is short, before anybody is asked whether it is whole."""

EARLIEST = 1950
"""No list is older."""

_SHORT = 5
"""A list lacks too many where more than one of so many is missing."""

_REASON = 20
"""Characters of a reason why a spell ended."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A spell that the list does not have, as the viewer may see it: whose, of what kind, since when, what was answered."""

    gone: Gone
    name: Shown
    kind: str


def whole(table: str) -> bool:
    """Whether lists of a table can be whole ones."""
    ledger = notices.table(table).ledger
    return bool(ledger) and declaration.get(ledger).spells is not None


def declare(upload_id: int, day: date, viewer: Viewer) -> None:
    """Say that a kept file is its owner's whole list as of a day.

    Raises Unusable ``list_not_whole`` (a table of no spells), ``day_ahead``, ``list_older`` where a later list of the same kind
    was written already, ``list_twice`` where the very same file was; ``upload_closed``; Refused.
    """
    permit = permit_for(upload_id, viewer)
    if day > timezone.localdate():
        raise Unusable("day_ahead", _("名单的日期还没有到。"))
    with permit as change:
        upload = held_open(upload_id)
        if not whole(upload.table):
            raise Unusable("list_not_whole", _("这张表不按完整名单处理。"))
        if day.year < EARLIEST:
            raise Unusable("day_unlikely", _("名单的日期不对，请核对年份。"))
        upload.whole_on = day
        kinds = list(plan_kept(upload, viewer).kinds)
        upload_store.refuse_older(upload, day, kinds)
        upload.whole_kinds = " ".join(kinds)[:200]
        upload.summary = upload.plan = None
        upload.save(update_fields=["whole_on", "whole_kinds", "summary", "plan"])
        change.note(f"upload/{upload_id}/whole/{day.isoformat()}")


def retract(upload_id: int, viewer: Viewer) -> None:
    """Say that a file is no whole list after all; what was answered about the missing is forgotten. Raises as ``declare``."""
    with permit_for(upload_id, viewer) as change:
        upload = held_open(upload_id)
        kept = {row: word for row, word in upload_store.decisions_of(upload).items() if row >= 0}
        upload_store.keep_decisions(upload, kept)
        upload.whole_on, upload.whole_kinds, upload.summary, upload.plan = None, "", None, None
        upload.save(update_fields=["whole_on", "whole_kinds", "decisions", "summary", "plan"])
        change.note(f"upload/{upload_id}/whole/retract")


def answer(
    upload_id: int,
    planned: Plan,
    keys: Collection[int],
    ended: date | None,
    viewer: Viewer,
    *,
    reason: str = "",
    sure: bool = False,
) -> int:
    """Answer for spells that the list does not have (by their keys): the last day on which they held, or None: they go on.

    How many were answered. Raises Unusable ``gone_unknown``, ``list_unread`` (lines of the list have errors), ``day_ahead``,
    ``day_before`` (it began later), ``list_short`` where so many are missing that the list is hardly whole, unless the viewer is
    ``sure``; ``upload_closed``; Refused.
    """
    known = {one.key: one for one in planned.gone}
    wanted = [known[key] for key in keys if key in known]
    if not wanted:
        raise Unusable("gone_unknown", _("请先勾选要答复的人。"))
    if ended is not None:
        _refuse_unread(planned)
        _refuse_day(ended, wanted)
        if len(wanted) > FEW and short(planned) and not sure:
            text = _("登记的%(all)d人里有%(gone)d人不在名单上，名单可能没有导全。确实如此的，请勾选后再办。")
            raise Unusable("list_short", text % {"all": _standing(planned), "gone": len(planned.gone)})
    word = STAYS if ended is None else f"{ENDED}{ended.isoformat()}"
    if ended is not None and reason.strip():
        word += f":{''.join(reason.split())[:_REASON]}"
    with permit_for(upload_id, viewer, purpose=word) as change:
        upload = held_open(upload_id)
        kept = {**upload_store.decisions_of(upload), **{-one.key: word for one in wanted}}
        upload_store.keep_decisions(upload, kept)
        upload.save(update_fields=["decisions"])
        change.note(f"upload/{upload_id}/gone", rows=len(wanted))
    return len(wanted)


def short(planned: Plan) -> bool:
    """Whether the list lacks so many of those who stand in the registry that it is hardly whole."""
    return len(planned.gone) > FEW and len(planned.gone) * _SHORT > _standing(planned)


def missing(planned: Plan, viewer: Viewer, after: int, size: int) -> list[Missing]:
    """Some of the spells that the list does not have, in their order; two queries. Raises Refused."""
    part: Sequence[Gone] = planned.gone[after : after + size]
    name = PERSONS.field("name")
    found = queries.rows(PERSONS, viewer).filter(pk__in={one.person for one in part})
    names = {row.pk: row.cells["name"] for row in queries.shown(PERSONS, viewer, found, (name,))}
    ledger = declaration.get(planned.source.table.ledger)
    words: Mapping[str, object] = {
        code: label for field in ledger.fields for code, label in field.choices.items() if code
    }
    return [
        Missing(
            one,
            names.get(one.person, Shown("＊")),
            "、".join(str(words.get(code, code)) for code in one.kind.split("/") if code),
        )
        for one in part
    ]


def _standing(planned: Plan) -> int:
    counts = planned.counts
    return len(planned.gone) + counts[Verdict.SAME] + counts[Verdict.CHANGED]


def unread(planned: Plan) -> int:
    """Lines of the list of whom it is not known yet whom they mean: who seems to be missing may be one of them."""
    counts = planned.counts
    return counts[Verdict.WRONG] + counts[Verdict.CONFLICT]


def _refuse_unread(planned: Plan) -> None:
    if number := unread(planned):
        text = _(
            "名单里有%d行有错误或还没有认定是谁，不在名单上的人可能就在其中；先改好这些行，再答复停止的。"
        )
        raise Unusable("list_unread", text % number)


def _refuse_day(ended: date, wanted: Collection[Gone]) -> None:
    if ended > timezone.localdate():
        raise Unusable("day_ahead", _("最后一天还没有到。"))
    later = next((one.begins for one in wanted if one.begins is not None and one.begins > ended), None)
    if later is not None:
        text = _("有人是%s才开始的，最后一天不能早于开始日期。")
        raise Unusable("day_before", text % print_date(later))
