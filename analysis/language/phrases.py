"""Noun phrases without a parser: German by its capitals, English by its stop words.

German writes nouns with a capital. A phrase is a noun with the adjectives right before it, nouns
joined by a genitive article (*Belegung der Schlafplätze*) or a preposition article (*Zettel im
Dienstzimmer*), or a lone noun that carries enough. The first word of a sentence has a capital
anyway, so it counts only if the dictionary lists it as a noun.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import simplemma

from analysis.language.compounds import split_compound
from analysis.language.lemmas import language_of, lemma
from analysis.language.sentences import sentences
from analysis.language.tokens import Token, normal, tokens
from analysis.language.wordlists import lines, stop_words

_GENITIVE = frozenset(["der", "des"])
_ADJECTIVE_ENDINGS = ("e", "er", "es", "en", "em")
_TITLES = frozenset(["herr", "herrn", "frau", "dr", "prof", "familie", "schwester", "bruder", "pfarrer"])
_LONGEST = 5  # words of a phrase


@dataclass(frozen=True, slots=True)
class NounPhrase:
    """A phrase as written, its normalised lemmas, and its character offsets."""

    text: str
    key: tuple[str, ...]
    start: int
    end: int


def noun_phrases(text: str, language: str | None = None) -> tuple[NounPhrase, ...]:
    """Return the noun phrases of a text in order.

    Longer phrases come with the lone nouns inside them, so that counting over texts can choose.
    """
    chosen = language or language_of(text)
    found: list[NounPhrase] = []
    for sentence in sentences(text):
        words = tokens(sentence.text)
        spans = (
            _german_spans(sentence.text, words) if chosen == "de" else _english_spans(sentence.text, words)
        )
        for first, last in spans:
            piece = words[first : last + 1]
            start, end = piece[0].start, piece[-1].end
            key = tuple(lemma(t.text, chosen) for t in piece if normal(t.text) not in stop_words(chosen))
            found.append(
                NounPhrase(sentence.text[start:end], key, sentence.start + start, sentence.start + end)
            )
    return tuple(found)


def _german_spans(text: str, words: Sequence[Token]) -> list[tuple[int, int]]:
    nouns = [_is_noun(text, words, i) for i in range(len(words))]
    spans = []
    for i, noun in enumerate(nouns):
        if not noun:
            continue
        spans.append((i, i))
        left = i
        while left > 0 and i - left < 2 and _is_adjective(words[left - 1]) and _adjacent(text, words, left):
            left -= 1
        if left < i:
            spans.append((left, i))
        genitive = i + 2 < len(words) and words[i + 1].text in _GENITIVE and nouns[i + 2]
        if genitive and _adjacent(text, words, i + 1) and _adjacent(text, words, i + 2):
            spans.append((i, i + 2))
    return [span for span in spans if span[1] - span[0] < _LONGEST]


def _is_noun(text: str, words: Sequence[Token], i: int) -> bool:
    token = words[i]
    form = normal(token.text)
    if not token.capital or not token.is_word or len(form) < 3 or form in stop_words("de"):
        return False
    if form in _no_topics() or token.text.isupper() or _names_someone(text, words, i):
        return False
    if not simplemma.is_known(token.text, lang="de") and len(split_compound(form)) < 2:
        return False  # mostly names and typing errors, neither of which may name a field
    if not _starts_clause(text, token):
        return True
    # With its capital the dictionary knows it as a noun, and in lower case as nothing more common.
    base = simplemma.lemmatize(token.text, lang="de")
    return base[:1].isupper() and not simplemma.is_known(token.text.lower(), lang="de")


def _names_someone(text: str, words: Sequence[Token], i: int) -> bool:
    return (
        i > 0
        and normal(words[i - 1].text) in _TITLES
        and not text[words[i - 1].end : words[i].start].strip(" .")
    )


def _starts_clause(text: str, token: Token) -> bool:
    before = text[: token.start].rstrip()
    return not before or before[-1] in ".!?:;…„“\"»«‚'(→–-"


def _is_adjective(token: Token) -> bool:
    form = token.text
    if not form.islower() or len(form) < 4 or not form.endswith(_ADJECTIVE_ENDINGS):
        return False
    if normal(form) in stop_words("de"):
        return False
    base = simplemma.lemmatize(form, lang="de")
    return simplemma.is_known(form, lang="de") and base != form and not base.endswith(("en", "ern", "eln"))


def _adjacent(text: str, words: Sequence[Token], i: int) -> bool:
    """Whether only blanks stand between word i - 1 and word i."""
    return not text[words[i - 1].end : words[i].start].strip()


def _english_spans(text: str, words: Sequence[Token]) -> list[tuple[int, int]]:
    """Runs of up to three content words, as English has no capital to go by."""
    stops = stop_words("en")
    good = [t.is_word and len(t.text) > 2 and normal(t.text) not in stops for t in words]
    spans = []
    for i, keep in enumerate(good):
        last = i
        while (
            keep
            and last < min(len(words), i + 3)
            and good[last]
            and (last == i or _adjacent(text, words, last))
        ):
            spans.append((i, last))
            last += 1
    return spans


@functools.cache
def _no_topics() -> frozenset[str]:
    return frozenset(word for line in lines("no_topics_de.txt") for word in line.split())
