"""The page of a class: how far it has come, its file of ten pieces, its roster, its money, and what became of its women."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from qiaojie.accounts.viewers import UserViewer
from qiaojie.documents.models import DocumentKind
from qiaojie.intake import editing
from qiaojie.ledgers import proposals, queries
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.models import PENDING
from qiaojie.ledgers.queries import Row
from qiaojie.ledgers.viewer import Action
from qiaojie.lib.values import Label
from qiaojie.livelihoods.ledger import EMPLOYMENTS
from qiaojie.reports import class_catalogue, class_file, class_roster, classes, same_things
from qiaojie.reports.class_file import Act, Piece, Standing
from qiaojie.reports.class_roster import TraineeLine
from qiaojie.reports.classes import ClassSheet, MoneyLine, Outcome
from qiaojie.tables.writing import CONTENT_TYPES
from qiaojie.training.ledger import BUDGET_LINES, CLASSES, ENROLMENTS, LESSONS
from qiaojie.training.models import Result
from qiaojie.web.components import strips
from qiaojie.web.components.history import said_since
from qiaojie.web.components.proposed import drawn
from qiaojie.web.components.tags import yuan
from qiaojie.web.requests import DeskRequest

from ..shared import params, table_choices
from ..shared.listing import counted
from . import attendance, class_papers
from .dossiers import copy_at, facts
from .papers import PLACE, Asked, papers

HEADED = ("kind", "content", "dates", "venue", "teacher", "funding", "unit")
"""What the head line says of a class, in this order; what is not known is left out."""

_TOLD = {
    *HEADED,
    "title",
    "begins",
    "ends",
    "state",
    "planned_headcount",
    "planned_jobs",
    "headcount",
    "disabled_women",
}
"""What stands elsewhere on the page, and so not among its other facts. Counted heads stand in the line from plan to work, with
those that wait: a 总人数 of approved rows alone says 0 above 28 names."""


@require_safe
def training_class(request: DeskRequest, pk: int) -> HttpResponse:
    """A class: what is known of it, and who was in it."""
    viewer = request.viewer
    held = classes.sheet(pk, viewer)
    row, may_enter = held.row, viewer.may(Action.ENTER)
    roster = class_roster.roster(held, viewer, params.number_of(request.GET.get("after", "")))
    every = queries.rows(ENROLMENTS, viewer) if viewer.outside else queries.facts(ENROLMENTS)
    said_by = {one.kind.said_by for one in held.pieces}
    said = tuple(field for field in queries.fields_of(CLASSES, viewer) if field.name not in _TOLD | said_by)
    since = said_since(CLASSES, pk, row.cells["ends"].value)
    printing = class_papers.form(held.register.held, viewer)
    late = printing.late() if printing is not None else {}
    context = {
        "pk": pk,
        "title": row.cells["title"],
        "state": row.cells["state"],
        "heads": _heads(row),
        "days_known": held.recorded.attended_days,
        "pieces": [_shown(one, pk, viewer, since.get(one.kind.said_by, ""), late) for one in held.pieces],
        "summed": class_file.summed(held.pieces),
        "formats": class_catalogue.FORMATS if viewer.may(Action.EXPORT) else (),
        "seen": _seen(held.pieces, pk, viewer),
        "register": attendance.shown(held.register),
        "papers": papers(request, CLASSES, pk, list(held.documents), _asked(request, held)),
        "class_papers": printing,
        "outcome": held.outcome,
        "waiting": held.recorded.waiting,
        "steps": _steps(held.outcome),
        "cost_each": yuan(held.outcome.cost_each),
        "may_enter": may_enter,
        "enterable": _entered_by(viewer, ENROLMENTS),
        "copy_at": copy_at(viewer, CLASSES, pk),
        "facts": [fact for fact in facts(request, CLASSES, row, said) if fact.shown.text],
        "ledger": ENROLMENTS,
        "roster": roster,
        "listing": roster,
        "lines": [_trainee(number, line) for number, line in enumerate(roster.lines, start=1)],
        "counted": counted(ENROLMENTS, viewer, every.filter(training_class__in=held.same)),
        "may_approve": viewer.may(Action.APPROVE),
        "ticks": bool(roster.lines) and (may_enter or viewer.may(Action.APPROVE)),
        "money": [_money(one) for one in held.money],
        "money_sums": _sums(held.money),
        "money_at": _entered_by(viewer, BUDGET_LINES),
        "work_at": _entered_by(viewer, EMPLOYMENTS),
        "unemployed": None if held.outcome.employed is None else held.outcome.passed - held.outcome.employed,
        "groups": drawn(CLASSES, proposals.listed(CLASSES, viewer, pk=pk), viewer),
        "same": same_things.of_row(CLASSES, pk, viewer),
        "class_waits": row.pk if row.cells["state"].value in PENDING else None,
        "crumbs": [(_("台账"), reverse("ledgers")), (CLASSES.label, reverse("ledger", args=["classes"]))],
    }
    return render(request, "web/desk/ledgers/class.html", context)


@require_POST
def catalogue(request: DeskRequest, pk: int, format: str) -> HttpResponse:
    """The catalogue of a class's file, to print."""
    if format not in class_catalogue.FORMATS:
        raise Http404(format)
    content = class_catalogue.catalogue(pk, request.viewer, format)
    response = HttpResponse(content, content_type=CONTENT_TYPES[format])
    name = quote(f"{_('卷内目录')}-{pk}.{format}")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return response


