"""Rows that say what is registered, word for word: what limits find in them is no mistake of the list.

A form of ours that comes back has rows that stood before a limit did, or whose other half the form has no column for (the source
of a proof). Nothing of them is written, so nothing of them has to be mended here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from qiaojie.lib.findings import Level
from qiaojie.notices.shape import Piece, Shape
from qiaojie.people import identification
from qiaojie.people.identification import Evidence

from ..reading.lines import Line
from ..vocabulary.registry import Registry
from .cell_changes import equal
from .looked_up import LookedUp, said_of

Row = Mapping[str, Any]


def excuse(lines: Sequence[Line], shape: Shape, registry: Registry, looked: LookedUp) -> None:
    """Take back the errors that limits alone found in rows which say what is registered. No query where there are none; else a
    few for some hundred rows."""
    own = shape.own
    held = [line for line in lines if _only_limited(line)]
    if not held or own.is_person:
        return
    refs = _refs(held, shape, registry, looked)
    keys = {line.key: _own_key(line, own, refs[line.key]) for line in held}
    registry.load(own, [key for key in keys.values() if key is not None])
    for line in held:
        key = keys[line.key]
        row = registry.row(own, key) if key is not None else None
        if row is not None and _says(line, own, row):
            line.issues = [
                one for one in line.issues if one not in line.limited or one.level is not Level.ERROR
            ]


def _only_limited(line: Line) -> bool:
    wrong = [issue for issue in line.issues if issue.level is Level.ERROR]
    return bool(wrong) and all(issue in line.limited for issue in wrong)


def _refs(
    held: Sequence[Line], shape: Shape, registry: Registry, looked: LookedUp
) -> dict[int, dict[str, int]]:
    """The rows that lines refer to, by the referring column, as far as they stand and stand as the lines say."""
    found: dict[int, dict[str, int]] = {line.key: {} for line in held}
    for piece in shape.parts:
        if piece.is_person:
            pairs = _people(held, piece)
        elif not piece.made:
            pairs = _looked_up(held, piece, looked)
        else:
            pairs = _things(held, piece, registry)
        for line, key in pairs:
            found[line.key][piece.attribute] = key
    return found


def _looked_up(held: Sequence[Line], piece: Piece, looked: LookedUp) -> Iterable[tuple[Line, int]]:
    for line in held:
        key = looked.entity(piece, said_of(piece, line.parts[piece.word])).key
        if key is not None:
            yield line, key


def _people(held: Sequence[Line], piece: Piece) -> Iterable[tuple[Line, int]]:
    told = [Evidence(line.parts[piece.word].get("id_number", ""), line.certificate) for line in held]
    for line, one in zip(held, identification.identify(told), strict=True):
        if one.person is not None and one.holder is None:
            yield line, one.person


def _things(held: Sequence[Line], piece: Piece, registry: Registry) -> Iterable[tuple[Line, int]]:
    keys = {line.key: _key({**piece.constants, **line.parts[piece.word]}, piece) for line in held}
    registry.load(piece, keys.values())
    for line in held:
        row = registry.row(piece, keys[line.key])
        if row is not None and _says(line, piece, row):
            yield line, row["id"]


def _own_key(line: Line, own: Piece, refs: Mapping[str, int]) -> tuple[Any, ...] | None:
    """The key of the line's own row; None where it refers to something that does not stand."""
    said = {**own.constants, **line.parts[""], **refs}
    needed = {name for name in own.key if name.endswith("_id")}
    return _key(said, own) if needed <= said.keys() else None


def _key(said: Mapping[str, Any], piece: Piece) -> tuple[Any, ...]:
    return tuple(said.get(column) for column in piece.key)


def _says(line: Line, piece: Piece, row: Row) -> bool:
    """Whether a line says of a row nothing but what stands there."""
    said = {**piece.constants, **line.parts[piece.word]}
    return all(equal(piece, column, row.get(column), value) for column, value in said.items())
