"""Search over all texts: by words and by meaning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer_app.domain.errors import InputRejectedError
from explorer_app.services.session import Session
from explorer_app.services.vectors import ensure_vectors


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A text that answers a query.

    Attributes:
        kind: ``observations`` or ``segments``.
        id: The note or segment.
        excerpt: The text around the hit; found words are marked as `vault.search` does.
        score: Higher is better, only comparable within one search.
    """

    kind: str
    id: str
    excerpt: str
    score: float


def search_words(session: Session, query: str, *, limit: int = 50) -> list[SearchHit]:
    """Return the texts that contain the words of `query`, best first.

    Raises:
        InputRejectedError: If the query is empty.
    """
    hits = session.vault.search_text(_checked(query), limit=limit)
    return [SearchHit(hit.kind, hit.id, hit.excerpt, -hit.rank) for hit in hits]


def search_meaning(session: Session, query: str, *, limit: int = 20) -> list[SearchHit]:
    """Return the texts nearest in meaning to `query`, best first (cosine similarity).

    Raises:
        InputRejectedError: If the query is empty.
        ModelError: If the embedding model is missing.
    """
    question = session.embedder().embed([_checked(query)], "query")[0]
    texts = {("observations", note.id): note.text for note in session.vault.observations.list()}
    texts |= {("segments", segment.id): segment.text for segment in session.vault.segments.list()}
    if not texts:
        return []
    keys = {f"{kind}/{key}": (kind, key) for kind, key in texts}
    vectors = ensure_vectors(session, "texts", {name: texts[key] for name, key in keys.items()})
    names = list(vectors)
    scores = np.stack([vectors[name] for name in names]) @ question
    best = np.argsort(-scores, kind="stable")[:limit]
    return [SearchHit(*keys[names[index]], texts[keys[names[index]]], float(scores[index])) for index in best]


def _checked(query: str) -> str:
    cleaned = query.strip()
    if not cleaned:
        raise InputRejectedError("search.empty_query")
    return cleaned
