from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer_app.vault.sealing import (
    BOX_OVERHEAD,
    AesGcm,
    NotAuthenticError,
    PrivateKey,
    PublicKey,
    SecretKey,
    decrypt,
    encrypt,
    seal,
    unseal,
)

KEY = SecretKey.generate()
PRIVATE = PrivateKey.generate()


@given(plaintext=st.binary(max_size=300), associated=st.binary(max_size=40))
def test_what_was_encrypted_comes_back(plaintext: bytes, associated: bytes) -> None:
    assert decrypt(KEY, encrypt(KEY, plaintext, associated), associated) == plaintext


@given(plaintext=st.binary(max_size=300), context=st.binary(max_size=40))
def test_what_was_sealed_comes_back(plaintext: bytes, context: bytes) -> None:
    box = seal(PRIVATE.public_key(), plaintext, context)
    assert len(box) == len(plaintext) + BOX_OVERHEAD
    assert unseal(PRIVATE, box, context) == plaintext


def test_every_flipped_bit_is_noticed() -> None:
    sealed, box = encrypt(KEY, b"geheim", b"a"), seal(PRIVATE.public_key(), b"geheim", b"a")
    for at in range(8 * len(sealed)):
        with pytest.raises(NotAuthenticError):
            decrypt(KEY, _flip(sealed, at), b"a")
    for at in range(8 * len(box)):
        if at == 8 * 33 - 1:
            continue  # X25519 ignores the top bit of a public key (RFC 7748), see below
        with pytest.raises(NotAuthenticError):
            unseal(PRIVATE, _flip(box, at), b"a")


def test_the_ignored_bit_of_the_ephemeral_key_is_noticed_as_well() -> None:
    box = seal(PRIVATE.public_key(), b"geheim", b"a")
    with pytest.raises(NotAuthenticError):
        unseal(PRIVATE, _flip(box, 8 * 33 - 1), b"a")


def test_another_key_context_or_place_does_not_open() -> None:
    sealed, box = encrypt(KEY, b"x", b"a"), seal(PRIVATE.public_key(), b"x", b"a")
    for attempt in (
        lambda: decrypt(SecretKey.generate(), sealed, b"a"),
        lambda: decrypt(KEY, sealed, b"b"),
        lambda: unseal(PrivateKey.generate(), box, b"a"),
        lambda: unseal(PRIVATE, box, b"b"),
    ):
        with pytest.raises(NotAuthenticError):
            attempt()


@pytest.mark.parametrize("rubbish", [b"", b"\x01", bytes(28), b"\x01" + bytes(60), bytes(500)])
def test_rubbish_is_not_authentic(rubbish: bytes) -> None:
    with pytest.raises(NotAuthenticError):
        decrypt(KEY, rubbish, b"")
    with pytest.raises(NotAuthenticError):
        unseal(PRIVATE, rubbish, b"")


def test_the_same_plaintext_never_looks_the_same() -> None:
    cipher = AesGcm(KEY)
    assert len({cipher.encrypt(b"x", b"") for _ in range(50)}) == 50
    assert len({seal(PRIVATE.public_key(), b"x", b"") for _ in range(50)}) == 50


def test_subkeys_differ_by_purpose_and_context_and_are_stable() -> None:
    keys = [KEY.subkey("a"), KEY.subkey("b"), KEY.subkey("a", b"1"), KEY.subkey("a", b"2"), KEY]
    assert len({key.material for key in keys}) == 5
    assert KEY.subkey("a") == SecretKey(KEY.material).subkey("a")


@pytest.mark.parametrize("key", [KEY, PRIVATE, PRIVATE.public_key()])
def test_keys_show_nothing_and_leave_no_process(key: SecretKey | PrivateKey | PublicKey) -> None:
    assert repr(key) == str(key) == f"<{type(key).__name__}>"
    assert key == type(key)(key.material)
    with pytest.raises(TypeError):
        pickle.dumps(key)


def test_kinds_of_keys_are_never_equal() -> None:
    assert SecretKey(PRIVATE.material) != PRIVATE


def test_a_key_has_256_bits() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        SecretKey(b"short")


def _flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
