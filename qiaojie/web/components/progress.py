"""How far a value has come, ready to be drawn: a band of colour, a bar, a share and the words that say the same."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from qiaojie.lib.percentages import NONE, printed
from qiaojie.measures.queries import Value


class Band(StrEnum):
    """Where approved ÷ target lies. Names of CSS classes; the words stand in ``BANDS``."""

    DONE = "done"
    NEAR = "near"
    MID = "mid"
    LOW = "low"
    NONE = "none"


BANDS: dict[Band, str | Promise] = {
    Band.DONE: gettext_lazy("完成"),
    Band.NEAR: gettext_lazy("≥80%"),
    Band.MID: gettext_lazy("≥50%"),
    Band.LOW: gettext_lazy("<50%"),
    Band.NONE: gettext_lazy("无任务或尚未计量"),
}
"""Legend of the bands, best first."""

_FLOORS = ((100, Band.DONE), (80, Band.NEAR), (50, Band.MID), (0, Band.LOW))


@dataclass(frozen=True, slots=True)
class _Phrases:
    """What a value's words are made of, in one language: a board says them five hundred times."""

    nothing: str
    unmeasured: str
    approved: str
    pending: str
    elsewhere: str
    doubtful: str
    idle: str
    task: str
    local: str
    share: str
    local_share: str
    reached: str
    waiting: str
    comma: str


@cache
def _phrases(language: str | None) -> _Phrases:
    """The phrases of the language that is active."""
    return _Phrases(
        nothing=_("尚未计量，无任务"),
        unmeasured=_("尚未计量，任务 %s"),
        approved=_("已审核 %s"),
        pending=_("待审核 %s"),
        elsewhere=_("已由他处计入 %s"),
        doubtful=_("其中 %s 人待核对"),
        idle=_("无任务"),
        task=_("任务 %s"),
        local=_("自加到 %s"),
        share=_("完成 %s"),
        local_share=_("按自加完成 %s"),
        reached=_("达到 %(reached)s/%(cohort)s（%(share)s）"),
        waiting=_("未到期 %s"),
        comma=_("，"),
    )


@dataclass(frozen=True, slots=True)
class Progress:
    """A value as a cell or a tile shows it. ``share`` is how much of the target is done, in per cent to one place, half up:
    100 only where it is reached. Band and bar follow what is shown."""

    value: Value
    unit: str
    measured: bool
    band: Band
    share: Decimal | None
    approved_width: int
    pending_width: int

    @property
    def target(self) -> int | None:
        """The target; a target of 0 in a notice's table means that the unit has no task."""
        return self.value.target or None

    @property
    def words(self) -> str:
        """The same in words, for who cannot see the bar."""
        value, target, say = self.value, self.target, _phrases(get_language())
        if value.approved is None:
            return say.nothing if target is None else say.unmeasured % f"{target:,}"
        said = [self._approved]
        if value.doubtful:
            said.append(say.doubtful % f"{value.doubtful:,}")
        if value.waiting:
            said.append(say.waiting % f"{value.waiting:,}")
        if value.pending:
            said.append(say.pending % f"{value.pending:,}")
        if value.elsewhere:
            said.append(say.elsewhere % f"{value.elsewhere:,}")
        said.append(say.idle if target is None else say.task % self.aim)
        if value.local:
            said.append(say.local % self.own_aim)
        if self.share is not None:
            said.append(say.share % printed(self.share))
        if value.local_done is not None:
            said.append(say.local_share % printed(value.local_done))
        return say.comma.join(said)

    @property
    def figure(self) -> str:
        """What is approved, as a cell has it; of a ratio its share."""
        if self.value.cohort is not None:
            return printed(self.value.share)
        return f"{self.value.approved or 0:,}"

    @property
    def aim(self) -> str:
        """The target, in per cent where it is one; — where there is none."""
        if self.target is None:
            return NONE
        return f"{self.target:,}%" if self.value.cohort is not None else f"{self.target:,}"

    @property
    def own_aim(self) -> str:
        """The higher figure that the unit set itself, in per cent where it is one; '' where there is none."""
        if not self.value.local:
            return ""
        return f"{self.value.local:,}%" if self.value.cohort is not None else f"{self.value.local:,}"

    @property
    def own_share(self) -> str:
        """How much of that is done, printed; '' where there is none."""
        return "" if self.value.local_done is None else printed(self.value.local_done)

    @property
    def _approved(self) -> str:
        say, value = _phrases(get_language()), self.value
        if value.cohort is None:
            return say.approved % f"{value.approved:,}"
        words = {
            "reached": f"{value.approved:,}",
            "cohort": f"{value.cohort:,}",
            "share": printed(value.share),
        }
        return say.reached % words

    @property
    def opens(self) -> bool:
        """Whether there are rows behind it."""
        return bool(self.value.approved or self.value.pending or self.value.elsewhere)


def progress(value: Value, unit: str) -> Progress:
    """What to draw for a value."""
    approved, target, share = value.approved, value.target, value.done
    if not target or share is None:
        return Progress(value, unit, approved is not None, Band.NONE, None, 0, 0)
    band = next(band for floor, band in _FLOORS if share >= floor)
    width = min(int(share), 100)
    pending = min((value.pending or 0) * 100 // target, 100 - width)
    return Progress(value, unit, True, band, share, width, pending)
