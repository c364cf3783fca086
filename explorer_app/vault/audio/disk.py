"""The disk under the audio store: durable writes, one writer a file, failures as sentences."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from explorer_app.domain.errors import BusyError, NotFoundError, StorageError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}
_LOCK_AT = 1 << 62  # far beyond every byte, as Windows keeps readers out of a locked range


@contextlib.contextmanager
def storage_errors() -> Iterator[None]:
    """Turn a failure of the disk into a `StorageError` with the sentence that fits it."""
    try:
        yield
    except FileNotFoundError:
        raise NotFoundError("audio.not_found") from None
    except OSError as error:
        if error.errno in _FULL:
            raise StorageError("audio.disk_full") from error
        if error.errno in _READ_ONLY:
            raise StorageError("audio.read_only") from error
        raise StorageError("audio.disk_failed", reason=os.strerror(error.errno or errno.EIO)) from error


def sync(file: BinaryIO) -> None:
    """Return when the bytes of `file` are on the disk itself."""
    if sys.platform == "darwin":
        # fsync leaves bytes in the drive's cache there, see fsync(2) of macOS.
        fcntl.fcntl(file.fileno(), fcntl.F_FULLFSYNC)
    else:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Return when names that appeared in or left `folder` are on the disk."""
    if sys.platform == "win32":
        return  # folders cannot be opened there; the file system journals names
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def lock_for_writing(file: BinaryIO) -> None:
    """Become the only writer of `file` until it is closed; readers are not kept out.

    Raises:
        BusyError: Another writer, here or in another process.
    """
    try:
        if sys.platform == "win32":
            file.seek(_LOCK_AT)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise BusyError("audio.busy") from None


def write_all(file: BinaryIO, data: bytes) -> None:
    """Write all of `data` to an unbuffered file; raises OSError as the system does."""
    view = memoryview(data)
    while view:
        view = view[os.write(file.fileno(), view) :]


def overwrite(file: BinaryIO, at: int, data: bytes) -> None:
    """Replace the bytes at `at` and return when that is on the disk."""
    file.seek(at)
    write_all(file, data)
    sync(file)


def create_new(path: Path) -> BinaryIO:
    """Open a file that must not exist yet, unbuffered, readable by its owner only."""
    return open(path, "x+b", buffering=0, opener=_private)


def open_existing(path: Path, *, write: bool) -> BinaryIO:
    """Open a file that exists, unbuffered."""
    return path.open("r+b" if write else "rb", buffering=0)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_BINARY", 0), 0o600)
