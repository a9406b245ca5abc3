"""What happens to a file: received, decided upon, committed, undone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.accounts.queries import is_outsider
from qiaojie.ledgers import undoing
from qiaojie.ledgers.changing import Permit, permitted
from qiaojie.ledgers.models import Batch
from qiaojie.ledgers.viewer import Action, Viewer, demand, demand_office, note_refused, refuse
from qiaojie.lib.findings import Unusable
from qiaojie.lib.garbage import put_off
from qiaojie.notices import queries as notices
from qiaojie.notices.forms import TableDef
from qiaojie.regions.models import Region

from .judging import planning
from .judging.lost_numbers import is_decision, joined, may_decide
from .judging.plan import Plan
from .models import Answer, Stage, Upload
from .presenting import drawn_rows, reasons
from .reading import header_mapping, stated_for_all, typed_rows
from .storing import open_questions, unwritten, upload_store, writing
from .storing.upload_store import content_of as content_of
from .storing.upload_store import decisions_of as decisions_of
from .vocabulary.mends import Mend
from .vocabulary.outcome import HeaderMap, Source
from .vocabulary.progress import Progress, silent

REHEARSED = 5_000
"""Rows that a rehearsal writes at most: the registry is held for some seconds."""

Seen = TypeVar("Seen")


def plan(
    data: bytes,
    filename: str,
    table: TableDef,
    region: Region,
    viewer: Viewer,
    year: int | None = None,
    decisions: Mapping[int, str] | None = None,
    progress: Progress = silent,
    *,
    chosen: HeaderMap | None = None,
    typed: bool = False,
) -> Plan:
    """What committing the file would do. Never writes (but the access log).

    To somebody outside the offices it is what the file says by itself: whom it means is found out by the office.

    What columns were said to be for the unit's files holds here too; ``chosen`` comes before it, and
    may say what holds for all rows.

    ``typed``: ``data`` are rows that were typed (``reading.typed_rows``), which have no header to be understood.

    ``year`` is that of the report, for dates written without one; ``decisions`` map a row's key to a word of
    ``outcome``; ``progress`` is told now and then how far it is, and may stop it. Raises Unusable for a file that cannot
    be used at all, ``region_outside``, ``region_too_wide``; Refused where the role may not enter rows.
    """
    demand(viewer, Action.ENTER, f"intake/{table.name}")
    _demand_region(region, table.name, viewer)
    maps: tuple[HeaderMap, ...] = ()
    if not typed:
        maps = (
            *([chosen] if chosen and chosen.chosen else []),
            *header_mapping.remembered(region, table, viewer),
        )
    source = Source(data, filename, table, region, year, dict(decisions or {}), maps, typed)
    return planning.make(replace(source, said=chosen.values if chosen else {}), viewer, progress)


def plan_kept(upload: Upload, viewer: Viewer, progress: Progress = silent) -> Plan:
    """``plan`` of a kept file, with what was said and decided about it."""
    table = notices.table(upload.table)
    demand(viewer, Action.ENTER, f"intake/{table.name}")
    _demand_region(upload.region, table.name, viewer)
    source = Source(
        content_of(upload),
        upload.name,
        table,
        upload.region,
        upload.year,
        decisions_of(upload),
        () if upload.typed else header_mapping.remembered(upload.region, table, viewer),
        upload.typed,
        upload.whole_on,
        _mends(upload, viewer),
        upload_store.said_of(upload),
    )
    return planning.make(source, viewer, progress)


def commit(planned: Plan, viewer: Viewer, purpose: str = "", progress: Progress = silent) -> Batch:
    """Write the new and changed rows of a plan, all or none.

    Raises Unusable: ``nothing_to_write``; ``plan_outdated`` when the registry has moved since and the file would now do
    something else; ``region_outside``. Raises Refused where the role may not enter rows or stands outside the offices
    (whose files an office commits, as entered by whoever handed them in), ``progress.Cancelled`` where ``progress``
    does, and then nothing is written.
    """
    return _commit(planned, viewer, purpose, progress)


def receive(
    data: bytes,
    filename: str,
    table: TableDef,
    region: Region,
    viewer: Viewer,
    year: int | None = None,
    purpose: str = "",
    *,
    typed: bool = False,
) -> Upload:
    """Keep a file that can be planned, or typed rows, encrypted. Raises as ``plan`` does, and then keeps nothing."""
    planned = plan(data, filename, table, region, viewer, year, typed=typed)
    upload = keep([data], filename, table.name, region, viewer, year, purpose, typed=typed)
    upload_store.remember(upload, planned, viewer)
    return upload


def keep(
    pieces: Iterable[bytes],
    filename: str,
    table: str,
    region: Region,
    viewer: Viewer,
    year: int | None = None,
    purpose: str = "",
    *,
    typed: bool = False,
) -> Upload:
    """Keep a file as it comes, unread, for a job to plan; ``table`` is '' where the job is to find out which it is.

    Raises Unusable ``region_outside``, ``file_too_large``; Refused where the role may not enter rows.
    """
    permit = permitted(viewer, Action.ENTER, f"intake/{table}", purpose=purpose, registry=False)
    _demand_region(region, table, viewer)
    upload = Upload(
        name=filename[:255],
        received_by=viewer.name,
        purpose=purpose[:200],
        region=region,
        table=table,
        year=year,
        typed=typed,
    )
    with permit as change:
        upload_store.store(upload, pieces)
        change.note(upload.subject)
    return upload


def assign(upload_id: int, table: str, region: Region, viewer: Viewer, year: int | None = None) -> None:
    """Say which table a kept file holds ('' where a job is to find out), of which region, and of which year if nobody has
    said so yet. What was found in it before is forgotten.

    Raises Unusable ``upload_closed``, ``region_outside``, ``table_typed`` for rows that were typed for another table;
    Refused.
    """
    permit = permit_for(upload_id, viewer)
    _demand_region(region, table, viewer)
    with permit as change:
        upload = held_open(upload_id)
        if upload.typed and table != upload.table:
            raise Unusable("table_typed", _("“%s”是按原来那张表的栏目填的，不能改作别的表。") % upload.name)
        upload.table, upload.region = table, region
        upload.year = upload.year or year
        upload.summary = upload.plan = upload.decisions = upload.whole_on = None
        upload.save(update_fields=["table", "region", "year", "summary", "plan", "decisions", "whole_on"])
        change.note(f"upload/{upload_id}/assign")


def workbook_of(upload: Upload) -> bytes:
    """A kept file as a workbook: itself, or the table's form with the rows that were typed."""
    data = content_of(upload)
    if not upload.typed:
        return data
    return drawn_rows.draw(notices.table(upload.table), typed_rows.unpack(data), upload.region).content


