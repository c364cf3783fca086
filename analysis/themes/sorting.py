"""The first sort: problem-like snippets into draft fields, said to be only that.

A graph of nearest neighbours (centred vectors with a share of character n-gram and lemma closeness)
is cut by Leiden into communities. Clustering alone is close to chance on short field notes, so the
result is a draft to be renamed, split and thrown away, and small talk is left without a field.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from types import MappingProxyType

import igraph
import leidenalg
import numpy as np
from sklearn.decomposition import TruncatedSVD

from analysis.errors import AnalysisError
from analysis.language.embedding import Embedder, Vectors
from analysis.language.sentences import sentences
from analysis.themes.keyphrases import key_phrases, phrase_counts
from analysis.themes.markers import problem_likeness
from analysis.themes.spaces import Matrix, WordSpaces, centred, unit_rows
from analysis.themes.types import DraftField, Snippet, SortResult

_GATE = 0.42  # problem-likeness below which a snippet gets no field; no marker at all gives .43
_SMALLEST = 3  # snippets of a field
_LSA_DIMS = 64
_WORD_SHARE = 0.5  # of closeness in words next to closeness in meaning
_PLACE_SHARE = 0.15  # most problems are told in one facility; some are told in several
_MOST_FIELDS = 40  # the largest; more drafts than that nobody looks through
_BLOCK = 1000  # rows compared at once; bounds memory
_NAMED_TEXTS = 300  # texts of a field read for its name: more change nothing and cost seconds


def first_sort(
    snippets: Sequence[Snippet],
    embedder: Embedder,
    *,
    vectors: Vectors | None = None,
    seed: int = 0,
    granularity: float = 1.0,
    gate: bool = True,
    language: str | None = None,
) -> SortResult:
    """Sort snippets into draft fields.

    Args:
        snippets: Snippets with unique ids; exact duplicates land in the same field.
        embedder: Embeds key phrases, and the snippets if `vectors` are not given.
        vectors: Passage vectors of the snippets, shape (n, dim).
        seed: Same input and seed give the same fields.
        granularity: 1.0 gives about one field for every ten to fifteen snippets of a small
            exploration; 2.0 about twice as many.
        gate: Whether snippets without any sign of a problem are left without a field.
        language: ``de`` or ``en`` where all texts are of one language, else guessed a text.

    Raises:
        AnalysisError: ``analysis.vectors_mismatch``.
    """
    if vectors is not None and (vectors.ndim != 2 or len(vectors) != len(snippets)):
        raise AnalysisError("analysis.vectors_mismatch")
    chosen = [i for i, s in enumerate(snippets) if s.text.strip() and (not gate or _passes(s))]
    nothing: dict[str, str | None] = {s.id: None for s in snippets}
    if len(chosen) < _SMALLEST:
        return SortResult(fields=(), assignments=MappingProxyType(nothing))
    texts = [snippets[i].text for i in chosen]
    raw = embedder.embed(texts, "passage") if vectors is None else vectors[chosen]
    points = _points([snippets[i] for i in chosen], raw, seed, language)
    groups = _groups(points, granularity, seed)
    background = phrase_counts(texts, language)
    fields = []
    assignments = nothing
    for number, rows in enumerate(groups, start=1):
        draft = _draft(f"F{number:02d}", rows, points, raw, texts, embedder, background, language)
        fields.append(_with_ids(draft, [snippets[chosen[r]].id for r in _central(points, rows)[:3]]))
        assignments.update({snippets[chosen[row]].id: draft.id for row in rows})
    return SortResult(fields=tuple(fields), assignments=MappingProxyType(assignments))


def _passes(snippet: Snippet) -> bool:
    return problem_likeness(snippet.text) >= _GATE


def _points(snippets: Sequence[Snippet], raw: Vectors, seed: int, language: str | None) -> Matrix:
    """Return unit vectors that hold meaning and, with a smaller share, words (latent semantic analysis)."""
    meanings = centred(raw, [s.source for s in snippets])
    spaces = WordSpaces([s.text for s in snippets], language)
    columns = [meanings]
    for space in (spaces.chars, spaces.lemmas):
        dims = min(_LSA_DIMS, min(space.shape) - 1)
        if dims >= 2:
            with np.errstate(all="ignore"):  # equal texts leave no variance to explain
                reduced = TruncatedSVD(dims, n_iter=2, random_state=seed).fit_transform(space)
            columns.append(math.sqrt(_WORD_SHARE / 2) * unit_rows(reduced))
    columns.append(math.sqrt(_PLACE_SHARE) * _places(snippets))
    return unit_rows(np.hstack(columns))


def _places(snippets: Sequence[Snippet]) -> Matrix:
    """One column a facility, without the mean: a lone facility says nothing."""
    names = sorted({s.facility for s in snippets})
    columns = np.zeros((len(snippets), len(names)))
    for i, snippet in enumerate(snippets):
        columns[i, names.index(snippet.facility)] = 1.0 if snippet.facility else 0.0
    return np.asarray(columns - columns.mean(axis=0))


def _neighbours(points: Matrix, count: int) -> tuple[list[tuple[int, int]], list[float]]:
    """Return the edges of the symmetric nearest-neighbour graph with their closeness."""
    edges: dict[tuple[int, int], float] = {}
    small = points.astype(np.float32)
    for start in range(0, len(small), _BLOCK):
        block = small[start : start + _BLOCK] @ small.T
        block[np.arange(len(block)), np.arange(start, start + len(block))] = -np.inf
        near = np.argpartition(-block, count - 1, axis=1)[:, :count]
        for row, columns in enumerate(near):
            i = start + row
            for j in columns:
                weight = float(block[row, j])
                if weight > 0:
                    edges[(min(i, int(j)), max(i, int(j)))] = weight
    keys = sorted(edges)
    return keys, [edges[key] for key in keys]


def _groups(points: Matrix, granularity: float, seed: int) -> list[list[int]]:
    """Return the communities, largest first; too small ones are dropped."""
    n = len(points)
    count = min(n - 1, max(3, min(15, round(math.log2(n) * 1.5))))
    edges, weights = _neighbours(points, count)
    if not edges:
        return []
    graph = igraph.Graph(n=n, edges=edges)
    target = _target_fields(n) * granularity
    low, high, resolution = 0.0, math.inf, 1.0
    best: list[list[int]] | None = None
    for _ in range(8):
        partition = leidenalg.find_partition(
            graph,
            leidenalg.RBConfigurationVertexPartition,
            weights=weights,
            resolution_parameter=resolution,
            seed=seed,
            n_iterations=2,
        )
        groups = [sorted(group) for group in partition if len(group) >= _SMALLEST]
        if best is None or abs(len(groups) - target) < abs(len(best) - target):
            best = groups
        if 0.8 <= len(groups) / target <= 1.25:
            break
        # More resolution gives more groups, until they fall below the smallest size.
        if len(groups) < target and len(partition) < n / 2:
            low = resolution
        else:
            high = resolution
        resolution = (low + high) / 2 if high < math.inf else resolution * 1.6
    return sorted(best or [], key=lambda g: (-len(g), g[0]))[:_MOST_FIELDS]


def _target_fields(n: int) -> float:
    """About 12 snippets a field while there are few, and never more than people can look through."""
    return max(1.0, min(n / 12.0, 12.0 + 2.0 * math.log2(max(1.0, n / 144.0))))


def _central(points: Matrix, rows: Sequence[int]) -> list[int]:
    centre = points[rows].mean(axis=0)
    closeness = points[rows] @ centre
    return [rows[k] for k in np.lexsort((np.array(rows), -np.round(closeness, 9)))]


def _draft(
    identity: str,
    rows: Sequence[int],
    points: Matrix,
    raw: Vectors,
    texts: Sequence[str],
    embedder: Embedder,
    background: Counter[str],
    language: str | None,
) -> DraftField:
    central = _central(points, rows)
    read = central[:_NAMED_TEXTS]
    phrases = [
        phrase
        for phrase, _closeness in key_phrases(
            [texts[r] for r in read], embedder, vectors=raw[read], background=background, language=language
        )
    ]
    name = " · ".join(phrases[:2]) or _clipped(texts[central[0]], 60)
    return DraftField(
        id=identity,
        name=name[:1].upper() + name[1:],
        sentence=_sentence([texts[r] for r in central[:5]]),
        phrases=tuple(phrases),
        size=len(rows),
    )


def _with_ids(draft: DraftField, medoids: Sequence[str]) -> DraftField:
    return DraftField(
        id=draft.id,
        name=draft.name,
        sentence=draft.sentence,
        phrases=draft.phrases,
        medoids=tuple(medoids),
        size=draft.size,
    )


def _sentence(central: Sequence[str]) -> str:
    """Return the most problem-like sentence of the most central texts, word for word."""
    candidates = [s.text for text in central for s in sentences(text) if len(s.text.split()) >= 4]
    if not candidates:
        return _clipped(central[0], 200)
    best = max(range(len(candidates)), key=lambda k: (problem_likeness(candidates[k]) - 0.02 * k, -k))
    return _clipped(candidates[best], 240)


def _clipped(text: str, length: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[: length - 1].rsplit(" ", 1)[0] + " …"
