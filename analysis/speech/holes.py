"""Second attempts: the windows for holes, and how their words join the others."""

from __future__ import annotations

import re
from collections.abc import Sequence

from analysis.speech.segments import in_order
from analysis.speech.types import Span, Word
from analysis.speech.windows import MAX_SECONDS, Window

_PAD = 0.6
"""Seconds around a hole that are decoded with it, so that words at its edges are whole."""

_SEED_SHIFT = 1_000_000
"""Keeps the numbers (and so the seeds) of second attempts apart from those of windows."""


def hole_windows(holes: Sequence[Span], window: Window) -> list[Window]:
    """Return windows of their own for the holes of a window, cut where they are too long."""
    found: list[Window] = []
    for start, end in holes:
        count = max(1, -int(-(end - start) // (MAX_SECONDS - 2 * _PAD)))
        step = (end - start) / count
        for part in range(count):
            first = max(window.start, start + part * step - _PAD)
            last = min(window.end, start + (part + 1) * step + _PAD)
            found.append(Window(_SEED_SHIFT + window.index, ((first, last),)))
    return found


def fill_holes(words: Sequence[Word], hole: Window, fresh: Sequence[Word]) -> tuple[Word, ...]:
    """Put the words of a second attempt between those of the first.

    Where both tell of the same moment the first attempt stays, except for a word that was
    stretched over the hole and now comes again.
    """
    kept = [word for word in words if not _reheard(word, hole, fresh)]
    added = [word for word in fresh if not any(_overlap(word, other) for other in kept)]
    return in_order([*kept, *added])


def _reheard(word: Word, hole: Window, fresh: Sequence[Word]) -> bool:
    """Tell whether the second attempt has this word too, at the edge of the hole."""
    inside = min(word.end, hole.end) - max(word.start, hole.start)
    if inside <= 0:
        return False
    return any(_plain(word.text) == _plain(other.text) and _overlap(word, other) for other in fresh)


def _overlap(one: Word, two: Word) -> bool:
    """Tell whether two words share more than half of the shorter one."""
    shared = min(one.end, two.end) - max(one.start, two.start)
    return shared > 0.5 * max(0.02, min(one.end - one.start, two.end - two.start))


def _plain(text: str) -> str:
    return re.sub(r"\W", "", text.lower())
