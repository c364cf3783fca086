"""What each recording must hold, and what was erased for good.

Recording keys live sealed inside the audio files (the key slots open them without the database),
so the table of the first schema goes.
"""

from __future__ import annotations

from explorer_app.vault.database import Database

VERSION = 2


def apply(database: Database) -> None:
    """Add the summaries and the erasure ledger."""
    database.execute("DROP TABLE recording_keys")
    database.execute("CREATE TABLE audio_summaries (recording_id TEXT PRIMARY KEY, summary TEXT NOT NULL)")
    database.execute(
        "CREATE TABLE erasures ("
        "kind TEXT NOT NULL, id TEXT NOT NULL, erased_at TEXT NOT NULL, PRIMARY KEY (kind, id))"
    )
