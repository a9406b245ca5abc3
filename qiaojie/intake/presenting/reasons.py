"""Why warnings may pass: given for a kind or a row, kept with the file and its batch, asked for where a notice says so."""

from __future__ import annotations

from collections.abc import Iterable

from qiaojie.lib.findings import Level

from ..judging.plan import Plan
from ..models import Reason, Upload
from ..vocabulary.outcome import Verdict

LONGEST = 500
"""Characters of a reason."""


def given(upload: Upload) -> list[Reason]:
    """The reasons kept with a file, those for a whole kind first."""
    return sorted(upload.reasons.all(), key=lambda one: (one.code, one.row is not None, one.row or 0))


def unexplained(planned: Plan, reasons: Iterable[Reason]) -> int:
    """How many rows that would be written carry a warning that the table wants a reason for, and have none."""
    wanted = planned.source.table.reasons
    if not wanted:
        return 0
    told = {(reason.code, reason.row) for reason in reasons}
    written = {row.key for row in planned.rows if row.verdict in (Verdict.NEW, Verdict.CHANGED)}
    return len(
        {
            issue.row
            for issue in planned.issues
            if issue.level is Level.WARNING
            and issue.code in wanted
            and issue.row in written
            and (issue.code, None) not in told
            and (issue.code, issue.row) not in told
        }
    )
