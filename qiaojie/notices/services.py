"""Deciding about targets and definitions. Nothing is overwritten."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.ledgers.changing import OpenChange, Permit, permitted
from qiaojie.ledgers.viewer import Action, Viewer
from qiaojie.lib.cells import Context
from qiaojie.lib.findings import Unusable
from qiaojie.regions.queries import edition

from . import queries
from .ledger_fields import field_of, ledger_of
from .models import Ruling, Target, TargetVersion
from .schema import Indicator, Notice
from .targets import splitting, target_versions
from .targets.figures import Origin
from .targets.splitting import Basis, Method

LONGEST_REASON = 200
"""Characters of a reason, as the column holds them."""

LONGEST_NAME = 100
"""Characters of a document's name."""


def adjust(
    notice: Notice, code: str, figures: Mapping[int, int], viewer: Viewer, *, reason: str, document: str
) -> TargetVersion:
    """The superior changes what it issued: new figures of units, of the whole area, or of both, as one version.

    For approvers whose regions hold the notice's whole area; refused (and logged) for all others. Raises Unusable:
    ``indicator_unknown``, ``reason_missing``, ``document_missing``, ``not_a_unit``, ``target_negative``,
    ``target_same`` where nothing would change.
    """
    view = edition(notice.edition)
    permit = _permit(viewer, view.root_id, f"target/{notice.code}/{code}/{view.root_id}")
    notice.indicator(code)
    why = _said(reason, "reason_missing", _("请写明理由。"), LONGEST_REASON)
    paper = _said(document, "document_missing", _("请写明调整任务的文号。"), LONGEST_NAME)
    if not figures or set(figures) - {view.root_id, *view.unit_ids}:
        raise Unusable("not_a_unit", _("只能调整通知所列单位和合计的任务。"))
    _not_negative(figures)
    with permit.because(why) as change:
        now = queries.targets(notice)
        issued = {view.root_id: now.total[code], **{u.region_id: u.figures[code] for u in now.units}}
        if all(issued[region] == value for region, value in figures.items()):
            raise Unusable("target_same", _("任务数没有变化，无需调整。"))
        version = _write(notice, code, Origin.ADJUSTED, view.root_id, figures, change, document=paper)
        change.note(rows=len(figures))
    return version


def add_locally(
    notice: Notice, code: str, region_id: int, value: int, viewer: Viewer, *, reason: str
) -> TargetVersion:
    """A unit sets itself a higher figure than it was given (区县自加); the superior's figures and total stay.

    The issued figure itself takes an earlier addition back. For approvers whose regions hold the unit. Raises Unusable:
    ``indicator_unknown``, ``reason_missing``, ``not_a_unit``, ``target_negative``, ``local_below_issued``,
    ``target_same``.
    """
    permit = _permit(viewer, region_id, f"target/{notice.code}/{code}/{region_id}")
    notice.indicator(code)
    why = _said(reason, "reason_missing", _("请写明理由。"), LONGEST_REASON)
    _not_negative({region_id: value})
    with permit.because(why) as change:
        unit = next((u for u in queries.targets(notice).units if u.region_id == region_id), None)
        if unit is None:
            raise Unusable("not_a_unit", _("只有通知所列的单位可以自加任务。"))
        issued = unit.figures[code]
        if issued is not None and value < issued:
            text = _("自加后的任务 %(value)d 少于下达的 %(issued)d；自加只能增加。")
            raise Unusable("local_below_issued", text % {"value": value, "issued": issued})
        if value == unit.held(code):
            raise Unusable("target_same", _("任务数没有变化，无需自加。"))
        version = _write(notice, code, Origin.LOCAL, region_id, {region_id: value}, change)
        change.note(rows=1)
    return version


def split(
    notice: Notice,
    code: str,
    region_id: int,
    numbers: Mapping[int, int],
    method: Method,
    viewer: Viewer,
    *,
    reason: str,
    minimum: int = 0,
    document: str = "",
    basis: Basis = Basis.HELD,
) -> TargetVersion:
    """Give what a region holds to its children as one version; the parts add up to it exactly, or (``basis``) to what it was
    issued where it has set itself more.

    ``numbers`` by child: the parts (by hand), the weights (need, last year), or anything (equal). Equal remainders fall
    in the children's own order, whoever asks. The version replaces the parent's earlier split whole. For approvers whose
    regions hold the parent; refused (and logged) for all others. Raises Unusable: ``indicator_unknown``,
    ``ratio_not_split``, ``reason_missing``, ``not_children``, ``no_target``, and what ``splitting.split`` raises.
    """
    permit = _permit(viewer, region_id, f"target/{notice.code}/{code}/{region_id}")
    indicator = notice.indicator(code)
    why = _said(reason, "reason_missing", _("请写明理由。"), LONGEST_REASON)
    if indicator.unit == "%":
        raise Unusable("ratio_not_split", _("“%s”是比率，不能分解相加。") % indicator.label)
    with permit.because(why) as change:
        offered = target_versions.children(edition(notice.edition), region_id)
        if set(numbers) - {child.region_id for child in offered}:
            names = "、".join(child.name for child in offered) or _("无")
            raise Unusable("not_children", _("只能分解到直接下级单位。现有：%s。") % names)
        total = queries.to_split(notice, code, region_id, basis)
        if total is None:
            text = _("“%s”没有任务数，先由上级下达或自加后再分解。")
            raise Unusable("no_target", text % indicator.label)
        ordered = {c.region_id: numbers[c.region_id] for c in offered if c.region_id in numbers}
        parts = splitting.split(total, ordered, method, minimum)
        version = _write(
            notice,
            code,
            Origin.SPLIT,
            region_id,
            parts,
            change,
            document=document.strip()[:LONGEST_NAME],
            method=method,
            basis=basis,
            weights=ordered if method in {Method.NEED, Method.LAST_YEAR} else {},
        )
        change.note(rows=len(parts))
    return version


