"""Key slots: the random data key of a vault, wrapped once for each way to unlock it.

The idea is that of LUKS: what people know or hold opens a slot, the slot holds the data key, and
a changed passphrase rewrites one slot, not the data. Each slot is authenticated, so a wrong
passphrase is told apart from damage before the database is touched (SQLCipher says the same for
both).
"""

from __future__ import annotations

import base64
import json
import math
import os
import time
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psutil  # type: ignore[import-untyped]
from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from explorer_app.domain.errors import AccessDeniedError, DamagedError, InputRejectedError, StorageError
from explorer_app.vault.recovery_code import normalise_recovery_code
from explorer_app.vault.storage_errors import readable_errors

KEY_BYTES = 32
_NONCE_BYTES = 12
_SALT_BYTES = 16
_KEY_FILE_MARK = b"explorer-key-file-1 "

_TARGET_SECONDS = 1.0
_FLOOR_KIB = 256 * 1024
_SMALL_KIB = 64 * 1024
_SMALL_MACHINE_BYTES = 4 * 1024**3
_FLOOR_ITERATIONS = 3
_LANES = 4
# What a header may ask for; more would only serve to exhaust the machine of whoever opens it.
_MOST_KIB = 4 * 1024 * 1024
_MOST_ITERATIONS = 1000
_MOST_LANES = 64


class SlotKind(StrEnum):
    """What opens a slot."""

    PASSPHRASE = "passphrase"
    RECOVERY = "recovery"
    KEY_FILE = "key_file"


@dataclass(frozen=True, slots=True)
class Passphrase:
    """A passphrase as typed."""

    text: str

    def __repr__(self) -> str:
        return "Passphrase(…)"


@dataclass(frozen=True, slots=True)
class RecoveryCode:
    """A recovery code as typed, with or without dashes."""

    text: str

    def __repr__(self) -> str:
        return "RecoveryCode(…)"


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A key file, best on a stick that is kept apart from the computer."""

    path: Path


Credential = Passphrase | RecoveryCode | KeyFile


@dataclass(frozen=True, slots=True)
class KdfSettings:
    """Cost of Argon2id (RFC 9106): memory in KiB, iterations, lanes."""

    memory_kib: int
    iterations: int
    lanes: int

    @classmethod
    def calibrated(cls, *, small_machine: bool | None = None) -> KdfSettings:
        """Return settings that take about one second here.

        The floor is 256 MiB, 3 iterations, 4 lanes; 64 MiB on a small machine. Takes up to
        about two seconds itself.

        Args:
            small_machine: True or False decides; None asks the machine (under 4 GiB of memory).
        """
        if small_machine is None:
            small_machine = psutil.virtual_memory().total < _SMALL_MACHINE_BYTES
        floor = cls(_SMALL_KIB if small_machine else _FLOOR_KIB, _FLOOR_ITERATIONS, _LANES)
        started = time.perf_counter()
        _argon2(b"calibration", bytes(_SALT_BYTES), floor)
        taken = max(time.perf_counter() - started, 0.001)
        iterations = math.ceil(_FLOOR_ITERATIONS * _TARGET_SECONDS / taken)
        return cls(floor.memory_kib, min(max(iterations, _FLOOR_ITERATIONS), _MOST_ITERATIONS), _LANES)

    def is_sane(self) -> bool:
        """Return whether a header may ask for these settings."""
        return (
            8 * self.lanes <= self.memory_kib <= _MOST_KIB
            and 1 <= self.iterations <= _MOST_ITERATIONS
            and 1 <= self.lanes <= _MOST_LANES
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One wrapped copy of the data key. `kdf` is None where the secret is random itself."""

    kind: SlotKind
    salt: bytes
    nonce: bytes
    wrapped: bytes
    kdf: KdfSettings | None = None

    def to_json(self) -> dict[str, object]:
        """Return the slot as JSON values."""
        return {
            "kind": self.kind.value,
            "kdf": _kdf_json(self.kdf),
            "nonce": encode(self.nonce),
            "salt": encode(self.salt),
            "wrapped": encode(self.wrapped),
        }

    @classmethod
    def from_json(cls, values: dict[str, object]) -> Slot:
        """Return the slot of JSON values; raises ValueError, KeyError or TypeError if malformed."""
        kdf = values["kdf"]
        settings = None
        if isinstance(kdf, dict):
            settings = KdfSettings(int(kdf["memory_kib"]), int(kdf["iterations"]), int(kdf["lanes"]))
        return cls(
            kind=SlotKind(str(values["kind"])),
            kdf=settings,
            nonce=decode(values["nonce"]),
            salt=decode(values["salt"]),
            wrapped=decode(values["wrapped"]),
        )


def encode(data: bytes) -> str:
    """Return bytes as base 64."""
    return base64.b64encode(data).decode("ascii")


def decode(text: object) -> bytes:
    """Return the bytes of base 64; raises ValueError if it is none."""
    return base64.b64decode(str(text), validate=True)


def derive(secret: bytes, purpose: str, length: int = KEY_BYTES, salt: bytes | None = None) -> bytes:
    """Return a key for one purpose from a random secret (HKDF-SHA256, RFC 5869)."""
    info = b"explorer vault 1: " + purpose.encode()
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)


