"""A complete checked copy of a vault elsewhere, and the way back. Nothing is ever overwritten."""

from __future__ import annotations

import filecmp
import shutil
from collections.abc import Callable
from pathlib import Path

from explorer_app.domain.errors import DamagedError, InputRejectedError, NotFoundError, StorageError
from explorer_app.vault import files
from explorer_app.vault.check import CheckReport, check_unlocked
from explorer_app.vault.database import Database
from explorer_app.vault.header import read_header, write_header
from explorer_app.vault.key_slots import Credential
from explorer_app.vault.keyring import Keyring
from explorer_app.vault.lock import FolderLock
from explorer_app.vault.snapshots import copy_database
from explorer_app.vault.storage_errors import readable_errors

Progress = Callable[[int, int], None]
"""Called with the bytes done and the bytes in all; may raise to cancel."""


def _silent(done: int, total: int) -> None:
    pass


def backup(
    folder: Path, database: Database, keyring: Keyring, target: Path, progress: Progress = _silent
) -> CheckReport:
    """Copy an open vault to `target`: a consistent database, the header, all audio; check the copy.

    Snapshots stay behind. What is not yet whole lies under ``<target>.pending`` and is removed on
    any failure. Returns what the check found: recordings may have been damaged before.

    Raises:
        InputRejectedError: The target exists or lies inside the vault.
        StorageError: The disk is full, read-only or fails.
        DamagedError: The database has damage, so no copy of it would be whole.
    """
    pending = _begin(folder, target)
    try:
        with readable_errors():
            sources = _audio_files(folder)
            sizes = [path.stat().st_size for path in sources]
            total = sum(sizes) + (folder / files.DATABASE).stat().st_size
            copy_database(database, pending / files.DATABASE, keyring.data_key)
            count = _Counter(total, progress)
            count(total - sum(sizes))
            write_header(pending, keyring.header, keyring.data_key)
            _copy_audio(sources, pending, count)
        report = check_unlocked(pending, read_header(pending), keyring.data_key)
        _finish(pending, target)
    except BaseException:
        shutil.rmtree(pending, ignore_errors=True)
        raise
    return report


def restore(source: Path, target: Path, credential: Credential, progress: Progress = _silent) -> CheckReport:
    """Make a vault at `target` from a backup, or from a snapshot folder and the audio beside it.

    Args:
        source: A backup, or a folder below ``snapshots`` of a vault.
        target: Must not exist.
        credential: Opens the source; every file of the result is checked with it.
        progress: Bytes done and bytes in all.

    Returns:
        What the check of the new vault found: damage that the source had already.

    Raises:
        NotFoundError: There is no vault at `source`.
        InputRejectedError: The target exists or lies inside the source.
        AccessDeniedError: The credential does not open the source.
        DamagedError: Its database cannot be read.
        BusyError: The source is open.
        StorageError: The disk is full, read-only or fails.
    """
    if not (source / files.DATABASE).is_file():
        raise NotFoundError("vault.no_backup", name=source.name)
    lock = _lock_if_possible(source)
    try:
        return _restore(source, target, credential, progress)
    finally:
        if lock is not None:
            lock.release()


def _restore(source: Path, target: Path, credential: Credential, progress: Progress) -> CheckReport:
    found, data_key = read_header(source).unlock(credential)
    home = source.parent.parent if source.parent.name == files.SNAPSHOTS else source
    pending = _begin(home, target)
    try:
        with readable_errors():
            databases = [source / name for name in (files.DATABASE, files.DATABASE + "-wal")]
            databases = [path for path in databases if path.is_file()]
            sources = _audio_files(home)
            count = _Counter(sum(path.stat().st_size for path in (*databases, *sources)), progress)
            for path in databases:
                files.copy_durably(path, pending / path.name, count)
            write_header(pending, found.best.header, data_key)
            _copy_audio(sources, pending, count)
        report = check_unlocked(pending, read_header(pending), data_key)
        _require_readable(report, source)
        _finish(pending, target)
    except BaseException:
        shutil.rmtree(pending, ignore_errors=True)
        raise
    return report


class _Counter:
    """Adds up bytes for a progress display."""

    def __init__(self, total: int, progress: Progress) -> None:
        self._done = 0
        self._total = total
        self._progress = progress

    def __call__(self, count: int) -> None:
        self._done += count
        self._progress(min(self._done, self._total), self._total)


def _lock_if_possible(source: Path) -> FolderLock | None:
    """Lock a source that was opened before; a backup on a read-only medium needs no lock."""
    if not (source / files.LOCK).exists():
        return None
    try:
        return FolderLock.take(source)
    except StorageError:
        return None


def _begin(source: Path, target: Path) -> Path:
    with readable_errors():
        if target.resolve().is_relative_to(source.resolve()):
            raise InputRejectedError("vault.target_inside", name=target.name)
        if target.exists():
            raise InputRejectedError("vault.target_exists", name=target.name)
        pending = target.with_name(target.name + files.PENDING)
        if pending.exists():
            _remove_unfinished(pending)
        target.parent.mkdir(parents=True, exist_ok=True)
        pending.mkdir(mode=0o700)
        (pending / files.AUDIO).mkdir(mode=0o700)
        (pending / files.SNAPSHOTS).mkdir(mode=0o700)
    return pending


def _remove_unfinished(pending: Path) -> None:
    """Remove what a killed copy left; anything else under that name stays."""
    own = {files.DATABASE, files.HEADER, files.HEADER_COPY, files.AUDIO, files.SNAPSHOTS}
    names = {path.name.removesuffix(files.PENDING).split("-")[0] for path in pending.glob("*")}
    if not pending.is_dir() or any(name not in own for name in names):
        raise InputRejectedError("vault.target_exists", name=pending.name)
    shutil.rmtree(pending)


def _require_readable(report: CheckReport, source: Path) -> None:
    if not report.database_readable:
        raise DamagedError("vault.damaged", part=f"{source.name}/{files.DATABASE}")


def _finish(pending: Path, target: Path) -> None:
    with readable_errors():
        if target.exists():
            raise InputRejectedError("vault.target_exists", name=target.name)
        files.fsync_folder(pending)
        pending.rename(target)
        files.fsync_folder(target.parent)


def _audio_files(folder: Path) -> list[Path]:
    audio = folder / files.AUDIO
    return sorted(path for path in audio.iterdir() if path.is_file()) if audio.is_dir() else []


def _copy_audio(sources: list[Path], pending: Path, count: _Counter) -> None:
    for path in sources:
        copy = pending / files.AUDIO / path.name
        files.copy_durably(path, copy, count)
        if not filecmp.cmp(path, copy, shallow=False):
            raise DamagedError("vault.copy_differs", part=f"{files.AUDIO}/{path.name}")
    files.fsync_folder(pending / files.AUDIO)
