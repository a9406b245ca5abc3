"""What ``notice.toml`` may say: every key, its type and its closed list of words. Unknown keys are refused."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from django.utils.translation import gettext as _
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from qiaojie.ledgers.conditions import data
from qiaojie.lib.findings import Unusable
from qiaojie.lib.periods import Period, read_period

from .naming import SLUG, called
from .units import Unit

Count = Literal["events", "persons", "things", "households", "sum", "union", "ratio", "typed"]
"""How facts become a number.

``events`` each row once (人次, 场次); ``persons`` each person once, in one unit; ``things`` what the rows refer to, each
once (``of``: bases); ``households`` each household once; ``sum`` of a number (``of``); ``union`` each person once who
has a fact in any of several ledgers (``also``); ``ratio`` of a cohort to those of it who reached something (``reached``);
``typed`` a figure that somebody typed and approved, marked as such.
"""

AgencyLine = Literal["dpf", "women", "poverty"]
DutyLevel = Literal["province", "prefecture", "county", "township"]
Span = Literal["month", "quarter", "half", "year"]

T = TypeVar("T")
Items = Annotated[tuple[T, ...], Field(strict=False)]
Text = Annotated[str, StringConstraints(min_length=1)]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Slug = Annotated[str, StringConstraints(pattern=SLUG)]

Scalar = bool | int | float | str | date


def _conditions(value: dict[str, Any]) -> dict[str, Any]:
    """Accept what has the form of a condition (``conditions.reading``); what it says is held against the ledger by the check."""
    text = data.misshapen(value)
    if text:
        raise PydanticCustomError("condition_form", "{text}", {"text": text})
    return value


def _period(value: str) -> str:
    try:
        read_period(value)
    except Unusable as unreadable:
        raise PydanticCustomError("period_unreadable", "{text}", {"text": unreadable.message}) from unreadable
    return value


def _month_day(value: str) -> str:
    try:
        date.fromisoformat(f"2000-{value}")
    except ValueError as wrong:
        text = _("“%s”不是日期，请写成月-日，例如 07-31。") % value
        raise PydanticCustomError("due_unreadable", "{text}", {"text": text}) from wrong
    return value


Where = Annotated[dict[str, Any], AfterValidator(_conditions)]
MonthDay = Annotated[str, AfterValidator(_month_day)]


class Declared(BaseModel):
    """Base of everything declared: no unknown keys, no silent conversions, not changeable."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Definition(Declared):
    """What a word of the notice means here, and where that comes from."""

    term: Text
    text: Text
    source: str = ""


class Source(Declared):
    """Facts that count: of a ledger, meeting conditions, for the unit that answers.

    ``answered_by`` is ``filed`` (the office that filed the fact) or one of the ledger's ``units`` (``certificate``: who
    issued her certificate on that day)."""

    ledger: Word
    where: Where = Field(default_factory=dict)
    answered_by: Word = "filed"


