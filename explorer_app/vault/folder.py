"""The vault folder: making a new one, and what a killed creation leaves behind."""

from __future__ import annotations

import shutil
from pathlib import Path

from explorer_app.domain.errors import DamagedError, InputRejectedError, NotFoundError
from explorer_app.vault import files
from explorer_app.vault.header import has_header
from explorer_app.vault.storage_errors import readable_errors

_DATABASE_FILES = (
    files.DATABASE,
    files.DATABASE + "-wal",
    files.DATABASE + "-shm",
    files.DATABASE + "-journal",
)
_HEADER_FILES = (files.HEADER, files.HEADER_COPY)
_BEFORE_ANYTHING = {files.LOCK, files.CREATING + files.PENDING}
_LEFT_BY_CREATION = {
    *_BEFORE_ANYTHING,
    *_DATABASE_FILES,
    *(name + files.PENDING for name in _HEADER_FILES),
    files.CREATING,
    files.AUDIO,
    files.SNAPSHOTS,
}


def make_folder(folder: Path) -> None:
    """Make the folder of a new vault; an empty one may exist.

    Raises:
        InputRejectedError: Something that is no half-created vault lies there.
        StorageError: The folder cannot be made.
    """
    with readable_errors():
        if folder.is_file():
            raise InputRejectedError("vault.folder_is_file", name=folder.name)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if has_header(folder):
            raise InputRejectedError("vault.exists", name=folder.name)
        names = {entry.name for entry in folder.iterdir()}
        if names - _BEFORE_ANYTHING and not is_half_created(folder):
            raise InputRejectedError("vault.folder_not_empty", name=folder.name)


def is_half_created(folder: Path) -> bool:
    """Return whether the creation of a vault was killed here before there was anything to lose."""
    if not (folder / files.CREATING).is_file() or has_header(folder):
        return False
    names = {entry.name for entry in folder.iterdir()}
    return names <= _LEFT_BY_CREATION


def begin_creation(folder: Path) -> None:
    """Mark the creation as running and clear what a killed one left; the caller holds the lock."""
    with readable_errors():
        if not (folder / files.CREATING).exists():
            files.write_atomically(folder / files.CREATING, b"")
        for name in _DATABASE_FILES:
            (folder / name).unlink(missing_ok=True)
        for name in (files.AUDIO, files.SNAPSHOTS):
            shutil.rmtree(folder / name, ignore_errors=True)
            (folder / name).mkdir(mode=0o700)


def end_creation(folder: Path) -> None:
    """Remove the mark: from the first header file on, the vault counts as created."""
    with readable_errors():
        (folder / files.CREATING).unlink(missing_ok=True)
        (folder / (files.CREATING + files.PENDING)).unlink(missing_ok=True)
        for name in _HEADER_FILES:
            (folder / (name + files.PENDING)).unlink(missing_ok=True)
        files.fsync_folder(folder)


def require_vault(folder: Path) -> None:
    """Raise the fitting error if there is no complete vault in `folder`."""
    with readable_errors():
        if has_header(folder):
            return
        if not folder.is_dir():
            raise NotFoundError("vault.no_vault", name=folder.name)
        if is_half_created(folder):
            raise NotFoundError("vault.half_created", name=folder.name)
        if (folder / files.DATABASE).exists():
            raise DamagedError("vault.header_missing", name=folder.name)
        raise NotFoundError("vault.no_vault", name=folder.name)
