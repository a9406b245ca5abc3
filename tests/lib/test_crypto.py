from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC
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


# What the version that reckoned HMAC by hand made of these values, by key 1 and by key 2: installations are full of them.
KEPT: dict[CipherName, tuple[dict[str, str], str]] = {
    "aes": (
        {
            "500000198603136682": "0101edb0b842e061a5ba040c927906d2398b2efb723b781ab9caeed074cd8b311cd2",
            "": "0101c431288f127c71744f5f25731d5ef8ebbc135be048c2b443fade65810604023e",
            "a\ud800": "01013e044cad9bb37d23af813893a72ec900a9b54918a1557b1263af9466ae547350",
        },
        "0102f6e2b7e501bc4b457f864eff4cb0b380f5a7013bc1afa508fb36a455854d24df",
    ),
    "sm4": (
        {
            "500000198603136682": "0201f49e9cc152bdee1b1277342238a8e2b81febc8e36c06efb158736c0884d2bd4f",
            "": "0201190aa4dfd26b27aad1ca170b91e4e4d1e264b3a0c29d5ee839219b948f596d34",
            "a\ud800": "020148ac93bdcea0892a76fe8fdb64214f4d8a1894e019e0297a9400bf17a7ca29af",
        },
        "0202b1a4718fc87d20b42c9beefa9e7d931383c83c7fc66675b397d009ba2bdf4262",
    ),
}


@pytest.mark.parametrize("cipher", KEPT)
def test_what_was_kept_is_found_again(cipher: CipherName) -> None:
    ring, purpose = Keyring([OLD, NEW], cipher), "person.id_number"
    kept, by_the_other_key = KEPT[cipher]
    assert [blind.hex() for blind in ring.blind_many(list(kept), purpose)] == list(kept.values())
    assert [ring.blind(text, purpose).hex() for text in kept] == list(kept.values())
    number = next(iter(kept))
    header = bytes.fromhex(by_the_other_key)[:2]
    assert [blind.hex() for blind in ring.blind_many([number], purpose, header)] == [by_the_other_key]
    assert bytes.fromhex(by_the_other_key) in ring.blinds(number, purpose)


@pytest.mark.parametrize(
    ("algorithm", "key", "text", "mac"),
    [
        # RFC 4231, cases 1, 2 and 6.
        ("SHA256", b"\x0b" * 20, "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        ("SHA256", b"Jefe", "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        ("SHA256", b"\xaa" * 131, "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
        # GM/T 0042-2015, appendix D.3.
        ("SM3", bytes(range(1, 33)), "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq" * 2,
         "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a"),
        ("SM3", b"\x0b" * 32, "Hi There", "c0ba18c68b90c88bc07de794bfc7d2c8d19ec31ed8773bc2b390c9604e0be11e"),
        ("SM3", b"Jefe", "what do ya want for nothing?",
         "2e87f1d16862e6d964b50a5200bf2b10b764faa9680a296a2405f24bec39f882"),
    ],
)  # fmt: skip
def test_keyed_hashes_are_those_of_the_standards(algorithm: str, key: bytes, text: str, mac: str) -> None:
    from qiaojie.lib.crypto import _mac

    keyed = HMAC(key, getattr(hashes, algorithm)())
    assert [_mac(keyed, text).hex() for _twice in range(2)] == [mac, mac]


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
