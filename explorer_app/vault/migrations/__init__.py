"""Ordered migrations: one module a step, never changed after it was released.

A new step is a module with `VERSION` (one more than the last) and `apply(database)`, added to
`STEPS`. Steps spell their tables out: they must not follow later changes of the dataclasses.
"""

from __future__ import annotations

from collections.abc import Callable

from explorer_app.domain.errors import TooNewError
from explorer_app.vault.database import Database
from explorer_app.vault.migrations import m0001_first

STEPS: tuple[tuple[int, Callable[[Database], None]], ...] = ((m0001_first.VERSION, m0001_first.apply),)
LATEST = STEPS[-1][0]
"""The schema this app writes."""


def schema_version(database: Database) -> int:
    """Return the schema of an open database, 0 for an empty one."""
    return int(database.value("PRAGMA user_version"))


def refuse_newer(database: Database) -> None:
    """Raise `TooNewError` if the database has a schema that this app does not know."""
    if schema_version(database) > LATEST:
        raise TooNewError("vault.too_new")


def migrate(database: Database) -> None:
    """Bring the database to the latest schema, each step in a transaction of its own."""
    refuse_newer(database)
    for version, apply in STEPS:
        if version > schema_version(database):
            with database.transaction():
                apply(database)
                database.execute(f"PRAGMA user_version = {version:d}")