def add_ruling(
    notice: Notice,
    code: str,
    on: date,
    office: str,
    text: str,
    viewer: Viewer,
    *,
    question: str = "",
    asked_by: str = "",
    supersedes: int | None = None,
    condition: tuple[str, str] | None = None,
) -> Ruling:
    """Enter what a superior office said of a definition on a day; with ``supersedes`` in the place of an earlier one.
    ``condition`` is a field of the indicator's ledger and the value that it has to have, as somebody writes it.

    For approvers whose regions hold the notice's whole area. Raises Unusable: ``indicator_unknown``,
    ``ruling_empty``, ``office_missing``, ``ruling_in_future``, ``ruling_unknown`` (the earlier one is not of this
    indicator), ``ruling_superseded``, ``field_unknown``, ``ruling_condition``.
    """
    root = edition(notice.edition).root_id
    permit = _permit(viewer, root, f"ruling/{notice.code}/{code}")
    stated = _stated(notice.indicator(code), condition)
    said = _said(text, "ruling_empty", _("请写明答复内容。"))
    by = _said(office, "office_missing", _("请写明答复单位。"), LONGEST_NAME)
    if on > timezone.localdate():
        raise Unusable("ruling_in_future", _("答复日期 %s 还没有到。") % on.isoformat())
    with permit as change:
        if supersedes is not None:
            _standing(notice, code, supersedes)
        made = Ruling.objects.create(
            notice=notice.code,
            indicator=code,
            on=on,
            office=by,
            text=said,
            question=question.strip(),
            asked_by=asked_by.strip()[:LONGEST_NAME],
            supersedes_id=supersedes,
            condition=stated,
            by=viewer.name,
        )
        change.created(Ruling, [made.pk], told=False)
        change.note(rows=1)
    return made


def _stated(indicator: Indicator, condition: tuple[str, str] | None) -> dict[str, Any]:
    """A condition as it is kept: the typed value by the field's name."""
    if condition is None or not condition[0]:
        return {}
    name, text = condition
    field = field_of(ledger_of(indicator.ledger or ""), name)
    read = field.value_kind.parse(text, Context(choices=field.choices))
    if read.value is None or not isinstance(read.value, bool | int | str):
        problem = read.findings[0].message if read.findings else _("请写明“%s”应当是什么。") % field.label
        raise Unusable("ruling_condition", problem)
    return {name: read.value}


def _standing(notice: Notice, code: str, key: int) -> None:
    if not Ruling.objects.filter(pk=key, notice=notice.code, indicator=code).exists():
        raise Unusable("ruling_unknown", _("这项指标没有要取代的那条答疑。"))
    if Ruling.objects.filter(supersedes=key).exists():
        raise Unusable("ruling_superseded", _("这条答疑已被后来的答疑取代，请取代最新的一条。"))


def _write(
    notice: Notice,
    code: str,
    origin: Origin,
    region_id: int,
    figures: Mapping[int, int],
    change: OpenChange,
    *,
    document: str = "",
    method: str = "",
    basis: str = "",
    weights: Mapping[int, int] | None = None,
) -> TargetVersion:
    same = TargetVersion.objects.filter(notice=notice.code, indicator=code, origin=origin, region=region_id)
    version = TargetVersion.objects.create(
        notice=notice.code,
        indicator=code,
        origin=origin,
        region_id=region_id,
        number=(same.aggregate(last=Max("number"))["last"] or 0) + 1,
        method=method,
        basis=basis,
        reason=change.purpose,
        document=document,
        by=change.viewer.name,
    )
    shares = weights or {}
    written = Target.objects.bulk_create(
        Target(version=version, region_id=region, value=value, weight=shares.get(region))
        for region, value in figures.items()
    )
    change.created(TargetVersion, [version.pk], told=False)
    change.created(Target, [one.pk for one in written], told=False)
    return version


def _permit(viewer: Viewer, region_id: int, subject: str) -> Permit:
    permit = permitted(viewer, Action.APPROVE, subject)
    permit.refuse_unless(viewer.covers(region_id))
    return permit


def _not_negative(figures: Mapping[int, int]) -> None:
    if min(figures.values()) < 0:
        raise Unusable("target_negative", _("任务数不能小于0。"))


def _said(text: str, code: str, message: str, longest: int | None = None) -> str:
    if not text.strip():
        raise Unusable(code, message)
    return text.strip()[:longest]
