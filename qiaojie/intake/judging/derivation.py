"""What lines leave out since it follows: from the rest of the line, from what is known of the person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qiaojie.notices.shape import Shape
from qiaojie.people.identification import Identity, Known
from qiaojie.people.models import Certificate

from ..reading.lines import Line
from ..vocabulary.entity import Entity, NewCertificate

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


def certificates(
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
