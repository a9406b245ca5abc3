"""What stands on the papers of one class, as a viewer may see it: read once, for however many sheets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, Final

from django.db.models import Count, Model, QuerySet

from qiaojie.ledgers import joining, queries, sight
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.viewer import Sight, Viewer
from qiaojie.lib.dates import print_date
from qiaojie.lib.values import kind
from qiaojie.tables.grid import Filled, Stamp
from qiaojie.training.ledger import ATTENDANCES, CLASSES, ENROLMENTS, LESSONS
from qiaojie.training.models import DayPart, Result, TrainingClass
from qiaojie.training.register import Session

from . import declaring, schedule
from .declaring import Paper, PaperTable
from .schedule import Lesson, SheetMonth

_WEEKDAYS: Final = (
    "（星期一）",
    "（星期二）",
    "（星期三）",
    "（星期四）",
    "（星期五）",
    "（星期六）",
    "（星期日）",
)
_PEOPLE: Final = "%d人"
_TO_WRITE: Final = "＿＿＿＿＿＿"
"""In running text: room for what is not known."""
_PARTS: Final = {
    DayPart.MORNING: "上午",
    DayPart.AFTERNOON: "下午",
    DayPart.EVENING: "晚上",
    DayPart.DAY: "全天",
}
"""Papers are Chinese in every interface."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PaperSheet:
    """One sheet of a paper: of a session, of a month, of a row (its place among the rows), or the whole paper."""

    paper: Paper
    session: Session | None = None
    month: SheetMonth | None = None
    row: int | None = None

    @property
    def day(self) -> date | None:
        """The day it is of; of a month's sheet its first; None for a paper of the whole class."""
        if self.session is not None:
            return self.session.day
        return self.month.days[0] if self.month is not None else None

    @property
    def part(self) -> str:
        """The part of the day it is of; '' where it is of none."""
        return str(self.session.part) if self.session is not None else ""

    def over(self, held: TrainingClass, today: date) -> bool:
        """Whether its occasion was over, or had begun, when it is printed today: then it says 补打."""
        days = {"begins": held.begins, "ends": held.ends, "day": self.day}
        after = days.get(self.paper.late)
        if self.paper.late == "begins" and self.day is not None:
            after = self.day
        return after is not None and today > after


