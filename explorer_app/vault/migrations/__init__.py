"""Ordered migrations: one module a step, never changed after it was released.

A new step is a module with `VERSION` (one more than the last) and `apply(database)`, added to
`STEPS`. Steps spell their tables out: they must not follow later changes of the dataclasses. New
columns have a default, because undo may bring back rows from before the step.
"""

from __future__ import annotations

from collections.abc import Callable

from explorer_app.domain.errors import TooNewError
from explorer_app.vault.database import Database
from explorer_app.vault.migrations import m0001_first, m0002_audio_summaries

STEPS: tuple[tuple[int, Callable[[Database], None]], ...] = (
    (m0001_first.VERSION, m0001_first.apply),
    (m0002_audio_summaries.VERSION, m0002_audio_summaries.apply),
)
LATEST = STEPS[-1][0]
"""The schema this app writes."""


def schema_version(database: Database) -> int:
    """Return the schema of an open database, 0 for an empty one."""
    return int(database.value("PRAGMA user_version"))


def refuse_newer(database: Database) -> None:
    """Raise `TooNewError` if a newer version of the app wrote the database."""
    if schema_version(database) > LATEST:
        raise TooNewError("vault.too_new")


def is_outdated(database: Database) -> bool:
    """Return whether there are steps to run; raises as `refuse_newer`."""
    refuse_newer(database)
    return schema_version(database) < LATEST


def migrate(database: Database) -> None:
    """Bring the database to the latest schema, each step in a transaction of its own."""
    if not is_outdated(database):
        return
    for version, apply in STEPS:
        if version > schema_version(database):
            with database.transaction():
                apply(database)
                database.execute(f"PRAGMA user_version = {version:d}")
