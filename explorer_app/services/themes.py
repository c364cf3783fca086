"""Themes: key phrases that recur in the evidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer_app.domain.errors import InputRejectedError
from explorer_app.domain.findings import Decider, Theme
from explorer_app.domain.ids import new_id
from explorer_app.services.progress import CancelToken, Progress, no_progress
from explorer_app.services.session import Session
from explorer_app.services.vectors import ensure_vectors


@dataclass(frozen=True, slots=True)
class FoundTheme:
    """A key phrase and how close it is to all texts together (cosine, 0 to 1)."""

    name: str
    closeness: float


def find_themes(
    session: Session,
    *,
    limit: int = 20,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> list[FoundTheme]:
    """Find the key phrases of all evidence and store them as themes.

    Themes that a person named stay; the machine's earlier ones are replaced.

    Raises:
        InputRejectedError: If there is no evidence yet.
    """
    from analysis.themes.keyphrases import key_phrases

    quotes = {evidence.id: evidence.quote for evidence in session.vault.evidence.list(order_by="number")}
    if not quotes:
        raise InputRejectedError("field.no_evidence")
    vectors = ensure_vectors(session, "evidence", quotes, progress=progress, cancel=cancel)
    progress(0.9, "progress.themes")
    phrases = key_phrases(
        list(quotes.values()),
        session.embedder(),
        vectors=np.stack([vectors[key] for key in quotes]),
        top=limit,
    )
    with session.vault.change("undo.themes_found", undoable=False) as unit:
        for old in session.vault.themes.list(decided_by=Decider.MACHINE):
            unit.remove("themes", old.id)
        for phrase, _ in phrases:
            unit.add(Theme(id=new_id(), name=phrase, phrases=(phrase,), created_at=session.now()))
    return [FoundTheme(phrase, closeness) for phrase, closeness in phrases]
