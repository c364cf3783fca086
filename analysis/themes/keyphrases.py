"""Key phrases: KeyBERT over noun phrases, with our own embedder.

KeyBERT picks, of given candidates, those nearest in meaning to the text, and spreads them by maximal
marginal relevance. Candidates are noun phrases, not raw n-grams, so that no *der Dienst* comes out.
"""

from __future__ import annotations

import functools
import sys
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np

from analysis.language.embedding import Embedder, Vectors
from analysis.language.phrases import noun_phrases

_CANDIDATES = 60  # phrases embedded per call; the rarest beyond that say little
_DIVERSITY = 0.3
_FOREIGN = ("sentence_transformers", "model2vec", "transformers")


@contextmanager
def _without(names: Sequence[str]) -> Iterator[None]:
    """Make modules look uninstalled for the time of an import.

    KeyBERT tries sentence-transformers (and with it PyTorch, seconds and gigabytes) when it is
    imported and goes on without; a None in `sys.modules` is Python's own way to say "not there".
    """
    kept: dict[str, ModuleType] = {n: sys.modules[n] for n in names if sys.modules.get(n) is not None}
    blocked: dict[str, Any] = dict.fromkeys(names)
    sys.modules.update(blocked)
    try:
        yield
    finally:
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update(kept)


@functools.cache
def _keybert() -> tuple[Any, Any]:
    """Return KeyBERT and its backend base, imported when first needed, warnings filters kept."""
    with warnings.catch_warnings(), _without(_FOREIGN):
        from keybert import KeyBERT
        from keybert.backend import BaseEmbedder
    return KeyBERT, BaseEmbedder


def keybert_model(embedder: Embedder) -> Any:
    """Return a KeyBERT model that embeds with `embedder`."""
    keybert, base = _keybert()

    class Backend(base):  # type: ignore[misc,valid-type]
        """Our embedder in KeyBERT's words."""

        def embed(self, documents: Sequence[str], verbose: bool = False) -> Vectors:
            del verbose
            return embedder.embed([str(d) for d in documents], "passage")

    return keybert(model=Backend())


def key_phrases(
    texts: Sequence[str],
    embedder: Embedder,
    *,
    vectors: Vectors | None = None,
    background: Counter[str] | None = None,
    top: int = 5,
    language: str | None = None,
) -> tuple[tuple[str, float], ...]:
    """Return the key phrases of a group of texts that belong together.

    Args:
        texts: The texts of one group.
        embedder: Embeds the candidates, and the texts if `vectors` are not given.
        vectors: Passage vectors of the texts.
        background: Number of texts of the whole corpus that have each phrase (by its key), see
            `phrase_counts`; phrases that the group has no more often than chance drop out.
        top: How many phrases at most.
        language: ``de`` or ``en``, or None to guess each text.

    Returns:
        Pairs of phrase as written and closeness to the group, best first; empty for blank texts.
    """
    counts, written = _candidates(texts, language)
    chosen = _ranked(counts, len(texts), background)[:_CANDIDATES]
    if not chosen:
        return ()
    centre = _centre(texts, embedder, vectors)
    names = [written[key] for key in chosen]
    # KeyBERT sees the group as one text whose only words are the candidates.
    found = keybert_model(embedder).extract_keywords(
        ["\n".join(names)],
        vectorizer=_Candidates(names),
        use_mmr=True,
        diversity=_DIVERSITY,
        top_n=min(top * 3, len(names)),
        doc_embeddings=centre,
    )
    strength = {written[key]: counts[key] for key in chosen}
    # Phrases that several texts share name a group better than one near phrase of a single text.
    ranked = sorted(found, key=lambda p: (-(float(p[1]) + 0.04 * np.log(strength[p[0]])), p[0]))
    return tuple((str(p), round(float(s), 4)) for p, s in _distinct(ranked))[:top]


def phrase_counts(texts: Sequence[str], language: str | None = None) -> Counter[str]:
    """Return in how many texts each noun phrase occurs, by its lemma key."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update({" ".join(p.key) for p in noun_phrases(text, language) if p.key})
    return counts


def _candidates(texts: Sequence[str], language: str | None) -> tuple[Counter[str], dict[str, str]]:
    counts: Counter[str] = Counter()
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        seen = set()
        for phrase in noun_phrases(text, language):
            key = " ".join(phrase.key)
            if key:
                seen.add(key)
                forms[key][phrase.text] += 1
        counts.update(seen)
    written = {key: min(c, key=lambda form: (-c[form], len(form), form)) for key, c in forms.items()}
    unique = {form: key for key, form in sorted(written.items(), reverse=True)}
    return Counter({k: counts[k] for k in unique.values()}), written


def _ranked(counts: Counter[str], size: int, background: Counter[str] | None) -> list[str]:
    def weight(key: str) -> float:
        outside = 0 if background is None else max(0, background[key] - counts[key])
        length = 1.0 + 0.2 * (len(key.split()) > 1)
        return float(length * (counts[key] / max(1, size)) / (outside + 1.0) ** 0.5)

    return sorted(counts, key=lambda key: (-weight(key), key))


def _centre(texts: Sequence[str], embedder: Embedder, vectors: Vectors | None) -> Vectors:
    rows = embedder.embed(texts, "passage") if vectors is None else vectors
    mean = rows.mean(axis=0, keepdims=True)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float32)


def _distinct(found: Sequence[tuple[str, float]]) -> Iterator[tuple[str, float]]:
    """Leave out phrases that stand inside a better one, or hold one."""
    kept: list[str] = []
    for phrase, score in found:
        low = phrase.lower()
        if not any(low in other or other in low for other in kept):
            kept.append(low)
            yield phrase, score


class _Candidates:
    """What KeyBERT needs of a vectorizer: one document that holds every candidate."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(names)

    def fit(self, docs: Sequence[str]) -> _Candidates:
        del docs
        return self

    def get_feature_names_out(self) -> list[str]:
        return self._names

    def transform(self, docs: Sequence[str]) -> Any:
        from scipy.sparse import csr_matrix

        return csr_matrix(np.ones((len(docs), len(self._names)), dtype=np.int8))
