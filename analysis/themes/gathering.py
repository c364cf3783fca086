"""Gathers evidence for problem fields that a person described, each piece with its reasons.

A snippet's score for a field is a weighted sum of standardised cues: meaning (description as a
query against the snippet as a passage), character n-grams, lemmas with compound parts. Then the
accepted evidence, and the most confident guesses with less weight, become examples (feedback after
Rocchio): closeness to them, the facility and the role they come from. Rejections and neighbours in
time count where a person decided. All against all fields, so that scores compare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.errors import AnalysisError
from analysis.language.embedding import Embedder, Vectors
from analysis.themes import cues, reasons
from analysis.themes.markers import counter_likeness, problem_likeness
from analysis.themes.spaces import CENTRE_FROM, Matrix, WordSpaces, centred, centred_queries
from analysis.themes.types import Field, GatherResult, Placement, Snippet, Stance

# Divides the summed cues before they become shares: cues overlap, so their sum is too sure of itself.
# 1.6 gives the lowest log loss on the benchmark (1.18 against 1.30 without).
_SOBERNESS = 1.6
_MAX_CONTEXT = 1500  # undecided snippets that give statistics when only new ones are placed


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How much each cue counts, in spreads of that cue.

    Few and round, chosen by looking at one public set of notes; they await a check on others.

    `facility` and `role` multiply log ratios, `accepted` is the weight of a decision against a
    confident guess (1.0), `rounds` how often guesses are fed back.
    """

    meaning: float = 1.0
    characters: float = 0.5
    lemmas: float = 0.5
    example_meaning: float = 0.6
    example_characters: float = 0.3
    example_lemmas: float = 0.3
    facility: float = 1.0
    role: float = 0.5
    time: float = 0.5
    rejected: float = 0.5
    accepted: float = 2.0
    rounds: int = 3
    confident_share: float = 0.75
    facility_prior: float = 2.0
    role_prior: float = 6.0


DEFAULT_WEIGHTS = Weights()


@dataclass(frozen=True, slots=True)
class Decisions:
    """Accepted and rejected evidence as 0/1 matrices of shape (snippets, fields)."""

    accepted: Matrix
    rejected: Matrix


@dataclass(frozen=True, slots=True)
class Scores:
    """The summed score and each cue's weighted part of it, all of shape (snippets, fields)."""

    total: Matrix
    parts: dict[str, Matrix]
    decisions: Decisions


def gather(
    snippets: Sequence[Snippet],
    fields: Sequence[Field],
    embedder: Embedder | None = None,
    *,
    vectors: Vectors | None = None,
    field_vectors: Vectors | None = None,
    context: Sequence[Snippet] = (),
    context_vectors: Vectors | None = None,
    problem_scores: Sequence[float] | None = None,
    weights: Weights = DEFAULT_WEIGHTS,
    language: str | None = None,
) -> list[GatherResult]:
    """Rank all fields for each snippet, with reasons.

    Args:
        snippets: Snippets to place; ids are unique.
        fields: Fields; accepted and rejected ids that are not at hand are ignored.
        embedder: Needed for whatever vectors are not given.
        vectors: Passage vectors of `snippets`, shape (n, dim), such as the vault keeps.
        field_vectors: Query vectors of `Field.text`, shape (fields, dim).
        context: Earlier snippets that are not to be placed but carry decisions and statistics.
        context_vectors: Passage vectors of `context`.
        problem_scores: Learned probability that each of `snippets` tells of a problem, if known.
        weights: How much each cue counts.
        language: ``de`` or ``en`` where all texts are of one language, else guessed a text.

    Returns:
        One result a snippet, in the order given. Without fields the ranking is empty.

    Raises:
        AnalysisError: ``analysis.vectors_missing`` without vectors and embedder,
            ``analysis.vectors_mismatch`` for vectors of another shape.
    """
    if not snippets:
        return []
    if not fields:
        return [GatherResult(snippet=s.id, none_score=1.0, ranking=(), stance=_stance(s)) for s in snippets]
    own = _given(vectors, [s.text for s in snippets], embedder, "passage")
    kept, kept_vectors = _kept_context(snippets, context, context_vectors, fields, embedder, own.shape[1])
    everything = [*snippets, *kept]
    queries = _given(field_vectors, [f.text for f in fields], embedder, "query")
    if queries.shape[1] != own.shape[1]:
        raise AnalysisError("analysis.vectors_mismatch")
    spaces = WordSpaces([*(s.text for s in everything), *(f.text for f in fields)], language)
    meanings = centred(np.vstack([own, kept_vectors]), [s.source for s in everything])
    scores = score(everything, fields, spaces, meanings, centred_queries(queries), weights)
    explainer = reasons.Explainer(
        everything, fields, spaces, meanings, scores.parts, scores.decisions.accepted
    )
    return [
        _result(i, snippet, fields, scores, explainer, None if problem_scores is None else problem_scores[i])
        for i, snippet in enumerate(snippets)
    ]


