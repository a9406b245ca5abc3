from __future__ import annotations

import base64

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from qiaojie.lib.crypto import CipherName, Keyring, Tampered, UnknownKey, keyring, reset_keyring

OLD, NEW = (1, b"o" * 32), (2, b"n" * 32)
RINGS: dict[CipherName, Keyring] = {"aes": Keyring([OLD]), "sm4": Keyring([OLD], "sm4")}
ciphers = st.sampled_from(["aes", "sm4"])


@given(ciphers, st.text(), st.text(max_size=20))
def test_what_is_encrypted_is_read_back(cipher: CipherName, text: str, purpose: str) -> None:
    ring = RINGS[cipher]
    sealed = ring.encrypt(text, purpose)
    assert ring.decrypt(sealed, purpose) == text
    assert sealed != ring.encrypt(text, purpose)
    assert ring.is_current(sealed)


@given(ciphers, st.binary())
def test_bytes_too(cipher: CipherName, data: bytes) -> None:
    ring = RINGS[cipher]
    assert ring.decrypt_bytes(ring.encrypt_bytes(data, "file"), "file") == data


@given(ciphers, st.data())
def test_any_altered_byte_is_found(cipher: CipherName, data: st.DataObject) -> None:
    ring = RINGS[cipher]
    sealed = bytearray(ring.encrypt("500000198603136682", "person.id_number"))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Tampered):
        ring.decrypt(bytes(sealed), "person.id_number")


@given(ciphers, st.integers(0, 47))
def test_a_cut_value_is_found(cipher: CipherName, length: int) -> None:
    sealed = RINGS[cipher].encrypt("500000198603136682", "p")
    with pytest.raises(Tampered):
        RINGS[cipher].decrypt(sealed[:length], "p")


@pytest.mark.parametrize("cipher", ["aes", "sm4"])
def test_a_value_cannot_be_moved_to_another_column(cipher: CipherName) -> None:
    sealed = RINGS[cipher].encrypt("13800002207", "person.phone")
    with pytest.raises(Tampered, match=r"person\.id_number"):
        RINGS[cipher].decrypt(sealed, "person.id_number")


def test_lone_surrogates_survive() -> None:
    assert RINGS["aes"].decrypt(RINGS["aes"].encrypt("a\ud800", "raw"), "raw") == "a\ud800"


def test_a_new_key_reads_the_old_values_and_finds_the_old_blinds() -> None:
    old, both = Keyring([OLD]), Keyring([NEW, OLD])
    sealed = old.encrypt("王琴", "p")
    assert both.decrypt(sealed, "p") == "王琴"
    assert not both.is_current(sealed)
    assert both.is_current(both.encrypt("王琴", "p"))
    assert both.blinds("王琴", "p")[0] == both.blind("王琴", "p") != old.blind("王琴", "p")
    assert old.blind("王琴", "p") in both.blinds("王琴", "p")
    with pytest.raises(UnknownKey, match="2"):
        old.decrypt(both.encrypt("王琴", "p"), "p")


def test_both_sets_of_algorithms_are_readable_side_by_side() -> None:
    aes, sm4 = RINGS["aes"], RINGS["sm4"]
    assert sm4.decrypt(aes.encrypt("王琴", "p"), "p") == aes.decrypt(sm4.encrypt("王琴", "p"), "p") == "王琴"
    assert aes.blind("王琴", "p") in sm4.blinds("王琴", "p")
    assert not sm4.is_current(aes.encrypt("王琴", "p"))


@given(ciphers, st.text(), st.text())
def test_blinds_are_equal_exactly_for_equal_values(cipher: CipherName, one: str, two: str) -> None:
    ring = RINGS[cipher]
    assert (ring.blind(one, "p") == ring.blind(two, "p")) == (one == two)
    assert ring.blind(one, "p") != ring.blind(one, "q")
    assert len(ring.blind(one, "p")) == 34


def test_sm4_gcm_is_that_of_the_standard() -> None:
    """The example of RFC 8998, appendix A.1."""
    from qiaojie.lib.crypto import _Sm4Gcm

    sealed = _Sm4Gcm(bytes.fromhex("0123456789abcdeffedcba9876543210")).encrypt(
        bytes.fromhex("00001234567800000000abcd"),
        bytes.fromhex("aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd")
        + bytes.fromhex("eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa"),
        bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
    )
    assert sealed[-16:].hex() == "83de3541e4c2b58177e065a9bf7b62ec"


@pytest.mark.parametrize(
    "keys", [[], [(1, b"short")], [(1, b"o" * 32), (1, b"n" * 32)], [(256, b"o" * 32)], [(-1, b"o" * 32)]]
)
def test_keys_that_cannot_be_used(keys: list[tuple[int, bytes]]) -> None:
    with pytest.raises(ValueError, match="key"):
        Keyring(keys)


def test_a_ring_does_not_show_its_secrets() -> None:
    assert "ooo" not in repr(Keyring([OLD]))


def test_the_ring_of_the_settings() -> None:
    secret = base64.b64encode(b"s" * 32).decode()
    try:
        with override_settings(QIAOJIE_KEYS=[[7, secret]], QIAOJIE_CIPHER="sm4"):
            reset_keyring()
            assert keyring() is keyring()
            assert keyring().encrypt("x", "p")[:2] == bytes((2, 7))
        for broken in ([], None, [[1, "no base64!"]], [[1]], [["x", secret]]):
            with override_settings(QIAOJIE_KEYS=broken):
                reset_keyring()
                with pytest.raises(ImproperlyConfigured, match="QIAOJIE_KEYS"):
                    keyring()
        with override_settings(QIAOJIE_CIPHER="des"):
            reset_keyring()
            with pytest.raises(ImproperlyConfigured, match="des"):
                keyring()
    finally:
        reset_keyring()
