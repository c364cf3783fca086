"""The keys of an open vault, and changes of what opens it."""

from __future__ import annotations

from pathlib import Path

from explorer_app.domain.errors import InputRejectedError
from explorer_app.vault.header import Header, write_header
from explorer_app.vault.key_slots import (
    Credential,
    KdfSettings,
    KeyFile,
    Passphrase,
    RecoveryCode,
    SlotKind,
    new_slot,
    write_key_file,
)
from explorer_app.vault.recovery_code import new_recovery_code
from explorer_app.vault.sealing import PrivateKey, PublicKey
from explorer_app.vault.snapshots import rewrite_headers


class Keyring:
    """Data key and header of an open vault.

    A changed slot is written into the header, its copy and all snapshots. Backups elsewhere keep
    the slots of their day.
    """

    def __init__(self, folder: Path, header: Header, data_key: bytes) -> None:
        self._folder = folder
        self.header = header
        self.data_key = data_key
        self.private_key: PrivateKey = header.private_key(data_key)

    def __repr__(self) -> str:
        return "<Keyring>"

    @property
    def public_key(self) -> PublicKey:
        """What recordings are sealed to; also readable from the locked vault's header."""
        return self.header.public_key

    @property
    def slots(self) -> tuple[SlotKind, ...]:
        """What opens this vault."""
        return tuple(slot.kind for slot in self.header.slots)

    def change_passphrase(self, passphrase: str, kdf: KdfSettings | None = None) -> None:
        """Replace the passphrase slot."""
        self._replace(Passphrase(passphrase), kdf)

    def replace_recovery_code(self) -> str:
        """Return a new recovery code; the one before opens nothing any more."""
        code = new_recovery_code()
        self._replace(RecoveryCode(code))
        return code

    def add_key_file(self, path: Path) -> KeyFile:
        """Write a new key file that opens the vault, in place of an earlier one."""
        if path.resolve().is_relative_to(self._folder.resolve()):
            raise InputRejectedError("vault.key_file_inside")
        key_file = write_key_file(path)
        self._replace(key_file)
        return key_file

    def _replace(self, credential: Credential, kdf: KdfSettings | None = None) -> None:
        slot = new_slot(credential, self.data_key, self.header.vault_id, kdf)
        others = [other for other in self.header.slots if other.kind is not slot.kind]
        header = self.header.with_slots([*others, slot])
        write_header(self._folder, header, self.data_key)
        self.header = header
        rewrite_headers(self._folder, header, self.data_key)
