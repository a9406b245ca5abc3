"""What speaks against the person that a line's numbers mean: the registry, or an earlier line of the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from qiaojie.lib import masks
from qiaojie.lib.findings import Finding, Level
from qiaojie.lib.text import name_key
from qiaojie.notices.shape import Piece
from qiaojie.people.identification import By, Identity, Known

from ..reading.lines import Line
from ..vocabulary.entity import Entity
from ..vocabulary.places import pointing

Alias = tuple[object, ...]
"""What tells a person apart within a file: her key in the registry, her number, her certificate."""

TAKEN = "certificate_taken"
NAME = "name_differs"


def with_registry(line: Line, piece: Piece, identity: Identity, known: Known | None, *, here: bool) -> bool:
    """Note that a certificate is somebody else's, or that the number bears another name; whether it is so. ``here``: she is known
    to the county that hands in, which may be told her name."""
    held = line.parts[piece.word]
    number = known.columns["id_number"] if known is not None else None
    other_number = identity.by is By.CERTIFICATE and number and held.get("id_number") not in (None, number)
    if identity.holder is not None or other_number:
        message = _("这个残疾人证号已登记在另一个人名下，请核对身份证号和残疾人证号是不是同一个人的。")
        whose = identity.holder if identity.holder is not None else identity.person
        line.say(Finding(TAKEN, message), piece.own_target["certificate"].name, person=whose)
        return True
    if known is not None and held.get("name") and name_key(held["name"]) != known.columns["name_key"]:
        if here:
            message = _(
                "这个号码登记的姓名是%s，与本行不同，请核对号码和姓名；确已改名的，请先在人员页更正。"
            )
            message %= masks.mask_name(known.columns["name"])
        else:
            # Whoever has only a number must not learn whose it is.
            message = _(
                "这个号码在其他区县登记的姓名与本行不同，请核对号码和姓名；号码无误的，请与登记的区县联系。"
            )
        finding = Finding(NAME, message)
        line.say(finding, piece.own_target["name"].name, person=identity.person)
        return True
    return False


def reference_kept(line: Line, piece: Piece, own: Entity, entity: Entity) -> bool:
    """Note that a row which is there already refers to another row than the line says, or to none, and keeps to that; whether
    it is so. Only where rows may stand without one, or it is no part of what tells them apart."""
    told_apart = piece.made or not piece.attribute or piece.attribute in own.piece.key
    if own.key is None or (told_apart and not piece.optional):
        return False
    if entity.key is not None and own.before.get(piece.attribute) == entity.key:
        return False
    message = _("这条记录已在台账里，所写的“%s”没有随表改，请在台账里改。") % piece.ledger.label
    line.say(Finding("reference_kept", message, Level.WARNING), piece.targets[0].name)
    return True


def within_file(
    line: Line, piece: Piece, entity: Entity, aliases: Iterable[Alias], met: Mapping[Alias, Entity]
) -> bool:
    """Note that earlier lines give these numbers to other people or another name; whether it is so."""
    held = line.parts[piece.word]
    if any(met.get(alias, entity) is not entity for alias in aliases):
        message = _("身份证号和残疾人证号在本表前面各行属于两个人，请核对。")
        line.say(Finding(TAKEN, message), piece.own_target["certificate"].name)
        return True
    number, named = entity.values.get("id_number"), entity.values.get("name")
    if number and held.get("id_number") not in (None, number):
        text = _("这个残疾人证号与%(cell)s那一行的相同，身份证号却不同，请核对这两行。")
        words = pointing(text, {"cell": entity.origin["id_number"]})
        line.tell(TAKEN, words, piece.own_target["certificate"].name)
        return True
    if named and held.get("name") and name_key(held["name"]) != name_key(named):
        text = _("与%(cell)s是同一个号码，姓名却不同，请核对这两行。")
        line.tell(NAME, pointing(text, {"cell": entity.origin["name"]}), piece.own_target["name"].name)
        return True
    return False
