"""The header of a vault: key slots and the vault's key pair, in two equal files.

A file is ``{"body", "checksum", "mac"}`` in one exact spelling. The checksum (SHA-256) tells
damage without any key; the MAC, keyed by the data key, tells that nobody without it wrote the
header. With the header alone, recordings stay readable: their keys are sealed to the vault's
public key inside each audio file, and the private key is wrapped here by the data key.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import hmac
import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from explorer_app.domain.errors import DamagedError, NotFoundError, TooNewError
from explorer_app.vault import files
from explorer_app.vault.key_slots import Credential, Slot, decode, derive, encode, open_slots
from explorer_app.vault.sealing import NotAuthenticError, PrivateKey, PublicKey, SecretKey, decrypt, encrypt
from explorer_app.vault.storage_errors import readable_errors

FORMAT = 1
"""Layout of the header file; a higher one is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The key slots of a vault and its X25519 key pair (the private key wrapped)."""

    vault_id: str
    created_at: str
    public_key: PublicKey
    wrapped_private_key: bytes
    slots: tuple[Slot, ...] = ()
    generation: int = 1

    @classmethod
    def new(cls, data_key: bytes) -> Header:
        """Return a header with a new key pair and no slot yet."""
        private = PrivateKey.generate()
        vault_id = uuid.uuid4().hex
        return cls(
            vault_id=vault_id,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            public_key=private.public_key(),
            wrapped_private_key=encrypt(_wrapping_key(data_key), private.material, vault_id.encode()),
        )

    def with_slots(self, slots: Iterable[Slot]) -> Header:
        """Return the next generation of the header with other slots."""
        return dataclasses.replace(self, slots=tuple(slots), generation=self.generation + 1)

    def private_key(self, data_key: bytes) -> PrivateKey:
        """Return the private key, which opens the recordings' keys.

        Raises:
            DamagedError: The wrapped key was changed.
        """
        try:
            wrapped = decrypt(_wrapping_key(data_key), self.wrapped_private_key, self.vault_id.encode())
        except NotAuthenticError as error:
            raise DamagedError("vault.header_damaged") from error
        return PrivateKey(wrapped)

    def to_bytes(self, data_key: bytes) -> bytes:
        """Return the content of a header file."""
        body = self._body()
        return _spell({"body": body, "checksum": _checksum(body), "mac": _mac(body, data_key)})

    def _body(self) -> dict[str, object]:
        return {
            "created_at": self.created_at,
            "format": FORMAT,
            "generation": self.generation,
            "private_key": encode(self.wrapped_private_key),
            "public_key": encode(self.public_key.material),
            "slots": [slot.to_json() for slot in self.slots],
            "vault_id": self.vault_id,
        }


@dataclass(frozen=True, slots=True)
class StoredHeader:
    """A header as read, with the MAC that only the data key can confirm."""

    header: Header
    mac: str

    def unlock(self, credential: Credential) -> bytes:
        """Return the data key; `is_genuine` then tells whether the rest of the header is as written.

        Raises:
            AccessDeniedError: The credential opens no slot.
        """
        return open_slots(self.header.slots, credential, self.header.vault_id)

    def is_genuine(self, data_key: bytes) -> bool:
        """Return whether the header was written by someone with the data key."""
        return hmac.compare_digest(_mac(self.header._body(), data_key), self.mac)


@dataclass(frozen=True, slots=True)
class HeaderFiles:
    """What was found in a folder: the newest good header and the names of bad files.

    Without the data key, a file counts as good whose checksum is right; `unlock` also looks at the MAC.
    """

    best: StoredHeader
    damaged: tuple[str, ...]
    outdated: tuple[str, ...]
    good: tuple[tuple[str, StoredHeader], ...] = ()

    def unlock(self, credential: Credential) -> tuple[HeaderFiles, bytes]:
        """Return what was found, judged with the key, and the data key.

        Raises:
            AccessDeniedError: The credential opens no slot.
            DamagedError: The slots open, but no header was written with this key.
        """
        data_key = self.best.unlock(credential)
        return self.judged(data_key), data_key

    def judged(self, data_key: bytes) -> HeaderFiles:
        """Count files whose MAC is wrong as damaged: one flipped bit there must not close the vault.

        Raises:
            DamagedError: No header was written with this key.
        """
        genuine = {name: stored for name, stored in self.good if stored.is_genuine(data_key)}
        if not genuine and not self.best.is_genuine(data_key):
            raise DamagedError("vault.header_damaged")
        forged = tuple(name for name, _ in self.good if name not in genuine)
        return _found(genuine, (*self.damaged, *forged), self.best)


def parse_header(content: bytes) -> StoredHeader:
    """Return the header of a file's content.

    Raises:
        DamagedError: A bit differs from what was written.
        TooNewError: A newer version of the app wrote it.
    """
    try:
        values = json.loads(content)
        body = values["body"]
        if _spell(values) != content or _checksum(body) != values["checksum"]:
            raise DamagedError("vault.header_damaged")
        if int(body["format"]) > FORMAT:
            raise TooNewError("vault.too_new")
        header = Header(
            vault_id=str(body["vault_id"]),
            created_at=str(body["created_at"]),
            public_key=PublicKey(decode(body["public_key"])),
            wrapped_private_key=decode(body["private_key"]),
            slots=tuple(Slot.from_json(slot) for slot in body["slots"]),
            generation=int(body["generation"]),
        )
        return StoredHeader(header, str(values["mac"]))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DamagedError("vault.header_damaged") from error


def has_header(folder: Path) -> bool:
    """Return whether a header file lies in `folder`, good or bad."""
    return any((folder / name).is_file() for name in (files.HEADER, files.HEADER_COPY))


def read_header(folder: Path) -> HeaderFiles:
    """Read both header files; the newest good one counts.

    Raises:
        NotFoundError: There is no vault.
        DamagedError: There are header files, but no good one, in the snapshots neither.
        TooNewError: A newer version of the app wrote them.
    """
    if not has_header(folder):
        raise NotFoundError("vault.no_vault", name=folder.name)
    good: dict[str, StoredHeader] = {}
    damaged = []
    for name in (files.HEADER, files.HEADER_COPY):
        with readable_errors():
            try:
                content = (folder / name).read_bytes()
            except FileNotFoundError:
                damaged.append(name)
                continue
        try:
            good[name] = parse_header(content)
        except DamagedError:
            damaged.append(name)
    return _found(good, tuple(damaged), None if good else _header_of_a_snapshot(folder))


def _found(
    good: dict[str, StoredHeader], damaged: tuple[str, ...], other: StoredHeader | None
) -> HeaderFiles:
    """Return the newest of the good headers as the best one, `other` if there is none."""
    best = max(good.values(), key=lambda stored: stored.header.generation, default=other)
    if best is None:
        raise DamagedError("vault.header_damaged")
    outdated = tuple(name for name, stored in good.items() if stored != best)
    return HeaderFiles(best, damaged, outdated, tuple(good.items()))


def write_header(folder: Path, header: Header, data_key: bytes) -> None:
    """Write both header files, each replaced as a whole."""
    content = header.to_bytes(data_key)
    with readable_errors():
        files.write_atomically(folder / files.HEADER, content)
        files.write_atomically(folder / files.HEADER_COPY, content)


def _header_of_a_snapshot(folder: Path) -> StoredHeader:
    with readable_errors():
        for path in sorted((folder / files.SNAPSHOTS).glob("*/" + files.HEADER), reverse=True):
            with contextlib.suppress(DamagedError):
                return parse_header(path.read_bytes())
    raise DamagedError("vault.header_damaged")


def _wrapping_key(data_key: bytes) -> SecretKey:
    return SecretKey(derive(data_key, "private key"))


def _spell(values: object) -> bytes:
    return json.dumps(values, sort_keys=True, indent=1).encode() + b"\n"


def _checksum(body: object) -> str:
    return hashlib.sha256(_spell(body)).hexdigest()


def _mac(body: object, data_key: bytes) -> str:
    return hmac.new(derive(data_key, "header"), _spell(body), hashlib.sha256).hexdigest()
