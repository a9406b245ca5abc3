"""Each room has one public face: the modules that its ``PUBLIC`` lists. Other rooms import these and nothing else of it."""

import ast

import pytest

from tests.house.source import PACKAGE, imports, named, rooms


def _public(room: str) -> tuple[str, ...]:
    """What a room's package lists; () where it lists nothing."""
    for node in ast.parse((PACKAGE / room / "__init__.py").read_text(encoding="utf-8")).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="PUBLIC")], value=value):
                return tuple(ast.literal_eval(value))
    return ()


def _taken() -> dict[str, dict[str, set[str]]]:
    """Room -> its modules that other rooms import -> which files do so; imports in functions and for types included."""
    found: dict[str, dict[str, set[str]]] = {room: {} for room in rooms()}
    for path, module, taken in imports():
        importer, (room, _dot, inner) = module.split(".")[1], taken.removeprefix("qiaojie.").partition(".")
        if inner and room != importer:
            found[room].setdefault(inner, set()).add(named(path))
    return found


TAKEN = _taken()


@pytest.mark.parametrize("room", rooms())
def test_other_rooms_import_only_what_a_room_lists(room: str) -> None:
    past = {inner: sorted(by) for inner, by in TAKEN[room].items() if inner not in _public(room)}
    assert not past


@pytest.mark.parametrize("room", rooms())
def test_a_room_lists_only_what_is_there_and_used(room: str) -> None:
    listed = _public(room)
    assert list(listed) == sorted(set(listed))
    assert not set(listed) - set(TAKEN[room])
