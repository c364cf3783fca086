"""The vault: one encrypted folder, its repositories, writes with undo, and what belongs to it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from explorer_app.domain.errors import DamagedError, ExplorerError, InputRejectedError
from explorer_app.domain.outcome import Changes
from explorer_app.vault import files, migrations
from explorer_app.vault.audio import AudioReader, AudioSummary, AudioWriter
from explorer_app.vault.backup import Progress, backup
from explorer_app.vault.check import CheckReport
from explorer_app.vault.database import Database
from explorer_app.vault.folder import begin_creation, end_creation, make_folder, require_vault
from explorer_app.vault.header import Header, read_header, write_header
from explorer_app.vault.history import History
from explorer_app.vault.key_slots import (
    KEY_BYTES,
    Credential,
    KdfSettings,
    KeyFile,
    Passphrase,
    RecoveryCode,
    SlotKind,
    new_slot,
)
from explorer_app.vault.keyring import Keyring
from explorer_app.vault.lock import FolderLock
from explorer_app.vault.opening import open_database, unreadable
from explorer_app.vault.recovery_code import new_recovery_code
from explorer_app.vault.repository import Repositories
from explorer_app.vault.sealing import PrivateKey, PublicKey
from explorer_app.vault.search import TextHit
from explorer_app.vault.small_tables import Pseudonyms, Settings
from explorer_app.vault.snapshots import Snapshot, list_snapshots, make_snapshot, remove_others
from explorer_app.vault.unit import Carry, Store, Unit, replay
from explorer_app.vault.vault_audio import VaultAudio


def _silent(done: int, total: int) -> None:
    pass


class Vault(Repositories):
    """An open vault. Made by `Vault.create` or `Vault.open`; a context manager that closes itself.

    All methods may be called from any thread; a unit of work keeps other threads waiting until
    its transaction has ended.

    Attributes:
        folder: The vault folder.
        warnings: What was found damaged at opening and worked around.
        snapshot_error: Why the snapshot at closing failed.
        settings: JSON values by key.
        pseudonyms: Real names of participants, under a key of their own.
        audio: Encrypted recordings.
        vectors: Embedding vectors.
    """

    def __init__(
        self,
        folder: Path,
        lock: FolderLock,
        keyring: Keyring,
        database: Database,
        warnings: tuple[ExplorerError, ...] = (),
    ) -> None:
        super().__init__(database)
        self.folder = folder
        self.warnings = warnings
        self.snapshot_error: ExplorerError | None = None
        self.settings = Settings(database)
        self.pseudonyms = Pseudonyms(database, keyring.data_key)
        self.audio = VaultAudio(folder / files.AUDIO, keyring, database)
        self._lock = lock
        self._keyring = keyring
        self._database = database
        self._store = Store(database)
        self._history = History(database)
        self._in_unit = False
        self._closed = False
        self._changes_in_snapshot = database.total_changes
        self.vectors = self._store.vectors

    @classmethod
    def create(cls, folder: Path, passphrase: str, *, kdf: KdfSettings | None = None) -> tuple[Vault, str]:
        """Make a new vault and open it.

        Args:
            folder: Must not exist, be empty, or hold what a killed creation left.
            passphrase: Any text but an empty one.
            kdf: Cost of guessing the passphrase; None measures about one second on this machine.

        Returns:
            The open vault and the recovery code to print. The code is shown only here.

        Raises:
            InputRejectedError: The folder holds something else, or the passphrase is empty.
            BusyError: Another process is at this folder.
            StorageError: The disk is full, read-only or fails.
        """
        if not passphrase:
            raise InputRejectedError("vault.empty_passphrase")
        make_folder(folder)
        lock = FolderLock.take(folder)
        try:
            make_folder(folder)
            begin_creation(folder)
            data_key = os.urandom(KEY_BYTES)
            header = Header.new(data_key)
            code = new_recovery_code()
            slots = [
                new_slot(Passphrase(passphrase), data_key, header.vault_id, kdf),
                new_slot(RecoveryCode(code), data_key, header.vault_id, None),
            ]
            database = Database(folder / files.DATABASE, data_key)
            try:
                migrations.migrate(database)
                header = header.with_slots(slots)
                write_header(folder, header, data_key)
                end_creation(folder)
            except BaseException:
                database.close()
                raise
            return cls(folder, lock, Keyring(folder, header, data_key), database), code
        except BaseException:
            lock.release()
            raise

    @classmethod
    def open(cls, folder: Path, credential: Credential) -> Vault:
        """Open a vault with a passphrase, a recovery code or a key file.

        Raises:
            NotFoundError: There is no vault, or only a half-created one.
            AccessDeniedError: The credential does not open it.
            BusyError: Another process has it open.
            TooNewError: A newer version of the app wrote it.
            DamagedError: The header or the database is not what was written.
            StorageError: The disk is full, read-only or fails.
        """
        require_vault(folder)
        lock = FolderLock.take(folder)
        try:
            found, data_key = read_header(folder).unlock(credential)
            header = found.best.header
            if found.damaged or found.outdated:
                write_header(folder, header, data_key)
            end_creation(folder)
            database, warnings = open_database(folder, header, data_key)
            try:
                vault = cls(folder, lock, Keyring(folder, header, data_key), database, warnings)
                vault.audio.replay_erasures()
            except DamagedError as error:
                database.close()
                raise unreadable(folder, data_key) from error
            except BaseException:
                database.close()
                raise
        except BaseException:
            lock.release()
            raise
        return vault

    def close(self) -> None:
        """Close the vault, after a checked snapshot if anything was written; a second call does nothing.

        Everything written is on disk already, so a snapshot that fails (disk full) does not fail
        the closing: `snapshot_error` says why.
        """
        if self._closed:
            return
        self._closed = True
        try:
            if self._database.total_changes != self._changes_in_snapshot:
                self._snapshot_if_possible()
        finally:
            try:
                self._database.close()
            finally:
                self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @contextlib.contextmanager
    def change(self, label: str, /, *, undoable: bool = True, **values: object) -> Iterator[Unit]:
        """Write in one transaction: all of it is on disk when the block ends, or nothing.

        Args:
            label: Message id that names what undo would take back, such as ``undo.note_added``.
            undoable: False for what machines and jobs write.
            **values: Values for the label's sentence.

        Yields:
            The unit of work; its `changes` are complete after the block.
        """
        with self._database.lock:
            if self._in_unit:
                raise RuntimeError("a unit of work cannot hold another one")
            self._in_unit = True
            try:
                with self._database.transaction():
                    unit = Unit(self._store, self._history, label, values)
                    yield unit
                    unit.finish(undoable=undoable)
            finally:
                self._in_unit = False

    def undo(self, carries: Mapping[str, Carry] | None = None) -> Changes | None:
        """Take back the last undoable step; None if there is none.

        Args:
            carries: By kind, how things come back that are more than a row.

        Raises:
            InputRejectedError: Something it touched was changed since by what cannot be undone.
                The step is then forgotten, so that the one before it can be taken back.
        """
        return self._replay(carries, backwards=True)

    def redo(self, carries: Mapping[str, Carry] | None = None) -> Changes | None:
        """Do the step again that was undone last; None if there is none. Arguments as for `undo`.

        Raises:
            InputRejectedError: As for `undo`.
        """
        return self._replay(carries, backwards=False)

    def undo_label(self) -> tuple[str, dict[str, object]] | None:
        """Return message id and values of what `undo` would take back."""
        step = self._history.last_done()
        return (step.label, step.values) if step else None

    def redo_label(self) -> tuple[str, dict[str, object]] | None:
        """Return message id and values of what `redo` would do again."""
        step = self._history.first_undone()
        return (step.label, step.values) if step else None

    def search_text(self, query: str, limit: int = 50) -> list[TextHit]:
        """Return observations, segments and indexed texts that hold all words; see `TextIndex.search`."""
        return self._store.index.search(query, limit)

    def change_passphrase(self, passphrase: str, *, kdf: KdfSettings | None = None) -> None:
        """Replace the passphrase; recovery code and key file stay as they are.

        Raises:
            InputRejectedError: It is empty.
        """
        self._keyring.change_passphrase(passphrase, kdf)

    def replace_recovery_code(self) -> str:
        """Return a new recovery code; the one before opens nothing any more."""
        return self._keyring.replace_recovery_code()

    def add_key_file(self, path: Path) -> KeyFile:
        """Write a new key file and let it open the vault, in place of an earlier one.

        Raises:
            InputRejectedError: The path exists already or lies inside the vault.
            StorageError: It cannot be written.
        """
        return self._keyring.add_key_file(path)

    @property
    def slots(self) -> tuple[SlotKind, ...]:
        """What opens this vault."""
        return self._keyring.slots

    @property
    def public_key(self) -> PublicKey:
        """What recordings are sealed to, also while the vault is locked."""
        return self._keyring.public_key

    @property
    def private_key(self) -> PrivateKey:
        """What opens the recordings' keys."""
        return self._keyring.private_key

    def resume_audio(self, recording_id: str, sample_rate: int) -> AudioWriter:
        """Go on with a recording, or start it if there is no file yet; see `VaultAudio`."""
        if self.audio.store.path(recording_id).exists():
            return self.audio.resume(recording_id)
        return self.audio.create(recording_id, sample_rate)

    def open_audio(self, recording_id: str) -> AudioReader:
        """Open a recording to read it; errors as `AudioStore.open`."""
        return self.audio.open(recording_id)

    def sign_audio(self, unit: Unit, recording_id: str, summary: AudioSummary) -> None:
        """Keep what a stopped recording must hold, in the transaction of `unit`."""
        if summary.recording_id != recording_id:
            raise ValueError(recording_id)
        unit.require_open()
        self.audio.keep(summary)

    def audio_seconds(self, recording_id: str) -> int:
        """Return how many seconds are sealed, 0 without a file."""
        if not self.audio.store.path(recording_id).exists():
            return 0
        with self.audio.open(recording_id) as reader:
            return reader.seconds

    def erase_audio(self, recording_id: str) -> None:
        """Destroy the key of a recording, then its file, for good; see `VaultAudio.erase`."""
        self.audio.erase(recording_id)

    def snapshots(self) -> list[Snapshot]:
        """Return the snapshots inside the vault, newest first."""
        return list_snapshots(self.folder)

    def make_snapshot(self) -> Snapshot:
        """Make a snapshot now.

        Raises:
            StorageError: The disk is full, read-only or fails.
            DamagedError: The database is not what was written; earlier snapshots stay.
        """
        with self._database.lock:
            changes = self._database.total_changes
            keyring = self._keyring
            snapshot = make_snapshot(self.folder, self._database, keyring.header, keyring.data_key)
            self._changes_in_snapshot = changes
            return snapshot

    def remake_snapshots(self) -> Snapshot:
        """Make a snapshot and remove all others, because they still hold what was erased."""
        fresh = self.make_snapshot()
        remove_others(self.folder, fresh)
        return fresh

    def backup(self, target: Path, progress: Progress | None = None) -> CheckReport:
        """Make a complete checked copy of this vault at `target`, which must not exist.

        Raises:
            InputRejectedError: The target exists or lies inside the vault.
            StorageError: The disk is full, read-only or fails; nothing is left at the target.
            DamagedError: The database has damage, so no copy of it would be whole.
        """
        with self._database.lock:
            return backup(self.folder, self._database, self._keyring, target, progress or _silent)

    def _snapshot_if_possible(self) -> None:
        try:
            self.make_snapshot()
        except ExplorerError as error:
            self.snapshot_error = error

    def _replay(self, carries: Mapping[str, Carry] | None, *, backwards: bool) -> Changes | None:
        with self._database.lock:
            step = self._history.last_done() if backwards else self._history.first_undone()
            if step is None:
                return None
            try:
                with self._database.transaction():
                    changes = replay(self._store, step, backwards=backwards, carries=carries or {})
                    self._history.mark(step, undone=backwards)
            except InputRejectedError as error:
                with self._database.transaction():
                    self._history.drop(step)
                raise InputRejectedError("vault.changed_since") from error
            return changes
