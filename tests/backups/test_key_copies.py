from __future__ import annotations

from datetime import UTC, datetime

import pytest

from qiaojie.backups import key_copies, packet_keys
from qiaojie.lib.findings import Unusable

HELD = {"signing": "s" * 50, "fields": [[2, "Zm9v" * 8], [1, "YmFy" * 8]], "backup": "YmF6" * 10}
MADE = datetime(2026, 11, 30, tzinfo=UTC)


def _sealed() -> tuple[key_copies.SealedKeys, list[str]]:
    codes = [key_copies.new_code(), key_copies.new_code()]
    return key_copies.seal(HELD, codes, MADE), codes


def test_both_codes_open_the_copy_however_they_are_typed() -> None:
    made, codes = _sealed()
    assert key_copies.unseal(made.text, codes) == HELD
    assert key_copies.unseal(made.text, [code.lower().replace("-", " ") for code in codes]) == HELD
    assert made.fingerprint == packet_keys.fingerprint(HELD)


def test_no_code_alone_opens_it_nor_both_in_the_wrong_order_nor_others() -> None:
    made, (first, second) = _sealed()
    for wrong in ([first, first], [second, second], [second, first], [first, key_copies.new_code()]):
        with pytest.raises(Unusable) as refused:
            key_copies.unseal(made.text, wrong)
        assert refused.value.code == "codes_wrong"


def test_nothing_of_keys_or_codes_can_be_read_in_it() -> None:
    made, codes = _sealed()
    for word in (HELD["signing"], HELD["backup"], "signing", *codes):
        assert str(word) not in made.text


def test_a_slip_of_the_pen_is_told_with_its_place() -> None:
    made, (first, second) = _sealed()
    for at, wrong in enumerate([(first[:-6] + "2222-2", second), (first, second[:-1])], 1):
        with pytest.raises(Unusable) as refused:
            key_copies.unseal(made.text, wrong)
        assert (refused.value.code, str(at) in refused.value.message) == ("code_mistyped", True)
    lines = made.text.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("03 "))
    swapped = lines[at][:3] + lines[at][4] + lines[at][3] + lines[at][5:]
    if swapped == lines[at]:
        swapped = lines[at][:3] + ("A" if lines[at][3] != "A" else "B") + lines[at][4:]
    for damaged in ([*lines[:at], swapped, *lines[at + 1 :]], [*lines[:at], *lines[at + 1 :]]):
        with pytest.raises(Unusable) as refused:
            key_copies.unseal("\n".join(damaged), (first, second))
        assert refused.value.code == "copy_damaged"
        assert "3" in refused.value.message


def test_another_text_is_no_copy() -> None:
    for text in ("", "01 ABCDEFGH 2", "名册"):
        with pytest.raises(Unusable) as refused:
            key_copies.unseal(text, [key_copies.new_code()] * 2)
        assert refused.value.code == "copy_damaged"


def test_a_fingerprint_changes_with_every_key_and_with_nothing_else() -> None:
    name = packet_keys.fingerprint(HELD)
    assert packet_keys.fingerprint({**HELD, "signing": "another"}) == name
    for other in ({"fields": HELD["fields"][:1]}, {"backup": "x"}, {"database": "x"}):
        assert packet_keys.fingerprint({**HELD, **other}) != name
    assert packet_keys.lacking(packet_keys.field_keys(HELD), HELD) == []
    assert packet_keys.lacking(packet_keys.field_keys(HELD), {"fields": HELD["fields"][:1]}) == ["1"]
