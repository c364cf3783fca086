"""Inspects a database file without writing to it: which pages are not what was written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2 as sqlcipher

from explorer_app.domain.errors import DamagedError
from explorer_app.vault.database import file_salt, raw_key
from explorer_app.vault.storage_errors import readable_errors

_MOST_PROBLEMS = 100
_PAGE_PROBLEM = re.compile(r"page (\d+)")
_PAGE_BYTES = 4096


@dataclass(frozen=True, slots=True)
class DatabaseInspection:
    """What is wrong with a database file.

    Attributes:
        readable: Whether it can be opened at all.
        salt_changed: The first 16 bytes differ; everything stays readable.
        pages: Numbers of damaged pages (from 1).
        problems: What SQLite says about structure, links and search index.
    """

    readable: bool
    salt_changed: bool = False
    pages: tuple[int, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong."""
        return self.readable and not (self.salt_changed or self.pages or self.problems)

    def require_good(self) -> None:
        """Raise `DamagedError` if anything is wrong."""
        if not self.is_good:
            raise DamagedError("vault.damaged", part="vault.db")


def inspect_database(path: Path, data_key: bytes) -> DatabaseInspection:
    """Check every page's authentication, the structure, the links and the search index.

    The file is opened as immutable: nothing is written, a write-ahead log beside it is left out.

    Raises:
        StorageError: The disk fails.
    """
    with readable_errors():
        if not path.is_file():
            return DatabaseInspection(readable=False)
        with path.open("rb") as file:
            salt_changed = file.read(16) != file_salt(data_key)
            size = file.seek(0, 2)
    connection = _connect(path, data_key)
    try:
        pages = _damaged_pages(connection)
        if size % _PAGE_BYTES:
            pages = (*pages, size // _PAGE_BYTES + 1)
    finally:
        connection.close()
    readable, problems = _structure(path, data_key)
    return DatabaseInspection(readable, salt_changed, pages, problems)


def read_column(path: Path, data_key: bytes, table: str, column: str) -> list[object]:
    """Return one column of a table without writing; empty if the table cannot be read or is not there."""
    connection = _connect(path, data_key)
    try:
        return [row[0] for row in connection.execute(f'SELECT "{column}" FROM "{table}"').fetchall()]  # noqa: S608
    except sqlcipher.Error:
        return []
    finally:
        connection.close()


def _connect(path: Path, data_key: bytes) -> Any:
    connection = sqlcipher.connect(path.absolute().as_uri() + "?mode=ro&immutable=1", uri=True)
    connection.execute("PRAGMA cipher_log_level = NONE")
    connection.execute(f"PRAGMA key = \"x'{raw_key(data_key)}'\"")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _damaged_pages(connection: Any) -> tuple[int, ...]:
    try:
        lines = [row[0] for row in connection.execute("PRAGMA cipher_integrity_check").fetchall()]
    except sqlcipher.Error:
        return (1,)
    found = (_PAGE_PROBLEM.search(line) for line in lines)
    return tuple(int(match.group(1)) if match else 1 for match in found)


def _structure(path: Path, data_key: bytes) -> tuple[bool, tuple[str, ...]]:
    """Return whether the schema can be read, and the problems of structure, links and index."""
    # A connection of its own: SQLCipher keeps one that met a bad page in an error state.
    connection = _connect(path, data_key)
    try:
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlcipher.Error as error:
            return False, (str(error),)
        try:
            # Since SQLite 3.44 this also checks the inside of FTS5 tables.
            lines = [row[0] for row in connection.execute(f"PRAGMA quick_check({_MOST_PROBLEMS})").fetchall()]
            problems = [line for line in lines if line != "ok"]
            for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check").fetchmany(
                _MOST_PROBLEMS
            ):
                problems.append(f"{table} {row} -> {parent}")
            lost = connection.execute(
                "SELECT count(*) FROM texts LEFT JOIN words ON words.rowid = texts.number WHERE body IS NULL"
            ).fetchone()[0]
            if lost:
                problems.append(f"search index: {lost}")
        except sqlcipher.Error as error:
            return True, (str(error),)
        return True, tuple(problems)
    finally:
        connection.close()
