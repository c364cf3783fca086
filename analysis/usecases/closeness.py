"""How close a problem field is to the library's own descriptions, in meaning and in wording.

Meaning: sentence embeddings of the field, whole and sentence by sentence, against the library's
sentences in both languages, all centred on the library's mean (raw E5 cosines lie too close
together). Wording: TF-IDF of character n-grams against the whole text of a pattern, which sees
shared parts of German compounds. Both are given as standard scores over the patterns, so that they
can be added. Weights and parts were chosen on own test problems, see
tests/bench/usecases_matching.py.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.language.embedding import Embedder, Vectors
from analysis.usecases.patterns import LANGUAGES, Pattern, PatternText
from analysis.usecases.signals import fold, sentences, split_sentences

Scores = npt.NDArray[np.float64]
"""Float array of shape (patterns,) or (texts, patterns)."""

LONGEST = 20_000
"""Characters read of a text; more is a pasted document, not a problem field."""

MOST_EVIDENCE = 200
"""Pieces of evidence read of a field."""

_NGRAM = (4, 6)
_MOST_SENTENCES = 40
_MOST_WORDS = 500
_SENTENCE_SHARE = 0.5
_EVIDENCE_SHARE = 0.4


@dataclass(frozen=True, slots=True)
class PatternIndex:
    """Vectors of the library's sentences for one embedding model.

    `vectors` has shape (sentences, dim), `owner` gives the position of each sentence's pattern.
    """

    model: str
    vectors: Vectors
    owner: tuple[int, ...]


def index_patterns(patterns: Sequence[Pattern], embedder: Embedder) -> PatternIndex:
    """Embed the library's sentences once, for many fields (about 520 short texts, 2 s)."""
    texts: list[str] = []
    owner: list[int] = []
    for position, pattern in enumerate(patterns):
        for language in LANGUAGES:
            for sentence in _sentences(pattern.text(language)):
                texts.append(sentence)
                owner.append(position)
    return PatternIndex(embedder.name, embedder.embed(texts, "passage"), tuple(owner))


@dataclass(frozen=True, slots=True)
class Meaning:
    """Closeness in meaning: `scores` over the patterns, `nearest` the nearest sentence of each."""

    scores: Scores
    nearest: tuple[int, ...]


def meaning(head: str, evidence: Sequence[str], embedder: Embedder, index: PatternIndex) -> Meaning:
    """Compare a field's own words and its evidence with the library.

    Args:
        head: Name and description.
        evidence: Texts of accepted evidence.
        embedder: The model that made `index`.
        index: The library's vectors.

    Returns:
        Standard scores of shape (patterns,) and, per pattern, the number of its nearest symptom,
        counted within the symptoms of one language.
    """
    centre = index.vectors.mean(axis=0, keepdims=True)
    library = _unit(index.vectors - centre)
    pieces = split_sentences(head[:LONGEST])[:_MOST_SENTENCES]
    vectors = _unit(embedder.embed([head[:LONGEST], *pieces], "query") - centre)
    table = _best(vectors @ library.T, index.owner)
    total = _standard(table[:1])[0]
    if pieces:
        total = total + _SENTENCE_SHARE * _standard(table[1:].max(axis=0, keepdims=True))[0]
        total = total + _SENTENCE_SHARE * _standard(_standard(table[1:]).mean(axis=0, keepdims=True))[0]
    total = _standard(total[None, :])[0]
    if evidence:
        told = embedder.embed([text[:LONGEST] for text in evidence], "passage")
        middle = _unit(told.mean(axis=0, keepdims=True) - centre)
        each = _standard(_best(_unit(told - centre) @ library.T, index.owner)).mean(axis=0, keepdims=True)
        spoken = _standard(_best(middle @ library.T, index.owner))[0] + _standard(each)[0]
        total = (1 - _EVIDENCE_SHARE) * total + _EVIDENCE_SHARE * _standard(spoken[None, :])[0]
    return Meaning(_standard(total[None, :])[0], _nearest((vectors[:1] @ library.T)[0], index.owner))