class Indicator(Declared):
    """What is counted, in its unit.

    Without ``count`` it is not measured yet: screens say so and never print 0. ``parent`` is the indicator of which
    this one is a part (其中), so its values can never be larger. ``group`` are the headings above its column in the
    notice's table, ``heading`` the column's own one where it differs from the label, ``english`` what pages in English
    call it. ``target_text`` is the figure in the notice's text, which may differ from its table. ``agency_targets`` are
    the figures of agencies that are no region's, by name: they stand beside those of the units and in no sum of them.
    ``split`` is asked of the fact by which a person counts first, so that indicators which split the same people never
    both count one of them. ``prefer`` says which of her approved facts stands behind her number from its day on (a
    business of her own rather than a job); the day and the unit stay those of the first. ``by`` is the field that divides
    the number where it is opened, ``beside`` what stands beside it uncounted: who would count if this stood in the place
    of the condition on its field.
    """

    code: Word
    label: Text
    short: str = ""
    english: str = ""
    unit: Unit
    group: Items[Text] = ()
    heading: str | None = None
    parent: Word | None = None
    count: Count | None = None
    ledger: Word | None = None
    where: Where = Field(default_factory=dict)
    answered_by: Word | None = None
    split: Where = Field(default_factory=dict)
    prefer: Where = Field(default_factory=dict)
    by: Text | None = None
    beside: Where = Field(default_factory=dict)
    of: Word | None = None
    also: Items[Source] = ()
    reached: Source | None = None
    within_months: Annotated[int, Field(gt=0)] | None = None
    target_text: Annotated[int, Field(ge=0)] | None = None
    agency_targets: dict[Text, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    definition: Text
    date_wording: str = ""

    @model_validator(mode="after")
    def _measured(self) -> Indicator:
        bound = self.ledger is not None or bool(self.where) or self.answered_by is not None
        text = ""
        if self.count is None or self.count == "typed":
            others = (self.split, self.prefer, self.by, self.beside, self.of, self.also, self.reached)
            if bound or any(others):
                text = _('没有 count（或 count = "typed"），就不能写 ledger、where、answered_by 等。')
        elif self.ledger is None or self.answered_by is None:
            text = _("写了 count 就要同时写 ledger 和 answered_by。")
        elif (self.of is not None) != (self.count in {"things", "sum"}):
            text = _("of 只用于 things 和 sum，并且必须写。")
        elif bool(self.also) != (self.count == "union"):
            text = _("also 只用于 union，并且必须写。")
        elif (self.reached is not None) != (self.count == "ratio"):
            text = _("reached 只用于 ratio，并且必须写。")
        elif self.within_months is not None and self.count != "ratio":
            text = _("within_months 只用于 ratio。")
        elif (self.split or self.prefer) and self.count not in {"persons", "union"}:
            text = _("split 和 prefer 只用于 persons 和 union。")
        if text:
            raise PydanticCustomError("count_incomplete", "{text}", {"text": text})
        return self

    @property
    def sources(self) -> tuple[Source, ...]:
        """All facts that the value rests on: its own first, then those of ``also`` or ``reached``."""
        if self.ledger is None:
            return ()
        own = Source(ledger=self.ledger, where=dict(self.where), answered_by=self.answered_by or "filed")
        return (own, *self.also, *((self.reached,) if self.reached else ()))

    @property
    def name(self) -> str:
        """The label for narrow headers."""
        return self.short or self.label

    @property
    def measured(self) -> bool:
        """Whether records give its value."""
        return self.count is not None


class Demand(Declared):
    """One demand of a criterion: a least number ``of`` something, a least ratio, or something shown by evidence.

    ``soft`` is the notice's 原则上. ``within_months`` limits the time in which the ratio's first number may come about.
    """

    label: Text
    of: Word | None = None
    ratio: Items[Word] = ()
    min: Annotated[int, Field(gt=0)] | None = None
    unit: Unit | None = None
    soft: bool = False
    evidence: bool = False
    within_months: Annotated[int, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Demand:
        text = ""
        if self.ratio and (len(self.ratio) != 2 or self.of or self.unit != "%" or self.min is None):
            text = _('比率写成 ratio = [分子, 分母]，并写 min 和 unit = "%"。')
        elif not self.ratio and self.of is None:
            text = _("要写 of（数什么）或 ratio（比率）。")
        elif self.evidence and (self.min is not None or self.unit is not None or self.ratio):
            text = _("凭材料认定（evidence）的条件没有 min 和 unit。")
        elif not self.evidence and (self.min is None or self.unit is None):
            text = _("要写 min 和 unit，或者 evidence = true。")
        if text:
            raise PydanticCustomError("demand_form", "{text}", {"text": text})
        return self


class Criterion(Declared):
    """What a base of one kind and industry must reach in a year: ``all`` of its demands, or ``any`` one of them.

    With ``per = "household"`` the least numbers are those of one household and are multiplied by the households.
    """

    code: Slug
    base: Word
    industry: Word
    per: Literal["household"] | None = None
    all: Items[Demand] = ()
    any: Items[Demand] = ()

    @model_validator(mode="after")
    def _one_list(self) -> Criterion:
        if bool(self.all) == bool(self.any):
            text = _("all（全部满足）和 any（满足其一）要写一个，且只写一个。")
            raise PydanticCustomError("criterion_form", "{text}", {"text": text})
        return self


class Figure(Declared):
    """A number of a group of rows: how many rows (``events``), how many people (``persons``, each once), how many of
    what the rows refer to (``things``, ``of``), or a ``sum`` (``of``: a number of the ledger); of those rows that meet
    ``where``."""

    count: Literal["events", "persons", "things", "sum"]
    of: Word | None = None
    where: Where = Field(default_factory=dict)

    @model_validator(mode="after")
    def _of(self) -> Figure:
        if (self.of is not None) != (self.count in {"things", "sum"}):
            text = _("of 只用于 things 和 sum，并且必须写。")
            raise PydanticCustomError("count_incomplete", "{text}", {"text": text})
        return self


class Check(Declared):
    """What the values of a row must hold to: a limit that comes from the notice.

    ``field`` is measured as it is, or as the full years from it to the day ``age_on``, as the days from it to
    ``days_to`` (a span: its own days, ``days = true``), or divided by the number ``per``. Then it keeps within ``min`` and
    ``max`` (inclusive; money in its ``unit``), not below the field ``at_least`` nor beyond ``at_most``, is one of
    ``allowed`` and none of ``refused``; ``required`` rows state it at all; ``must`` is any condition that they meet as far as
    they state what it asks. ``when`` narrows the rows. ``level`` is ``error`` (the row does not go in), ``warning`` or ``hint``.
    Outside a table, ``ledger`` says for whose tables it holds."""

    code: Word
    words: Text
    field: Text
    level: Literal["error", "warning", "hint"] = "error"
    ledger: Word | None = None
    age_on: str | None = None
    days_to: str | None = None
    days: bool = False
    per: str | None = None
    min: int | float | date | None = None
    max: int | float | date | None = None
    unit: Literal["元", "万元"] | None = None
    at_least: str | None = None
    at_most: str | None = None
    allowed: Items[Scalar] = ()
    refused: Items[Scalar] = ()
    required: bool = False
    must: Where = Field(default_factory=dict)
    when: Where = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_measure(self) -> Check:
        measures = [word for word in (self.age_on, self.days_to, self.per) if word] + [True] * self.days
        bounds = (self.min, self.max, self.at_least, self.at_most)
        text = ""
        if len(measures) > 1:
            text = _("age_on、days_to、days、per 只能写一个。")
        elif all(bound is None for bound in bounds) and not (
            self.allowed or self.refused or self.required or self.must
        ):
            text = _("要写界限：min、max、at_least、at_most、allowed、refused、required 或 must。")
        elif measures and (self.at_least or self.at_most or self.allowed or self.refused):
            text = _("按年龄、天数或平均数核对的，只写 min 和 max。")
        if text:
            raise PydanticCustomError("check_form", "{text}", {"text": text})
        return self


class Table(BaseModel):
    """An official form and where its rows come from. Keys that are not named here describe the form itself.

    ``ledger`` rows are facts, one a line; ``groups`` rows are a ledger's rows put together by the fields of ``group``,
    with ``figures`` of each group; ``counted`` rows are what an ``indicator`` counts, each person once; ``matrix`` rows
    are the edition's units with a column per indicator.
    ``sets`` gives fields a fixed value in every row read from a filled form; ``claims`` says where the figure read
    from a computed column is kept for comparing. ``period_field`` is the date that decides in which period's form
    a row stands (the ledger's own date if not given).
    """

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    code: Slug
    title: Text
    apart: str = ""
    """What tells the form from others of the notice that bear the same title; it is not printed."""
    rows: Literal["ledger", "groups", "counted", "matrix"] = "ledger"
    ledger: Word | None = None
    where: Where = Field(default_factory=dict)
    sets: dict[str, bool | int | str] = Field(default_factory=dict)
    claims: dict[str, str] = Field(default_factory=dict)
    period_field: str | None = None
    corner: Items[Text] = ()
    """What the corner of a matrix says: over the columns, over the rows (项目, 区县)."""
    group: Items[Text] = ()
    figures: dict[Word, Figure] = Field(default_factory=dict)
    indicator: Word | None = None
    checks: Items[Check] = ()
    match: Items[Text] = ()
    """Of a list of an outside system: fields that, with the person, tell which row of ours is meant."""
    unit: Text | None = None
    """Of such a list: the field that says for which region a row stands."""
    reasons: Items[Word] = ()
    """Codes of warnings that may pass only with a reason, kept with the file that it was given for."""

    @property
    def called(self) -> str:
        """What people call it."""
        return called(self.title, self.apart)

    @model_validator(mode="after")
    def _source(self) -> Table:
        text = ""
        if self.rows in {"ledger", "groups"} and self.ledger is None:
            text = _("要写 ledger（取自哪个台账）。")
        elif (self.rows == "groups") != bool(self.group) or (self.rows != "groups" and self.figures):
            text = _("group 和 figures 只用于分组的表（groups），group 必须写。")
        elif self.rows == "groups" and (self.sets or self.claims):
            text = _("分组的表（groups）由系统计算，不写 sets 和 claims。")
        elif (self.rows == "counted") != (self.indicator is not None):
            text = _("indicator 只用于计入名单（counted），并且必须写。")
        elif self.rows == "counted" and (self.ledger or self.where or self.period_field):
            text = _("计入名单（counted）的台账、条件和日期来自指标，不写 ledger、where 和 period_field。")
        elif self.rows == "matrix" and (
            self.ledger or self.where or self.sets or self.claims or self.period_field
        ):
            text = _("按单位和指标列的表（matrix）不写 ledger、where、sets、claims 和 period_field。")
        elif self.checks and self.rows not in {"ledger", "counted"}:
            text = _("checks 只用于可以导入的表（ledger、counted）。")
        if text:
            raise PydanticCustomError("table_source", "{text}", {"text": text})
        return self

    @property
    def handed_in(self) -> bool:
        """Whether a filled form of it can be read into a ledger: its rows are facts."""
        return self.rows in {"ledger", "counted"}

    @property
    def form(self) -> dict[str, Any]:
        """The keys that describe the form."""
        return {"code": self.code, "title": self.title, **(self.model_extra or {})}


class Filers(Declared):
    """Who files: these lines' offices in every unit of that level."""

    lines: Annotated[tuple[AgencyLine, ...], Field(strict=False, min_length=1)]
    level: DutyLevel


class Owners(Declared):
    """Who owes it, where that is not every unit of the notice's edition: those ``without``, regions ``also``, and
    ``agencies`` that are no region's (市残疾人劳动就业服务指导中心), all by name. ``lacking`` names units that have no office
    of some lines: those are not asked."""

    without: Items[Text] = ()
    also: Items[Text] = ()
    agencies: Items[Text] = ()
    lacking: dict[Text, Annotated[tuple[AgencyLine, ...], Field(strict=False, min_length=1)]] = {}


class Recipient(Declared):
    """An office that receives a report."""

    line: AgencyLine
    name: Text


class Duty(Declared):
    """What is due: tables and texts, for which span, by which day of the year, to which offices.

    ``mode`` says whether a report covers its own span (``current``, 当期) or the year so far (``cumulative``, 累计).
    """

    code: Slug
    label: Text
    by: Filers
    owed_by: Owners = Owners()
    tables: Items[Slug] = ()
    texts: Items[Text] = ()
    span: Span
    mode: Literal["current", "cumulative"] = "current"
    due: Annotated[tuple[MonthDay, ...], Field(strict=False, min_length=1)]
    recipients: Annotated[tuple[Recipient, ...], Field(strict=False, min_length=1)]
    note: str = ""

    def days(self, span: Period) -> tuple[date, ...]:
        """The days on which it is due in a notice's time, in order."""
        found = []
        for year in range(span.begins.year, span.ends.year + 1):
            for month, day in (map(int, text.split("-")) for text in self.due):
                found.append(date(year, month, min(day, monthrange(year, month)[1])))
        return tuple(sorted(day for day in found if span.begins <= day <= span.ends))


class Acknowledged(Declared):
    """A finding that is known and stays: why, since when, and (where figures differ) which one holds."""

    finding: Word
    key: Text
    reason: Text
    on: date
    choice: Literal["table", "text"] | None = None


class Ruling(Declared):
    """What a superior later said of a definition (口径答疑): dated, and printed beside the number it changes. ``where`` are
    the conditions that it states, as an indicator has them: where the indicator counts by others, that is said too."""

    indicator: Word
    on: date
    by: Text
    text: Text
    where: Where = Field(default_factory=dict)


class Untrusted(Declared):
    """A table of the source that is kept as it came and never used as a target, and why."""

    file: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+\.tsv$")]
    title: Text
    reason: Text


class Notice(Declared):
    """An official document that orders work; ``short`` and ``english`` as of an indicator."""

    code: Slug
    title: Text
    short: str = ""
    english: str = ""
    number: str = ""
    issued_on: date | None = None
    issuers: Annotated[tuple[Text, ...], Field(strict=False, min_length=1)]
    addressees: Items[Text] = ()
    edition: Slug
    period: Annotated[str, AfterValidator(_period)]
    definitions: Items[Definition] = ()
    indicators: Items[Indicator] = ()
    base_kinds: dict[str, str] = Field(default_factory=dict)
    industries: dict[str, str] = Field(default_factory=dict)
    criteria: Items[Criterion] = ()
    tables: Items[Table] = ()
    checks: Items[Check] = ()
    duties: Items[Duty] = ()
    acknowledged: Items[Acknowledged] = ()
    rulings: Items[Ruling] = ()
    untrusted: Items[Untrusted] = ()

    @property
    def orders(self) -> bool:
        """Whether it orders work in a time of its own; lists of outside systems and of the registry itself do not."""
        return True

    @property
    def span(self) -> Period:
        """The days that the notice covers."""
        return read_period(self.period)

    def indicator(self, code: str) -> Indicator:
        """The indicator of that code. Raises Unusable ``indicator_unknown`` with the codes there are."""
        found = next((one for one in self.indicators if one.code == code), None)
        if found is not None:
            return found
        known = "、".join(one.code for one in self.indicators)
        said = _("通知 %(notice)s 没有指标“%(code)s”。现有：%(known)s。")
        raise Unusable("indicator_unknown", said % {"notice": self.code, "code": code, "known": known})
