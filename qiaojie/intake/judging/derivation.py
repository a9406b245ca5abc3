"""What lines leave out since it follows: from the rest of the line, from what is known of the person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from qiaojie.notices.shape import Shape
from qiaojie.people.identification import Identity, Known
from qiaojie.people.models import Certificate

from ..reading.lines import Line
from ..vocabulary.entity import Entity, NewCertificate
from ..vocabulary.outcome import AskedCounty
from . import issuers
from .by_columns.judge import Bulk, Judge

Identities = Mapping[tuple[str, int], Identity]


def derive(lines: Sequence[Line], shape: Shape, identities: Identities, known: Mapping[int, Known]) -> None:
    """Note in each line what its ledger can tell without it (``Ledger.derives``).

    It fills what a new row lacks and changes nothing that is kept; what tells rows apart counts as stated.
    """
    own = shape.own
    for column, rule in own.ledger.derives.items():
        into = "parts" if column in own.key else "derived"
        for line in lines:
            said = {**own.constants, **line.parts[""]}
            if column in said or line.wrong:
                continue
            value = rule(said, _about(line, shape, identities, known))
            if value is not None:
                getattr(line, into)[""][column] = value


def issued(
    entities: Sequence[Entity],
    judge: Judge | None,
    owners: Mapping[Entity, Line],
    shape: Shape,
    decisions: Mapping[int, str],
) -> tuple[Bulk | None, list[AskedCounty]]:
    """Give every new certificate its county, as far as something says it; what plain rows say, and the rows of which it has to
    be asked."""
    bulk = judge.bulk() if judge is not None else None
    people = [entity for entity in entities if entity.certificates]
    held = [(one, entity.value("hukou_id")) for entity in people for one in entity.certificates]
    own = list(_certificates(owners, shape))
    if bulk is not None and judge is not None:
        registered = judge.registered(bulk)
        held += [(one, at) for (_place, one), at in zip(bulk.certificates, registered, strict=True)]
    found, asked = issuers.settled([*held, *((one, hukou) for _e, one, hukou in own)], decisions)
    left = iter(found)
    for entity in people:
        entity.certificates = [next(left) for _one in entity.certificates]
    if bulk is not None:
        bulk = replace(bulk, certificates=[(place, next(left)) for place, _one in bulk.certificates])
    for entity, _one, _hukou in own:
        county = next(left).county
        entity.values |= {"county_id": county, "county_asked": county is None}
    return bulk, asked


def _certificates(
    owners: Mapping[Entity, Line], shape: Shape
) -> Iterator[tuple[Entity, NewCertificate, int | None]]:
    """New rows of a list that is of certificates, each as a certificate to be added and with the region of her household
    registration."""
    if shape.own.model is not Certificate:
        return
    (piece,) = shape.people
    for entity, line in owners.items():
        if entity.key is None:
            said = NewCertificate(entity.values["number"], line.key, entity.values.get("county_id"))
            yield entity, said, entity.refs[piece.attribute].value("hukou_id")


def _about(line: Line, shape: Shape, identities: Identities, known: Mapping[int, Known]) -> dict[str, Any]:
    """What is known of a line's person, and what the line says of her."""
    about: dict[str, Any] = {}
    for piece in shape.people:
        person = identities[piece.word, line.key].person
        if person is not None:
            about |= known[person].columns
        about |= line.parts[piece.word]
    return about
