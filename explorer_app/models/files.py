"""Reading, hashing and copying big files with progress and cancel."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO

from explorer_app.domain.errors import CancelledError
from explorer_app.domain.progress import Progress

_PIECE = 1 << 20


Cancel = Callable[[], bool]


def never() -> bool:
    """Return False: nobody cancels."""
    return False


class Step:
    """Counts the bytes of one step and reports them as megabytes.

    Args:
        progress: Receiver.
        message_id: The step.
        total: Bytes in all.
        cancel: Asked at each report.
        **values: Further values of the sentence.
    """

    def __init__(
        self, progress: Progress, message_id: str, total: int, cancel: Cancel, **values: object
    ) -> None:
        self._progress = progress
        self._message_id = message_id
        self._total = max(total, 1)
        self._cancel = cancel
        self._values = values
        self.done = 0

    def add(self, count: int) -> None:
        """Count `count` more bytes.

        Raises:
            CancelledError: If a person cancelled.
        """
        self.at(self.done + count)

    def at(self, done: int) -> None:
        """Set the bytes done so far."""
        if self._cancel():
            raise CancelledError
        self.done = min(max(done, self.done), self._total)
        self._progress(
            self.done / self._total,
            self._message_id,
            done=self.done // 1_000_000,
            total=-(-self._total // 1_000_000),
            **self._values,
        )


def hash_file(path: Path, step: Step | None = None) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            if step:
                step.add(len(piece))
    return digest.hexdigest()


def copy_hashed(sources: Iterable[IO[bytes]], target: Path, step: Step | None = None) -> tuple[int, str]:
    """Write the joined `sources` to `target`, flushed to the disk.

    Returns:
        Size in bytes and SHA-256 of what was written.
    """
    digest, size = hashlib.sha256(), 0
    with target.open("wb") as written:
        for source in sources:
            while piece := source.read(_PIECE):
                written.write(piece)
                digest.update(piece)
                size += len(piece)
                if step:
                    step.add(len(piece))
        written.flush()
        os.fsync(written.fileno())
    return size, digest.hexdigest()