def _entered_by(viewer: UserViewer, ledger: Ledger) -> list[table_choices.Offered]:
    """The ledger's own table, by which rows are entered that ask for no more than needed."""
    own = table_choices.own_of(viewer, ledger)
    return [] if own is None else [own]


def _heads(row: Row) -> list[tuple[Label, str]]:
    """What the head line says: each with the name of its field, which is said to who cannot see the line as a whole."""
    named = {"teacher": _("教师 %s")}
    return [
        (CLASSES.field(name).label, named.get(name, "%s") % row.cells[name].text)
        for name in HEADED
        if name in row.cells and row.cells[name].text
    ]


def _asked(request: DeskRequest, held: ClassSheet) -> Asked:
    """The paper that is handed in next: of the piece that was picked, else of the first that is missing."""
    picked = request.GET.get("piece", "")
    kinds = {one.kind.code: one.hands_in for one in held.pieces}
    following = class_file.next_piece(held.pieces)
    usual = following.hands_in if following is not None else DocumentKind(CLASSES.paper)
    kind = kinds.get(picked, usual)
    last = held.register.sessions[-1].day if held.register.sessions else None
    return Asked(kind, class_file.day_for(kind, held.recorded, last), picked in kinds)


@dataclass(frozen=True, slots=True)
class ShownPiece:
    """A piece as its card shows it. ``mends`` are the ways to what mends it, each with its words; ``unsaid`` is whether the
    paper is there and nobody has said so in the class; ``address`` is where its papers are looked at ('' where there are
    none)."""

    piece: Piece
    words: str
    address: str
    mends: tuple[tuple[str, Label], ...]
    unsaid: bool

    @property
    def look(self) -> str:
        """The word that the style sheet knows."""
        return str(self.piece.standing)


def _shown(piece: Piece, pk: int, viewer: UserViewer, since: str, late: Mapping[str, int]) -> ShownPiece:
    words = [piece.words] if piece.words else []
    if again := sum(late.get(kind, 0) for kind in piece.kind.kinds):
        words.append(ngettext("补打 %d 张", "补打 %d 张", again) % again)
    if piece.unsaid:
        words.append(_("登记为缺") if piece.said is False else _("还没有认定"))
    if piece.said and since:
        words.append(since)
    address = ""
    if piece.papers:
        only = piece.papers[0].pk if len(piece.papers) == 1 else None
        address = "#papers" if only is None else reverse("document", args=[only])
    may_enter = viewer.may(Action.ENTER)
    mends = tuple(_mends(piece, pk, viewer)) if may_enter else ()
    return ShownPiece(piece, _("，").join(words), address, mends, piece.unsaid and may_enter)


def _mends(piece: Piece, pk: int, viewer: UserViewer) -> Iterator[tuple[str, Label]]:
    """Where what is missing is mended. A piece that is there can be added to, as a class has many sheets and photos."""
    entered: dict[Act, tuple[Ledger, Label]] = {
        Act.TIMETABLE: (LESSONS, _("登记课程表")),
        Act.TRAINEES: (ENROLMENTS, _("补名册")),
    }
    places: dict[Act, tuple[str, Label]] = {
        Act.RESULTS: ("#roster", _("到名册登记结果")),
        Act.WORK: ("#roster", _("看名册")),
        Act.PRINT: ("#class-papers", _("打印")),
    }
    if Act.HAND_IN in piece.acts or piece.standing is not Standing.MISSING:
        label = _("再交一件") if piece.papers else _("交存")
        yield f"{reverse('class', args=[pk])}?piece={piece.kind.code}#{PLACE}", label
    for act in piece.acts:
        if act is Act.PRINT and not viewer.may(Action.EXPORT):
            continue
        if act in places:
            yield places[act]
        elif act in entered:
            ledger, words = entered[act]
            for table in _entered_by(viewer, ledger):
                yield f"{reverse('enter', args=table.place)}?class={pk}", words


