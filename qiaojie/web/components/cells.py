"""One number of the board as a table's cell: figures, a bar, and the same in words for who cannot see them.

A board has hundreds: each is written here, for a template of its own would cost more than all the counting.
"""

from __future__ import annotations

from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from .progress import Progress
from .tags import bar


def cell(drawn: Progress, address: str) -> SafeString:
    """``approved/target`` over its bar, as a link where there are rows behind it; — where there is no task."""
    words = f'<span class="unseen">{escape(drawn.words)}</span>'
    target, aim = drawn.target, drawn.aim
    asked = _("其中%s人待核对") % f"{drawn.value.doubtful:,}" if drawn.value.doubtful else ""
    doubt = f'<small aria-hidden="true">{escape(asked)}</small>' if asked else ""
    if drawn.own_aim:
        own = (
            _("自加到 %s") % f"{drawn.own_aim} · {drawn.own_share}"
            if drawn.own_share
            else _("自加到 %s") % drawn.own_aim
        )
        doubt += f'<small aria-hidden="true">{escape(own)}</small>'
    if drawn.measured and (address or target is not None):
        figures = f'<span aria-hidden="true"><b>{drawn.figure}</b><i>/{aim}</i>{doubt}</span>{words}'
        if address:
            line = bar(drawn.approved_width, drawn.pending_width)
            text = f'<a class="cell {drawn.band}" href="{escape(address)}">{figures}{line}</a>'
        else:
            text = f'<span class="cell {drawn.band}">{figures}{bar(0, 0)}</span>'
    else:
        task = "—" if target is None else f"{escape(_('任务'))} {aim}"
        mark = "i" if target is not None else "span"
        text = f'<span class="cell quiet"><{mark} aria-hidden="true">{task}</{mark}>{words}</span>'
    return SafeString(f"<td>{text}</td>")
