"""Signal words: does a text speak of something, and with which words?

A signal is one or more stems. It hits when every stem is met by another word within a short stretch
of one sentence, in any order. A stem meets a word that starts with it; from six letters on also one
that carries it further back, because German hides words in compounds ("Wohngeldformular"). Umlauts
are folded, so that "antrag" also meets "Anträge". ``=sms`` meets only the whole word.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

WINDOW = 10
"""Words between the first and the last word of a signal with several stems."""

_INNER = 6  # letters from which a stem may stand inside a compound; shorter ones hit by chance
_FOLD = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss", "é": "e", "è": "e"})
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_SENTENCE = re.compile(r"[.!?;:\n]+(?=\s|$)|\n")


@dataclass(frozen=True, slots=True)
class Hit:
    """A signal that was met, with the words as they stand in the text."""

    signal: str
    words: tuple[str, ...]

    @property
    def quote(self) -> str:
        """The words in reading order, with an ellipsis between them."""
        return " … ".join(self.words)


@dataclass(frozen=True, slots=True)
class Sentence:
    """The words of one sentence and their folded forms."""

    words: tuple[str, ...]
    folded: tuple[str, ...]


def fold(text: str) -> str:
    """Return `text` in lower case with umlauts folded to their base letter."""
    return text.casefold().translate(_FOLD)


def sentences(text: str) -> tuple[Sentence, ...]:
    """Split a text into sentences of words; emoji and punctuation fall away."""
    found: list[Sentence] = []
    for piece in _SENTENCE.split(text):
        words = tuple(_WORD.findall(piece))
        if words:
            found.append(Sentence(words, tuple(fold(w) for w in words)))
    return tuple(found)


def find_hits(text: Iterable[Sentence], signals: Iterable[str]) -> tuple[Hit, ...]:
    """Return the signals that hit, in the order of `signals`, each with its first words."""
    parts = tuple(text)
    hits: list[Hit] = []
    for signal in signals:
        for sentence in parts:
            words = _meet(sentence, _stems(signal))
            if words:
                hits.append(Hit(signal, words))
                break
    return tuple(hits)


@functools.lru_cache(maxsize=4096)
def _stems(signal: str) -> tuple[str, ...]:
    return tuple(fold(stem) for stem in signal.split())


def _meets(stem: str, word: str) -> bool:
    if stem.startswith("="):
        return word == stem[1:]
    if word.startswith(stem):
        return True
    return len(stem) >= _INNER and stem in word


def _meet(sentence: Sentence, stems: tuple[str, ...]) -> tuple[str, ...]:
    places = [[n for n, word in enumerate(sentence.folded) if _meets(stem, word)] for stem in stems]
    if not all(places):
        return ()
    if len(stems) == 1:
        return (sentence.words[places[0][0]],)
    for anchor in places[0]:
        taken = [anchor]
        for options in places[1:]:
            near = [n for n in options if n not in taken and abs(n - anchor) <= WINDOW]
            if not near:
                break
            taken.append(min(near, key=lambda n: abs(n - anchor)))
        else:
            return tuple(sentence.words[n] for n in sorted(taken))
    return ()
