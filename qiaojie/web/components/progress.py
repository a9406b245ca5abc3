"""How far a value has come, ready to be drawn: a band of colour, a bar, a share and the words that say the same."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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
class Progress:
    """A value as a cell or a tile shows it. ``share`` is in whole per cent, rounded down: 100 only when it is done."""

    value: Value
    unit: str
    measured: bool
    band: Band
    share: int | None
    approved_width: int
    pending_width: int

    @property
    def target(self) -> int | None:
        """The target; a target of 0 in a notice's table means that the unit has no task."""
        return self.value.target or None

    @property
    def words(self) -> str:
        """The same in words, for who cannot see the bar."""
        value = self.value
        if value.approved is None:
            if self.target is None:
                return _("尚未计量，无任务")
            return _("尚未计量，任务 %s") % f"{self.target:,}"
        said = [_("已审核 %s") % f"{value.approved:,}"]
        if value.pending:
            said.append(_("待审核 %s") % f"{value.pending:,}")
        if value.elsewhere:
            said.append(_("已由他处计入 %s") % f"{value.elsewhere:,}")
        said.append(_("无任务") if self.target is None else _("任务 %s") % f"{self.target:,}")
        if self.share is not None:
            said.append(_("完成 %d%%") % self.share)
        return _("，").join(said)

    @property
    def opens(self) -> bool:
        """Whether there are rows behind it."""
        return bool(self.value.approved or self.value.pending or self.value.elsewhere)


def progress(value: Value, unit: str) -> Progress:
    """What to draw for a value."""
    approved, target = value.approved, value.target
    if approved is None or not target:
        return Progress(value, unit, approved is not None, Band.NONE, None, 0, 0)
    share = approved * 100 // target
    band = next(band for floor, band in _FLOORS if share >= floor)
    width = min(share, 100)
    pending = min((value.pending or 0) * 100 // target, 100 - width)
    return Progress(value, unit, True, band, share, width, pending)
