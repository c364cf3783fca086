"""Vectors of all texts, computed once and kept in the vault."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from explorer_app.services.progress import CancelToken, Progress, no_progress
from explorer_app.services.session import EMBEDDING_MODEL, Session

BATCH = 32


def text_hash(text: str) -> str:
    """Return the hash that tells whether a stored vector still belongs to its text."""
    return hashlib.sha256(text.encode()).hexdigest()


def ensure_vectors(
    session: Session,
    kind: str,
    texts: Mapping[str, str],
    *,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> dict[str, NDArray[np.float32]]:
    """Return a vector for each text, computing only those that are new or changed.

    Args:
        session: The open exploration.
        kind: What the ids name, such as ``evidence``.
        texts: Text by id.
        progress: Told the share embedded.
        cancel: Stops between batches; finished ones stay.

    Returns:
        L2-normalised vectors, shape (384,), by id.
    """
    cancel = cancel or CancelToken()
    stored = session.vault.vectors.load(EMBEDDING_MODEL, kind)
    hashes = {key: text_hash(text) for key, text in texts.items()}
    vectors = {key: stored[key][1] for key in texts if key in stored and stored[key][0] == hashes[key]}
    missing = [key for key in texts if key not in vectors]
    for first in range(0, len(missing), BATCH):
        cancel.raise_if_cancelled()
        progress(first / len(missing), "progress.embedding")
        batch = missing[first : first + BATCH]
        computed = session.embedder().embed([texts[key] for key in batch], "passage")
        fresh = {key: (hashes[key], vector) for key, vector in zip(batch, computed, strict=True)}
        session.vault.vectors.put(EMBEDDING_MODEL, kind, fresh)
        vectors |= {key: vector for key, (_, vector) in fresh.items()}
    return vectors
