"""The audio of an open vault: the audio store with the vault's keys and what the database knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from explorer_app.vault.audio import (
    AudioReader,
    AudioStore,
    AudioSummary,
    AudioWriter,
    CutResult,
    FoundRecording,
)
from explorer_app.vault.database import Database
from explorer_app.vault.keyring import Keyring

_LEDGER_KIND = "audio"


class VaultAudio:
    """Encrypted recordings. The errors of each method are those of `AudioStore`.

    Attributes:
        store: The store itself; it works with the public key alone while the vault is locked.
    """

    def __init__(self, folder: Path, keyring: Keyring, database: Database) -> None:
        self.store = AudioStore(folder)
        self._keyring = keyring
        self._database = database

    def create(self, recording_id: str, sample_rate: int, *, sync_every: int = 1) -> AudioWriter:
        """Start a recording; `keep` its summary when it has been stopped."""
        return self.store.create(recording_id, sample_rate, self._keyring.public_key, sync_every=sync_every)

    def resume(self, recording_id: str, *, sync_every: int = 1) -> AudioWriter:
        """Go on with a recording that was not stopped."""
        return self.store.resume(recording_id, self._keyring.private_key, sync_every=sync_every)

    def open(self, recording_id: str) -> AudioReader:
        """Open a recording to read it."""
        return self.store.open(recording_id, self._keyring.private_key, self.summary(recording_id))

    def summary(self, recording_id: str) -> AudioSummary | None:
        """Return what a stopped recording must hold, None if it was never kept."""
        text = self._database.value(
            "SELECT summary FROM audio_summaries WHERE recording_id = ?", (recording_id,)
        )
        return None if text is None else AudioSummary.from_json(text)

    def keep(self, summary: AudioSummary) -> None:
        """Store the summary of a stopped recording, so that truncation shows.

        Inside of `Vault.change` it becomes part of that transaction; it is not part of undo.
        """
        with self._database.transaction():
            self._database.execute(
                "INSERT OR REPLACE INTO audio_summaries (recording_id, summary) VALUES (?, ?)",
                (summary.recording_id, summary.as_json()),
            )

    def rewrite_without(
        self,
        recording_id: str,
        ranges: list[tuple[float, float]],
        *,
        close_gaps: bool = False,
        on_ready: Callable[[AudioSummary], None] | None = None,
    ) -> CutResult:
        """Cut pieces out of a stopped recording under a new key; the new summary is kept."""

        def keep(summary: AudioSummary) -> None:
            with self._database.transaction():
                self.keep(summary)
                if on_ready is not None:
                    on_ready(summary)

        return self.store.rewrite_without(
            recording_id,
            ranges,
            self._keyring.private_key,
            self._keyring.public_key,
            close_gaps=close_gaps,
            expected=self.summary(recording_id),
            on_ready=keep,
        )

    def erase(self, recording_id: str) -> None:
        """Destroy the key of a recording, then its file, for good; its rows are the caller's.

        The ledger is written first: if this is killed, the next opening completes it.
        """
        with self._database.transaction():
            self._database.execute(
                "INSERT OR REPLACE INTO erasures (kind, id, erased_at) VALUES (?, ?, ?)",
                (_LEDGER_KIND, recording_id, datetime.now(UTC).isoformat()),
            )
            self._database.execute("DELETE FROM audio_summaries WHERE recording_id = ?", (recording_id,))
        self.store.erase(recording_id)

    def recordings(self) -> list[FoundRecording]:
        """Return what stands in the folder, sorted by id."""
        return self.store.recordings()

    def replay_erasures(self) -> None:
        """Erase again what the ledger names: a killed erasure, or a file that a restore brought back."""
        rows = self._database.rows("SELECT id FROM erasures WHERE kind = ?", (_LEDGER_KIND,))
        erased = {row["id"] for row in rows}
        for found in self.store.recordings() if erased else ():
            if found.recording_id in erased:
                self.store.erase(found.recording_id)
