"""The vault: one encrypted folder, its repositories, writes with undo, and what belongs to it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from explorer_app.domain.errors import InputRejectedError
from explorer_app.domain.fieldwork import Consent, Exploration, Facility, Participant, Visit
from explorer_app.domain.findings import (
    Code,
    Coding,
    Criterion,
    Membership,
    ProblemCluster,
    Rating,
    Theme,
    UseCaseCandidate,
)
from explorer_app.domain.material import (
    Evidence,
    Mark,
    Observation,
    Recording,
    Segment,
    TextRevision,
    Transcript,
)
from explorer_app.domain.outcome import Brief, Changes, IdeaCard, Job
from explorer_app.vault import files, migrations
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
    Slot,
    SlotKind,
    new_slot,
    write_key_file,
)
from explorer_app.vault.lock import FolderLock
from explorer_app.vault.recovery_code import new_recovery_code
from explorer_app.vault.repository import KINDS, Repository
from explorer_app.vault.search import TextHit
from explorer_app.vault.small_tables import Pseudonyms, Settings
from explorer_app.vault.unit import Store, Unit, replay


class Vault:
    """An open vault. Made by `Vault.create` or `Vault.open`; a context manager that closes itself.

    All methods may be called from any thread; a unit of work keeps other threads waiting until
    its transaction has ended.
    """

    explorations: Repository[Exploration]
    facilities: Repository[Facility]
    visits: Repository[Visit]
    participants: Repository[Participant]
    consents: Repository[Consent]
    observations: Repository[Observation]
    recordings: Repository[Recording]
    marks: Repository[Mark]
    transcripts: Repository[Transcript]
    segments: Repository[Segment]
    revisions: Repository[TextRevision]
    evidence: Repository[Evidence]
    codes: Repository[Code]
    codings: Repository[Coding]
    themes: Repository[Theme]
    clusters: Repository[ProblemCluster]
    memberships: Repository[Membership]
    candidates: Repository[UseCaseCandidate]
    cards: Repository[IdeaCard]
    criteria: Repository[Criterion]
    ratings: Repository[Rating]
    briefs: Repository[Brief]
    jobs: Repository[Job]

    def __init__(
        self, folder: Path, lock: FolderLock, header: Header, data_key: bytes, database: Database
    ) -> None:
        self.folder = folder
        self._lock = lock
        self._header = header
        self._data_key = data_key
        self._database = database
        self._store = Store(database)
        self._history = History(database)
        self._in_unit = False
        self._closed = False
        self.settings = Settings(database)
        self.pseudonyms = Pseudonyms(database, data_key)
        self.vectors = self._store.vectors
        for kind, cls in KINDS.items():
            setattr(self, kind, Repository(database, kind, cls))

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
            return cls(folder, lock, header, data_key, database), code
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
            found = read_header(folder)
            data_key = found.best.unlock(credential)
            header = found.best.header
            if found.damaged or found.outdated:
                write_header(folder, header, data_key)
            end_creation(folder)
            database = Database(folder / files.DATABASE, data_key)
            try:
                migrations.migrate(database)
            except BaseException:
                database.close()
                raise
            return cls(folder, lock, header, data_key, database)
        except BaseException:
            lock.release()
            raise

    def close(self) -> None:
        """Close the vault; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
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

    def undo(self) -> Changes | None:
        """Take back the last undoable step; None if there is none.

        Raises:
            InputRejectedError: Something it touched was changed since by what cannot be undone.
                The step is then forgotten, so that the one before it can be taken back.
        """
        return self._replay(backwards=True)

    def redo(self) -> Changes | None:
        """Do the step again that was undone last; None if there is none.

        Raises:
            InputRejectedError: As for `undo`.
        """
        return self._replay(backwards=False)

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
        """Replace the passphrase slot; recovery code and key file stay as they are."""
        self._replace_slot(Passphrase(passphrase), kdf)

    def replace_recovery_code(self) -> str:
        """Return a new recovery code; the one before opens nothing any more."""
        code = new_recovery_code()
        self._replace_slot(RecoveryCode(code))
        return code

    def add_key_file(self, path: Path) -> KeyFile:
        """Write a new key file and let it open the vault, in place of an earlier one.

        Raises:
            InputRejectedError: The path exists already or lies inside the vault.
        """
        if path.resolve().is_relative_to(self.folder.resolve()):
            raise InputRejectedError("vault.key_file_inside")
        key_file = write_key_file(path)
        self._replace_slot(key_file)
        return key_file

    @property
    def slots(self) -> tuple[SlotKind, ...]:
        """What opens this vault."""
        return tuple(slot.kind for slot in self._header.slots)

    def _replace_slot(self, credential: Credential, kdf: KdfSettings | None = None) -> None:
        slot = new_slot(credential, self._data_key, self._header.vault_id, kdf)
        slots: list[Slot] = [other for other in self._header.slots if other.kind is not slot.kind]
        header = self._header.with_slots([*slots, slot])
        write_header(self.folder, header, self._data_key)
        self._header = header

    def _replay(self, *, backwards: bool) -> Changes | None:
        with self._database.lock:
            step = self._history.last_done() if backwards else self._history.first_undone()
            if step is None:
                return None
            try:
                with self._database.transaction():
                    changes = replay(self._store, step, backwards=backwards)
                    self._history.mark(step, undone=backwards)
            except InputRejectedError as error:
                with self._database.transaction():
                    self._history.drop(step)
                raise InputRejectedError("vault.changed_since") from error
            return changes
