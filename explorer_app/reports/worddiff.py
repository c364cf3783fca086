"""Where a fresh transcript differs from the wording that a person confirmed by ear."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from enum import StrEnum

_KEPT = re.compile(r"[^\w]+")


class Side(StrEnum):
    """Where words stand."""

    BOTH = "both"
    CONFIRMED = "confirmed"
    FRESH = "fresh"


@dataclass(frozen=True, slots=True)
class DiffPart:
    """Words that stand in both texts (as confirmed), or only in one."""

    side: Side
    words: str


@dataclass(frozen=True, slots=True)
class WordDiff:
    """The parts in reading order, and how many words of each side differ."""

    parts: tuple[DiffPart, ...]
    confirmed_only: int
    fresh_only: int
    confirmed_words: int

    @property
    def same(self) -> bool:
        """Whether the words agree, letters and marks aside."""
        return self.confirmed_only == 0 and self.fresh_only == 0


def word_diff(confirmed: str, fresh: str) -> WordDiff:
    """Compare two wordings word by word; case, punctuation and quotation marks do not count."""
    left, right = _words(confirmed), _words(fresh)
    matcher = difflib.SequenceMatcher(
        None, [_bare(word) for word in left], [_bare(word) for word in right], autojunk=False
    )
    parts: list[DiffPart] = []
    only_left = only_right = 0
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            parts.append(DiffPart(Side.BOTH, " ".join(left[a:b])))
            continue
        if b > a:
            parts.append(DiffPart(Side.CONFIRMED, " ".join(left[a:b])))
            only_left += b - a
        if d > c:
            parts.append(DiffPart(Side.FRESH, " ".join(right[c:d])))
            only_right += d - c
    return WordDiff(tuple(parts), only_left, only_right, len(left))


def _words(text: str) -> list[str]:
    """Return the words of `text`; signs that stand alone, such as "%", stay with the word before."""
    words: list[str] = []
    for word in text.split():
        if words and not _bare(word):
            words[-1] += f" {word}"
        else:
            words.append(word)
    if len(words) > 1 and not _bare(words[0]):
        words[:2] = [" ".join(words[:2])]
    return words


def _bare(word: str) -> str:
    return _KEPT.sub("", word).casefold()
