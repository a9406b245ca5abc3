"""What the doctor asks of this room: whether the digests are whole, and whether all rows are as the product left them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.apps import apps
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.accounts import sealing
from qiaojie.ledgers import declaration, rows
from qiaojie.lib.findings import Checked, CheckResult
from qiaojie.queue.services import Progress

from . import blocks, covering, heads, services
from .heads import HeadFault
from .models import Difference, Digest
from .scanning import Scan, UnexplainedRow

LATE: Final = timedelta(days=3)
"""A last digest older than this shows that nobody makes them any more."""

_SOFT: Final = frozenset({"heads_unreachable", "heads_none"})
"""What is told and does not mean that anybody changed anything."""

_PLACES: Final = 50
"""Differing rows that are named one by one."""


def check(progress: Progress, *, deep: bool) -> Iterator[Checked]:
    """The digests' own chain and heads; the last night's findings, or with ``deep`` all rows as they are now."""
    last = services.last()
    if last is None:
        text = _("还没有数据摘要，看不出数据是否被人绕过系统改过。请执行 qiaojie prepare，以后每夜自动核对。")
        yield Checked(CheckResult.DOUBTFUL, "digest_missing", text)
        return
    faults = [*_chain(), *head_faults()]
    for fault in faults:
        standing = CheckResult.DOUBTFUL if fault.code in _SOFT else CheckResult.BROKEN
        yield Checked(standing, fault.code, fault.message)
    if not any(fault.code not in _SOFT for fault in faults):
        text = _("数据摘要连到第 %(number)d 号（%(at)s），变更记录和访问日志没有比封记短。")
        words = {"number": last.number, "at": _moment(last.at)}
        yield Checked(CheckResult.GOOD, "digests", text % words)
    if timezone.now() - last.at > LATE:
        text = _("上一次数据核对还是 %s：夜间任务没有做，请检查后台处理进程。")
        yield Checked(CheckResult.DOUBTFUL, "digest_late", text % _moment(last.at))
    yield from _rows(last, services.compare(progress)) if deep else _last_night(last)


def head_faults(*, elsewhere: bool = True) -> list[HeadFault]:
    """What is wrong with the heads: beside the keys, in the last digest, and (unless False) ``elsewhere``."""
    last = services.last()
    found = [*heads.check_digest(last), *heads.check_journal()]
    if (
        last is not None
        and not sealing.reaches(last.log)
        and "log_emptied" not in {one.code for one in found}
    ):
        text = _("访问日志没有第 %s 号封存了：日志被清空、截短或退回过。")
        found.append(HeadFault("log_emptied", text % last.log.partition(":")[0]))
    if last is not None and _altered(last):
        text = _("%(at)s 的核对发现 %(number)d 处数据对不上，这份记录后来被人删改过：")
        text += _("请运行 qiaojie doctor --deep 重新核对。")
        words = {"at": _moment(last.at), "number": last.tables[blocks.OPEN][0]}
        found.append(HeadFault("differences_altered", text % words))
    return [*found, *(heads.check_elsewhere() if elsewhere else ())]


def _altered(last: Digest) -> bool:
    """Whether the differences are not those that the last digest found; older digests do not say."""
    said = last.tables.get(blocks.OPEN)
    return said is not None and said != blocks.said_of(Difference.objects.all())


def _chain() -> Iterator[HeadFault]:
    """Whether every digest is what it was when it was made, after the one before. The last is verified by its keyed hash; those
    before it by what the next one says of them, which outlives the keys."""
    before: Digest | None = None
    for digest in Digest.objects.order_by("number").iterator():
        expected = before.number + 1 if before is not None else 1
        if digest.number != expected:
            yield HeadFault("digest_removed", _("第 %d 号数据摘要被删掉了。") % expected)
            return
        if digest.before != blocks.link(before):
            number = before.number if before is not None else digest.number
            yield HeadFault("digest_altered", _("第 %d 号数据摘要被改过。") % number)
            return
        before = digest
    if before is not None and not blocks.is_genuine(before):
        yield HeadFault("digest_altered", _("第 %d 号数据摘要被改过。") % before.number)


def _rows(last: Digest, scan: Scan) -> Iterator[Checked]:
    """What all rows are, beside the last digest and what was written since."""
    if scan.found:
        since = services.since_when()
        yield Checked(
            CheckResult.BROKEN,
            "rows_differ",
            _("有 %d 处数据对不上，系统里没有留下改动的记录，可能被人绕过系统改过：")
            % sum(scan.counted.values()),
            tuple(
                _place(one, since.get((one.model._meta.label, one.pk), last.at))
                for one in scan.found[:_PLACES]
            )
            + tuple(_more(label, number) for label, number in _unnamed(scan)),
        )
    else:
        text = _(
            "逐行核对了 %(rows)d 行（%(tables)d 种），与 %(at)s 的摘要一致，其间改动的 %(explained)d 行都有记录。"
        )
        words = {
            "rows": scan.rows,
            "tables": sum(1 for table in scan.tables.values() if table.rows),
            "at": _moment(last.at),
            "explained": scan.explained,
        }
        yield Checked(CheckResult.GOOD, "rows", text % words, tuple(_counts(scan)))
    first = Digest.objects.order_by("number").first() or last
    text = _("没有核对到的：%(first)s 第一次核对以前的改动；%(apart)d 种不入摘要的数据（各有理由，见手册）。")
    said = text % {"first": _moment(first.at), "apart": len(covering.APART)}
    if scan.weak:
        lost = "、".join(model_label(apps.get_model(label)) for label in scan.weak)
        said += _("升级去掉过栏目的，只核对还在的栏目：%s。") % lost
    yield Checked(CheckResult.GOOD, "rows_unchecked", said)


def _last_night(last: Digest) -> Iterator[Checked]:
    """What the last digest found; nothing is read anew."""
    found = list(Difference.objects.order_by("model", "object_id")[: _PLACES + 1])
    if found:
        yield Checked(
            CheckResult.BROKEN,
            "rows_differ",
            _("%s 的核对发现有数据对不上，系统里没有留下改动的记录：") % _moment(last.at),
            tuple(
                _place(
                    UnexplainedRow(
                        apps.get_model(x.model), x.object_id, Difference.Kind(x.kind), _split(x.columns)
                    ),
                    x.since,
                )
                for x in found[:_PLACES]
            ),
        )
        return
    count = blocks.rows_of(last)
    text = _("%(at)s 核对过 %(rows)d 行，都有来历；此后的没有核对，qiaojie doctor --deep 现在就逐行核对。")
    yield Checked(CheckResult.GOOD, "rows", text % {"at": _moment(last.at), "rows": count})


def _split(columns: str) -> tuple[str, ...]:
    return tuple(columns.split(",")) if columns else ()


def _counts(scan: Scan) -> Iterator[str]:
    """How many rows of what."""
    for label, table in sorted(scan.tables.items(), key=lambda one: -one[1].rows):
        if table.rows:
            yield _("%(what)s %(number)d 行") % {
                "what": model_label(apps.get_model(label)),
                "number": table.rows,
            }


def _unnamed(scan: Scan) -> list[tuple[str, int]]:
    """Differing rows that no line names, by model."""
    named = Counter(one.model._meta.label for one in scan.found[:_PLACES])
    return [(label, n - named[label]) for label, n in scan.counted.items() if n > named[label]]


def _more(label: str, number: int) -> str:
    return _("%(what)s还有 %(number)d 行") % {"what": model_label(apps.get_model(label)), "number": number}


def _place(one: UnexplainedRow, since: datetime) -> str:
    """A differing row in words: of what, which, how, in which fields, since when, and where it is shown."""
    kind = Difference.Kind(one.kind).label
    if one.pk is None:
        return _("%(what)s：%(kind)s") % {"what": model_label(one.model), "kind": kind}
    said = _("%(what)s第 %(pk)d 行：%(kind)s") % {"what": model_label(one.model), "pk": one.pk, "kind": kind}
    if one.columns:
        said += _("（%s）") % column_labels(one.model, ",".join(one.columns))
    said += _("，%s 以后") % _moment(since)
    return said + address(one.model, one.pk)


def address(model: type[Model], pk: int) -> str:
    """Where a row of a ledger is shown, after a space; '' for any other."""
    ledger = next((one for one in declaration.every() if one.model is model), None)
    return "" if ledger is None else f" /ledgers/{ledger.code}/{pk}/"


def model_label(model: type[Model]) -> str:
    """What people call the rows of a model: the ledger's name where it has one."""
    ledger = next((one for one in declaration.every() if one.model is model), None)
    return str(model._meta.verbose_name if ledger is None else ledger.label)


def column_labels(model: type[Model], columns: str) -> str:
    """Columns (separated by commas) as people call them."""
    return "、".join(_column(model, column) for column in _split(columns))


def _column(model: type[Model], column: str) -> str:
    try:
        return str(rows.column(model, column).verbose_name)
    except KeyError:
        return column


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