class ClassPapers:
    """A class of the viewer's, with what its papers say on a day (``today``). Raises Refused where it is not theirs."""

    def __init__(self, pk: int, viewer: Viewer, today: date) -> None:
        held = queries.one(CLASSES, viewer, pk)
        assert isinstance(held, TrainingClass)
        self.held, self.viewer, self.today = held, viewer, today
        self._keys = joining.together(CLASSES, pk)
        self._rows: dict[str, list[Row]] = {}

    @cached_property
    def lessons(self) -> list[Lesson]:
        """The timetable that the viewer may see."""
        found = queries.rows(LESSONS, self.viewer).filter(training_class__in=self._keys)
        found = found.exclude(happened_on=None).order_by("happened_on", "pk")
        lines = found.values_list("happened_on", "part", "teacher")
        return [Lesson(day, DayPart(part), teacher) for day, part, teacher in lines]

    @cached_property
    def sessions(self) -> list[Session]:
        """The half-days on which it is held."""
        return schedule.sessions(self.held.begins, self.held.ends, self.lessons)

    def sheets(self, paper: Paper, first: date, last: date) -> list[PaperSheet]:
        """The sheets of a paper; of days, those from ``first`` to ``last``. A paper of rows has at least one sheet."""
        if paper.each == "row":
            return [PaperSheet(paper, row=at) for at in range(max(1, self.number(paper)))]
        if not paper.each:
            return [PaperSheet(paper)]
        held = [one for one in self.sessions if first <= one.day <= last]
        if paper.each == "session":
            return [PaperSheet(paper, session=one) for one in held]
        return [PaperSheet(paper, month=one) for one in schedule.months(held)]

    def number(self, paper: Paper) -> int:
        """How many names stand on a paper; 0 where it names nobody."""
        tables = [table for table in paper.tables if table.ledger is ENROLMENTS]
        return max((len(self.rows(table)) for table in tables), default=0)

    def filled(self, sheet: PaperSheet, stamp: Stamp, mark: str) -> list[Filled]:
        """The forms of a sheet, filled, one below the other."""
        return [self._filled(table, sheet, stamp, mark) for table in sheet.paper.tables]

    def rows(self, table: PaperTable) -> list[Row]:
        """The rows of a table without the empty ones; one query for each kind and choice of columns."""
        if table.ledger is None:
            return [dict(one) for one in table.lines]
        fields = table.fields
        if table.ledger is ENROLMENTS:
            fields = tuple({one.name: one for one in (*fields, ENROLMENTS.field("person.name"))}.values())
        key = f"{table.rows}:{','.join(one.name for one in fields)}"
        if key not in self._rows:
            self._rows[key] = list(self._read(table, table.ledger, fields))
        return self._rows[key]

    def _read(self, table: PaperTable, ledger: Ledger, fields: tuple[Field, ...]) -> Iterator[Row]:
        sights = [sight.registered(ledger, one, self.viewer) for one in fields]
        for pk, _person, values in queries.typed(ledger, self._chosen(table, ledger), fields):
            found: dict[str, Any] = {
                # Whoever takes the paper along has said what for: what lists mask stands whole on it, what is hidden does not.
                field.name: None if seen is Sight.HIDDEN or value == "" else value
                for field, value, seen in zip(fields, values, sights, strict=True)
            }
            if ledger is ENROLMENTS:
                found |= self._worked_out(pk)
            yield found

    def _chosen(self, table: PaperTable, ledger: Ledger) -> QuerySet[Model]:
        found = queries.rows(ledger, self.viewer).filter(training_class__in=self._keys)
        if table.rows == "completers":
            found = found.filter(result=Result.COMPLETED)
        return found.order_by("happened_on", "pk") if ledger is LESSONS else found.order_by("pk")

    def _worked_out(self, enrolment: int) -> dict[str, Any]:
        days, rate = self._days.get(enrolment), self.held.daily_allowance
        return {
            "key": enrolment,
            "days": days,
            "rate": rate,
            "due": days * rate if days is not None and rate is not None else None,
        }

    @cached_property
    def _days(self) -> dict[int, int]:
        """On how many days each was there at least once, by the register; nobody where none is kept."""
        kept = queries.rows(ATTENDANCES, self.viewer).filter(enrolment__training_class__in=self._keys)
        came = kept.filter(present=True).order_by().values("enrolment_id")
        found = {one["enrolment_id"]: one["n"] for one in came.annotate(n=Count("held_on", distinct=True))}
        absent = kept.order_by().values_list("enrolment_id", flat=True).distinct()
        return {pk: found.get(pk, 0) for pk in absent}

    def _filled(self, table: PaperTable, sheet: PaperSheet, stamp: Stamp, mark: str) -> Filled:
        rows = self.rows(table)
        blanks = self._blanks(sheet, table, rows)
        repeated = [{"date": str(day.day)} for day in sheet.month.days] if sheet.month else []
        form = declaring.form(table, blanks, repeated)
        if table.form.get("text"):
            prose = {
                **dict.fromkeys(declaring.named(table), _TO_WRITE),
                **{k: v for k, v in blanks.items() if v},
            }
            text = tuple(declaring.substituted(one, prose) for one in table.form["text"])
            form = replace(form, text=text)
        if table.ledger is None:
            rows = [declaring.line(one, blanks) for one in table.lines]
        elif sheet.row is not None:
            rows = rows[sheet.row : sheet.row + 1]
        if not form.columns:
            rows = []
        empty = max(table.spare, table.least - len(rows)) if table.ledger and form.columns else 0
        if form.ceremonial:
            mark = ""
        return Filled(form, {}, [*rows, *({} for _at in range(empty))], mark=mark, stamp=stamp)

    def _blanks(self, sheet: PaperSheet, table: PaperTable, rows: list[Row]) -> dict[str, str]:
        number = max(
            (len(self.rows(one)) for one in sheet.paper.tables if one.ledger is ENROLMENTS), default=None
        )
        if number is None:
            number = self._enrolled
        found = {**self._class, "today": print_date(self.today), "names": _PEOPLE % number if number else ""}
        if sheet.session is not None:
            day, part = sheet.session.day, sheet.session.part
            found |= {
                "day": print_date(day),
                "weekday": _WEEKDAYS[day.weekday()],
                "part": _PARTS[part],
                "teacher": schedule.teacher_of(sheet.session, self.lessons) or found["class.teacher"],
            }
        if sheet.month is not None:
            found["month"] = sheet.month.words
        if sheet.row is not None and sheet.row < len(rows):
            row = rows[sheet.row]
            found |= {
                one.name: one.value_kind.print(row[one.name], one.unit, one.choices)
                for one in self._told(row)
            }
            found["certificate_number"] = f"{self.held.pk}-{row['key']}"
        return found

    def _told(self, row: Row) -> list[Field]:
        return [one for one in ENROLMENTS.fields if row.get(one.name) is not None]

    @cached_property
    def _enrolled(self) -> int:
        return queries.rows(ENROLMENTS, self.viewer).filter(training_class__in=self._keys).count()

    @cached_property
    def _class(self) -> dict[str, str]:
        """What is known of the class, in the words of a form, by the blank."""
        fields = CLASSES.fields
        ((_pk, _person, values),) = queries.typed(
            CLASSES, queries.rows(CLASSES, self.viewer).filter(pk=self.held.pk), fields
        )
        found = {f"class.{one.name}": _printed(one, value) for one, value in zip(fields, values, strict=True)}
        return {**found, "unit": found["class.unit"]}


def _printed(field: Field, value: Any) -> str:
    """A value of a class in words, with its unit."""
    if value in (None, ""):
        return ""
    choices = {code: str(label) for code, label in field.choices.items()}
    said = kind(field.kind).print(value, field.unit if field.kind == "money" else "", choices)
    return f"{said}{field.unit}" if field.unit else said
