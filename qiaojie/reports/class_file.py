"""一班一档: the ten pieces of a class's file, how each stands and what mends it. Declared once, for page and catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from qiaojie.documents.models import Document, DocumentKind
from qiaojie.ledgers.models import State
from qiaojie.lib.dates import months_after, print_date
from qiaojie.lib.values import Label

FIRST_ASKED: Final = 3
"""Months after its last day at which one first asks who of a class has found work."""


class Standing(StrEnum):
    """How a piece stands. What lies in a box is there, and nobody here can look at it."""

    THERE = "there"
    BOX = "box"
    LATE = "late"
    DIFFERS = "differs"
    MISSING = "missing"
    AHEAD = "ahead"


STANDINGS: Final[dict[Standing, Label]] = {
    Standing.THERE: gettext_lazy("有"),
    Standing.BOX: gettext_lazy("在盒"),
    Standing.LATE: gettext_lazy("迟交"),
    Standing.DIFFERS: gettext_lazy("对不上"),
    Standing.MISSING: gettext_lazy("缺"),
    Standing.AHEAD: gettext_lazy("未到期"),
}
"""Their words, in the order in which they are counted."""


class Act(StrEnum):
    """What mends a piece: a paper is handed in or printed, a record is entered."""

    HAND_IN = "hand_in"
    PRINT = "print"
    TIMETABLE = "timetable"
    ATTENDANCE = "attendance"
    TRAINEES = "trainees"
    RESULTS = "results"
    WORK = "work"


@dataclass(frozen=True, slots=True)
class AskedAfter:
    """A day on which one asks after the work of a class: so many months after its last, and how many had found work."""

    months: int
    until: date
    people: int
    over: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the records of a class say, as far as the viewer may know it. Numbers are people of its roster in any standing state;
    ``without_result`` of them nothing is said how it ended. ``claimed`` is the headcount that a form gave (None for none),
    ``attended_days`` the days with a session kept, ``lessons`` and ``hours`` those of its timetable, ``found`` the days on which
    one asks after work (empty where the viewer may not count it)."""

    begins: date
    ends: date
    today: date
    enrolled: int
    without_result: int
    completed: int
    dropped: int
    waiting: int
    claimed: int | None = None
    attended_days: int = 0
    lessons: int = 0
    lesson_days: int = 0
    hours: int = 0
    scored: int = 0
    found: tuple[AskedAfter, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What records alone say of a piece: how it stands by them (None: they say nothing), the words, and what is entered to
    mend it."""

    standing: Standing | None = None
    words: str = ""
    act: Act | None = None


@dataclass(frozen=True, slots=True)
class PieceKind:
    """One of the ten: the kinds of documents that show it (the usual first), the field of the class that says it is there ('' for
    none), and what records say of it.

    ``before``: it comes about before the class or in its course, so it was late when it was handed in after the last day; what
    only comes afterwards is not. ``each``: every paper of it is of a day of its own, so one that was late makes it late.
    ``day`` is the day that its paper is of where nobody says.
    """

    code: str
    label: Label
    kinds: tuple[DocumentKind, ...]
    said_by: str = ""
    told: Callable[[Recorded], Told] = field(default=lambda _recorded: Told())
    before: bool = False
    each: bool = False
    printed: bool = False
    day: Callable[[Recorded], date] = field(default=lambda recorded: recorded.ends)


def _timetable(recorded: Recorded) -> Told:
    if not recorded.lessons:
        return Told(act=Act.TIMETABLE)
    words = ngettext("%(days)d 天", "%(days)d 天", recorded.lesson_days) % {"days": recorded.lesson_days}
    if recorded.hours:
        words += " " + ngettext("%(hours)d 课时", "%(hours)d 课时", recorded.hours) % {
            "hours": recorded.hours
        }
    return Told(Standing.THERE, words)


def _attendance(recorded: Recorded) -> Told:
    if not recorded.attended_days:
        return Told()
    days = recorded.attended_days
    return Told(words=ngettext("考勤登记了 %(days)d 天", "考勤登记了 %(days)d 天", days) % {"days": days})


def _roster(recorded: Recorded) -> Told:
    """The roster is the enrolments; it agrees where a form gave no other number."""
    if not recorded.enrolled:
        return Told(act=Act.TRAINEES)
    words = ngettext("%(people)d 人", "%(people)d 人", recorded.enrolled) % {"people": recorded.enrolled}
    if recorded.claimed is not None and recorded.claimed != recorded.enrolled:
        said = {"words": words, "claimed": recorded.claimed}
        return Told(Standing.DIFFERS, _("登记 %(words)s，填报 %(claimed)d 人") % said, Act.TRAINEES)
    if recorded.waiting:
        words += _("，%d 条待审核") % recorded.waiting
    return Told(Standing.THERE, words)


def _exam(recorded: Recorded) -> Told:
    if not recorded.enrolled:
        return Told()
    if recorded.without_result:
        words = ngettext(
            "%(people)d 人没有登记结果", "%(people)d 人没有登记结果", recorded.without_result
        ) % {"people": recorded.without_result}
        known = recorded.enrolled > recorded.without_result
        ahead = recorded.ends >= recorded.today
        standing = Standing.AHEAD if ahead else Standing.DIFFERS if known else None
        return Told(standing, words, Act.RESULTS)
    words = _("%d 人结业") % recorded.completed
    if recorded.dropped:
        words += _("，%d 人未结业") % recorded.dropped
    if recorded.scored:
        words += _("，%d 人有成绩") % recorded.scored
    return Told(Standing.THERE, words)


def _follow_up(recorded: Recorded) -> Told:
    """What became of the completers is known where all work; else from the first day on which one asks."""
    if recorded.enrolled and not recorded.completed and not recorded.without_result:
        return Told(Standing.THERE, _("没有人结业"))
    if not recorded.found:
        ahead = months_after(recorded.ends, FIRST_ASKED) >= recorded.today
        return Told(Standing.AHEAD if ahead else None)
    over = [one for one in recorded.found if one.over]
    if not over:
        one = recorded.found[0]
        said = {"months": one.months, "day": print_date(one.until)}
        return Told(Standing.AHEAD, _("%(months)d 个月的 %(day)s到期") % said)
    last = over[-1]
    if recorded.completed and last.people >= recorded.completed:
        return Told(Standing.THERE, _("结业的都已就业"))
    said = {"months": last.months, "day": print_date(last.until), "left": recorded.completed - last.people}
    return Told(None, _("%(months)d 个月的 %(day)s已到，%(left)d 人没有就业登记") % said, Act.WORK)


def _begins(recorded: Recorded) -> date:
    return recorded.begins


def _today(recorded: Recorded) -> date:
    return recorded.today


PIECES: Final = (
    PieceKind(
        "notice",
        gettext_lazy("办班通知"),
        (DocumentKind.NOTICE, DocumentKind.PLAN),
        before=True,
        day=_begins,
    ),
    PieceKind(
        "plan",
        gettext_lazy("办班计划"),
        (DocumentKind.SCHEME, DocumentKind.PLAN),
        "has_plan",
        before=True,
        printed=True,
        day=_begins,
    ),
    PieceKind(
        "timetable",
        gettext_lazy("课程表"),
        (DocumentKind.TIMETABLE,),
        told=_timetable,
        before=True,
        day=_begins,
    ),
    PieceKind(
        "sign_in",
        gettext_lazy("逐日签到"),
        (DocumentKind.SIGN_IN,),
        "has_sign_in",
        _attendance,
        before=True,
        each=True,
        printed=True,
    ),
    PieceKind("photos", gettext_lazy("照片"), (DocumentKind.PHOTO,), "has_photos", before=True),
    PieceKind(
        "roster", gettext_lazy("花名册"), (DocumentKind.ROSTER,), told=_roster, before=True, printed=True
    ),
    PieceKind(
        "exam",
        gettext_lazy("考核结业"),
        (DocumentKind.EXAM, DocumentKind.CERTIFICATE),
        "has_certificates",
        _exam,
        printed=True,
    ),
    PieceKind(
        "money",
        gettext_lazy("资金凭证"),
        (DocumentKind.COST, DocumentKind.ALLOWANCE),
        "has_cost_papers",
        printed=True,
    ),
    PieceKind("satisfaction", gettext_lazy("满意度"), (DocumentKind.SATISFACTION,), printed=True),
    PieceKind(
        "follow_up",
        gettext_lazy("跟踪就业"),
        (DocumentKind.FOLLOW_UP,),
        told=_follow_up,
        printed=True,
        day=_today,
    ),
)
"""The ten, in the order of the box (培训佐证链). A head count of a visit belongs to none of them: it is kept beside them."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of one class as it stands. ``papers`` are the documents that show it, in a box or not; ``days_late`` is how
    many days after the class the latest of those that make it late was handed in (0 for none). ``said`` is what the class
    says of it, of a piece of which a field speaks (None: nobody has looked). ``acts`` mend what is missing or differs."""

    kind: PieceKind
    number: int
    standing: Standing
    words: str
    papers: tuple[Document, ...]
    said: bool | None
    acts: tuple[Act, ...]
    days_late: int = 0

    @property
    def word(self) -> Label:
        """How it stands, in a word."""
        return STANDINGS[self.standing]

    @property
    def unsaid(self) -> bool:
        """Whether a paper is kept (or lies in a box) of what the class does not say to be there."""
        return bool(self.kind.said_by and self.papers) and self.said is not True

    @property
    def boxes(self) -> tuple[str, ...]:
        """The boxes in which papers of it lie."""
        return tuple(dict.fromkeys(one.box for one in self.papers if one.box))

    @property
    def hands_in(self) -> DocumentKind:
        """The kind of document by which it is handed in."""
        return self.kind.kinds[0]


def pieces(
    recorded: Recorded, documents: Iterable[Document], said: Callable[[str], bool | None]
) -> tuple[Piece, ...]:
    """The ten pieces of a class by its records, the documents kept of it, and what its fields say to be there."""
    held = list(documents)
    return tuple(
        _piece(
            kind,
            number,
            recorded,
            tuple(one for one in held if one.kind in kind.kinds),
            said(kind.said_by) if kind.said_by else None,
        )
        for number, kind in enumerate(PIECES, start=1)
    )


def _piece(
    kind: PieceKind, number: int, recorded: Recorded, papers: tuple[Document, ...], said: bool | None
) -> Piece:
    told = kind.told(recorded)
    files = [one for one in papers if not one.boxed]
    late = _late(kind, files)
    standing = _standing(kind, recorded, told, papers, files, late)
    words = [told.words, *_words(papers, files, late)]
    if not papers and kind.said_by and told.standing is None:
        words.append({True: _("登记为有，没有存件"), False: _("登记为缺"), None: _("没人看过")}[said])
    acts: list[Act] = []
    if standing in (Standing.MISSING, Standing.DIFFERS):
        acts = [told.act] if told.act is not None else []
        if not papers and told.standing is None:
            acts = [Act.HAND_IN, *([Act.PRINT] if kind.printed else []), *acts]
    return Piece(
        kind,
        number,
        standing,
        _("，").join(word for word in words if word),
        papers,
        said,
        tuple(acts),
        max(late, default=0),
    )


def _late(kind: PieceKind, files: Sequence[Document]) -> list[int]:
    """How many days after the class those papers came that make the piece late; none where one was there in time and is
    enough."""
    if not kind.before or not files:
        return []
    late = [one.days_after for one in files if one.days_after is not None and one.days_after > 0]
    return late if kind.each or len(late) == len(files) else []


def _standing(
    kind: PieceKind,
    recorded: Recorded,
    told: Told,
    papers: Sequence[Document],
    files: Sequence[Document],
    late: Sequence[int],
) -> Standing:
    """Records that contradict come first, then papers as they are kept, then what records show alone."""
    if told.standing is Standing.DIFFERS:
        return Standing.DIFFERS
    if files:
        return Standing.LATE if late else Standing.THERE
    if told.standing is Standing.THERE:
        return Standing.THERE
    if papers:
        return Standing.BOX
    if told.standing is not None:
        return told.standing
    due = recorded.begins if kind.day is _begins else recorded.ends
    return Standing.AHEAD if due >= recorded.today else Standing.MISSING


def _words(papers: Sequence[Document], files: Sequence[Document], late: Sequence[int]) -> Iterable[str]:
    """What is kept, where papers lie, how late they came."""
    if files:
        yield ngettext("存 %d 件", "存 %d 件", len(files)) % len(files)
    boxes = dict.fromkeys(one.box for one in papers if one.box)
    if boxes:
        where = _("盒 %s") % _("、").join(boxes)
        yield where if files else _("%s，没有扫描") % where
    if late and len(late) == len(files):
        yield ngettext("迟 %(days)d 天", "迟 %(days)d 天", max(late)) % {"days": max(late)}
    elif late:
        said = {"number": len(late), "days": max(late)}
        yield _("%(number)d 件迟交，最多迟 %(days)d 天") % said
    waiting = sum(one.state != State.APPROVED for one in papers)
    if waiting:
        yield _("%d 件待审核") % waiting


def day_for(kind: str, recorded: Recorded, last_lesson: date | None) -> date:
    """The day that a paper of this kind is most probably of: of the last lesson that was kept, of the plan the first day,
    of a visit afterwards today, else the last day of the class; never one that is still ahead."""
    if kind == DocumentKind.SIGN_IN and last_lesson is not None:
        return min(last_lesson, recorded.today)
    piece = next((one for one in PIECES if kind in one.kinds), None)
    day = piece.day(recorded) if piece is not None else recorded.ends
    return min(day, recorded.today)


def next_piece(found: Sequence[Piece]) -> Piece | None:
    """The piece that is handed in next: the first that is missing, in the order of the box."""
    return next((one for one in found if one.standing is Standing.MISSING and Act.HAND_IN in one.acts), None)


def summed(found: Iterable[Piece]) -> str:
    """How the pieces stand, counted in words (5 有，1 在盒，2 缺)."""
    standing = [one.standing for one in found]
    return _("，").join(
        f"{number} {word}" for one, word in STANDINGS.items() if (number := standing.count(one))
    )
