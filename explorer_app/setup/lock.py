"""A lock between processes that the system releases when its holder dies, however it dies."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class FileLock:
    """Holds a file against other processes; the second waits until the first is done.

    Args:
        path: The file; made if missing, never removed.
        on_wait: Called once if another process holds it.
        cancel: Asked while waiting; True gives up.

    Raises:
        InterruptedError: If `cancel` said so.
    """

    def __init__(
        self, path: Path, on_wait: Callable[[], None] | None = None, cancel: Callable[[], bool] | None = None
    ) -> None:
        self._path = path
        self._on_wait = on_wait
        self._cancel = cancel
        self._file: IO[str] | None = None

    def __enter__(self) -> FileLock:
        self._file = self._path.open("a+", encoding="utf-8")
        told = False
        while not _take(self._file):
            if not told and self._on_wait:
                self._on_wait()
            told = True
            if self._cancel and self._cancel():
                self._file.close()
                raise InterruptedError
            time.sleep(0.2)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()


def _take(file: IO[str]) -> bool:
    try:
        if sys.platform == "win32":
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
