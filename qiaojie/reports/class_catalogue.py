"""The catalogue of a class's file (卷内目录), to print: the ten pieces, how each stands, where it lies. No trainee is named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.ledgers.viewer import Action, Viewer, demand
from qiaojie.lib.findings import Unusable
from qiaojie.tables.form import Caption, Column, Form
from qiaojie.tables.grid import Filled
from qiaojie.tables.writing import write

from . import classes
from .class_file import Piece, Standing
from .classes import ClassSheet

FORMATS: Final = ("pdf", "xlsx", "docx")


def catalogue(pk: int, viewer: Viewer, form: str) -> bytes:
    """The catalogue of the class with this key as a file; logged as an export. Raises Refused, Unusable ``format_unknown``.

    It goes into the box with the papers, so nothing on it asks for it to be destroyed after use.
    """
    demand(viewer, Action.EXPORT, f"classes/{pk}/catalogue.{form}")
    if form not in FORMATS:
        raise Unusable("format_unknown", _("不能导出为“%s”。") % form[:20])
    held = classes.sheet(pk, viewer)
    content = write(_filled(held), form)
    viewer.note(Action.EXPORT, f"classes/{pk}/catalogue.{form}", rows=1, purpose=_("打印卷内目录"))
    return content


def _filled(held: ClassSheet) -> Filled:
    cells = held.row.cells
    columns = (
        Column(_("序号"), "number", "integer", width=6),
        Column(_("材料名称"), "label", width=14),
        Column(_("件数"), "papers", "integer", width=6),
        Column(_("材料日期"), "days", width=24),
        Column(_("情况"), "standing", width=10),
        Column(_("存放处"), "place", width=20),
        Column(_("说明"), "words", width=40),
    )
    form = Form(
        "class-catalogue",
        _("卷内目录"),
        columns,
        captions=(
            Caption(_("培训班："), "title"),
            Caption(_("时间："), "dates", align="right"),
            Caption(_("填报单位："), "unit", line=2),
            Caption(_("编目日期："), "today", "date", align="right", line=2),
        ),
        signatures=(Caption(_("立卷人：")), Caption(_("检查人：")), Caption(_("日期："))),
    )
    captions: dict[str, Any] = {
        "title": cells["title"].text,
        "dates": cells["dates"].text,
        "unit": cells["unit"].text,
        "today": timezone.localdate(),
    }
    return Filled(form, captions, [dict(_line(piece)) for piece in held.pieces])


def _line(piece: Piece) -> Iterator[tuple[str, Any]]:
    days = sorted({one.happened_on for one in piece.papers if one.happened_on is not None})
    yield "number", piece.number
    yield "label", str(piece.kind.label)
    yield "papers", len(piece.papers) or None
    yield "days", " — ".join(f"{day:%Y-%m-%d}" for day in dict.fromkeys((*days[:1], *days[-1:])))
    yield "standing", str(piece.word)
    yield "place", _place(piece)
    yield "words", piece.words


def _place(piece: Piece) -> str:
    """Where it lies: in boxes, or here as files."""
    places = [_("盒 %s") % box for box in piece.boxes]
    if any(not one.boxed for one in piece.papers):
        places.append(_("系统存件"))
    elif piece.standing is Standing.THERE:
        places.append(_("系统台账"))
    return _("、").join(places)
