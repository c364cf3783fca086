"""Lemmas of German and English words, and the content lemmas of a text.

Which language a text is in is guessed from its stop words. Interviews are German with English words
in between, so German is the default.
"""

from __future__ import annotations

import functools

import simplemma

from analysis.language.compounds import split_compound
from analysis.language.tokens import normal, tokens
from analysis.language.wordlists import stop_words


@functools.lru_cache(maxsize=200_000)
def lemma(word: str, language: str = "de") -> str:
    """Return the normalised lemma of a word, or its normalised form if none is known."""
    found = simplemma.lemmatize(word, lang=language)
    return normal(found)


def language_of(text: str) -> str:
    """Guess ``de`` or ``en`` by the stop words that only one of the two languages has."""
    german, english = stop_words("de"), stop_words("en")
    words = [normal(token.text) for token in tokens(text)]
    only_german = sum(w in german and w not in english for w in words)
    only_english = sum(w in english and w not in german for w in words)
    return "en" if only_english > only_german else "de"


@functools.lru_cache(maxsize=50_000)
def content_lemmas(text: str, language: str | None = None) -> tuple[str, ...]:
    """Return the lemmas of the words that carry meaning, in order, repetitions kept.

    Stop words (as written or as lemma), numbers and single letters are left out.
    """
    chosen = language or language_of(text)
    stops = stop_words(chosen)
    found = []
    for token in tokens(text):
        form = normal(token.text)
        if not token.is_word or len(form) < 3 or form in stops:
            continue
        base = lemma(token.text, chosen)
        if base not in stops:
            found.append(base)
    return tuple(found)


@functools.lru_cache(maxsize=50_000)
def lemma_parts(text: str, language: str | None = None) -> tuple[str, ...]:
    """Return the content lemmas and, for German compounds, their parts as well."""
    chosen = language or language_of(text)
    found: list[str] = []
    for base in content_lemmas(text, chosen):
        found.append(base)
        if chosen == "de":
            parts = split_compound(_without_feminine(base))
            if len(parts) > 1 or parts[0] != base:
                found.extend(parts)
    return tuple(found)


def _without_feminine(word: str) -> str:
    """*beraterin* → *berater*: the same people, however they are named."""
    return word[:-2] if word.endswith("erin") and len(word) > 6 else word
