"""Rows of which it is not certain whom they mean: who is like her, what was answered, what was answered before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from qiaojie.ledgers.rows import chunks
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.crypto import keyring
from qiaojie.lib.findings import Finding, Level
from qiaojie.lib.pinyin import sound
from qiaojie.lib.text import name_key, squeeze
from qiaojie.notices.shape import Piece
from qiaojie.people import likeness
from qiaojie.people.identification import ID_LENGTH, By, Identity
from qiaojie.people.likeness import BIRTHS, Alike, Grade, Likeness, Profile, Trait
from qiaojie.people.queries import visible
from qiaojie.regions.models import Level as RegionLevel
from qiaojie.regions.models import Region

from ..models import Answer, evidence_of
from ..reading.lines import Line
from ..vocabulary.entity import Entity
from ..vocabulary.outcome import (
    NEW_PERSON,
    PERSON,
    Question,
    RememberedPerson,
    Side,
    Verdict,
    words,
)
from ..vocabulary.places import CellPlace, Naming, listed, pointing

EVIDENCE = "answer.evidence"
"""Purpose of the keyed hash that finds what was answered."""

_SETTLED = (Verdict.NEW, Verdict.CHANGED, Verdict.SAME)
_LIKE = (Grade.LIKELY, Grade.POSSIBLE)
_TELLING = ("birth_date", "phone", "hukou_id", "home_id")


class Asker:
    """Asks of one piece's lines whom they mean, where no number says it."""

    def __init__(
        self, piece: Piece, decisions: Mapping[int, str], county: int, viewer: Viewer, naming: Naming
    ) -> None:
        self.piece = piece
        self.decisions = decisions
        self.county = county
        self.viewer = viewer
        self.naming = naming

    def ask(self, lines: Sequence[Line], identities: dict[tuple[str, int], Identity]) -> list[Question]:
        """The questions about these lines, answered ones among them; what is answered goes into ``identities``, a line
        that is not waits. A few queries per thousand lines that no number identifies."""
        lone = [line for line in lines if identities[self.piece.word, line.key].person is None]
        bare = self.describe(lone)
        asked = [*bare, *self._numbered(lone)]
        if not asked:
            return []
        towns = self._towns(lines)
        profiles = {line.key: self._profile(line, towns) for line in asked}
        remembered = recall(self.county, {line.evidence for line in bare})
        found = likeness.search([profiles[line.key] for line in asked], self.county, self.viewer)
        peers = self._peers(lines, bare, profiles, towns)
        named = self._named(asked)
        questions: list[Question] = []
        for line, like in zip(asked, found, strict=True):
            known = remembered.get(line.evidence) if line.evidence else None
            others = peers.get(line.key, [])
            sides = [side for _place, side in others]
            question = self._question(line, like, sides, known, named.get(line.key))
            if question is None:
                continue
            questions.append(question)
            person = self._meant(question, known)
            if person is not None:
                identities[self.piece.word, line.key] = Identity(person, By.LIKENESS)
                self._leave_standing(line, like, person)
            line.waits = question.waits
            self._say(line, question, like, [place for place, _side in others])
        return questions

    def _leave_standing(self, line: Line, like: Likeness, person: int) -> None:
        """The registry's spelling and day of birth stand until somebody changes them on purpose: that a row means her does
        not say that the row has them right."""
        met = next((one for one in like.alike if one.person == person), None)
        if met is None:
            # Whoever is remembered bore the same name when it was answered.
            return
        if Trait.NAME not in met.agree:
            self._held(line).pop("name", None)
        if line.evidence and (Trait.BIRTH in met.differ or not set(BIRTHS[1:]).isdisjoint(met.agree)):
            self._held(line).pop("birth_date", None)

    def describe(self, lines: Iterable[Line]) -> list[Line]:
        """Those of the lines that no number tells apart, each with what does."""
        bare = [line for line in lines if not (self._held(line).get("id_number") or line.certificate)]
        for line in bare:
            line.evidence = self._evidence(line)
        return bare

    def _held(self, line: Line) -> dict[str, Any]:
        return line.parts[self.piece.word]

    def _evidence(self, line: Line) -> str:
        """What tells her apart where there is no number: the same text is the same woman, of one county's files."""
        held = self._held(line)
        telling = [str(held.get(column) or "") for column in _TELLING]
        return "\x1f".join([name_key(held.get("name")), *telling, squeeze(held.get("address"))])

    def _numbered(self, lone: Iterable[Line]) -> list[Line]:
        """Lines with a number that nobody has yet, which somebody without a number may be."""
        with_number = [line for line in lone if not line.evidence and self._held(line).get("name")]
        others = likeness.numberless() if with_number else None
        return [line for line in with_number if others and others.may_be(*self._called(line))]

    def _called(self, line: Line) -> tuple[str, date | None]:
        held = self._held(line)
        born = held.get("birth_date") or line.derived[self.piece.word].get("birth_date")
        return name_key(held["name"]), born

    def _towns(self, lines: Iterable[Line]) -> dict[int, str]:
        keys = {
            self._held(line)[column]
            for line in lines
            for column in ("home_id", "hukou_id")
            if column in self._held(line)
        }
        found: dict[int, str] = {}
        for part in chunks(keys):
            rows = Region.objects.filter(pk__in=part, level=RegionLevel.TOWNSHIP)
            found.update(rows.values_list("pk", "name"))
        return found

    def _profile(self, line: Line, towns: Mapping[int, str]) -> Profile:
        held = {**line.derived[self.piece.word], **self._held(line)}
        if line.certificate:
            held.setdefault("id_number", line.certificate[:ID_LENGTH])
        named = [towns[held[at]] for at in ("home_id", "hukou_id") if held.get(at) in towns]
        return likeness.said(held, named, self.county)

    def _peers(
        self,
        lines: Iterable[Line],
        bare: Iterable[Line],
        profiles: Mapping[int, Profile],
        towns: Mapping[int, str],
    ) -> dict[int, list[tuple[CellPlace, Side]]]:
        """Other lines of the file that may mean the same woman as one without a number, and do not say the same of her: each
        with the cell of the name there."""
        told = {line.key: (line, profiles.get(line.key) or self._profile(line, towns)) for line in lines}
        near = _Near(profiles[line.key] for line in bare)
        for key, (_line, profile) in told.items():
            near.add(key, profile)
        found: dict[int, list[tuple[CellPlace, Side]]] = defaultdict(list)
        for line in bare:
            mine = profiles[line.key]
            met: set[str] = {line.evidence}
            for key in near.of(mine):
                other, profile = told[key]
                who = other.evidence or profile.number
                if key == line.key or who in met or likeness.compare(mine, profile) not in _LIKE:
                    continue
                met.add(who)
                (pair,) = likeness.grade(mine, {key: profile}).alike
                there = other.place(self._name())
                side = _side(pair, cell=self.naming.where(there.cell))
                found[line.key].append((there, side))
        return found

    def _name(self) -> str:
        return self.piece.own_target["name"].name

    def _named(self, lines: Iterable[Line]) -> dict[int, int]:
        """Whom decisions name, by line: she need not be like what the line says of her, but open to the viewer."""
        told = {
            line.key: int(word.removeprefix(PERSON))
            for line in lines
            for word in words(self.decisions, line.key)
            if word.startswith(PERSON) and word.removeprefix(PERSON).isdecimal()
        }
        seen: set[int] = set()
        for part in chunks(set(told.values())):
            seen.update(visible(self.viewer).filter(pk__in=part).values_list("pk", flat=True))
        return {key: person for key, person in told.items() if person in seen}

    def _question(
        self,
        line: Line,
        like: Likeness,
        peers: Iterable[Side],
        known: tuple[int, int, bool] | None,
        named: int | None,
    ) -> Question | None:
        sides = (
            *(_side(one, one.person if one.known else None) for one in like.alike),
            *peers,
        )
        if known is not None and not any(side.person == known[0] for side in sides):
            sides = (Side((), (), known[0]), *sides)
        if named is not None and not any(side.person == named for side in sides):
            sides = (Side((), (), named), *sides)
        if not sides:
            return None
        told = words(self.decisions, line.key)
        offered = {f"{PERSON}{side.person}" for side in sides if side.person is not None}
        answer = next(iter(sorted(told & {*offered, NEW_PERSON})), "")
        memory = known[1] if known is not None and not answer else None
        said = {**line.derived[self.piece.word], **self._held(line)}
        cell = self.naming.where(line.cell(self._name()))
        return Question(line.key, line.sheet, cell, said, sides, answer, memory)

    def _meant(self, question: Question, known: tuple[int, int, bool] | None) -> int | None:
        if question.answer.startswith(PERSON):
            return int(question.answer.removeprefix(PERSON))
        return known[0] if known is not None and question.memory is not None else None

    def _say(self, line: Line, question: Question, like: Likeness, others: Iterable[CellPlace]) -> None:
        if question.answer:
            code, text = "person_confirmed", _("按经办确认，是登记的这个人。")
            if question.answer == NEW_PERSON:
                code, text = "person_new", _("按经办确认，不是已登记的人，新登记。")
            line.say(Finding(code, text, Level.HINT), self._name())
        elif question.memory is None:
            _ask(line, self._name(), question, like, others)


