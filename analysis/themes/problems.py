"""Problem or not: marker words at first, then learned from a person's decisions.

Logistic regression over the vectors and the marker kinds. On 320 German field notes vectors alone
reached an F1 of .85 (5-fold) where always saying yes reaches .77.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression

from analysis.errors import AnalysisError
from analysis.language.embedding import Vectors
from analysis.themes.markers import PROBLEM_KINDS, markers, problem_likeness
from analysis.themes.spaces import Matrix, centred
from analysis.themes.types import ProblemScore, Snippet

_LEAST_EACH = 3  # decisions of each kind before anything is learned
_FULL_TRUST = 40.0  # decisions from which the learned chance counts about as much as it can
_KINDS = (*PROBLEM_KINDS, "praise", "counter")


def problem_scores(
    snippets: Sequence[Snippet],
    decisions: Mapping[str, bool] | None = None,
    vectors: Vectors | None = None,
) -> list[ProblemScore]:
    """Return for each snippet how likely it tells of a problem.

    With fewer than three decisions of either kind, or without vectors, the marker words decide;
    with more, a model learned from the decisions gets the more weight the more there are. A decided
    snippet keeps its decision (1 or 0).

    Args:
        snippets: The snippets.
        decisions: Snippet id → whether a person called it a problem; unknown ids are ignored.
        vectors: Passage vectors of the snippets, shape (n, dim).

    Raises:
        AnalysisError: ``analysis.vectors_mismatch``.
    """
    if vectors is not None and (vectors.ndim != 2 or len(vectors) != len(snippets)):
        raise AnalysisError("analysis.vectors_mismatch")
    chances = np.array([problem_likeness(s.text) for s in snippets])
    known = {i: bool(decisions[s.id]) for i, s in enumerate(snippets) if decisions and s.id in decisions}
    learned = _learned(snippets, known, vectors)
    if learned is not None:
        trust = min(0.9, len(known) / (len(known) + _FULL_TRUST / 4))
        chances = (1 - trust) * chances + trust * learned
    for i, decision in known.items():
        chances[i] = float(decision)
    return [_scored(s, float(p), learned is not None) for s, p in zip(snippets, chances, strict=True)]


def _learned(
    snippets: Sequence[Snippet], known: Mapping[int, bool], vectors: Vectors | None
) -> Matrix | None:
    positive = sum(known.values())
    if vectors is None or positive < _LEAST_EACH or len(known) - positive < _LEAST_EACH:
        return None
    features = np.hstack(
        [3.0 * centred(vectors, [s.source for s in snippets]), 0.5 * _marker_features(snippets)]
    )
    rows = sorted(known)
    model = LogisticRegression(C=1.0, max_iter=1000, class_weight="balanced")
    model.fit(features[rows], [known[row] for row in rows])
    return np.asarray(model.predict_proba(features)[:, 1], dtype=np.float64)


def _marker_features(snippets: Sequence[Snippet]) -> Matrix:
    matrix = np.zeros((len(snippets), len(_KINDS)))
    for i, snippet in enumerate(snippets):
        for marker in markers(snippet.text):
            matrix[i, _KINDS.index(marker.kind)] = 1.0
    return matrix


def _scored(snippet: Snippet, chance: float, learned: bool) -> ProblemScore:
    found = markers(snippet.text)
    kinds = tuple(kind for kind in _KINDS if any(m.kind == kind for m in found))
    words = tuple(dict.fromkeys(m.text for m in found if m.kind in PROBLEM_KINDS))
    return ProblemScore(
        snippet=snippet.id, probability=round(chance, 6), kinds=kinds, words=words, learned=learned
    )


_KIND_NAMES = {
    "de": {
        "lack": "Mangel",
        "effort": "Aufwand",
        "frequency": "Häufigkeit",
        "obligation": "Pflicht",
        "wish": "Wunsch",
        "workaround": "Notbehelf",
        "failure": "Panne",
        "praise": "Lob oder Alltag",
        "counter": "Gegenstimme",
        "": "keine Merkwörter",
        "learned": "gelernt aus Entscheidungen",
    },
    "en": {
        "lack": "lack",
        "effort": "effort",
        "frequency": "frequency",
        "obligation": "obligation",
        "wish": "wish",
        "workaround": "workaround",
        "failure": "failure",
        "praise": "praise or everyday talk",
        "counter": "counter voice",
        "": "no marker words",
        "learned": "learned from decisions",
    },
}


def problem_line(score: ProblemScore, language: str = "de") -> str:
    """Return one short line that says why, such as ``Mangel, Aufwand: fehlt, von Hand``."""
    names = _KIND_NAMES["en" if language == "en" else "de"]
    line = ", ".join(names[kind] for kind in score.kinds) or names[""]
    if score.words:
        line += ": " + ", ".join(score.words[:4])
    return f"{line} · {names['learned']}" if score.learned else line
