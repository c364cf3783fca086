"""Upkeep of an exploration: check, back up, restore. Nothing is ever overwritten."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from explorer_app.services.progress import CancelToken, Progress, no_progress
from explorer_app.services.session import Credential, Session, exploration_folder
from explorer_app.vault import CheckReport, SavedRecording, check, restore
from explorer_app.vault import salvage_audio as salvage


def check_exploration(folder: Path, credential: Credential) -> CheckReport:
    """Check every file of a closed exploration; what is damaged is named.

    Works on a vault whose database cannot be opened any more.
    """
    return check(folder, credential)


def back_up(
    session: Session,
    target: Path,
    *,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> tuple[Path, CheckReport]:
    """Write a complete copy to a new folder and check it.

    Returns:
        The folder, with the ending of an exploration, and what the check of the copy found.
    """
    folder = exploration_folder(target)
    return folder, session.vault.backup(folder, _bytes_told(progress, cancel))


def restore_exploration(
    source: Path,
    target: Path,
    credential: Credential,
    *,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> tuple[Path, CheckReport]:
    """Restore a backup or a snapshot into a new folder."""
    folder = exploration_folder(target)
    return folder, restore(source, folder, credential, _bytes_told(progress, cancel))


def salvage_audio(
    folder: Path,
    credential: Credential,
    target: Path,
    *,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> tuple[SavedRecording, ...]:
    """Write the recordings of a closed exploration, whose database may be lost, as WAV files to a folder."""
    return salvage(folder, credential, target, _bytes_told(progress, cancel))


def _bytes_told(progress: Progress, cancel: CancelToken | None) -> Callable[[int, int], None]:
    def told(done: int, total: int) -> None:
        if cancel is not None:
            cancel.raise_if_cancelled()
        progress(done / total if total else 1.0, "progress.copying")

    return told