def score(
    snippets: Sequence[Snippet],
    fields: Sequence[Field],
    spaces: WordSpaces,
    meanings: Matrix,
    queries: Matrix,
    weights: Weights,
) -> Scores:
    """Return scores of shape (snippets, fields), and what each cue added.

    `spaces` holds the snippets' rows first, then the fields'. `meanings` and `queries` are centred
    unit rows.
    """
    n = len(snippets)
    decisions = _decisions(snippets, fields)
    is_raw = int((np.linalg.norm(meanings, axis=1) > 0).sum()) < CENTRE_FROM
    typical = cues.RAW_MEANING if is_raw else cues.MEANING
    typical_example = cues.RAW_EXAMPLE_MEANING if is_raw else cues.EXAMPLE_MEANING
    chars, lemmas = spaces.chars[:n], spaces.lemmas[:n]
    parts: dict[str, Matrix] = {
        "meaning": weights.meaning * cues.standardised(meanings @ queries.T, typical),
        "characters": weights.characters
        * cues.standardised((chars @ spaces.chars[n:].T).toarray(), cues.CHARACTERS),
        "lemmas": weights.lemmas * cues.standardised((lemmas @ spaces.lemmas[n:].T).toarray(), cues.LEMMAS),
    }
    if decisions.rejected.any():
        parts["rejected"] = -weights.rejected * _nearest_rejected(meanings, decisions.rejected)
    if decisions.accepted.any():
        parts["time"] = weights.time * _time_neighbours(snippets, decisions.accepted)
    stated = sum(parts.values(), np.zeros((n, len(fields))))
    total = stated
    for _ in range(weights.rounds):
        trust = _trust(total, decisions, weights)
        fed = {
            "example_meaning": weights.example_meaning
            * cues.standardised(cues.to_prototypes(meanings, trust, typical_example.mean), typical_example),
            "example_characters": weights.example_characters
            * cues.standardised(
                cues.to_prototypes(chars, trust, cues.EXAMPLE_CHARACTERS.mean), cues.EXAMPLE_CHARACTERS
            ),
            "example_lemmas": weights.example_lemmas
            * cues.standardised(
                cues.to_prototypes(lemmas, trust, cues.EXAMPLE_LEMMAS.mean), cues.EXAMPLE_LEMMAS
            ),
            "facility": weights.facility
            * cues.category_evidence(trust, [s.facility for s in snippets], weights.facility_prior),
            "role": weights.role
            * cues.category_evidence(trust, [s.speaker_role for s in snippets], weights.role_prior),
        }
        parts = {**parts, **fed}
        total = stated + sum(fed.values(), np.zeros_like(stated))
    return Scores(total, parts, decisions)


def _decisions(snippets: Sequence[Snippet], fields: Sequence[Field]) -> Decisions:
    rows = {s.id: i for i, s in enumerate(snippets)}
    accepted = np.zeros((len(snippets), len(fields)))
    rejected = np.zeros_like(accepted)
    for k, field in enumerate(fields):
        for matrix, ids in ((rejected, field.rejected), (accepted, field.accepted)):
            known = [rows[i] for i in ids if i in rows]
            matrix[known, k] = 1.0
    rejected[accepted > 0] = 0.0
    return Decisions(accepted, rejected)


def _trust(total: Matrix, decisions: Decisions, weights: Weights) -> Matrix:
    """Weights of evidence: decisions, and guesses by how clearly the best field leads.

    Of each field only the most confident guesses count, about three quarters of an even share.
    """
    chances = softmax(total)
    best = chances.max(axis=1, keepdims=True)
    trust = np.where(chances == best, chances, 0.0)
    trust[decisions.rejected > 0] = 0.0
    n, k = total.shape
    limit = max(5, min(50, int(weights.confident_share * n / k)))
    if n > limit:
        border = np.sort(trust, axis=0)[-limit]
        trust = np.where(trust >= border[None, :], trust, 0.0)
    decided = decisions.accepted.any(axis=1)
    trust[decided] = weights.accepted * decisions.accepted[decided]
    return trust


