"""Rows that a program hands in: texts by box, and from there the way of every file.

What came (JSON) is kept as it came beside them, encrypted. A program takes no decisions: whoever is asked about a row
answers at a screen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db import IntegrityError
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from qiaojie.ledgers.changing import together
from qiaojie.ledgers.viewer import Action, Viewer, demand
from qiaojie.lib.crypto import keyring
from qiaojie.lib.findings import Level, Unusable
from qiaojie.notices.forms import TableDef
from qiaojie.regions.models import Region
from qiaojie.sheets.book import position

from . import services
from .judging.plan import Plan
from .models import Delivery, Upload, content_text
from .reading import typed_rows
from .reading.boxes import boxes, enterable
from .storing import upload_store
from .vocabulary.places import PathNaming

CONTENT: Final = "delivery.content"
_MARK: Final = "delivery.mark"

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Handed:
    """What a program hands in: texts by box, ``said`` for all rows; ``content`` is all of it as it came, ``word`` the
    program's own for this hand-in ('' for none)."""

    content: bytes
    rows: Sequence[Texts]
    said: Texts
    year: int | None = None
    purpose: str = ""
    word: str = ""


def most_rows() -> int:
    """Rows of one hand-in: what is planned while the program waits."""
    return settings.AT_ONCE_ROWS


def hand_in(table: TableDef, region: Region, handed: Handed, viewer: Viewer) -> tuple[Upload, bool]:
    """Keep the rows as a file that waits to be committed, and whether it is new: the same word again is the same file.

    Raises Unusable: ``table_not_entered``; ``rows_missing``, ``rows_too_many``, ``row_empty``, ``box_unknown`` (each naming
    the row, from 0); ``word_used`` where the word was used for other rows; and as ``services.receive``. Refused.
    """
    demand(viewer, Action.ENTER, f"intake/{table.name}")
    earlier = _earlier(handed, viewer)
    if earlier is not None:
        return earlier, False
    _demand(table, handed)
    data = typed_rows.pack(table, handed.said, handed.rows)
    name = _("%s（接口报送）") % table.called[:200]
    try:
        with together():
            upload = services.receive(
                data, name, table, region, viewer, handed.year, handed.purpose, typed=True
            )
            Delivery.objects.create(
                upload=upload,
                owner=viewer.name,
                word=handed.word,
                mark=keyring().blind(content_text(handed.content), _MARK),
                content=keyring().encrypt_bytes(handed.content, CONTENT),
            )
    except IntegrityError:
        # Of two requests with one word at the same moment, the database lets one through.
        earlier = _earlier(handed, viewer)
        if earlier is None:
            raise
        return earlier, False
    return upload, True


def content_of(delivery: Delivery) -> bytes:
    """What came, as it came."""
    return keyring().decrypt_bytes(bytes(delivery.content), CONTENT)


def places(planned: Plan) -> dict[int, int]:
    """Key of a row in the plan → its place among the rows that came, from 0."""
    first = _first(planned)
    return {row.key: row.number - first for row in planned.rows}


def naming(planned: Plan) -> PathNaming:
    """How findings name what they point at to the program: by its place in what came."""
    return PathNaming(_first(planned), frozenset(planned.source.table.above))


def commit(kept: Upload, planned: Plan, seal: str, reasons: Texts, viewer: Viewer) -> None:
    """Write a plan without errors that a program has looked at. ``reasons``: why warnings of a kind may pass, by its code.

    Raises Unusable: ``plan_outdated`` where the plan is another than the one of ``seal``; ``plan_has_errors``, for a program
    leaves no row out silently; and as ``services.commit_upload``.
    """
    if not constant_time_compare(upload_store.seal(planned), seal):
        raise Unusable(
            "plan_outdated", _("您查看之后登记库有了变动，计划已重新计算，还没有写入。请再核对一遍。")
        )
    if any(issue.level is Level.ERROR for issue in planned.issues):
        raise Unusable(
            "plan_has_errors", _("计划里有错误，没有写入任何内容。请改正后重新报送，或在页面上处理。")
        )
    with together():
        for code, words in reasons.items():
            services.explain(kept.pk, code, None, words, viewer)
        services.commit_upload(kept.pk, planned, viewer, kept.purpose)


def _earlier(handed: Handed, viewer: Viewer) -> Upload | None:
    """The file that came with the same word. Raises Unusable ``word_used`` where it held something else."""
    if not handed.word:
        return None
    known = Delivery.objects.filter(owner=viewer.name, word=handed.word).select_related("upload").first()
    if known is None:
        return None
    if bytes(known.mark) not in keyring().blinds(content_text(handed.content), _MARK):
        text = _("Idempotency-Key“%s”已经用于别的内容，请换一个。")
        raise Unusable("word_used", text % handed.word)
    return known.upload


def _demand(table: TableDef, handed: Handed) -> None:
    if not enterable(table):
        raise Unusable("table_not_entered", _("“%s”不能逐行报送。") % table.called)
    if not handed.rows:
        raise Unusable("rows_missing", _("rows 里没有一行。"))
    if len(handed.rows) > most_rows():
        text = _("一次最多报送 %(most)d 行，这次有 %(rows)d 行，请分几次。")
        raise Unusable("rows_too_many", text % {"most": most_rows(), "rows": len(handed.rows)})
    wanted = table.above
    known = [box.name for box in boxes(table)]
    _demand_known(handed.said, [name for name in known if name in wanted], "captions")
    columns = [name for name in known if name not in wanted]
    for place, row in enumerate(handed.rows):
        _demand_known(row, columns, f"rows[{place}]")
        if not any(text.strip() for text in row.values()):
            raise Unusable("row_empty", _("rows[%d] 是空的。") % place)


def _demand_known(given: Texts, known: Sequence[str], where: str) -> None:
    for name in given:
        if name not in known:
            text = _("%(where)s 没有“%(name)s”这一项。可以写：%(known)s。")
            words = {"where": where, "name": name[:40], "known": "、".join(known) or _("无")}
            raise Unusable("box_unknown", text % words)


def _first(planned: Plan) -> int:
    """The number of the first row that came. Before typed rows were kept as such they stood in a workbook, below a header."""
    if planned.source.typed:
        return typed_rows.FIRST
    return max((at[0] for column in planned.columns if (at := position(column.cell))), default=0) + 2
