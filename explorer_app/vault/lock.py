"""One process at a time: a lock of the operating system that dies with its process."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from explorer_app.domain.errors import BusyError
from explorer_app.vault import files
from explorer_app.vault.storage_errors import from_os_error, readable_errors

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    _TAKEN: tuple[type[OSError], ...] = (OSError,)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    _TAKEN = (BlockingIOError,)


class FolderLock:
    """The lock of a vault folder.

    The file stays empty and stays behind: what counts is the lock on it, which the system drops
    when the process ends in any way. So a stale file never blocks.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @classmethod
    def take(cls, folder: Path) -> FolderLock:
        """Take the lock of `folder`.

        Raises:
            BusyError: Another process (or another object of this one) holds it.
            StorageError: The folder cannot be written.
        """
        with readable_errors():
            descriptor = os.open(folder / files.LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(descriptor)
        except _TAKEN as error:
            os.close(descriptor)
            raise BusyError("vault.in_use", name=folder.name) from error
        except OSError as error:
            os.close(descriptor)
            raise from_os_error(error) from error
        return cls(descriptor)

    def release(self) -> None:
        """Give the lock back; a second call does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