def decide(upload_id: int, row: int, word: str, viewer: Viewer) -> None:
    """Keep a decision about a row (by its key), or take it back with ''.

    Raises Unusable ``decision_unknown``, ``upload_closed``; Refused.
    """
    decide_all(upload_id, [row], word, viewer)


def decide_all(upload_id: int, rows: Collection[int], word: str, viewer: Viewer) -> None:
    """Keep one decision about many rows (by their keys), or take theirs back with ''. Raises as ``decide`` does."""
    if word and not (is_decision(word) and may_decide(word, viewer)):
        raise Unusable("decision_unknown", _("没有“%s”这种处理方式。") % word[:40])
    with permit_for(upload_id, viewer, purpose=word) as change:
        upload = held_open(upload_id)
        kept = decisions_of(upload)
        for row in rows:
            if word:
                kept[row] = joined(kept.get(row, ""), word)
            else:
                kept.pop(row, None)
        upload_store.keep_decisions(upload, kept)
        upload.save(update_fields=["decisions"])
        open_questions.answer(upload_id, rows, word)
        which = f"row/{next(iter(rows))}" if len(rows) == 1 else "rows"
        change.note(f"upload/{upload_id}/{which}", rows=len(rows))


def say(upload_id: int, said: Mapping[str, str], viewer: Viewer) -> None:
    """Keep what holds for all rows of a kept file (field -> text) that do not say otherwise, in place of what was said before.

    Raises Unusable as ``stated_for_all.checked``, and ``upload_closed``; Refused.
    """
    permit = permit_for(upload_id, viewer)
    upload = Upload.objects.only("table", "year").get(pk=upload_id)
    held = stated_for_all.checked(said, notices.table(upload.table), upload.year)
    with permit as change:
        upload = held_open(upload_id)
        upload_store.keep_said(upload, held)
        upload.save(update_fields=["decisions"])
        change.note(f"upload/{upload_id}/said")


