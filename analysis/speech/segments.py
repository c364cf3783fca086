"""From words to segments: about a sentence each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analysis.speech.types import Segment, Word

_PAUSE = 1.2
"""A pause of this many seconds ends a segment even inside a sentence."""

_MAX_SECONDS = 20.0
"""Longer segments are hard to read along with the sound."""

_SENTENCE_END = (".", "?", "!", "…")
_CLOSERS = "\"”“'’)»«"


def build_segments(words: Sequence[Word]) -> tuple[Segment, ...]:
    """Group words, in order, into segments that end with a sentence or at a pause."""
    segments: list[Segment] = []
    current: list[Word] = []
    for number, word in enumerate(words):
        current.append(word)
        following = words[number + 1] if number + 1 < len(words) else None
        if following is None or _ends(current, following):
            text = " ".join(item.text for item in current)
            segments.append(Segment(current[0].start, current[-1].end, text, tuple(current)))
            current = []
    return tuple(segments)


def _ends(current: Sequence[Word], following: Word) -> bool:
    last = current[-1]
    if following.start - last.end > _PAUSE or following.end - current[0].start > _MAX_SECONDS:
        return True
    bare = last.text.rstrip(_CLOSERS)
    if not bare.endswith(_SENTENCE_END):
        return False
    abbreviation = bare.endswith(".") and (len(bare) <= 3 or bare[:-1].isdigit())
    return not abbreviation and not following.text[:1].islower()


def in_order(words: Sequence[Word]) -> tuple[Word, ...]:
    """Sort words by time and remove overlaps, so that each starts where the one before has ended."""
    tidy: list[Word] = []
    for word in sorted(words, key=lambda item: (item.start, item.end)):
        start = max(word.start, tidy[-1].end) if tidy else word.start
        tidy.append(replace(word, start=round(start, 3), end=round(max(word.end, start), 3)))
    return tuple(tidy)
