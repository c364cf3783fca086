"""The connection: SQLCipher under sqlite-utils, one for the vault, one thread at a time."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2 as sqlcipher
from sqlite_utils import Database as SqliteUtilsDatabase

from explorer_app.vault.key_slots import derive
from explorer_app.vault.storage_errors import is_damage, readable_errors

_SALT_BYTES = 16
_BUSY_MILLISECONDS = 2_000
_LOG_BYTES = 1024 * 1024

_SETTINGS = (
    # The folder lock already keeps other processes out; exclusive mode needs no shared-memory file.
    "locking_mode = EXCLUSIVE",
    "journal_mode = WAL",
    # See `Database._fold_log`: a log that is never overwritten in place shows where a kill tore it.
    "wal_autocheckpoint = 0",
    "synchronous = FULL",
    "secure_delete = ON",
    "temp_store = MEMORY",
    "foreign_keys = ON",
    "trusted_schema = OFF",
    "cell_size_check = ON",
)


def file_salt(data_key: bytes) -> bytes:
    """Return the 16 bytes with which a database file of this vault starts."""
    return derive(data_key, "database salt", _SALT_BYTES)


def raw_key(data_key: bytes) -> str:
    """Return key and salt in the hexadecimal form that ``PRAGMA key`` takes as they are."""
    return (derive(data_key, "database") + file_salt(data_key)).hex()


def connect(path: Path, data_key: bytes) -> Any:
    """Return a keyed SQLCipher connection in autocommit mode that any thread may use.

    Key and salt are handed over raw, so no passphrase hashing happens here and a flipped bit in
    the file's salt does not make the file unreadable.

    Raises:
        DamagedError: The file is no database under this key.
        StorageError: It cannot be opened.
    """
    with readable_errors():
        # SQLite would make the file readable for everybody where the system's mask allows it.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlcipher.connect(str(path.absolute()), isolation_level=None, check_same_thread=False)
        try:
            # Before the key: by default SQLCipher writes failures to the standard error stream.
            connection.execute("PRAGMA cipher_log_level = NONE")
            connection.execute(f"PRAGMA key = \"x'{raw_key(data_key)}'\"")
            connection.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
            for setting in _SETTINGS:
                connection.execute(f"PRAGMA {setting}").fetchall()
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except BaseException:
            connection.close()
            raise
    return connection


class Database:
    """The open database of a vault.

    Attributes:
        lock: Held by whoever talks to the database; a unit of work holds it from start to commit.
    """

    def __init__(self, path: Path, data_key: bytes) -> None:
        self._path = path
        self._data_key = data_key
        self._connection = connect(path, data_key)
        self._log = path.with_name(path.name + "-wal")
        self._met_damage = False
        self.lock = threading.RLock()

    @property
    def tables(self) -> SqliteUtilsDatabase:
        """The same connection as sqlite-utils sees it, for schema work."""
        return SqliteUtilsDatabase(self._connection)

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[dict[str, Any]]:
        """Return all rows of a query as dictionaries."""
        with self._statement():
            cursor = self._connection.execute(sql, tuple(values))
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def value(self, sql: str, values: Sequence[object] = ()) -> Any:
        """Return the first value of the first row, None if there is none."""
        with self._statement():
            row = self._connection.execute(sql, tuple(values)).fetchone()
            return None if row is None else row[0]

    def execute(self, sql: str, values: Sequence[object] = ()) -> int:
        """Run one statement and return the number of rows it changed."""
        with self._statement():
            return int(self._connection.execute(sql, tuple(values)).rowcount)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return bool(self._connection.in_transaction)

    @property
    def total_changes(self) -> int:
        """Number of rows changed since the connection was opened."""
        return int(self._connection.total_changes)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the block as one transaction: all of it on disk at the end, or nothing.

        Inside another transaction of the same thread the block becomes part of it.
        """
        with self.lock:
            if self.in_transaction:
                yield
                return
            self.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise
            self._fold_log()

    def close(self) -> None:
        """Close the connection; the write-ahead log is folded in and removed."""
        with self.lock, readable_errors():
            self._connection.close()

    @contextlib.contextmanager
    def _statement(self) -> Iterator[None]:
        with self.lock, readable_errors():
            if self._met_damage and not self._connection.in_transaction:
                self._reconnect()
            try:
                yield
            except sqlcipher.DatabaseError as error:
                self._met_damage = self._met_damage or is_damage(error)
                raise

    def _fold_log(self) -> None:
        """Fold a large write-ahead log into the database and cut it to nothing.

        By itself SQLite would write over the old log. A kill in the middle of a frame could then
        not be told from a flipped bit (see `write_ahead`); at the end of a growing file it can.
        """
        try:
            if self._log.stat().st_size > _LOG_BYTES:
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except (OSError, sqlcipher.Error):
            # What was committed is safe in the log; the next transaction tries again.
            return

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK")
            except sqlcipher.Error:
                # A new connection starts without the transaction, too.
                self._reconnect()

    def _reconnect(self) -> None:
        # After one damaged page SQLCipher refuses all others; a new connection reads them.
        self._connection.close()
        self._connection = connect(self._path, self._data_key)
        self._met_damage = False