def explain(upload_id: int, code: str, row: int | None, words: str, viewer: Viewer) -> None:
    """Keep why warnings of a kind may pass, those of one row (by its key) or all (None); '' takes it back.

    Raises Unusable ``reason_too_long``, ``upload_closed``; Refused.
    """
    words = words.strip()
    if len(words) > reasons.LONGEST:
        raise Unusable("reason_too_long", _("理由最多 %d 个字，请写得短一些。") % reasons.LONGEST)
    with permit_for(upload_id, viewer) as change:
        upload = held_open(upload_id)
        upload.reasons.filter(code=code[:60], row=row).delete()
        if words:
            upload.reasons.create(code=code[:60], row=row, words=words, given_by=viewer.name)
        change.note(f"upload/{upload_id}/reason/{code[:60]}" + (f"/{row}" if row else ""))


def commit_upload(
    upload_id: int,
    planned: Plan,
    viewer: Viewer,
    purpose: str = "",
    progress: Progress = silent,
    *,
    key: str = "",
) -> Batch:
    """Commit the plan of a kept file that somebody has looked at. Raises as ``commit`` does, and ``upload_closed``.

    ``key`` names the job that does it; the same transaction records it, so that a job begun again sees what it has done.
    """
    return _commit(planned, viewer, purpose, progress, upload_id, key)


def rehearse(planned: Plan, viewer: Viewer, look: Callable[[], Seen]) -> Seen:
    """What ``look`` sees when the plan's rows are written, with totals counted; then all of it is taken back.

    Everything happens in one transaction that always ends with a rollback: nobody else sees any of it, and no version or
    journal line stays. Writers wait meanwhile, so only plans of up to ``REHEARSED`` rows are tried. Raises as ``commit``
    does, and Unusable ``rehearsal_too_long``.
    """
    source = planned.source
    subject = f"intake/{source.table.name}/rehearsal"
    permit = permitted(viewer, Action.ENTER, subject, office=True, registry=False)
    if planned.to_write > REHEARSED:
        message = _("要写入的行超过 %s 行，不试算；写入后在任务进度里看，不对可以整批撤销。")
        raise Unusable("rehearsal_too_long", message % f"{REHEARSED:,}")
    with permit as change:
        if change.lock() - 1 != planned.version:
            planned = _again(planned, viewer, silent)
        batch = change.begin_batch(source.table.ledger, source.region.pk)
        change.touch(writing.write(planned, batch, viewer, silent))
        change.tell()
        seen = look()
        change.take_back()
    viewer.note(Action.SEE, subject, rows=planned.to_write)
    return seen


def undo_upload(upload_id: int, viewer: Viewer, reason: str = "") -> Batch:
    """Undo the batch of a kept file. Raises as ``undoing.undo`` does, and ``upload_closed`` where there is no batch."""
    demand_office(viewer, Action.ENTER, f"upload/{upload_id}/undo")
    upload = Upload.objects.filter(pk=upload_id).first()
    if upload is None or not viewer.covers(upload.region_id, upload.received_by):
        refuse(viewer, Action.ENTER, f"upload/{upload_id}")
    if upload.batch_id is None:
        raise Unusable("upload_closed", _("“%s”还没有写入，没有可撤销的。") % upload.name)
    return undoing.undo(upload.batch_id, viewer, reason)


def discard(upload_id: int, viewer: Viewer) -> None:
    """Put a file aside that will not be committed. Raises Unusable ``upload_closed``; Refused."""
    with permit_for(upload_id, viewer) as change:
        upload = held_open(upload_id)
        upload.discarded_at = timezone.now()
        upload.save(update_fields=["discarded_at"])
        change.note(f"upload/{upload_id}/discard")
    unwritten.watch(viewer.name)


def restore(upload_id: int, viewer: Viewer) -> None:
    """Take back that a file was put aside. Raises Unusable ``upload_not_aside``; Refused."""
    with permit_for(upload_id, viewer) as change:
        taken = Upload.objects.filter(pk=upload_id, discarded_at__isnull=False).update(discarded_at=None)
        if not taken:
            raise Unusable("upload_not_aside", _("这个文件没有放弃过，不用恢复。"))
        change.note(f"upload/{upload_id}/restore")


def revoke(answer_id: int, viewer: Viewer) -> None:
    """Take back an earlier answer, so that the same description is asked about again. Raises Refused."""
    permit = permitted(viewer, Action.ENTER, f"answer/{answer_id}")
    found = Answer.objects.defer("said").filter(pk=answer_id, revoked_at__isnull=True).first()
    if found is None or not viewer.covers(found.county_id):
        permit.refuse()
    with permit as change:
        found.revoked_at, found.revoked_by = timezone.now(), viewer.name
        found.save(update_fields=["revoked_at", "revoked_by"])
        change.note(f"answer/{answer_id}/revoke")


