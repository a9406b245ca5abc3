"""Looking one person up by a whole number that somebody holds: logged each time, counted, and refused beyond a bound.

A number that is asked for confirms itself: whoever may try any number of them finds out any of them. So it is never found by
a part of it, the log says under a keyed hash which number it was (the same number asked again has the same mark), and each
account has so many an hour (``QIAOJIE_LOOK_UPS``); beyond that whoever watches over the log is told. What is typed into a
row, pasted or handed in confirms numbers too, and is logged as entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Final, NoReturn

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.accounts.models import AccessEntry
from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers import sight
from qiaojie.ledgers.queries import Row
from qiaojie.ledgers.viewer import Action, Viewer, note_refused, refuse
from qiaojie.lib.crypto import HEADER_BYTES, keyring
from qiaojie.lib.findings import Unusable
from qiaojie.lib.identity import normalise

from .identification import CERTIFICATE_LENGTH, ID_LENGTH
from .ledger import PERSONS

WINDOW: Final = timedelta(hours=1)
"""The time in which look-ups of an account are counted together."""

LOOK_UPS: Final = "look_ups"
"""What an alarm is about: more look-ups than an account has."""

TRIALS: Final = "trials"
"""What an alarm is about: as many rows with numbers typed and never written, which confirm numbers as look-ups do."""

_NUMBER = re.compile(r"[0-9]+[0-9X]?(B[0-9]{1,2})?")
_MOBILE = 11
"""Digits of a mobile number."""
_LEAST = 8
"""So many digits are meant as a number, whole or not; fewer may be a year or stand in a title."""
_MARK = 12
"""Characters of the keyed hash that the log keeps: enough to tell numbers apart, made with a key of its own."""
_TRIED = "tried/"
_TOLD = ("name", "sex", "birth_date", "id_number", "hukou")


def is_number(text: str) -> bool:
    """Whether what was typed is meant as a number of somebody, whole or not."""
    number = normalise(text)
    return len(number) >= _LEAST and _NUMBER.fullmatch(number) is not None


def is_whole(text: str) -> bool:
    """Whether it has the length of a whole number: of an identity (18), a certificate (20 and more), a mobile telephone (11)."""
    number = normalise(text)
    return is_number(text) and (len(number) in (ID_LENGTH, _MOBILE) or len(number) >= CERTIFICATE_LENGTH)


def may(viewer: Viewer) -> bool:
    """Whether the viewer may look anybody up by a number: who enters or inspects for an office."""
    return (
        not viewer.outside
        and sight.seeks_people(viewer)
        and (viewer.may(Action.ENTER) or viewer.may(Action.REVEAL))
    )


def look_up(text: str, viewer: Viewer, size: int = 20) -> list[Row]:
    """The persons whose whole identity, certificate or telephone number this is, as the viewer sees them; logged as a look-up.

    Three queries and two lines. Raises Refused where the role may look nobody up; Unusable ``number_not_whole`` for a part of a
    number, ``look_ups_spent`` beyond the bound.
    """
    number = normalise(text)
    subject = f"persons/{_mark(number)}"
    if not may(viewer):
        refuse(viewer, Action.LOOK_UP, subject)
    if not is_whole(number):
        raise Unusable("number_not_whole", _("请输入完整的号码：身份证号18位、残疾人证号20位、手机号11位。"))
    if _lately(viewer.name) >= settings.QIAOJIE_LOOK_UPS:
        _refuse_more(viewer, subject)
    wanted = ledgers.rows(PERSONS, viewer).filter(canonical__isnull=True).filter(_by(number))
    keys = list(wanted.order_by("pk").distinct().values_list("pk", flat=True)[:size])
    viewer.note(Action.LOOK_UP, subject, rows=len(keys))
    # Asked again with the own line written: of many at once none slips through beneath the bound.
    if _lately(viewer.name) > settings.QIAOJIE_LOOK_UPS:
        _refuse_more(viewer, subject)
    return shown(keys, viewer)


def shown(keys: list[int], viewer: Viewer) -> list[Row]:
    """Persons with these keys, in their order, by what tells one from another."""
    fields = [field for field in ledgers.fields_of(PERSONS, viewer) if field.name in _TOLD]
    rows = ledgers.rows(PERSONS, viewer).filter(pk__in=keys)
    by_key = {row.pk: row for row in ledgers.shown(PERSONS, viewer, rows, fields)} if keys else {}
    return [by_key[pk] for pk in keys if pk in by_key]


def note_trial(subject: str, numbers: Iterable[str], viewer: Viewer) -> None:
    """Log, as entry, that a row with these numbers was typed and looked at and not written; and tell whoever watches over the
    log where an account does so more often within the hour than it might look up. Two lines at most, nothing is refused: somebody
    may be putting a long list right."""
    marks = [_mark(normalise(number)) for number in numbers if is_whole(number)]
    if not marks:
        return
    viewer.note(Action.ENTER, f"{_TRIED}{subject}/{marks[0]}")
    tried = AccessEntry.objects.filter(_lines(viewer.name), action=Action.ENTER, subject__startswith=_TRIED)
    if tried.count() > settings.QIAOJIE_LOOK_UPS:
        _alarm(viewer, TRIALS)


def _mark(number: str) -> str:
    """What stands for a number in the log."""
    return keyring().blind(number, "log.look_up")[HEADER_BYTES:].hex()[:_MARK]


def _by(number: str) -> Q:
    ring = keyring()
    if len(number) == _MOBILE:
        return Q(phone_hash__in=ring.blinds(number, "person.phone"))
    if len(number) == ID_LENGTH:
        return Q(id_hash__in=ring.blinds(number, "person.id_number"))
    hashes = ring.blinds(number[:CERTIFICATE_LENGTH], "certificate.number")
    carried = ring.blinds(number[:ID_LENGTH], "person.id_number")
    return Q(certificates__number_hash__in=hashes) | Q(id_hash__in=carried)


def _lines(username: str) -> Q:
    return Q(username=username, at__gt=timezone.now() - WINDOW)


def _lately(username: str) -> int:
    """How many look-ups of an account were answered within the hour."""
    return AccessEntry.objects.filter(_lines(username), action=Action.LOOK_UP, done=True).count()


def _refuse_more(viewer: Viewer, subject: str) -> NoReturn:
    note_refused(viewer, Action.LOOK_UP, subject)
    _alarm(viewer, LOOK_UPS)
    text = _("一小时内按号码查人已满 %d 次，请过一会儿再查；安全管理员和审计管理员已收到提醒。")
    raise Unusable("look_ups_spent", text % settings.QIAOJIE_LOOK_UPS)


def _alarm(viewer: Viewer, what: str) -> None:
    """Once within the hour."""
    if not AccessEntry.objects.filter(_lines(viewer.name), action=Action.ALARM, subject=what).exists():
        viewer.note(Action.ALARM, what, rows=settings.QIAOJIE_LOOK_UPS)
