"""Every room says at the door what it is for."""

from tests.house.source import PACKAGE, heights


def test_every_room_has_a_readme() -> None:
    assert not [room for room in heights() if not (PACKAGE / room / "README.md").is_file()]
