"""A row of days as a small picture: which of them somebody was there, in part, or not; in words for who does not see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qiaojie.reports.class_roster import Day, Presence

STEP: Final = 6
"""Width of a day in the picture: five for it and one between."""
WIDEST: Final = 120
"""Pixels that the picture may take: where there are more than twenty days each is drawn narrower,
so that the columns beside it keep their room."""
_NAMED: Final = 6
"""Days that the words name; of more they say how many there are."""

_DRAWN: Final = {
    Presence.WHOLE: '<rect class="whole" x="{x}" y="0" width="5" height="12"/>',
    Presence.PART: '<rect class="part" x="{x}" y="6" width="5" height="6"/>',
    Presence.AWAY: '<rect class="away" x="{x}.75" y="7.75" width="3.5" height="3.5"/>',
    Presence.UNLISTED: '<rect class="unlisted" x="{x}" y="11" width="5" height="1"/>',
}


def strip(days: Sequence[Day]) -> SafeString:
    """The days as a picture with its words; '' for none. A full column is a whole day, half a column a part of one, a hollow
    square a day away, a line a day on which she was on no list."""
    if not days:
        return SafeString("")
    drawn = "".join(_DRAWN[one.presence].format(x=place * STEP) for place, one in enumerate(days))
    box, width = f"0 0 {len(days) * STEP} 12", min(len(days) * STEP, WIDEST)
    return SafeString(
        f'<svg class="strip" viewBox="{box}" width="{width}" height="13" preserveAspectRatio="none" role="img"'
        f' aria-label="{escape(words(days))}">{drawn}</svg>'
    )


def words(days: Sequence[Day]) -> str:
    """The same in words: how many days, and which were missed whole or in part."""
    said = [ngettext("共 %d 天", "共 %d 天", len(days)) % len(days)]
    for presence, label in ((Presence.PART, _("到一部分")), (Presence.AWAY, _("缺"))):
        found = [one for one in days if one.presence is presence]
        if found and len(found) <= _NAMED:
            said.append(f"{label} {_('、').join(f'{one.on.month}-{one.on.day}' for one in found)}")
        elif found:
            said.append(f"{label} " + ngettext("%d 天", "%d 天", len(found)) % len(found))
    return _("，").join(said if len(said) > 1 else [*said, _("全到")])
