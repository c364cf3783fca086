"""Names inside a vault folder, and file writes that survive a killed process."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

HEADER = "vault.json"
HEADER_COPY = "vault.copy.json"
DATABASE = "vault.db"
LOCK = "vault.lock"
CREATING = "vault.creating"
AUDIO = "audio"
SNAPSHOTS = "snapshots"
DAMAGED = "damaged"
PENDING = ".pending"

_PIECE = 1 << 20


def fsync_folder(folder: Path) -> None:
    """Make names inside `folder` durable; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def fsync_file(path: Path) -> None:
    """Make the content of `path` durable."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def write_atomically(path: Path, data: bytes) -> None:
    """Replace `path` by `data`: after a kill there is the old or the new content, never a mixture.

    Only for data that is safe to lie on the disk: ciphertext and public values.
    """
    pending = path.with_name(path.name + PENDING)
    descriptor = os.open(pending, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    pending.replace(path)
    fsync_folder(path.parent)


def copy_durably(source: Path, target: Path, tick: Callable[[int], None] | None = None) -> None:
    """Copy a file to a new path and make it durable.

    Args:
        source: File to read.
        target: Must not exist; nothing is ever overwritten.
        tick: Called with the number of bytes after each piece.
    """
    with source.open("rb") as reader, target.open("xb") as writer:
        while piece := reader.read(_PIECE):
            writer.write(piece)
            if tick is not None:
                tick(len(piece))
        writer.flush()
        os.fsync(writer.fileno())
