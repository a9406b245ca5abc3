"""Two records whose identity numbers, or all else that is said of them, may be one woman's: found, shown, asked about.

Nothing is merged here by itself. Until somebody has answered, both records count, and the number says how many of those it
counts are in doubt. Pairs follow the rows: they are found when persons are registered or change, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db import connection, transaction
from django.db.models import BigIntegerField, Count, Exists, F, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiaojie.ledgers.changing import permitted, together
from qiaojie.ledgers.rows import chunks, hand_out, update
from qiaojie.ledgers.viewer import Action, Viewer, demand_office
from qiaojie.lib.findings import Unusable
from qiaojie.lib.values import Label
from qiaojie.regions import former_codes
from qiaojie.regions.models import Level

from . import likely_pairs, number_blocks
from .likeness import Trait
from .likeness.traits import AGREES
from .merging import merge
from .models import Doubt, Person, Sex, Tie
from .number_blocks import OLD_LENGTH
from .queries import known_to

AT_ONCE = 900
"""Persons whose like are sought by one statement: their keys stand in it five times, and SQLite takes 32,766 values."""

_FILL = 5_000
"""Persons whose hashes are made at a time where a version before had none."""


class Why(StrEnum):
    """Why two records may be of one woman."""

    FIFTEEN = "fifteen"
    """One number has 15 digits, the other the same and what 1999 added."""
    PREFIX = "prefix"
    """The numbers differ in the code of the place, one of which stood before 1997 and the other came after it."""
    DIGIT = "digit"
    """Of one name, and the numbers differ in a digit, or in two neighbours."""
    PHONE = "phone"
    """Of one name, sex and day of birth, with one telephone."""
    TOWN = "town"
    """Of one name, sex and day of birth, in one township."""
    LIKELY = "likely"
    """Of one county and likely the same by all that is said of them (``likeness``), where one has no number."""


WORDS: Mapping[Why, Label] = {
    Why.FIFTEEN: gettext_lazy("15位和18位号码是同一个"),
    Why.PREFIX: gettext_lazy("号码只有前六位不同，一个是1997年以前的"),
    Why.DIGIT: gettext_lazy("同名，号码只差一位或相邻两位颠倒"),
    Why.PHONE: gettext_lazy("同名、同性别、同生日，手机号相同"),
    Why.TOWN: gettext_lazy("同名、同性别、同生日，同乡镇"),
    Why.LIKELY: gettext_lazy("综合来看很可能是同一人"),
}

_BLOCKS = """
SELECT p.id, q.id FROM people_person p JOIN people_person q ON {same} AND q.id <> p.id
WHERE p.id IN ({keys}) AND p.canonical_id IS NULL AND q.canonical_id IS NULL
"""
_SAME = (
    "q.id_core = p.id_core",
    "q.name_key = p.name_key AND q.id_begin = p.id_begin",
    "q.name_key = p.name_key AND q.id_end = p.id_end",
    "q.name_key = p.name_key AND q.birth_date = p.birth_date",
)
"""What records that may be one woman's have in common at least; each is answered by an index."""


@dataclass(frozen=True, slots=True)
class _Record:
    """What is compared of a person."""

    name: str
    sex: str
    birth: date | None
    number: str
    phone: bytes | None
    towns: frozenset[int]


def look(keys: Iterable[int]) -> int:
    """Hold these persons against all others: note pairs that are new, forget open ones that are none any more. How many are
    new. Eight queries per ``AT_ONCE`` persons, some more where somebody has no number. The caller holds the transaction in
    which they changed."""
    made = 0
    for part in chunks(sorted(set(keys)), AT_ONCE):
        pairs = _pairs(part)
        records = _records({key for pair in pairs for key in pair})
        found: dict[tuple[int, int], list[str]] = {
            pair: [*why] for pair in pairs if (why := _why(records[pair[0]], records[pair[1]]))
        }
        for pair, scored in likely_pairs.find(part).items():
            found.setdefault(pair, [Why.LIKELY, *likely_pairs.why(scored)])
        touching = Doubt.objects.filter(Q(one__in=part) | Q(other__in=part))
        held = {
            (one, other): (pk, answer)
            for pk, one, other, answer in touching.values_list("pk", "one", "other", "answer")
        }
        gone = [
            pk for pair, (pk, answer) in held.items() if answer == Doubt.Answer.OPEN and pair not in found
        ]
        merged = _merged(held) if gone else set()
        Doubt.objects.filter(pk__in=[pk for pk in gone if pk not in merged]).delete()
        asked = [(pair, why) for pair, why in found.items() if pair not in held]
        new = [
            Doubt(pk=key, one=pair[0], other=pair[1], why=" ".join(why))
            for key, (pair, why) in zip(hand_out(Doubt, len(asked)), asked, strict=True)
        ]
        Doubt.objects.bulk_create(new, ignore_conflicts=True)
        made += len(new)
    return made


