"""Does every voice that was heard have words? What has none is a hole, to be decoded again.

Whisper can leave out whole turns without a trace, and alignment then stretches the neighbouring
words over the gap; so a word counts only for as long as such a word can last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from analysis.speech.types import Coverage, Span, Word

_REACH = 0.5
"""Seconds around a word that count as covered: alignment is off by up to this much."""

_WORD_BASE = 0.6
_WORD_LETTER = 0.1
"""Longest credible word: 0.6 s plus 0.1 s a letter (slow German speech has about 10 letters a second)."""

MIN_HOLE = 1.2
"""Seconds of voice without words that make a hole; shorter ones are breaths and hesitations."""


def check_coverage(speech: Sequence[Span], words: Iterable[Word]) -> Coverage:
    """Compare voice with words.

    Args:
        speech: Spans with a voice, in order.
        words: Words in order of their start.

    Returns:
        Seconds of voice, seconds of it near a word, and the holes: each from the first to the
        last uncovered voice between two words.
    """
    covered = _merged((word.start - _REACH, _credible_end(word) + _REACH) for word in words)
    total = sum(end - start for start, end in speech)
    bare = _subtract(speech, covered)
    uncovered = sum(end - start for start, end in bare)
    return Coverage(total, max(0.0, total - uncovered), _holes(bare, covered))


def _credible_end(word: Word) -> float:
    return min(word.end, word.start + _WORD_BASE + _WORD_LETTER * len(word.text))


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _subtract(speech: Sequence[Span], covered: Sequence[Span]) -> list[Span]:
    """Return the parts of `speech` outside `covered`; both sorted and free of overlap."""
    left: list[Span] = []
    at = 0
    for start, end in speech:
        while at and covered[at - 1][1] > start:
            at -= 1
        begin = start
        while at < len(covered) and covered[at][0] < end:
            if covered[at][0] > begin:
                left.append((begin, covered[at][0]))
            begin = max(begin, covered[at][1])
            at += 1
        if begin < end:
            left.append((begin, end))
    return left


def _holes(bare: Sequence[Span], covered: Sequence[Span]) -> tuple[Span, ...]:
    """Group uncovered voice that no word separates; keep the groups that hold enough of it."""
    groups: list[list[Span]] = []
    at = 0
    for span in bare:
        while at < len(covered) and covered[at][1] <= span[0]:
            at += 1
        number = at
        if groups and groups[-1][0][0] == number:
            groups[-1].append(span)
        else:
            groups.append([(number, 0.0), span])
    holes: list[Span] = []
    for _, *spans in groups:
        if sum(end - start for start, end in spans) >= MIN_HOLE:
            holes.append((spans[0][0], spans[-1][1]))
    return tuple(holes)
