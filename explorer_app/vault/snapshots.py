"""Snapshots inside the vault: copies of database and header, each opened and checked first."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from explorer_app.domain.errors import ExplorerError
from explorer_app.vault import files
from explorer_app.vault.database import Database
from explorer_app.vault.header import Header, parse_header
from explorer_app.vault.inspection import inspect_database
from explorer_app.vault.storage_errors import readable_errors

KEPT = 4
"""Older snapshots are removed when a new one counts."""

_STAMP = "%Y%m%d-%H%M%S-%f"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot folder and when it was made (UTC)."""

    path: Path
    made_at: datetime

    @property
    def name(self) -> str:
        """Name of its folder."""
        return self.path.name


def list_snapshots(folder: Path) -> list[Snapshot]:
    """Return the finished snapshots of a vault folder, newest first, unchecked."""
    found = []
    with readable_errors():
        if not (folder / files.SNAPSHOTS).is_dir():
            return []
        for path in (folder / files.SNAPSHOTS).iterdir():
            made_at = _made_at(path.name)
            if made_at is not None and path.is_dir():
                found.append(Snapshot(path, made_at))
    return sorted(found, key=lambda snapshot: snapshot.name, reverse=True)


def make_snapshot(folder: Path, database: Database, header: Header, data_key: bytes) -> Snapshot:
    """Copy database and header, check the copy, and only then let it count.

    Raises:
        StorageError: The disk is full, read-only or fails; earlier snapshots stay.
        DamagedError: The copy is not readable, so the database is not; earlier snapshots stay.
    """
    made_at = datetime.now(UTC)
    final = folder / files.SNAPSHOTS / made_at.strftime(_STAMP)
    pending = final.with_name(final.name + files.PENDING)
    with readable_errors():
        final.parent.mkdir(mode=0o700, exist_ok=True)
        clear_pending(folder)
        pending.mkdir(mode=0o700)
        try:
            copy_database(database, pending / files.DATABASE, data_key)
            files.write_atomically(pending / files.HEADER, header.to_bytes(data_key))
            pending.rename(final)
        except BaseException:
            shutil.rmtree(pending, ignore_errors=True)
            raise
        files.fsync_folder(final.parent)
        for old in list_snapshots(folder)[KEPT:]:
            _remove(old)
    return Snapshot(final, made_at)


def copy_database(database: Database, target: Path, data_key: bytes) -> None:
    """Write a consistent copy of an open database under the same key, and check every page of it."""
    database.execute("VACUUM INTO ?", (str(target.absolute()),))
    with readable_errors():
        files.fsync_file(target)
    inspect_database(target, data_key).require_good()


def clear_pending(folder: Path) -> None:
    """Remove snapshots that a kill left unfinished."""
    with readable_errors():
        for path in (folder / files.SNAPSHOTS).glob("*" + files.PENDING):
            shutil.rmtree(path)


def is_good(snapshot: Snapshot, data_key: bytes) -> bool:
    """Return whether header and every page of a snapshot are what was written."""
    try:
        stored = parse_header((snapshot.path / files.HEADER).read_bytes())
        good_header = stored.is_genuine(data_key)
        return good_header and inspect_database(snapshot.path / files.DATABASE, data_key).is_good
    except (OSError, ExplorerError):
        return False


def newest_good(folder: Path, data_key: bytes) -> Snapshot | None:
    """Return the newest snapshot that can be restored."""
    return next((s for s in list_snapshots(folder) if is_good(s, data_key)), None)


def rewrite_headers(folder: Path, header: Header, data_key: bytes) -> None:
    """Put a changed header into every snapshot, so that an old passphrase opens none of them."""
    with readable_errors():
        for snapshot in list_snapshots(folder):
            files.write_atomically(snapshot.path / files.HEADER, header.to_bytes(data_key))


def remove_others(folder: Path, kept: Snapshot) -> None:
    """Remove all snapshots but one, and what was put aside as damaged."""
    with readable_errors():
        for snapshot in list_snapshots(folder):
            if snapshot.path != kept.path:
                _remove(snapshot)
        shutil.rmtree(folder / files.DAMAGED, ignore_errors=True)


def _remove(snapshot: Snapshot) -> None:
    # Renamed first, so that a snapshot whose removal is killed no longer counts.
    pending = snapshot.path.with_name(snapshot.name + files.PENDING)
    snapshot.path.rename(pending)
    shutil.rmtree(pending)


def _made_at(name: str) -> datetime | None:
    try:
        return datetime.strptime(name, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
