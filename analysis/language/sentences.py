"""Cuts German and English text into sentences without losing a character offset."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from analysis.language.wordlists import lines

_END = re.compile(r"(?:[.!?…]+[\"“”’»«)\]]*|\n\s*\n|\n(?=\s*[-–•*]\s))")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence; `start` and `end` are character offsets into the text."""

    text: str
    start: int
    end: int


def sentences(text: str) -> tuple[Sentence, ...]:
    """Return the sentences of a text in order, without surrounding blanks.

    Abbreviations (*z. B.*, *Dr.*, *i. d. R.*), ordinal numbers and dates (*3. Mai*, *24.12.*), times and
    decimals do not end a sentence; a full stop inside „…“ ends one only when the text goes on with
    a capital after the closing mark.
    """
    found: list[Sentence] = []
    start = 0
    for match in _END.finditer(text):
        if match.start() < start:
            continue
        if not match.group().startswith("\n") and not _ends(text, match.start(), match.end()):
            continue
        _append(found, text, start, match.end())
        start = match.end()
    _append(found, text, start, len(text))
    return tuple(found)


def _append(found: list[Sentence], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    stripped = piece.strip()
    if stripped:
        found.append(Sentence(stripped, start + left, start + left + len(stripped)))


def _ends(text: str, mark: int, end: int) -> bool:
    after = text[end:]
    if after and not after[0].isspace():
        return False
    follow = after.lstrip()
    if not follow:
        return True
    starts_new = follow[0].isupper() or follow[0].isdigit() or follow[0] in "„“\"»«‚'–-(["
    if text[mark] in "!?…" or end - mark > 1:
        # „Echt?“, fragt sie – the sentence goes on in lower case.
        return starts_new
    word = _word_before(text, mark)
    if word.isdigit():
        return starts_new and not (len(word) <= 2 and follow[0].isupper() and _continues_ordinal(follow))
    if len(word) == 1 and word.isalpha():
        return False  # initials, z. B., i. d. R.
    if word.lower() in _abbreviations():
        return False
    return starts_new


def _word_before(text: str, mark: int) -> str:
    match = re.search(r"[\w-]+\Z", text[max(0, mark - 40) : mark])
    return match.group() if match else ""


def _continues_ordinal(follow: str) -> bool:
    """After *3.* a month or a noun makes it an ordinal; German gives no better sign."""
    word = re.match(r"\w+", follow)
    return word is not None and word.group().lower() in _ordinal_nouns()


@functools.cache
def _abbreviations() -> frozenset[str]:
    return frozenset(w for line in lines("abbreviations.txt") for w in line.split())


@functools.cache
def _ordinal_nouns() -> frozenset[str]:
    return frozenset(w for line in lines("ordinal_nouns_de.txt") for w in line.split())
