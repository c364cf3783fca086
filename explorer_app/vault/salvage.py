"""Brings the recordings out of a vault whose database is lost: the key slots are enough for them."""

from __future__ import annotations

import io
import shutil
from dataclasses import dataclass
from pathlib import Path

from explorer_app.domain.errors import (
    AccessDeniedError,
    DamagedError,
    InputRejectedError,
    NotFoundError,
    StorageError,
)
from explorer_app.vault import files
from explorer_app.vault.audio import AudioReader, AudioStore
from explorer_app.vault.backup import Progress
from explorer_app.vault.folder import require_vault
from explorer_app.vault.header import read_header
from explorer_app.vault.key_slots import Credential
from explorer_app.vault.lock import FolderLock
from explorer_app.vault.storage_errors import readable_errors

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class SavedRecording:
    """A recording of the vault.

    Attributes:
        recording_id: Its id.
        path: The WAV file it was written to, None if the key opens it no more.
        seconds: Length.
        damaged: Seconds that could not be read and are silence now.
    """

    recording_id: str
    path: Path | None
    seconds: float = 0.0
    damaged: int = 0


def salvage_audio(
    folder: Path, credential: Credential, target: Path, progress: Progress
) -> tuple[SavedRecording, ...]:
    """Write every recording as a WAV file to a new folder; the database is not looked at.

    The files are not encrypted: where they lie is a person's decision. The vault stays as it is.

    Args:
        folder: A closed vault, with a header file that is whole (its own, its copy or a snapshot's).
        credential: What opens it.
        target: Must not exist, or be empty; outside of the vault.
        progress: Recordings done and recordings in all.

    Raises:
        NotFoundError: There is no vault, or no recording in it.
        AccessDeniedError: The credential does not open it.
        BusyError: It is open.
        DamagedError: No header is left.
        InputRejectedError: The target holds something or lies inside the vault.
        StorageError: The disk is full, read-only or fails; files that are complete stay.
    """
    require_vault(folder)
    lock = _lock_if_possible(folder)
    try:
        found, data_key = read_header(folder).unlock(credential)
        private_key = found.best.header.private_key(data_key)
        store = AudioStore(folder / files.AUDIO)
        ids = [recording.recording_id for recording in store.recordings()]
        if not ids:
            raise NotFoundError("vault.no_recordings", name=folder.name)
        _make_target(folder, target)
        saved = []
        for number, recording_id in enumerate(ids):
            progress(number, len(ids))
            try:
                with store.open(recording_id, private_key) as reader:
                    saved.append(_save(reader, target))
            except (AccessDeniedError, DamagedError):
                saved.append(SavedRecording(recording_id, None))
        progress(len(ids), len(ids))
        return tuple(saved)
    finally:
        if lock is not None:
            lock.release()


def _lock_if_possible(folder: Path) -> FolderLock | None:
    """Lock the vault; on a medium that cannot be written, nobody else can have it open to write."""
    try:
        return FolderLock.take(folder)
    except StorageError:
        return None


def _make_target(folder: Path, target: Path) -> None:
    with readable_errors():
        if target.resolve().is_relative_to(folder.resolve()):
            raise InputRejectedError("vault.target_inside", name=target.name)
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise InputRejectedError("vault.target_exists", name=target.name)
        target.mkdir(parents=True, exist_ok=True)


def _save(reader: AudioReader, target: Path) -> SavedRecording:
    path = target / f"{reader.recording_id}.wav"
    pending = path.with_name(path.name + files.PENDING)
    with readable_errors():
        try:
            with pending.open("xb") as file, io.BufferedReader(reader.as_wav(), _PIECE) as wav:
                shutil.copyfileobj(wav, file, _PIECE)
            files.fsync_file(pending)
            pending.rename(path)
        except BaseException:
            pending.unlink(missing_ok=True)
            raise
    return SavedRecording(reader.recording_id, path, reader.duration, len(reader.damaged))