def _merged(held: Mapping[tuple[int, int], tuple[int, str]]) -> set[int]:
    """Of noted pairs those of which a record was found to be another's: they stand for the record that is kept."""
    keys = {key for pair in held for key in pair}
    into = set(Person.objects.filter(pk__in=keys, canonical__isnull=False).values_list("pk", flat=True))
    return {pk for pair, (pk, _answer) in held.items() if into & set(pair)}


def _pairs(keys: Sequence[int]) -> set[tuple[int, int]]:
    """Pairs (smaller key first) with something in common of which one is among the keys."""
    marks = ", ".join(["%s"] * len(keys))
    text = " UNION ".join(_BLOCKS.format(same=same, keys=marks) for same in _SAME)
    with connection.cursor() as cursor:
        cursor.execute(text, [*keys] * len(_SAME))
        return {(min(pair), max(pair)) for pair in cursor.fetchall()}


def _records(keys: Iterable[int]) -> dict[int, _Record]:
    columns = ("name_key", "sex", "birth_date", "id_number", "phone_hash")
    places = ("home_id", "home__level", "hukou_id", "hukou__level")
    found: dict[int, _Record] = {}
    for part in chunks(sorted(set(keys)), AT_ONCE):
        rows = Person.objects.filter(pk__in=part).order_by().values_list("pk", *columns, *places)
        for pk, name, sex, birth, number, phone, home, home_level, hukou, hukou_level in rows:
            towns = {
                at for at, level in ((home, home_level), (hukou, hukou_level)) if level == Level.TOWNSHIP
            }
            held = None if phone is None else bytes(phone)
            found[pk] = _Record(name, sex, birth, number or "", held, frozenset(towns))
    return found


def _why(one: _Record, other: _Record) -> list[Why]:
    found = list(_by_number(one, other))
    known = {Sex.FEMALE.value, Sex.MALE.value}
    alike = (one.name, one.sex, one.birth) == (other.name, other.sex, other.birth)
    if alike and one.birth is not None and one.sex in known:
        if one.phone is not None and one.phone == other.phone:
            found.append(Why.PHONE)
        if one.towns & other.towns:
            found.append(Why.TOWN)
    return found


def _by_number(one: _Record, other: _Record) -> Iterator[Why]:
    mine, hers = number_blocks.body(one.number), number_blocks.body(other.number)
    if not mine or not hers:
        return
    if mine == hers:
        if OLD_LENGTH in (len(one.number), len(other.number)):
            yield Why.FIFTEEN
        return
    if mine[6:] == hers[6:] and former_codes.related(mine[:6], hers[:6]):
        yield Why.PREFIX
    if one.name == other.name and number_blocks.one_off(mine, hers):
        yield Why.DIGIT


def follow(touched: Mapping[str, Iterable[int]], **_signal: Any) -> None:
    """Look anew at the persons that a change touched (receiver of ``rows_changed``)."""
    keys = touched.get(Person._meta.label)
    if keys:
        look(keys)


def catch_up() -> int:
    """Look at everybody where a version before never did; how many pairs were found. Done a second time it finds nothing to
    do. Each part is one whole: who has got hashes has been looked at."""
    lacking = Person.objects.filter(id_hash__isnull=False, id_core__isnull=True).order_by("pk")
    found, after, looked = 0, 0, False
    while part := list(lacking.filter(pk__gt=after).values_list("pk", "id_number")[:_FILL]):
        keys, numbers = zip(*part, strict=True)
        made = number_blocks.hashes(numbers)
        with transaction.atomic():
            columns = ({name: values[at] for name, values in made.items()} for at in range(len(keys)))
            update(Person, zip(keys, columns, strict=True))
            found += look(keys)
        after, looked = keys[-1], looked or any(made["id_core"])
    if looked:
        # Those without a number were met wherever the other side has one.
        numberless = Person.objects.filter(id_hash__isnull=True, canonical__isnull=True).order_by("pk")
        with transaction.atomic():
            found += look(numberless.values_list("pk", flat=True))
    return found


# --- what is open ----------------------------------------------------------------------------------------------------


def open_pairs(viewer: Viewer | None = None) -> QuerySet[Doubt]:
    """Pairs that nobody has answered, with the records (``a``, ``b``) under which the two count now. With a viewer only those
    of which he may know one side.

    A pair stands as long as the two are kept apart and nobody said that they are different: one found to be the same and
    parted again is open again.
    """
    found = (
        Doubt.objects.exclude(answer=Doubt.Answer.DIFFERENT)
        .annotate(a=_kept("one"), b=_kept("other"))
        .exclude(a=F("b"))
    )
    if viewer is None:
        return found
    if viewer.outside:
        return found.none()
    known = Tie.objects.filter(viewer.scope("region"))
    return found.filter(
        Q(Exists(known.filter(person=OuterRef("a")))) | Q(Exists(known.filter(person=OuterRef("b"))))
    )


def _kept(side: str) -> Coalesce:
    into = Person.objects.filter(pk=OuterRef(side)).order_by().values("canonical_id")
    return Coalesce(Subquery(into, BigIntegerField()), F(side), output_field=BigIntegerField())


