"""The file handed back: the same workbook with what was found at its cells, to be mended and dropped in again."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.accounts.names import own_name
from qiaojie.ledgers.viewer import Action, Viewer, demand
from qiaojie.lib.findings import Level, Unusable
from qiaojie.sheets.book import position
from qiaojie.sheets.marking import mark
from qiaojie.sheets.marks import MOST_COMMENTS, CellMark, Findings, ListedFinding, SheetMarks

from ..judging.plan import Plan
from ..reading import typed_rows
from ..reading.unfolding import UNFOLDED
from ..vocabulary.outcome import Issue, Verdict
from ..vocabulary.places import Naming
from . import drawn_rows, finding_titles
from .drawn_rows import FORMAT, DrawnRows

SUFFIX = "（核对）"
"""Ends the name of a marked copy; a copy of a copy gets no second one."""

WRITTEN = frozenset({Verdict.NEW, Verdict.CHANGED, Verdict.SAME})
"""Verdicts of rows that are in the registry after a commit; all others are left out."""

_AS_TEXT = frozenset({"id_number", "certificate", "phone", "credit_code", "bank_account"})
"""Kinds of columns that a spreadsheet must hold as text, or it rounds them."""

_WEIGHT = {level: place for place, level in enumerate(Level)}


@dataclass(frozen=True, slots=True)
class Marked:
    """A marked copy: its name and content (xlsx)."""

    name: str
    content: bytes


def marked(planned: Plan, viewer: Viewer, purpose: str, subject: str) -> Marked:
    """The planned file as a marked copy. It holds the personal data that came with the file: an export, logged.

    Raises Refused where the role may not export, Unusable ``purpose_missing``.
    """
    demand_purpose(viewer, purpose, subject)
    paper = _paper(planned)
    findings = _findings(planned, viewer, paper)
    content = mark(paper.content, paper.name, _marks(planned, paper), findings)
    viewer.note(Action.EXPORT, subject, rows=len(planned.rows), purpose=purpose)
    return Marked(f"{paper.stem}{SUFFIX}.xlsx", content)


@dataclass(frozen=True, slots=True)
class _Paper:
    """What is marked: the file that came, or the table's form with the rows that were typed.

    ``columns`` are those with a header (0-based) and the labels they are read as, by sheet; ``drawn`` says where typed cells
    stand in the form.
    """

    content: bytes
    name: str
    columns: Mapping[str, Sequence[tuple[int, str]]]
    naming: Naming
    drawn: DrawnRows | None = None

    @property
    def stem(self) -> str:
        """The name without its ending, and without that of an earlier marking."""
        return PurePath(self.name).stem.removesuffix(SUFFIX)

    def sheet(self, name: str) -> str:
        """The sheet that holds what stands in a sheet of the plan."""
        return name if self.drawn is None else self.drawn.sheet

    def place(self, cell: str) -> tuple[int, int] | None:
        """Where a cell of the plan stands (0-based); None for what names no cell."""
        there = position(cell)
        return there if there is None or self.drawn is None else self.drawn.at(there)

    def row(self, number: int) -> int:
        """Where a row of the plan stands (0-based) by its number."""
        return number - 1 if self.drawn is None else number - 1 + self.drawn.first


def _paper(planned: Plan) -> _Paper:
    source = planned.source
    if source.typed:
        drawn = drawn_rows.draw(source.table, typed_rows.unpack(source.data), source.region)
        return _Paper(drawn.content, f"{source.name}.{FORMAT}", {drawn.sheet: drawn.labels}, drawn, drawn)
    columns: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for column in planned.columns:
        columns[column.sheet].append(((position(column.cell) or (0, 0))[1], column.label))
    return _Paper(source.data, source.name, columns, planned.naming)


def demand_purpose(viewer: Viewer, purpose: str, subject: str) -> None:
    """Raises Refused where the role may not export, Unusable ``purpose_missing``."""
    demand(viewer, Action.EXPORT, subject)
    if not purpose.strip():
        raise Unusable("purpose_missing", _("这份文件含有个人信息，请写明下载的用途。"))


def _marks(planned: Plan, paper: _Paper) -> dict[str, SheetMarks]:
    """What is to be done to each sheet."""
    found: dict[str, SheetMarks] = defaultdict(SheetMarks)
    as_text = _text_labels(planned)
    for sheet, held in paper.columns.items():
        places = [place for place, _label in held]
        found[sheet].left, found[sheet].right = min(places), max(places)
        found[sheet].as_text = frozenset(place for place, label in held if label in as_text)
    rows: dict[str, list[int]] = defaultdict(list)
    left_out: dict[str, list[int]] = defaultdict(list)
    unsaid: dict[int, tuple[str, int, Verdict]] = {}
    # Of a sheet that was laid out otherwise no row of the file is a row of the plan: only cells are marked.
    laid_out = {issue.sheet for issue in planned.issues if issue.code == UNFOLDED}
    for row in planned.rows:
        if row.sheet in laid_out:
            continue
        sheet, number = paper.sheet(row.sheet), paper.row(row.number)
        rows[sheet].append(number)
        if row.verdict not in WRITTEN:
            left_out[sheet].append(number)
            unsaid[row.key] = (sheet, number, row.verdict)
    at: dict[tuple[str, tuple[int, int]], list[Issue]] = defaultdict(list)
    for issue in planned.issues:
        place = paper.place(issue.cell)
        if place is not None:
            at[paper.sheet(issue.sheet), place].append(issue)
            unsaid.pop(issue.row, None)
    for (sheet, place), issues in at.items():
        issues.sort(key=lambda issue: _WEIGHT[issue.level])
        text = "\n".join(dict.fromkeys(_said(issue, paper) for issue in issues))
        found[sheet].marks[place] = CellMark(issues[0].level, text)
    for sheet, number, verdict in unsaid.values():
        text = f"{finding_titles.LEVELS[Level.HINT]}：{_fate(planned, verdict)}"
        found[sheet].marks.setdefault((number, found[sheet].left), CellMark(Level.HINT, text))
    for sheet, numbers in rows.items():
        found[sheet].rows, found[sheet].left_out = numbers, frozenset(left_out[sheet])
    return dict(found)


def _said(issue: Issue, paper: _Paper) -> str:
    return f"{finding_titles.LEVELS[issue.level]}：{issue.told(paper.naming)}"


def _text_labels(planned: Plan) -> set[str]:
    return {leaf.label for leaf in planned.source.table.form.leaves if leaf.column.kind in _AS_TEXT}


def _fate(planned: Plan, verdict: Verdict) -> str:
    """What becomes of a row, in words."""
    label = str(planned.called(verdict))
    return label if verdict in WRITTEN else _("不写入（%s）") % label


def _findings(planned: Plan, viewer: Viewer, paper: _Paper) -> Findings:
    source = planned.source
    fates = {row.key: _fate(planned, row.verdict) for row in planned.rows}
    titles: dict[tuple[Level, str], str] = {}
    numbers: Counter[tuple[Level, str]] = Counter()
    found = []
    for issue in planned.issues:
        kind = (issue.level, issue.code)
        words = titles.setdefault(kind, finding_titles.title(issue, source.table))
        numbers[kind] += 1
        sheet, place = paper.sheet(issue.sheet), paper.place(issue.cell)
        fate = fates.get(issue.row, "")
        found.append(ListedFinding(issue.level, words, sheet, place, issue.told(paper.naming), fate))
    found.sort(key=lambda one: _WEIGHT[one.level])
    ordered = sorted(numbers.items(), key=lambda item: (_WEIGHT[item[0][0]], -item[1], item[0][1]))
    counts = _("，").join(f"{planned.called(verdict)} {number}" for verdict, number in planned.counts.items())
    made = {
        "file": source.name,
        "region": source.region.short_name,
        "at": timezone.localtime().strftime("%Y-%m-%d %H:%M"),
        "who": own_name(viewer),
    }
    return Findings(
        head=(
            _("%(file)s，%(region)s，%(at)s，%(who)s") % made,
            _("%(rows)s 行：%(counts)s") % {"rows": len(planned.rows), "counts": counts},
            *([_("新增的行还会改动台账里已有的：%s。") % planned.carried_words] if planned.carried else ()),
            _(
                "请在原来的工作表里改好标了颜色的格子，再把这个文件导入一次：这张表会自动跳过，已经写入的行不会重复。"
            ),
            _("灰底的行没有写入。每张工作表最多 %s 个批注，其余只标颜色；下面列出全部。")
            % f"{MOST_COMMENTS:,}",
            _("公式已换成当时的数值，宏和外部链接已去掉。"),
        ),
        words={level: str(word) for level, word in finding_titles.LEVELS.items()},
        counted=(_("级别"), _("问题"), _("处数")),
        kinds=tuple((level, titles[level, code], number) for (level, code), number in ordered),
        listed=(_("级别"), _("问题"), _("单元格"), _("工作表"), _("说明和改法"), _("这一行")),
        found=found,
    )