class _Near:
    """Lines of a file by what those of one woman have in common: how the name sounds, the day of birth, the telephone."""

    def __init__(self, sought: Iterable[Profile]) -> None:
        self.lines: dict[object, list[int]] = {key: [] for one in sought for key in self._keys(one)}

    def add(self, line: int, profile: Profile) -> None:
        """Note a line, if it has anything in common with those sought."""
        for key in self._keys(profile):
            if key in self.lines:
                self.lines[key].append(line)

    def of(self, profile: Profile) -> list[int]:
        """Lines that have anything in common with a description, in their order."""
        return sorted({line for key in self._keys(profile) for line in self.lines.get(key, ())})

    @staticmethod
    def _keys(one: Profile) -> Iterator[object]:
        if one.name:
            yield sound(one.name)
        if one.birth is not None:
            yield one.birth
        if one.phone:
            yield "phone", one.phone


def _side(alike: Alike, person: int | None = None, cell: str = "") -> Side:
    """A side of a question; of somebody whom the viewer may not see no more than that she is."""
    found = alike.score
    if found is None:
        return Side(alike.agree, alike.differ, person, cell)
    return Side(
        alike.agree,
        alike.differ,
        person,
        cell,
        False,
        found.weights,
        found.total,
        found.version,
        found.rarity,
    )


