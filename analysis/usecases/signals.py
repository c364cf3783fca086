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


def split_sentences(text: str) -> list[str]:
    """Split a text at the ends of sentences and clauses; pieces without a word fall away."""
    return [piece.strip() for piece in _SENTENCE.split(text) if _WORD.search(piece)]


def sentences(text: str) -> tuple[Sentence, ...]:
    """Split a text into sentences of words; emoji and punctuation fall away."""
    found: list[Sentence] = []
    for piece in _SENTENCE.split(text):
        words = tuple(_WORD.findall(piece))
        if words:
            found.append(Sentence(words, tuple(fold(w) for w in words)))
    return tuple(found)


class Told:
    """Texts prepared for many signals: each stem is looked up once in the words of all texts."""

    def __init__(self, texts: Iterable[Iterable[Sentence]]) -> None:
        self._texts = tuple(tuple(text) for text in texts)
        self._where: list[dict[str, list[int]]] = []
        for text in self._texts:
            where: dict[str, list[int]] = {}
            for number, sentence in enumerate(text):
                for word in dict.fromkeys(sentence.folded):
                    where.setdefault(word, []).append(number)
            self._where.append(where)
        self._words = sorted({word for where in self._where for word in where})
        self._joined = "\n" + "\n".join(self._words)
        self._met: dict[str, frozenset[str]] = {}

    def __len__(self) -> int:
        return len(self._texts)

    def find(self, signals: Iterable[str], text: int) -> tuple[Hit, ...]:
        """Return the signals that hit in the text with this number, in the order of `signals`."""
        hits: list[Hit] = []
        where = self._where[text]
        for signal in signals:
            met = [self._words_of(stem) for stem in _stems(signal)]
            if not all(met):
                continue
            for number in sorted({n for word in met[0] for n in where.get(word, ())}):
                words = _meet(self._texts[text][number], met)
                if words:
                    hits.append(Hit(signal, words))
                    break
        return tuple(hits)

    def _words_of(self, stem: str) -> frozenset[str]:
        """Return the words, of all texts, that the stem meets."""
        if stem not in self._met:
            plain = stem.removeprefix("=")
            # One search through all words settles most stems: they occur nowhere.
            possible = plain in self._joined if len(plain) >= _INNER else f"\n{plain}" in self._joined
            met = (word for word in self._words if _meets(stem, word)) if possible else ()
            self._met[stem] = frozenset(met)
        return self._met[stem]


def find_hits(text: Iterable[Sentence], signals: Iterable[str]) -> tuple[Hit, ...]:
    """Return the signals that hit, in the order of `signals`, each with its first words."""
    return Told([text]).find(signals, 0)


@functools.lru_cache(maxsize=4096)
def _stems(signal: str) -> tuple[str, ...]:
    return tuple(fold(stem) for stem in signal.split())


def _meets(stem: str, word: str) -> bool:
    if stem.startswith("="):
        return word == stem[1:]
    return word.startswith(stem) or (len(stem) >= _INNER and stem in word)


def _meet(sentence: Sentence, met: list[frozenset[str]]) -> tuple[str, ...]:
    """Return one word a stem, all within the window, or nothing."""
    places = [[n for n, word in enumerate(sentence.folded) if word in words] for words in met]
    if not all(places):
        return ()
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
