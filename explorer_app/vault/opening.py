"""Opening the database of a vault: its log is looked through, old schemas are brought up to date."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from explorer_app.domain.errors import DamagedError, ExplorerError
from explorer_app.vault import files, migrations
from explorer_app.vault.database import Database
from explorer_app.vault.header import Header
from explorer_app.vault.inspection import inspect_database
from explorer_app.vault.snapshots import clear_pending, make_snapshot, newest_good
from explorer_app.vault.storage_errors import readable_errors
from explorer_app.vault.write_ahead import scan_log

LOG = files.DATABASE + "-wal"


def open_database(
    folder: Path, header: Header, data_key: bytes
) -> tuple[Database, tuple[ExplorerError, ...]]:
    """Open the database of an unlocked vault and migrate it, a snapshot first.

    Returns:
        The database, and warnings about what was found and could be worked around.

    Raises:
        DamagedError: It cannot be read; the error names the newest good snapshot.
        TooNewError: A newer version of the app wrote it.
        StorageError: The disk is full, read-only or fails.
    """
    path = folder / files.DATABASE
    if not path.exists():
        # Connecting would make an empty database in its place.
        raise unreadable(folder, data_key)
    clear_pending(folder)
    warnings = _save_damaged_log(folder, data_key)
    try:
        database = Database(path, data_key)
    except DamagedError as error:
        raise unreadable(folder, data_key) from error
    try:
        if migrations.is_outdated(database):
            make_snapshot(folder, database, header, data_key)
            migrations.migrate(database)
    except DamagedError as error:
        database.close()
        raise unreadable(folder, data_key) from error
    except BaseException:
        database.close()
        raise
    return database, warnings


def unreadable(folder: Path, data_key: bytes) -> DamagedError:
    """Return the error for a database that cannot be read, with the newest good snapshot."""
    snapshot = newest_good(folder, data_key)
    if snapshot is None:
        return DamagedError("vault.database_damaged_no_snapshot", name=folder.name)
    return DamagedError(
        "vault.database_damaged",
        name=folder.name,
        snapshot=f"{files.SNAPSHOTS}/{snapshot.name}",
        made_at=snapshot.made_at.strftime("%Y-%m-%d %H:%M UTC"),
    )


def _save_damaged_log(folder: Path, data_key: bytes) -> tuple[ExplorerError, ...]:
    """Put database and log aside before SQLite drops what follows a damaged frame of the log."""
    state = scan_log(folder / LOG)
    if state.damaged_frame is None:
        return ()
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    aside = folder / files.DAMAGED / stamp
    with readable_errors():
        aside.mkdir(mode=0o700, parents=True)
        for name in (files.DATABASE, LOG):
            shutil.copyfile(folder / name, aside / name)
            files.fsync_file(aside / name)
    if inspect_database(folder / files.DATABASE, data_key).pages:
        raise unreadable(folder, data_key)
    return (DamagedError("vault.log_damaged", frame=state.damaged_frame, kept=f"{files.DAMAGED}/{stamp}"),)
