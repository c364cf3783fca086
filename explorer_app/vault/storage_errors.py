"""Failures of the disk and of the database become the errors that people can read."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator

from sqlcipher3 import dbapi2 as sqlcipher

from explorer_app.domain.errors import (
    BusyError,
    DamagedError,
    ExplorerError,
    InputRejectedError,
    StorageError,
)

_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}

# Primary result codes, https://www.sqlite.org/rescode.html
_SQLITE_PERM = 3
_SQLITE_BUSY = 5
_SQLITE_NOMEM = 7
_SQLITE_READONLY = 8
_SQLITE_IOERR = 10
_SQLITE_CORRUPT = 11
_SQLITE_FULL = 13
_SQLITE_CANTOPEN = 14
_SQLITE_TOOBIG = 18
_SQLITE_CONSTRAINT = 19
_SQLITE_AUTH = 23
_SQLITE_NOTADB = 26

_BY_CODE: dict[int, tuple[type[ExplorerError], str]] = {
    _SQLITE_PERM: (StorageError, "vault.read_only"),
    _SQLITE_BUSY: (BusyError, "vault.busy"),
    _SQLITE_NOMEM: (StorageError, "vault.no_memory"),
    _SQLITE_READONLY: (StorageError, "vault.read_only"),
    _SQLITE_IOERR: (StorageError, "vault.io_error"),
    _SQLITE_CORRUPT: (DamagedError, "vault.damaged"),
    _SQLITE_FULL: (StorageError, "vault.disk_full"),
    _SQLITE_CANTOPEN: (StorageError, "vault.io_error"),
    _SQLITE_TOOBIG: (InputRejectedError, "vault.too_large"),
    _SQLITE_AUTH: (StorageError, "vault.read_only"),
    _SQLITE_NOTADB: (DamagedError, "vault.damaged"),
}


def from_os_error(error: OSError) -> StorageError:
    """Return the readable error for a failure of the file system."""
    name = str(error.filename or "")
    if error.errno in _DISK_FULL:
        return StorageError("vault.disk_full")
    if error.errno in _READ_ONLY:
        return StorageError("vault.read_only", path=name)
    return StorageError("vault.io_error", path=name, detail=error.strerror or "")


def from_database_error(error: Exception) -> ExplorerError | None:
    """Return the readable error for a failure of the database, None if it is a bug."""
    code = getattr(error, "sqlite_errorcode", None)
    if not isinstance(code, int):
        return None
    # A link that is checked at commit comes without its extended code.
    if code & 0xFF == _SQLITE_CONSTRAINT and "FOREIGN KEY" in str(error):
        return InputRejectedError("vault.still_linked")
    known = _BY_CODE.get(code & 0xFF)
    if known is None:
        return None
    cls, message_id = known
    if cls is StorageError and message_id != "vault.no_memory":
        return cls(message_id, path="vault.db", detail=str(error))
    return cls(message_id, part="vault.db") if cls is DamagedError else cls(message_id)


def is_damage(error: Exception) -> bool:
    """Return whether the database says that its file is not what was written."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(code, int) and code & 0xFF in (_SQLITE_CORRUPT, _SQLITE_NOTADB)


@contextlib.contextmanager
def readable_errors() -> Iterator[None]:
    """Turn failures of the disk and of the database inside the block into `ExplorerError`.

    Raises:
        StorageError: Disk full, read-only, out of memory or failing.
        DamagedError: The database's pages are not what was written.
        BusyError: Another process holds the database.
        InputRejectedError: A link to a missing thing, or a value too large.
    """
    try:
        yield
    except OSError as error:
        raise from_os_error(error) from error
    except sqlcipher.Error as error:
        known = from_database_error(error)
        if known is None:
            raise
        raise known from error
