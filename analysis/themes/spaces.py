"""The spaces in which texts are compared: centred vectors, character n-grams, lemmas with parts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from analysis.language.embedding import Vectors
from analysis.language.lemmas import lemma_parts

Matrix = npt.NDArray[np.float64]

_MOST_NGRAMS = 40_000  # bounds memory for 10,000 snippets; 320 snippets have fewer
CENTRE_FROM = 10  # texts; below, a mean would be more the texts themselves than their kind
_GROUP_PRIOR = 5.0  # texts; pull of the overall mean on the mean of a small source


def unit_rows(matrix: npt.NDArray[np.floating]) -> Matrix:
    """Return the rows scaled to length 1; zero rows stay zero."""
    values = np.asarray(matrix, dtype=np.float64)
    norms = np.linalg.norm(values, axis=1, keepdims=True)
    return np.asarray(np.divide(values, norms, out=np.zeros_like(values), where=norms > 1e-9))


def centred(vectors: Vectors, groups: Sequence[str]) -> Matrix:
    """Subtract from each vector the mean of its group and scale to length 1.

    E5 vectors lie in a narrow cone and group by kind of text (notes with notes) before they group
    by topic; without each source's mean they rank better. Small groups lean on the overall mean.

    Args:
        vectors: Shape (n, dim); zero rows (empty texts) stay zero.
        groups: Kind of text of each row.

    Returns:
        Float64 array of shape (n, dim).
    """
    values = np.asarray(vectors, dtype=np.float64)
    filled = np.linalg.norm(values, axis=1) > 1e-9
    if filled.sum() < CENTRE_FROM:
        return unit_rows(values)
    overall = values[filled].mean(axis=0)
    result = np.zeros_like(values)
    names = np.array(groups, dtype=object)
    for name in dict.fromkeys(groups):
        rows = filled & (names == name)
        count = int(rows.sum())
        if count:
            mean = (values[rows].sum(axis=0) + _GROUP_PRIOR * overall) / (count + _GROUP_PRIOR)
            result[rows] = values[rows] - mean
    return unit_rows(result)


def centred_queries(queries: Vectors) -> Matrix:
    """Subtract the mean of the descriptions, where there are enough of them, and scale to length 1."""
    values = np.asarray(queries, dtype=np.float64)
    filled = np.linalg.norm(values, axis=1) > 1e-9
    if filled.sum() < 3:
        return unit_rows(values)
    result = np.zeros_like(values)
    result[filled] = values[filled] - values[filled].mean(axis=0)
    return unit_rows(result)


class WordSpaces:
    """TF-IDF of character 3- to 5-grams and of lemmas with compound parts, over all texts at hand.

    Args:
        texts: Texts that make up the statistics; may be empty strings.
        language: ``de`` or ``en`` for all texts, or None to guess each.
    """

    def __init__(self, texts: Sequence[str], language: str | None = None) -> None:
        self._language = language
        self._chars = TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=(3, 5),
            sublinear_tf=True,
            min_df=_min_df(texts),
            max_features=_MOST_NGRAMS,
            dtype=np.float32,
        )
        self._lemmas = TfidfVectorizer(analyzer=self._analyse, sublinear_tf=True, dtype=np.float32)
        self.chars = _fit(self._chars, texts)
        self.lemmas = _fit(self._lemmas, texts)
        vocabulary = getattr(self._lemmas, "vocabulary_", {})
        self.weights: dict[str, float] = {
            word: float(self._lemmas.idf_[column]) for word, column in vocabulary.items()
        }

    def _analyse(self, text: str) -> tuple[str, ...]:
        return lemma_parts(text, self._language)


def _min_df(texts: Sequence[str]) -> int:
    # n-grams of a single text cannot match another one; leaving them out keeps 10,000 texts small.
    return 1 if len(texts) < 4 else 2


def _fit(vectorizer: TfidfVectorizer, texts: Sequence[str]) -> sparse.csr_matrix:
    try:
        return sparse.csr_matrix(vectorizer.fit_transform(texts))
    except ValueError:  # only empty texts or stop words
        return sparse.csr_matrix((len(texts), 1), dtype=np.float32)