class Wording:
    """Closeness in wording: character n-grams of a field against the whole text of each pattern."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer  # seconds to import

        self._vectorizer = TfidfVectorizer(
            analyzer="char_wb", ngram_range=_NGRAM, sublinear_tf=True, preprocessor=fold
        )
        documents = [_document(pattern) for pattern in patterns]
        self._matrix = self._vectorizer.fit_transform(documents)

    def scores(self, head: str, evidence: Sequence[str]) -> Scores:
        """Return standard scores of shape (patterns,)."""
        own = _standard(self._similarity([head[:LONGEST]]))
        if evidence:
            told = _standard(self._similarity([" ".join(evidence)[: 10 * LONGEST]]))
            own = _standard((1 - _EVIDENCE_SHARE) * own + _EVIDENCE_SHARE * told)
        return _row(own)

    def shared(self, head: str, count: int) -> list[tuple[str, ...]]:
        """Return, per pattern, up to `count` words of `head` that it shares most, best first."""
        told = sentences(head[:LONGEST])
        words = list(dict.fromkeys(w for s in told for w in s.words if len(w) > 3))[:_MOST_WORDS]
        patterns = self._matrix.shape[0]
        if not words:
            return [()] * patterns
        table = self._similarity(words)
        stands_out = table - table.mean(axis=1, keepdims=True)
        shared: list[tuple[str, ...]] = []
        for position in range(patterns):
            order = np.argsort(-stands_out[:, position], kind="stable")[:count]
            shared.append(tuple(words[n] for n in order if stands_out[n, position] > _STANDS_OUT))
        return shared

    def _similarity(self, texts: Sequence[str]) -> Scores:
        dense: Any = (self._vectorizer.transform(texts) @ self._matrix.T).toarray()
        return np.asarray(dense, dtype=np.float64)


_STANDS_OUT = 0.04  # cosine above the mean over all patterns; below it a shared word is chance


@functools.lru_cache(maxsize=4)
def wording(patterns: tuple[Pattern, ...]) -> Wording:
    """Return the wording index of a library, made once."""
    return Wording(patterns)


def _sentences(text: PatternText) -> tuple[str, ...]:
    """The sentences of a pattern that tell of problems and of what it is; symptoms come first."""
    return (*text.symptoms, *text.fits, *text.today, text.summary, text.name)


def _document(pattern: Pattern) -> str:
    """All that the library says about a pattern, its signal words included."""
    parts = [sentence for language in LANGUAGES for sentence in _sentences(pattern.text(language))]
    parts += pattern.signals.strong
    parts += [signal for cue in pattern.cues for signal in cue.signals]
    return " ".join(parts)


def _best(similarity: Any, owner: tuple[int, ...]) -> Scores:
    """Best sentence and mean of the best three of each pattern, shape (texts, patterns)."""
    owners = np.asarray(owner)
    columns = []
    for position in range(int(owners.max()) + 1):
        part = -np.sort(-similarity[:, owners == position], axis=1)
        columns.append(0.6 * part[:, 0] + 0.4 * part[:, :3].mean(axis=1))
    return np.stack(columns, axis=1).astype(np.float64)


def _nearest(similarity: Any, owner: tuple[int, ...]) -> tuple[int, ...]:
    owners = np.asarray(owner)
    return tuple(int(np.argmax(similarity[owners == p])) for p in range(int(owners.max()) + 1))


def _standard(table: Scores) -> Scores:
    spread = table.std(axis=1, keepdims=True)
    centred = table - table.mean(axis=1, keepdims=True)
    return np.asarray(np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 1e-9))


def _row(table: Scores) -> Scores:
    """Return the only row of a table."""
    return table.reshape(-1)


def _unit(vectors: Any) -> Vectors:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 1e-9))