def new_slot(credential: Credential, data_key: bytes, vault_id: str, kdf: KdfSettings | None) -> Slot:
    """Wrap `data_key` for `credential`.

    Raises:
        InputRejectedError: An empty passphrase, a mistyped code or a file that is no key file.
        StorageError: Not enough memory for the settings, or the key file cannot be read.
    """
    kind = _KINDS[type(credential)]
    salt = os.urandom(_SALT_BYTES)
    nonce = os.urandom(_NONCE_BYTES)
    settings = (kdf or KdfSettings.calibrated()) if kind is SlotKind.PASSPHRASE else None
    if settings is not None and not settings.is_sane():
        raise InputRejectedError("vault.kdf_settings")
    key = _slot_key(kind, _secret(credential), salt, settings)
    wrapped = AESGCM(key).encrypt(nonce, data_key, _associated_data(kind, salt, settings, vault_id))
    return Slot(kind=kind, salt=salt, nonce=nonce, wrapped=wrapped, kdf=settings)


def open_slots(slots: tuple[Slot, ...], credential: Credential, vault_id: str) -> bytes:
    """Return the data key from the first slot that `credential` opens.

    Raises:
        AccessDeniedError: It opens none.
        DamagedError: A slot asks for settings that no vault has.
        InputRejectedError: A mistyped recovery code or a file that is no key file.
        StorageError: Not enough memory, or the key file cannot be read.
    """
    kind = _KINDS[type(credential)]
    secret = _secret(credential)
    for slot in slots:
        if slot.kind is not kind:
            continue
        if slot.kdf is not None and not slot.kdf.is_sane():
            raise DamagedError("vault.header_damaged")
        key = _slot_key(kind, secret, slot.salt, slot.kdf)
        try:
            return AESGCM(key).decrypt(
                slot.nonce, slot.wrapped, _associated_data(kind, slot.salt, slot.kdf, vault_id)
            )
        except (InvalidTag, ValueError):
            continue
    raise AccessDeniedError(_DENIED[kind])


def write_key_file(path: Path) -> KeyFile:
    """Write a new random key file; an existing file is never overwritten.

    Raises:
        InputRejectedError: The path exists already.
        StorageError: It cannot be written.
    """
    with readable_errors():
        try:
            file = path.open("xb")
        except FileExistsError as error:
            raise InputRejectedError("vault.key_file_exists", name=path.name) from error
        with file:
            file.write(_KEY_FILE_MARK + base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
    return KeyFile(path)


_KINDS: dict[type[Credential], SlotKind] = {
    Passphrase: SlotKind.PASSPHRASE,
    RecoveryCode: SlotKind.RECOVERY,
    KeyFile: SlotKind.KEY_FILE,
}
_SLOT_PURPOSES = {SlotKind.RECOVERY: "recovery slot", SlotKind.KEY_FILE: "key file slot"}
_DENIED = {
    SlotKind.PASSPHRASE: "vault.wrong_passphrase",
    SlotKind.RECOVERY: "vault.wrong_recovery_code",
    SlotKind.KEY_FILE: "vault.wrong_key_file",
}


def _kdf_json(kdf: KdfSettings | None) -> dict[str, int] | None:
    if kdf is None:
        return None
    return {"iterations": kdf.iterations, "lanes": kdf.lanes, "memory_kib": kdf.memory_kib}


def _associated_data(kind: SlotKind, salt: bytes, kdf: KdfSettings | None, vault_id: str) -> bytes:
    values = {"kdf": _kdf_json(kdf), "kind": kind.value, "salt": encode(salt), "vault": vault_id}
    return json.dumps(values, sort_keys=True).encode()


def _secret(credential: Credential) -> bytes:
    """Return what a credential holds, checked as far as that goes without a vault."""
    if isinstance(credential, Passphrase):
        if not credential.text:
            raise InputRejectedError("vault.empty_passphrase")
        # macOS and Windows hand in the same umlaut as different code points.
        return unicodedata.normalize("NFC", credential.text).encode("utf-8", "surrogatepass")
    if isinstance(credential, RecoveryCode):
        return normalise_recovery_code(credential.text).encode()
    return _read_key_file(credential.path)


def _slot_key(kind: SlotKind, secret: bytes, salt: bytes, kdf: KdfSettings | None) -> bytes:
    if kind is not SlotKind.PASSPHRASE:
        return derive(secret, _SLOT_PURPOSES[kind], salt=salt)
    if kdf is None:
        raise DamagedError("vault.header_damaged")
    return _argon2(secret, salt, kdf)


def _argon2(secret: bytes, salt: bytes, kdf: KdfSettings) -> bytes:
    try:
        return hash_secret_raw(secret, salt, kdf.iterations, kdf.memory_kib, kdf.lanes, KEY_BYTES, Type.ID)
    except (HashingError, MemoryError) as error:
        raise StorageError("vault.no_memory") from error


def _read_key_file(path: Path) -> bytes:
    with readable_errors():
        try:
            with path.open("rb") as file:
                content = file.read(1024)
        except FileNotFoundError as error:
            raise InputRejectedError("vault.no_key_file", name=path.name) from error
    try:
        key = base64.b64decode(content.removeprefix(_KEY_FILE_MARK).strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES or not content.startswith(_KEY_FILE_MARK):
        raise InputRejectedError("vault.not_a_key_file", name=path.name)
    return key
