"""Writing results outside the vault: complete or not at all, never over something else."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from explorer_app.domain.errors import InputRejectedError, StorageError


def write_new_file(path: Path, data: bytes) -> Path:
    """Write `data` to a new file; a failure leaves no half file behind.

    Returns:
        The absolute path.

    Raises:
        InputRejectedError: If the file exists already.
        StorageError: If it cannot be written.
    """
    target = path.expanduser().absolute()
    pending = target.with_name(f".{target.name}.pending")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            raise InputRejectedError("file.exists", path=str(target))
        with pending.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        pending.rename(target)
    except OSError as error:
        pending.unlink(missing_ok=True)
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise StorageError("file.disk_full" if full else "file.not_writable", path=str(target)) from error
    return target
