"""Embedding vectors beside the texts they were made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from explorer_app.vault.database import Database

Vector = npt.NDArray[np.float32]


class Vectors:
    """Vectors by model, kind and id, each with the hash of the text it belongs to.

    A vector goes with its text: when the thing is removed or its text changes, the vector is
    removed in the same transaction.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, model: str, kind: str, items: Mapping[str, tuple[str, Vector]]) -> None:
        """Store vectors of shape ``(dimensions,)`` with the hash of their text, one transaction."""
        with self._database.transaction():
            for thing_id, (text_hash, vector) in items.items():
                data = np.ascontiguousarray(vector, dtype="<f4").tobytes()
                self._database.execute(
                    "INSERT OR REPLACE INTO vectors (model, kind, id, text_hash, data) "
                    "VALUES (?, ?, ?, ?, ?)",
                    (model, kind, thing_id, text_hash, data),
                )

    def load(self, model: str, kind: str) -> dict[str, tuple[str, Vector]]:
        """Return all vectors of one model and kind, with the hash of their text."""
        rows = self._database.rows(
            "SELECT id, text_hash, data FROM vectors WHERE model = ? AND kind = ?", (model, kind)
        )
        return {
            row["id"]: (row["text_hash"], np.frombuffer(row["data"], dtype="<f4").astype(np.float32))
            for row in rows
        }

    def remove(self, kind: str, ids: Iterable[str]) -> None:
        """Remove the vectors of these things, of every model."""
        with self._database.transaction():
            for thing_id in ids:
                self._database.execute("DELETE FROM vectors WHERE kind = ? AND id = ?", (kind, thing_id))
