"""Who has handed a table in: every unit that a notice asks, with its files as versions, what is in them, wrong and written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.accounts import names
from qiaojie.ledgers.viewer import Action, Viewer, demand, demand_office
from qiaojie.notices import queries as notices
from qiaojie.notices.forms import TableDef
from qiaojie.queue import queries as queue
from qiaojie.queue.queries import JobStatus
from qiaojie.regions import queries as regions
from qiaojie.regions.models import Region
from qiaojie.tables.form import Column, Form
from qiaojie.tables.grid import Filled
from qiaojie.tables.writing import write

from . import queries
from .models import Stage, Upload
from .storing import upload_store
from .storing.upload_store import FindingKind, Summary


@dataclass(frozen=True, slots=True)
class Version:
    """One file of a unit, what its last plan found, and the last job about it."""

    upload: Upload
    found: Summary | None
    job: JobStatus | None

    @property
    def written(self) -> int:
        """Rows that stand in the ledgers."""
        return self.found.to_write if self.found and self.upload.stage is Stage.COMMITTED else 0

    @property
    def failed(self) -> bool:
        """Whether nobody could say what is in it."""
        return self.found is None and self.job is not None and not self.job.is_open


@dataclass(frozen=True, slots=True)
class UnitFiles:
    """A unit and the files it has handed in, the latest first."""

    name: str
    versions: tuple[Version, ...]

    @property
    def last(self) -> Version | None:
        """The latest file."""
        return self.versions[0] if self.versions else None

    @property
    def held(self) -> Version | None:
        """The latest file of which somebody could say what is in it: this one holds."""
        return next((version for version in self.versions if version.found is not None), None)

    @property
    def rows(self) -> int:
        """Rows of the file that holds."""
        return self.held.found.rows if self.held and self.held.found else 0

    @property
    def wrong(self) -> int:
        """Rows of it that cannot be written as they are."""
        return self.held.found.wrong if self.held and self.held.found else 0

    @property
    def waiting(self) -> int:
        """Rows of it that could be written and are not yet."""
        if self.held is None or self.held.found is None or self.held.upload.stage is not Stage.PLANNED:
            return 0
        return self.held.found.to_write

    @property
    def written(self) -> int:
        """Rows that stand in the ledgers, of all its files."""
        return sum(version.written for version in self.versions)

    @property
    def kinds(self) -> tuple[FindingKind, ...]:
        """What is wrong with the file that holds, by kind."""
        return self.held.found.kinds if self.held and self.held.found else ()


@dataclass(frozen=True, slots=True)
class Collected:
    """A table of one year: a line per unit that is asked, in the notice's order, and files of none of them at the end."""

    title: str
    year: int
    years: tuple[int, ...]
    lines: tuple[UnitFiles, ...]
    kinds: tuple[FindingKind, ...]
    """What is wrong with the files that hold, over all units."""

    @property
    def handed_in(self) -> int:
        """Units with a file."""
        return sum(1 for line in self.lines if line.versions)

    @property
    def rows(self) -> int:
        """Rows of the files that hold."""
        return sum(line.rows for line in self.lines)

    @property
    def wrong(self) -> int:
        """Rows that cannot be written as they are."""
        return sum(line.wrong for line in self.lines)

    @property
    def waiting(self) -> int:
        """Rows that could be written and are not yet."""
        return sum(line.waiting for line in self.lines)

    @property
    def written(self) -> int:
        """Rows that stand in the ledgers."""
        return sum(line.written for line in self.lines)


