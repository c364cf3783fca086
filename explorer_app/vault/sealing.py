"""Authenticated encryption: AES-256-GCM, subkeys and boxes that only one key pair opens.

Three small tools, all from the `cryptography` package:

* `AesGcm`, AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce and associated data.
* `SecretKey.subkey`, HKDF with SHA-256 (RFC 5869), one independent key a purpose.
* `seal` and `unseal`, a sealed box in the manner of RFC 9180 (ephemeral X25519, HKDF, AES-GCM):
  whoever has the public key can close it, only the private key opens it. So a recording goes on
  while the vault is locked.

Key objects never show their bytes in a `repr` and refuse to be pickled: a child process or a log
must not see one.
"""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass
from typing import NoReturn, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from explorer_app.domain.errors import DamagedError

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
_BOX_LABEL = b"explorer sealed box 1\x00"
_BOX_VERSION = b"\x01"
BOX_OVERHEAD = len(_BOX_VERSION) + KEY_BYTES + TAG_BYTES
"""Bytes that `seal` adds to a plaintext."""


class NotAuthenticError(DamagedError):
    """The bytes were not sealed with this key and context: another key, or damage.

    Authenticated encryption cannot tell the two apart; callers that can (a slot that was
    authenticated before, for example) raise a clearer error instead.
    """

    def __init__(self, message_id: str = "sealing.not_authentic", **values: object) -> None:
        super().__init__(message_id, **values)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class _Key:
    """32 bytes of key material that stay out of logs, tracebacks and pickles."""

    material: bytes

    def __post_init__(self) -> None:
        if len(self.material) != KEY_BYTES:
            raise ValueError(f"a key has {KEY_BYTES} bytes, not {len(self.material)}")

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return hmac.compare_digest(self.material, other.material)

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.material))

    def __reduce__(self) -> NoReturn:
        raise TypeError("keys are never pickled")


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class SecretKey(_Key):
    """A symmetric key of 256 bits."""

    @classmethod
    def generate(cls) -> Self:
        """Return a new random key."""
        return cls(os.urandom(KEY_BYTES))

    def subkey(self, purpose: str, context: bytes = b"") -> SecretKey:
        """Return the key for one purpose (HKDF-SHA256, RFC 5869).

        Args:
            purpose: A name that is used for nothing else, with a version in it.
            context: What the key belongs to, such as a recording id.
        """
        info = purpose.encode() + b"\x00" + context
        return SecretKey(HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(self.material))


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class PublicKey(_Key):
    """An X25519 public key: closes boxes, opens none."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class PrivateKey(_Key):
    """An X25519 private key: opens the boxes that were sealed to its public key."""

    @classmethod
    def generate(cls) -> Self:
        """Return a new random private key."""
        key = X25519PrivateKey.generate()
        return cls(key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()))

    def public_key(self) -> PublicKey:
        """Return the matching public key."""
        return PublicKey(_raw(X25519PrivateKey.from_private_bytes(self.material).public_key()))


class AesGcm:
    """AES-256-GCM with one key; a sealed message is ``nonce (12) | ciphertext | tag (16)``.

    The nonce is random, so one key may seal at most 2^32 messages (NIST SP 800-38D, 8.3). Use a
    subkey a file or table, never one key for everything.
    """

    __slots__ = ("_cipher",)

    def __init__(self, key: SecretKey) -> None:
        self._cipher = AESGCM(key.material)

    def encrypt(self, plaintext: bytes, associated: bytes) -> bytes:
        """Return `plaintext` sealed together with `associated`, which is not stored."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plaintext, associated)

    def decrypt(self, sealed: bytes, associated: bytes) -> bytes:
        """Return the plaintext of `sealed`.

        Raises:
            NotAuthenticError: Other key, other associated data, or changed bytes.
        """
        if len(sealed) < NONCE_BYTES + TAG_BYTES:
            raise NotAuthenticError
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], associated)
        except InvalidTag:
            raise NotAuthenticError from None


def encrypt(key: SecretKey, plaintext: bytes, associated: bytes) -> bytes:
    """Seal one message with `key`; see `AesGcm.encrypt`."""
    return AesGcm(key).encrypt(plaintext, associated)


def decrypt(key: SecretKey, sealed: bytes, associated: bytes) -> bytes:
    """Open one message with `key`; see `AesGcm.decrypt`.

    Raises:
        NotAuthenticError: Other key, other associated data, or changed bytes.
    """
    return AesGcm(key).decrypt(sealed, associated)


def seal(public_key: PublicKey, plaintext: bytes, context: bytes) -> bytes:
    """Close a box that only the private key of `public_key` opens.

    Args:
        public_key: Whom the box is for.
        plaintext: What goes in.
        context: What the box is for; the same bytes are needed to open it. Not stored.

    Returns:
        ``version (1) | ephemeral public key (32) | ciphertext | tag (16)``.
    """
    ephemeral = X25519PrivateKey.generate()
    ephemeral_public = _raw(ephemeral.public_key())
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(public_key.material))
    cipher, nonce = _box_cipher(shared, ephemeral_public, public_key.material)
    return _BOX_VERSION + ephemeral_public + cipher.encrypt(nonce, plaintext, _BOX_LABEL + context)


def unseal(private_key: PrivateKey, sealed: bytes, context: bytes) -> bytes:
    """Open a box.

    Raises:
        NotAuthenticError: The box is for another key or context, or its bytes were changed.
    """
    if len(sealed) < BOX_OVERHEAD or not sealed.startswith(_BOX_VERSION):
        raise NotAuthenticError
    ephemeral_public = sealed[1 : 1 + KEY_BYTES]
    try:
        private = X25519PrivateKey.from_private_bytes(private_key.material)
        shared = private.exchange(X25519PublicKey.from_public_bytes(ephemeral_public))
        cipher, nonce = _box_cipher(shared, ephemeral_public, _raw(private.public_key()))
        return cipher.decrypt(nonce, sealed[1 + KEY_BYTES :], _BOX_LABEL + context)
    except (InvalidTag, ValueError):  # ValueError: a public key of low order
        raise NotAuthenticError from None


def _raw(public: X25519PublicKey) -> bytes:
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _box_cipher(shared: bytes, ephemeral: bytes, recipient: bytes) -> tuple[AESGCM, bytes]:
    # Key and nonce both come from the key agreement: the ephemeral key is used once, so is the nonce.
    hkdf = HKDF(SHA256(), KEY_BYTES + NONCE_BYTES, salt=ephemeral + recipient, info=_BOX_LABEL)
    derived = hkdf.derive(shared)
    return AESGCM(derived[:KEY_BYTES]), derived[KEY_BYTES:]
