"""What a job is told is sealed together with what it is: its kind, its subject, whose it is, and its name.

The columns beside it are plain, for they are searched. A job whose columns say something else than was sealed when it was queued
is none that anybody queued, and is not done.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from qiaojie.lib.crypto import Tampered, UnknownKey, keyring
from qiaojie.lib.findings import Unusable

ARGUMENTS: Final = "job.arguments"
"""The purpose that what a job is told is encrypted for."""

_PLACE: Final = f"{ARGUMENTS}/queue_job.arguments"
"""What the column's bytes are bound to beside their row."""

_SAID: Final = "said"
_GIVEN: Final = "given"


class Altered(Unusable):
    """A job is not as it was queued. ``queued_by`` is whose it was then; '' where that cannot be told."""

    def __init__(self, queued_by: str) -> None:
        text = _("这个任务的记录被人绕过系统改过，没有执行。请重新提交，并让审计管理员查明原因。")
        super().__init__("job_altered", text)
        self.queued_by = queued_by


def seal(given: Mapping[str, Any], *, kind: str, subject: str, actor: str, key: str) -> bytes:
    """Arguments of a job, encrypted with what the job is."""
    told = {_SAID: [kind, subject, actor, key], _GIVEN: dict(given)}
    return keyring().encrypt(json.dumps(told, ensure_ascii=False), ARGUMENTS)


def given(sealed: bytes, *, kind: str, subject: str, actor: str, key: str) -> dict[str, Any]:
    """The arguments of a job that is still what it was when it was queued.

    Raises Altered where it is not, or the bytes are not those of its row; UnknownKey for a key that is not at hand.
    """
    try:
        told = json.loads(keyring().decrypt(sealed, ARGUMENTS))
    except UnknownKey:
        raise
    except Tampered as fault:
        raise Altered("") from fault
    said = told.get(_SAID)
    if said != [kind, subject, actor, key]:
        raise Altered(said[2] if isinstance(said, list) and len(said) == 4 else "")
    found: dict[str, Any] = told[_GIVEN]
    return found


def sealed_before(
    rows: Iterable[tuple[int, bytes, str, str, str, str]],
) -> Iterator[tuple[int, bytes]]:
    """For the upgrade alone: of jobs (row, bytes of the column, kind, subject, actor, key) that the version before queued, the
    bytes that stand there from now on. What does not open stays as it is, and is refused when the job is taken up."""
    for row, stored, kind, subject, actor, key in rows:
        try:
            sealed = keyring().unmark_row(bytes(stored), _PLACE, row)
            plain = json.loads(keyring().decrypt(sealed, ARGUMENTS))
        except Tampered:
            continue
        anew = seal(plain, kind=kind, subject=subject, actor=actor, key=key)
        yield row, keyring().mark_row(anew, _PLACE, row)
