"""A cell of a file mended in its plan, or many that say the same: kept with the file's decisions; the file stays as it came.

What is mended is read in the cell's place from then on: the plan is made of it, the commit rests on it, and everything that tells
what a row came from says that it was mended, by whom and when.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.accounts.names import names
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.dates import print_date
from qiaojie.lib.findings import Unusable
from qiaojie.lib.values import Cell
from qiaojie.tables.grid import printable

from . import services
from .judging.plan import Plan
from .models import Upload
from .presenting import mend_forms, plan_pages
from .presenting.mend_forms import MendForms, sheet_of
from .reading import lines
from .reading.boxes import Box
from .reading.typed_rows import LONGEST
from .storing import upload_store
from .vocabulary.mends import Mend


def mend(
    upload_id: int,
    planned: Plan,
    row: int,
    name: str,
    text: str,
    viewer: Viewer,
    *,
    seen: str = "",
    code: str = "",
) -> int:
    """Read ``text`` in the cell of a field in a row (by its key) of the looked-at plan, from now on; how many cells that mends.

    With ``code`` the same goes for every row in which the same was found in a cell that says the same. ``seen`` is the stamp of
    the form that it was typed into. What was handed in, typed again, puts the cell back.

    Raises Unusable: ``cell_missing`` where the table or its sheet has no such cell, or nothing was found in that row;
    ``mended_meanwhile`` where somebody else has changed one of the cells since; ``text_too_long``; ``upload_closed``; Refused.
    """
    permit = services.permit_for(upload_id, viewer)
    forms = MendForms(planned, viewer)
    rows = _rows(planned, forms, row, name, code, viewer)
    said = _text(forms.boxes[name], text)
    before = _handed_in(planned, rows, name)
    at = timezone.now().isoformat(timespec="milliseconds")
    with permit as change:
        upload = services.held_open(upload_id)
        held = {one.place: one for one in upload_store.mends_of(upload)}
        _refuse_stale(held, rows, name, seen)
        for key in rows:
            was = held[key, name].was if (key, name) in held else before.get(key)
            if said == _plain(was):
                held.pop((key, name), None)
            else:
                held[key, name] = Mend(key, name, said, was, viewer.name, at)
        _keep(upload, held)
        change.note(f"upload/{upload_id}/cells/{name}"[:200], rows=len(rows))
    return len(rows)


def put_back(
    upload_id: int, planned: Plan, row: int, name: str, viewer: Viewer, *, seen: str = "", code: str = ""
) -> None:
    """Read a mended cell of the looked-at plan (by the key of its mend) as it was handed in again; with ``code`` all that were
    mended in the same way.

    Raises Unusable ``mended_meanwhile`` where somebody else has mended one since, or put it back; ``upload_closed``; Refused.
    """
    permit = services.permit_for(upload_id, viewer)
    rows = plan_pages.alike(planned, viewer, row, name, code) if code else [row]
    with permit as change:
        upload = services.held_open(upload_id)
        held = {one.place: one for one in upload_store.mends_of(upload)}
        _refuse_stale(held, rows, name, seen)
        for key in rows:
            held.pop((key, name), None)
        _keep(upload, held)
        change.note(f"upload/{upload_id}/cells/{name}"[:200], rows=len(rows))


def judged_again(upload: Upload, viewer: Viewer) -> None:
    """Judge a file anew after a mend and keep what was found for lists and for the questions that wait; of a big file a job
    does. Raises as ``services.plan_kept``."""
    found = upload_store.summary_of(upload)
    if found is None or not found.big:
        planned = services.plan_kept(upload, viewer)
        upload_store.remember(upload, planned, viewer)


def _rows(planned: Plan, forms: MendForms, row: int, name: str, code: str, viewer: Viewer) -> list[int]:
    """The rows that are meant, by the keys that their mends are kept under. Raises ``cell_missing``."""
    sheet, _shift = sheet_of(planned, row)
    here = forms.takes(sheet, row, name) and (
        forms.key(sheet, row, name) != row
        or any(issue.row == row for issue in planned.issues)
        or (row, name) in forms.mends
        or name in planned.source.table.above
    )
    if not here:
        label = forms.labels.get(name, name[:40])
        raise Unusable("cell_missing", _("这一行没有“%s”这一格可改，请回到计划重新查看。") % label)
    if not code:
        return [forms.key(sheet, row, name)]
    rows = plan_pages.alike(planned, viewer, row, name, code)
    if not rows:
        raise _moved(None)
    return rows


def _text(box: Box, text: str) -> str:
    """What the text in the box says. Raises ``text_too_long``."""
    said = printable(text).strip()
    if len(said) > LONGEST:
        message = _("“%(box)s”最多填 %(limit)d 个字。")
        raise Unusable("text_too_long", message % {"box": box.label, "limit": LONGEST})
    return box.said(said)


def _handed_in(planned: Plan, rows: Collection[int], name: str) -> dict[int, Cell]:
    """What the cells hold that are not mended yet; of a big file, whose plan was kept without it, the file is read."""
    wanted = set(rows)
    found = {one.row: one.raw for one in planned.issues if one.field == name and one.row in wanted}
    rest = [row for row in rows if row not in found]
    content = planned.content
    if rest and not content.blocks:
        content = lines.read(replace(planned.source, mends=()))
    return {**found, **{row: mend_forms.raw_of(content, row, name) for row in rest}}


def _refuse_stale(held: Mapping[tuple[int, str], Mend], rows: Collection[int], name: str, seen: str) -> None:
    """Raises ``mended_meanwhile`` where cells are not as they were when the form was filled in."""
    if seen and seen != mend_forms.stamp(held, rows, name):
        found = [one for row in rows if (one := held.get((row, name))) is not None]
        raise _moved(max(found, key=lambda one: one.at, default=None))


def _moved(last: Mend | None) -> Unusable:
    if last is None:
        return Unusable("mended_meanwhile", _("这里的内容刚有变动，您填的还没有保存，请核对后再保存。"))
    at = timezone.localtime(datetime.fromisoformat(last.at))
    words = {"who": names([last.by]).of(last.by, at), "when": f"{print_date(at.date())} {at:%H:%M}"}
    message = _("%(who)s在%(when)s改过这一格，您填的还没有保存；请看过现在的内容，还要改的再保存一次。")
    return Unusable("mended_meanwhile", message % words)


def _keep(upload: Upload, held: Mapping[tuple[int, str], Mend]) -> None:
    upload_store.keep_mends(upload, held.values())
    upload.save(update_fields=["decisions"])


def _plain(was: Cell) -> str | None:
    return "" if was is None else was if isinstance(was, str) else None