def met(
    lines: Iterable[Line],
    verdicts: Mapping[int, Verdict],
    questions: Iterable[Question],
    people: Sequence[Piece],
    person: Callable[[Line, Piece], Entity],
) -> Iterable[RememberedPerson]:
    """Whom descriptions without a number turned out to mean, but for those remembered already."""
    known = {question.row for question in questions if question.memory is not None}
    answered = {question.row for question in questions if question.answer}
    found: dict[str, RememberedPerson] = {}
    for line in lines:
        if line.evidence and line.key not in known and verdicts[line.key] in _SETTLED:
            for piece in people:
                said = RememberedPerson(line.evidence, person(line, piece), line.key in answered)
                found.setdefault(line.evidence, said)
    return found.values()


def _ask(line: Line, name: str, question: Question, like: Likeness, others: Iterable[CellPlace]) -> None:
    """Ask at the cell of the name whom a line means."""
    reasons = "、".join(dict.fromkeys(str(reason) for side in question.sides for reason in side.reasons))
    people = [side for side in question.sides if side.person is not None]
    if people:
        text = _("可能是已登记的人（%(why)s，%(number)d人），请认定是不是她；认定之前这一行不写入。")
        words = text % {"why": reasons, "number": len(people)}
        line.say(Finding("person_likely", words, Level.WARNING), name)
        return
    if like.alike:
        text = _("其他区县登记有一个可能的人（%s），请补填身份证号或残疾人证号，或者认定为另一个人。")
        line.say(Finding("person_elsewhere", text % reasons, Level.WARNING), name)
        return
    text = _("与%(cell)s可能是同一个人（%(why)s），请把两行的号码、电话和住址填得一致，或者认定为另一个人。")
    asked = pointing(text, {"cell": listed(others), "why": reasons})
    line.tell("person_in_file", asked, name, Level.WARNING)


def recall(county: int, evidence: Iterable[str]) -> dict[str, tuple[int, int, bool]]:
    """What was answered before to the same evidence in a county's files: (person, key of the answer, confirmed).

    The latest answer holds; one that was revoked does not. A few queries per thousand.
    """
    ring = keyring()
    hashes = {
        hashed: text for text in evidence for hashed in ring.blinds(evidence_of(county, text), EVIDENCE)
    }
    found: dict[str, tuple[int, int, bool]] = {}
    for part in chunks(hashes):
        rows = Answer.objects.filter(county=county, evidence__in=part, revoked_at__isnull=True).order_by("pk")
        for pk, hashed, person, canonical, confirmed in rows.values_list(
            "pk", "evidence", "person_id", "person__canonical_id", "confirmed"
        ):
            found[hashes[bytes(hashed)]] = canonical or person, pk, confirmed
    return found