def softmax(total: Matrix) -> Matrix:
    """Return the rows as shares that add up to 1."""
    raised = np.exp(total - total.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def _nearest_rejected(meanings: Matrix, rejected: Matrix) -> Matrix:
    """Closeness to the nearest rejected piece of each field, 0 where it is not near."""
    result = np.zeros_like(rejected)
    for k in np.flatnonzero(rejected.any(axis=0)):
        rows = np.flatnonzero(rejected[:, k])
        near = meanings @ meanings[rows].T
        near[rows, np.arange(len(rows))] = near.min()
        closest = near.max(axis=1)
        # Only what is nearer than usual speaks against the field.
        result[:, k] = np.maximum(closest - closest.mean(), 0.0) / cues.EXAMPLE_MEANING.spread
    return result


def _time_neighbours(snippets: Sequence[Snippet], accepted: Matrix) -> Matrix:
    """1 at an accepted piece's minute of the same visit, falling by half every ten minutes."""
    result = np.zeros_like(accepted)
    visits: dict[tuple[str, str], list[int]] = {}
    for i, s in enumerate(snippets):
        if s.visit and s.time:
            visits.setdefault((s.facility, s.visit), []).append(i)
    for row, k in zip(*np.nonzero(accepted), strict=True):
        owner = snippets[row]
        for i in visits.get((owner.facility, owner.visit), ()):
            gap = cues.minutes_between(owner.time, snippets[i].time)
            if i != row and gap is not None:
                result[i, k] = max(result[i, k], 0.5 ** (abs(gap) / 10.0))
    return result


def _given(vectors: Vectors | None, texts: Sequence[str], embedder: Embedder | None, kind: str) -> Vectors:
    if vectors is not None:
        if vectors.ndim != 2 or len(vectors) != len(texts):
            raise AnalysisError("analysis.vectors_mismatch")
        return vectors
    if embedder is None:
        raise AnalysisError("analysis.vectors_missing")
    return embedder.embed(texts, "query" if kind == "query" else "passage")


def _kept_context(
    snippets: Sequence[Snippet],
    context: Sequence[Snippet],
    vectors: Vectors | None,
    fields: Sequence[Field],
    embedder: Embedder | None,
    dim: int,
) -> tuple[list[Snippet], Vectors]:
    """Choose decided snippets and an even sample of the rest, so that placing stays fast."""
    placed = {s.id for s in snippets}
    decided = {i for f in fields for i in (*f.accepted, *f.rejected)}
    rest = [i for i, s in enumerate(context) if s.id not in placed and s.id not in decided]
    step = max(1, -(-len(rest) // _MAX_CONTEXT))
    sample = set(rest[::step])
    chosen = [i for i, s in enumerate(context) if s.id not in placed and (s.id in decided or i in sample)]
    if not chosen:
        return [], np.zeros((0, dim), dtype=np.float32)
    if vectors is not None and len(vectors) != len(context):
        raise AnalysisError("analysis.vectors_mismatch")
    kept = [context[i] for i in chosen]
    return kept, _given(
        None if vectors is None else vectors[chosen], [s.text for s in kept], embedder, "passage"
    )


def none_chance(leads: float, likeness: float) -> float:
    """Return the chance that a snippet fits no field.

    Args:
        leads: Sum of the best score, in spreads of the cues.
        likeness: Chance that the text tells of a problem at all.

    The three numbers are a logistic regression on the benchmark (10-fold: area under the curve .84);
    a first form, to be learned from each exploration's own decisions.
    """
    odds = 3.1 - 0.48 * leads - 3.0 * likeness
    return float(1.0 / (1.0 + np.exp(-odds)))


def _stance(snippet: Snippet) -> Stance:
    return "counter" if counter_likeness(snippet.text) >= 0.5 else "support"


def _result(
    i: int,
    snippet: Snippet,
    fields: Sequence[Field],
    scores: Scores,
    explainer: reasons.Explainer,
    likeness: float | None,
) -> GatherResult:
    accepted = scores.decisions.accepted[i] > 0
    rejected = scores.decisions.rejected[i] > 0
    if accepted.any():
        none = 0.0
        shares = accepted / accepted.sum()
    elif rejected.all() or not snippet.text.strip():
        none, shares = 1.0, np.zeros(len(fields))
    else:
        row = np.where(rejected, -np.inf, scores.total[i])
        none = none_chance(float(row.max()), problem_likeness(snippet.text) if likeness is None else likeness)
        shares = softmax(row[None, :] / _SOBERNESS)[0] * (1.0 - none)
    order = sorted(range(len(fields)), key=lambda k: (-shares[k], -scores.total[i, k], fields[k].id))
    ranking = tuple(
        Placement(field=fields[k].id, score=round(float(shares[k]), 6), reasons=explainer.reasons(i, k))
        for k in order
    )
    return GatherResult(
        snippet=snippet.id, none_score=round(none, 6), ranking=ranking, stance=_stance(snippet)
    )