def number(viewer: Viewer) -> int:
    """How many pairs wait for an answer, of those of which the viewer may know one side; one query."""
    return open_pairs(viewer).count()


def waiting_since(viewer: Viewer) -> tuple[int, datetime | None]:
    """``number``, and when the oldest of them was found; one query."""
    held = open_pairs(viewer).aggregate(number=Count("pk"), since=Min("found_at"))
    return held["number"], held["since"]


def others_of(person: int) -> list[Doubt]:
    """The open pairs of which a record (the one that is kept) is a side; one query, whose cost grows with her records."""
    records = Person.objects.order_by()
    hers = records.filter(pk=person).values("pk").union(records.filter(canonical=person).values("pk"))
    noted = Doubt.objects.order_by()
    # Under which records a pair counts is worked out for each pair: only for those that name one of hers.
    touching = noted.filter(one__in=hers).values("pk").union(noted.filter(other__in=hers).values("pk"))
    found = open_pairs().filter(pk__in=touching)
    return list(found.filter(Q(a=person) | Q(b=person)).order_by("pk"))


def doubted(persons: Iterable[int]) -> frozenset[int]:
    """Those of some records about which it is open whether they are of one woman with another; one query for some hundred."""
    asked = set(persons)
    found: set[int] = set()
    for part in chunks(sorted(asked), AT_ONCE):
        noted = Doubt.objects.order_by()
        touching = noted.filter(one__in=part).values("pk").union(noted.filter(other__in=part).values("pk"))
        for pair in open_pairs().filter(pk__in=touching).values_list("one", "other"):
            found.update(pair)
    return frozenset(found & asked)


def reasons(doubt: Doubt) -> tuple[Label, ...]:
    """Why two records may be of one woman, in words."""
    return tuple(
        AGREES[Trait(word[1:])] if word.startswith("+") else WORDS[Why(word)] for word in doubt.why.split()
    )


def answer(pk: int, viewer: Viewer, *, same: bool, reason: str) -> None:
    """Say of an open pair that it is one woman, whose records are then put together (``merging``), or that it is two, which is
    never asked again.

    Raises Refused where the role may not approve or either side may not be seen; Unusable ``reason_missing``,
    ``doubt_closed``, and as ``merging.merge``.
    """
    permit = permitted(viewer, Action.APPROVE, f"doubts/{pk}", office=True)
    found = open_pairs().filter(pk=pk).first()
    sides: tuple[int, ...] = (found.a, found.b) if found is not None else ()  # type: ignore[attr-defined]
    permit.refuse_unless(
        _both_known(sides, viewer) if found is not None else Doubt.objects.filter(pk=pk).exists()
    )
    if found is None:
        raise Unusable("doubt_closed", _("这一对已经有人认定过了，请刷新后再看。"))
    if not reason.strip():
        raise Unusable("reason_missing", _("请写明理由。"))
    with together():
        # Whoever answers at the same moment waits here, and then finds the pair answered.
        Doubt.objects.select_for_update().get(pk=pk)
        if not open_pairs().filter(pk=pk).exists():
            raise Unusable("doubt_closed", _("这一对已经有人认定过了，请刷新后再看。"))
        if same:
            keep = kept_of(sides)
            merge(next(side for side in sides if side != keep), keep, viewer, reason)
        with permit.because(reason.strip()) as change:
            columns = ("answer", "answered_at", "answered_by", "reason")
            before = {name: getattr(found, name) for name in columns}
            after = {
                "answer": Doubt.Answer.SAME.value if same else Doubt.Answer.DIFFERENT.value,
                "answered_at": timezone.now(),
                "answered_by": viewer.name,
                "reason": change.purpose[:200],
            }
            update(Doubt, [(pk, after)])
            change.updated(Doubt, [(pk, before, after)], told=False)
            change.note(rows=1)


def kept_of(sides: Sequence[int]) -> int:
    """Of two records the one that stays where they are put together: she who has an identity number, else the earlier one."""
    numbered = set(Person.objects.filter(pk__in=sides, id_hash__isnull=False).values_list("pk", flat=True))
    return min(sides, key=lambda key: (key not in numbered, key))


def _both_known(sides: Sequence[int], viewer: Viewer) -> bool:
    return Person.objects.filter(known_to(viewer), pk__in=sides).count() == len(set(sides))


def queue(
    viewer: Viewer, *, size: int = 20, after: int = 0, person: int | None = None
) -> tuple[list[Doubt], int | None]:
    """Open pairs of which the viewer may know one side, the oldest first, and where the next page begins (None at the end);
    of one ``person`` only if given. Raises Refused where the role may not enter rows."""
    demand_office(viewer, Action.ENTER, "doubts")
    found = open_pairs(viewer).filter(pk__gt=after)
    if person is not None:
        found = found.filter(Q(a=person) | Q(b=person))
    held = list(found.order_by("pk")[: size + 1])
    return held[:size], held[size - 1].pk if len(held) > size else None