def _seen(pieces: Iterable[Piece], pk: int, viewer: UserViewer) -> str:
    """What a change of the class must bring along; '' where no piece asks for one."""
    if not viewer.may(Action.ENTER) or not any(one.unsaid for one in pieces):
        return ""
    return editing.form(CLASSES, pk, viewer).seen


@dataclass(frozen=True, slots=True)
class ShownTrainee:
    """A line of the roster with the ways to the person and to her row, and her days as a picture. ``waits`` is how far her
    row has come where it is not approved; ``nothing`` stands where no work of hers is known."""

    number: int
    line: TraineeLine
    name: str
    person: str
    record: str
    place: str
    strip: SafeString
    came: str
    score: str
    result: str
    result_code: str
    allowance: str
    work: str
    nothing: str
    state: str
    waits: str


def _trainee(number: int, line: TraineeLine) -> ShownTrainee:
    row, state, result = line.row, line.cell("state"), line.cell("result")
    return ShownTrainee(
        number=number,
        line=line,
        name=line.cell("person.name").text,
        person=reverse("person", args=[row.person_id]) if row.person_id is not None else "",
        record=reverse("row", args=[ENROLMENTS.code, row.pk]),
        place=line.cell("person.hukou").text,
        strip=strips.strip(line.days),
        came="" if line.came is None else f"{line.came.normalize():f}",
        score=line.cell("score").text,
        result=result.text,
        result_code=str(result.value or ""),
        allowance=yuan(line.allowance),
        work=reverse("row", args=[EMPLOYMENTS.code, line.work.pk]) if line.work is not None else "",
        nothing=_("没有登记") if result.value == Result.COMPLETED else "",
        state=str(state.value or ""),
        waits=state.text if state.value in PENDING else "",
    )


@dataclass(frozen=True, slots=True)
class ShownMoney:
    """A line of the budget in 元, and how the papers that prove it stand: there (and how many), in a box, missing."""

    pk: int
    item: str
    remark: str
    planned: str
    paid: str
    waits: str
    look: str
    voucher: str
    address: str


def _money(line: MoneyLine) -> ShownMoney:
    files = [one for one in line.vouchers if not one.boxed]
    boxes = list(dict.fromkeys(one.box for one in line.vouchers if one.box))
    look, voucher = "missing", _("缺")
    if not line.paid:
        look, voucher = "ahead", _("还没有付")
    elif files:
        look, voucher = "there", ngettext("有 %d 件", "有 %d 件", len(files)) % len(files)
    elif boxes:
        look, voucher = "box", _("盒 %s") % _("、").join(boxes)
    waits = line.state.text if line.state.value in PENDING else ""
    address = "#papers" if line.vouchers and line.paid else ""
    return ShownMoney(
        line.pk, line.item, line.remark, yuan(line.planned), yuan(line.paid), waits, look, voucher, address
    )


def _sums(lines: Iterable[MoneyLine]) -> dict[str, Any]:
    held = list(lines)
    paid = sum(one.paid or 0 for one in held)
    planned = sum(one.planned for one in held)
    return {"planned": yuan(planned), "paid": yuan(paid), "over": paid > planned}


@dataclass(frozen=True, slots=True)
class Stride:
    """One step of a class, from plan to work: its number (None is "not known"), a bar of 100, and how much of it waits."""

    label: str
    number: int | None
    width: int
    pending: int
    words: str


def _steps(outcome: Outcome) -> list[Stride]:
    """Planned → attended → passed → employed, measured against the longest of them."""
    attended = _("按签到，名册 %d 人") % outcome.enrolled if outcome.attended is not None else ""
    jobs = _("计划就业 %d") % outcome.planned_jobs if outcome.planned_jobs is not None else ""
    numbers = [
        (_("计划"), outcome.planned, 0, ""),
        (_("参加"), outcome.came, 0, attended),
        (_("结业"), outcome.passed, outcome.passed - outcome.counted, _("其中已审核 %d") % outcome.counted),
        (_("就业"), outcome.employed, 0, jobs),
    ]
    most = max((number or 0 for _label, number, *_rest in numbers), default=0) or 1
    return [
        Stride(label, number, ((number or 0) - waits) * 100 // most, waits * 100 // most, words)
        for label, number, waits, words in numbers
    ]
