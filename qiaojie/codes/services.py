"""A county's own words: added under a word of everybody's, ended, begun again. Nothing is ever removed, for rows may have it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.ledgers.changing import Permit, permitted
from qiaojie.ledgers.viewer import Action, Viewer
from qiaojie.lib.findings import Unusable
from qiaojie.lib.text import clean, header_key
from qiaojie.regions.models import Level, Region

from . import standing
from .models import CountyWord
from .standing import StandingList
from .words import LONGEST_LABEL, CodeWord

LONGEST_REASON = 200
"""Characters of a reason that are kept: what the journal keeps of one."""


def may_add(viewer: Viewer, county: Region | None) -> bool:
    """Whether a viewer may add words for a county, or end them: who enters for it or administers it, from an office of that
    county. Offices above have the list itself."""
    if county is None or county.level != Level.COUNTY or viewer.outside or _action(viewer) is None:
        return False
    return viewer.region_id in (None, county.pk) and viewer.covers(county.pk)


def words_of(list_code: str, viewer: Viewer) -> list[CountyWord]:
    """The words that counties in the viewer's area added to a list, by county and in their order; one query."""
    found = CountyWord.objects.filter(viewer.scope("region"), list_code=list_code).select_related("region")
    return list(found.order_by("region__first", "pk"))


def add(
    list_code: str,
    parent: str,
    label: str,
    county: Region,
    viewer: Viewer,
    reason: str,
    *,
    also: Iterable[str] = (),
    begins: date | None = None,
) -> CountyWord:
    """Add a county's own word under a word of everybody's, to be entered from a day on (None: for any).

    Raises Refused where the viewer neither enters for that county nor administers it; Unusable ``list_unknown``,
    ``parent_unknown`` (of no list, or of another), ``parent_own`` (a county's own word), ``parent_ended``, ``label_missing``,
    ``label_long``, ``label_taken``, ``reason_missing``.
    """
    permit = _permit(list_code, county, viewer)
    if list_code not in standing.known():
        raise Unusable("list_unknown", _("没有代码表“%s”。") % list_code, field="list_code")
    # What another process added a moment ago is a word of the list too.
    standing.refresh()
    held = standing.of(list_code)
    _check_parent(held, parent, begins)
    spellings = tuple(dict.fromkeys(filter(None, map(clean, also))))
    label = clean(label)
    _check_label(held, label, county, "label")
    for spelling in spellings:
        _check_label(held, spelling, county, "also")
    said = _reason(reason)
    with permit.because(said) as change:
        made = CountyWord.objects.create(
            list_code=list_code,
            code=_code(list_code, county),
            label=label,
            also=[one for one in spellings if header_key(one) != header_key(label)],
            parent=parent,
            region=county,
            begins=begins,
            reason=said,
            by=viewer.name,
        )
        change.created(CountyWord, [made.pk], told=False)
        change.note(rows=1)
    standing.refresh()
    return made


def end(pk: int, last: date | None, viewer: Viewer, reason: str) -> CountyWord:
    """Say until which day a county's word may be entered (None: for good again). What has it keeps it, and prints as before.

    Raises Refused as ``add``, also where there is no such word; Unusable ``order_of_days``, ``reason_missing``.
    """
    found = CountyWord.objects.filter(pk=pk).select_related("region").first()
    county = found.region if found is not None else None
    permit = _permit(found.list_code if found is not None else str(pk), county, viewer)
    assert found is not None
    if last is not None and found.begins is not None and last < found.begins:
        raise Unusable("order_of_days", _("停用日期不能早于起用日期。"), field="last")
    said = _reason(reason)
    with permit.because(said) as change:
        word = CountyWord.objects.select_for_update().get(pk=pk)
        before, after = {"ends": word.ends, "reason": word.reason}, {"ends": last, "reason": said}
        word.ends, word.reason = last, said
        word.save()
        change.updated(CountyWord, [(pk, before, after)], told=False)
        change.note(rows=1)
    standing.refresh()
    return word


def _action(viewer: Viewer) -> Action | None:
    return next((one for one in (Action.ENTER, Action.ADMINISTER) if viewer.may(one)), None)


def _permit(list_code: str, county: Region | None, viewer: Viewer) -> Permit:
    action = _action(viewer) or Action.ENTER
    permit = permitted(viewer, action, f"codes/{list_code}", office=True)
    permit.refuse_unless(may_add(viewer, county))
    return permit


def _reason(text: str) -> str:
    said = text.strip()[:LONGEST_REASON]
    if not said:
        raise Unusable("reason_missing", _("请写明原因，会和记录一起留存。"), field="reason")
    return said


def _check_parent(held: StandingList, parent: str, begins: date | None) -> None:
    word = held.words.get(parent)
    if word is None:
        text = _("“%(label)s”里没有这个上级，请从表里选一个。")
        raise Unusable("parent_unknown", text % {"label": held.label}, field="parent")
    if word.county is not None:
        text = _("“%s”是区县自加的词，下面不能再加；请选表里统一的词。")
        raise Unusable("parent_own", text % word.label, field="parent")
    if not word.holds(max(begins or timezone.localdate(), timezone.localdate())):
        raise Unusable("parent_ended", _("“%s”已经停用，下面不能再加。") % word.label, field="parent")


def _check_label(held: StandingList, label: str, county: Region, field: str) -> None:
    if not label:
        raise Unusable("label_missing", _("请填写名称。"), field=field)
    if len(label) > LONGEST_LABEL:
        text = _("“%(label)s…”超过%(most)d个字，请缩短。")
        raise Unusable("label_long", text % {"label": label[:20], "most": LONGEST_LABEL}, field=field)
    taken = next((one for one in held.words.values() if _is_called(one, label, county)), None)
    if taken is not None:
        text = _("“%(label)s”已经是“%(there)s”的写法，一个词只能指一项；请换一个名称，或直接选用那一项。")
        raise Unusable("label_taken", text % {"label": label, "there": taken.label}, field=field)


def _is_called(word: CodeWord, label: str, county: Region) -> bool:
    """Whether a word that the county reads means something else by it already; other counties' own words it does not read."""
    if word.county not in (None, county.pk) or word.removed:
        return False
    return header_key(label) in {header_key(text) for text in (str(word.label), *word.also)}


def _code(list_code: str, county: Region) -> str:
    """A code that no word of the list has had: the county's, and a number that counts on."""
    begin = county.code if county.code.isdigit() else f"z{county.pk}"
    number = CountyWord.objects.filter(list_code=list_code, region=county).count() + 1
    return f"{begin}_{number}"
