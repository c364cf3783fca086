"""The cues by which evidence is gathered: numbers per snippet and field, each explainable.

Scales: every cue is standardised, so that weights say how much a cue counts, whatever its range.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from analysis.themes.spaces import Matrix

_PRIOR_CELLS = 100.0  # cells; with fewer, mean and spread lean on the typical ones below


@dataclass(frozen=True, slots=True)
class Scale:
    """Typical mean and spread of a cue, measured on German field notes; used when texts are few."""

    mean: float
    spread: float


MEANING = Scale(0.0, 0.13)
RAW_MEANING = Scale(0.83, 0.035)  # of E5 vectors that are too few to be centred
CHARACTERS = Scale(0.02, 0.03)
LEMMAS = Scale(0.015, 0.035)
EXAMPLE_MEANING = Scale(0.05, 0.12)
RAW_EXAMPLE_MEANING = Scale(0.85, 0.04)
EXAMPLE_CHARACTERS = Scale(0.05, 0.05)
EXAMPLE_LEMMAS = Scale(0.03, 0.05)


def standardised(cue: Matrix, scale: Scale) -> Matrix:
    """Return the cue with mean 0 and spread 1, leaning on the typical scale when cells are few."""
    cells = float(cue.size)
    if not cells:
        return cue
    mean = (cue.sum() + _PRIOR_CELLS * scale.mean) / (cells + _PRIOR_CELLS)
    variance = (((cue - mean) ** 2).sum() + _PRIOR_CELLS * scale.spread**2) / (cells + _PRIOR_CELLS)
    return np.asarray((cue - mean) / np.sqrt(variance), dtype=np.float64)


def to_prototypes(rows: Matrix | sparse.csr_matrix, weights: Matrix, missing: float = 0.0) -> Matrix:
    """Return the cosine of each row to each field's weighted mean of the *other* rows.

    Leaving the row itself out keeps a guess from confirming itself (Rocchio feedback, leave-one-out).

    Args:
        rows: Unit rows, shape (n, features), dense or sparse.
        weights: Shape (n, fields), not negative.
        missing: Value that says nothing, best the typical mean of the cue.

    Returns:
        Shape (n, fields); `missing` where a field has no other evidence.
    """
    totals = np.asarray((rows.T @ weights).T)  # fields × features
    products = np.asarray(rows @ totals.T)
    squares = _squared_norms(rows)[:, None]
    dots = products - weights * squares
    norms = (totals**2).sum(axis=1)[None, :] - 2 * weights * products + weights**2 * squares
    others = weights.sum(axis=0)[None, :] - weights > 1e-9
    lengths = np.sqrt(np.maximum(norms, 0.0))
    return np.asarray(
        np.divide(dots, lengths, out=np.full(dots.shape, missing), where=others & (lengths > 1e-6))
    )


def _squared_norms(rows: Matrix | sparse.csr_matrix) -> npt.NDArray[np.float64]:
    if isinstance(rows, sparse.csr_matrix):
        return np.asarray(rows.multiply(rows).sum(axis=1), dtype=np.float64).ravel()
    return np.asarray((np.asarray(rows) ** 2).sum(axis=1))


def category_evidence(weights: Matrix, categories: Sequence[str], prior: float) -> Matrix:
    """Return how much more often than by chance a field's evidence has the snippet's category.

    Log ratio of the smoothed share of a category among the field's *other* evidence to its share
    among all snippets (Dirichlet smoothing). A field spread evenly gets 0 everywhere.

    Args:
        weights: Evidence weights, shape (n, fields).
        categories: Facility or role of each snippet; "" counts as unknown and gives 0.
        prior: Strength of the smoothing in pieces of evidence.
    """
    names = sorted(set(categories))
    index = np.array([names.index(c) for c in categories], dtype=np.intp)
    shares = np.bincount(index, minlength=len(names)) / max(1, len(categories))
    counts = np.zeros((len(names), weights.shape[1]))
    np.add.at(counts, index, weights)
    own = counts[index] - weights
    totals = weights.sum(axis=0)[None, :] - weights
    share = shares[index][:, None]
    ratio = (own + prior * share) / (totals + prior) / share
    known = np.array([bool(c) for c in categories])[:, None]
    return np.where(known, np.log(np.maximum(ratio, 1e-9)), 0.0)


def minutes_of(time: str) -> int | None:
    """Return the minute of the day of ``HH:MM`` or an ISO date and time, or None."""
    clock = time.strip().replace("T", " ").rsplit(" ", 1)[-1]
    parts = clock.split(":")
    if len(parts) < 2 or not (parts[0].isdigit() and parts[1][:2].isdigit()):
        return None
    hours, minutes = int(parts[0]), int(parts[1][:2])
    return hours * 60 + minutes if hours < 24 and minutes < 60 else None


def minutes_between(first: str, second: str) -> int | None:
    """Return the minutes from the first to the second time, the short way round midnight."""
    start, end = minutes_of(first), minutes_of(second)
    if start is None or end is None:
        return None
    return (end - start + 720) % 1440 - 720