def _commit(
    planned: Plan,
    viewer: Viewer,
    purpose: str,
    progress: Progress,
    upload_id: int | None = None,
    key: str = "",
) -> Batch:
    source = planned.source
    permit = permitted(
        viewer,
        Action.ENTER,
        f"intake/{source.table.name}/commit",
        purpose=purpose,
        office=True,
        registry=False,
    )
    _demand_region(source.region, source.table.name, viewer)
    if upload_id is not None:
        permit_for(upload_id, viewer)
    with permit as change:
        # The file before the registry: whoever decides about its rows holds the file alone.
        upload = held_open(upload_id) if upload_id is not None else None
        if change.lock() - 1 != planned.version:
            planned = _again(planned, viewer, progress)
        whole = upload is not None and upload.whole_on is not None
        if upload is not None and upload.whole_on is not None:
            upload_store.refuse_older(upload, upload.whole_on, upload.whole_kinds.split())
        # A whole list that changes nothing says that all stands as it did.
        if not planned.to_write and not whole:
            raise Unusable("nothing_to_write", _("“%s”里没有可以写入的行。") % source.name)
        lacking = reasons.unexplained(planned, upload.reasons.all() if upload is not None else ())
        if lacking and (upload is not None or not purpose.strip()):
            # Without a kept file the purpose is what is kept with the batch.
            message = _("“%(file)s”有 %(rows)d 行的警告要写明理由才能写入，请在计划中写明。")
            raise Unusable("reason_missing", message % {"file": source.name, "rows": lacking})
        batch = change.begin_batch(source.table.ledger, source.region.pk, purpose)
        with put_off():
            change.touch(writing.write(planned, batch, viewer, progress, _brought_by(upload)))
        if upload is not None:
            upload_store.remember(upload, planned, viewer)
            upload.batch, upload.plan, upload.commit_key = batch, None, key
            upload.save(update_fields=["batch", "plan", "commit_key"])
        change.note(f"intake/{source.table.name}/batch/{batch.pk}", rows=planned.to_write)
    return batch


def _again(planned: Plan, viewer: Viewer, progress: Progress) -> Plan:
    """The plan on the registry as it is now. Raises ``plan_outdated`` where it would do something else."""
    fresh = planning.make(replace(planned.source), viewer, progress)
    if fresh.outcome != planned.outcome:
        message = _(
            "计划做好之后登记库有了变动，“%s”现在写入的结果会不同，没有写入任何内容；请重新查看计划。"
        )
        raise Unusable("plan_outdated", message % planned.source.name)
    return fresh


def _brought_by(upload: Upload | None) -> str:
    """Who entered the rows, where that is not whoever commits them: somebody outside the offices."""
    return upload.received_by if upload is not None and is_outsider(upload.received_by) else ""


def _mends(upload: Upload, viewer: Viewer) -> tuple[Mend, ...]:
    """The mended cells of a file; what an office made of it is not told outside the offices."""
    found = upload_store.mends_of(upload)
    return tuple(one for one in found if not viewer.outside or viewer.covers(upload.region_id, one.by))


def _demand_region(region: Region, table: str, viewer: Viewer) -> None:
    """Raises Unusable ``region_outside``, and logs it, unless the viewer may act there."""
    if not viewer.covers(region.pk, viewer.name):
        note_refused(viewer, Action.ENTER, f"intake/{table}/{region.pk}")
        raise Unusable("region_outside", _("“%s”不在您的区域内。") % region.short_name)


def permit_for(upload_id: int, viewer: Viewer, purpose: str = "") -> Permit:
    """Permission to work on an upload, on which no other plan rests. Raises Refused."""
    permit = permitted(viewer, Action.ENTER, f"upload/{upload_id}", purpose=purpose, registry=False)
    held = Upload.objects.filter(pk=upload_id).values_list("region_id", "received_by").first()
    if held is None or not viewer.covers(*held):
        permit.refuse()
    return permit


def held_open(upload_id: int) -> Upload:
    """An upload that still waits, held until the transaction ends. Raises ``upload_closed``."""
    found = Upload.objects.select_for_update(of=("self",)).get(pk=upload_id)
    if found.stage is not Stage.PLANNED:
        raise Unusable(
            "upload_closed",
            _("“%(name)s”%(stage)s，不能再处理。") % {"name": found.name, "stage": found.stage.label},
        )
    return found