def collect(table: TableDef, viewer: Viewer, year: int | None = None) -> Collected:
    """What the units of the viewer's region have handed in of a table in a year (the notice's last, unless named).

    A file put aside does not count. A file that names no year counts for the year it came in, or the nearest of the
    notice's.
    """
    demand_office(viewer, Action.ENTER, f"handed-in/{table.name}")
    notice = notices.notice(table.notice)
    first, last = notice.span.begins.year, notice.span.ends.year
    asked = last if year is None else year
    view = regions.edition(notice.edition)
    visible = Region.objects.filter(viewer.scope(""), pk__in=view.unit_ids)
    shown = set(visible.values_list("pk", flat=True))

    def year_of(upload: Upload) -> int:
        came = timezone.localtime(upload.received_at).year
        return upload.year or min(max(came, first), last)

    files = [one for one in queries.handed_in(table.name, viewer) if one.stage is not Stage.DISCARDED]
    standing = queue.latest(one.subject for one in files)
    found: dict[int | None, list[Version]] = {}
    for one in files:
        if year_of(one) == asked:
            unit = view.unit_of.get(one.region_id)
            version = Version(one, upload_store.summary_of(one), standing.get(one.subject))
            found.setdefault(unit if unit in shown else None, []).append(version)
    lines = [
        UnitFiles(unit.name, tuple(found.pop(unit.region_id, ())))
        for unit in view.units
        if unit.region_id in shown
    ]
    if others := found.pop(None, ()):
        lines.append(UnitFiles(_("不在名单里的单位"), tuple(others)))
    years = {*range(first, last + 1), *map(year_of, files), asked}
    kinds = _added(kind for line in lines for kind in line.kinds)
    return Collected(table.called, asked, tuple(sorted(years)), tuple(lines), kinds)


def export(collected: Collected, table: TableDef, viewer: Viewer, form: str) -> bytes:
    """The same as a file, a line a unit and a line of sums; logged. Raises Refused, Unusable ``format_unknown``."""
    subject = f"handed-in/{table.name}.{form}"
    demand(viewer, Action.EXPORT, subject)
    columns = (
        Column(_("单位"), "unit"),
        Column(_("交表"), "handed_in"),
        Column(_("时间"), "at"),
        Column(_("上传人"), "by"),
        Column(_("文件"), "file"),
        Column(_("版本数"), "versions", "integer", total=True),
        Column(_("行数"), "rows", "integer", total=True),
        Column(_("不能写入"), "wrong", "integer", total=True),
        Column(_("待写入"), "waiting", "integer", total=True),
        Column(_("已写入"), "written", "integer", total=True),
        Column(_("问题"), "kinds"),
    )
    title = _("%(title)s%(year)s年交表情况") % {"title": collected.title, "year": collected.year}
    held = names.names(line.last.upload.received_by for line in collected.lines if line.last)
    rows = [_row(line, held) for line in collected.lines]
    content = write(Filled(Form("handed-in", title, columns, total="last"), {}, rows), form)
    viewer.note(Action.EXPORT, subject, rows=len(rows))
    return content


def _row(line: UnitFiles, held: names.Names) -> dict[str, str | int]:
    last = line.last
    kinds = "；".join(f"{kind.title} {kind.number}" for kind in line.kinds)
    came = "" if last is None else f"{timezone.localtime(last.upload.received_at):%Y-%m-%d %H:%M}"
    return {
        "unit": line.name,
        "handed_in": _("已交") if last else _("未交"),
        "at": came,
        "by": held.of(last.upload.received_by, last.upload.received_at) if last else "",
        "file": last.upload.name if last else "",
        "versions": len(line.versions),
        "rows": line.rows,
        "wrong": line.wrong,
        "waiting": line.waiting,
        "written": line.written,
        "kinds": kinds,
    }


def _added(kinds: Iterable[FindingKind]) -> tuple[FindingKind, ...]:
    """Kinds of several files added up, the commonest first."""
    listed: Sequence[FindingKind] = list(kinds)
    numbers: Counter[tuple[str, str]] = Counter()
    for kind in listed:
        numbers[kind.level, kind.code] += kind.number
    first = {(kind.level, kind.code): kind for kind in reversed(listed)}
    return tuple(replace(first[key], number=number) for key, number in numbers.most_common())
