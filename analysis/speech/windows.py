"""Which stretches of sound go to Whisper together.

Whisper looks at 30 seconds at a time and works as long for one second as for thirty, so windows
are packed with speech: pauses between pieces are left out, and a window ends at a real pause.
The plan goes from left to right and looks ahead one window only: the same sound always gives the
same plan, and sound added at the end never changes the windows before it (but the last).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.speech.types import Span

PLAN_VERSION = 1
"""Grows when the same speech gives another plan: windows of an unfinished run no longer fit then."""

MAX_SECONDS = 29.5
"""Longest sound in a window; Whisper's 30 s less room for rounding."""

PAD = 0.4
"""Seconds kept around a voice: consonants begin and end below the detector's
threshold. The default of faster-whisper."""

_LONG_PAUSE = 1.0
"""A pause of this length is as good a place to cut as any longer one, in seconds."""

_PAUSE_WORTH = 0.5
"""How much filling (share of a window) the best pause is worth against the worst."""

_NATURAL_PAUSE = 1.0
"""What is left of a pause outside the padding is kept up to this many seconds: a pause helps Whisper
to tell sentences and speakers apart."""


@dataclass(frozen=True, slots=True)
class Window:
    """A numbered window: `pieces` are spans of the recording that are joined into one sound."""

    index: int
    pieces: tuple[Span, ...]

    @property
    def start(self) -> float:
        """Where it begins in the recording."""
        return self.pieces[0][0]

    @property
    def end(self) -> float:
        """Where it ends in the recording."""
        return self.pieces[-1][1]

    @property
    def seconds(self) -> float:
        """Length of the joined sound."""
        return sum(end - start for start, end in self.pieces)

    def locate(self, at: float) -> float:
        """Return the second of the recording for a second of the joined sound."""
        passed = 0.0
        for start, end in self.pieces:
            if at <= passed + (end - start):
                return start + max(0.0, at - passed)
            passed += end - start
        return self.end


def plan_windows(speech: Sequence[Span], duration: float) -> tuple[Window, ...]:
    """Pack speech into windows.

    Args:
        speech: Spans with a voice, in order, without overlap.
        duration: Length of the recording in seconds.

    Returns:
        Windows of at most `MAX_SECONDS`, in order; their pieces do not overlap and hold all speech.
    """
    pieces = _padded(_short_enough(speech), duration)
    windows: list[Window] = []
    first = 0
    while first < len(pieces):
        last = _best_end(pieces, first)
        windows.append(Window(len(windows), _joined(pieces[first : last + 1])))
        first = last + 1
    return tuple(windows)


def _short_enough(speech: Sequence[Span]) -> list[Span]:
    """Split voices that no window could hold into equal parts."""
    room = MAX_SECONDS - 2 * PAD
    parts: list[Span] = []
    for start, end in speech:
        count = max(1, -int(-(end - start) // room))
        step = (end - start) / count
        parts.extend(
            (start + k * step, end if k == count - 1 else start + (k + 1) * step) for k in range(count)
        )
    return parts


def _padded(speech: Sequence[Span], duration: float) -> list[Span]:
    padded: list[Span] = []
    for number, (start, end) in enumerate(speech):
        before = speech[number - 1][1] if number else 0.0
        after = speech[number + 1][0] if number + 1 < len(speech) else duration
        left = min(PAD, (start - before) / 2 if number else start)
        right = min(PAD, (after - end) / 2 if number + 1 < len(speech) else after - end)
        padded.append((start - max(0.0, left), end + max(0.0, right)))
    return padded


def _best_end(pieces: Sequence[Span], first: int) -> int:
    """Return the last piece of the window that begins with `first`: full, and cut at a pause."""
    best, best_score, filled = first, float("-inf"), 0.0
    for last in range(first, len(pieces)):
        filled += pieces[last][1] - pieces[last][0]
        if filled > MAX_SECONDS and last > first:
            break
        if last + 1 == len(pieces):
            return last
        pause = min(pieces[last + 1][0] - pieces[last][1] + 2 * PAD, _LONG_PAUSE) / _LONG_PAUSE
        score = filled / MAX_SECONDS + _PAUSE_WORTH * pause
        if score >= best_score:
            best, best_score = last, score
    return best


def _joined(pieces: Sequence[Span]) -> tuple[Span, ...]:
    """Merge pieces that touch, and keep short pauses as they are where the window has room."""
    room = MAX_SECONDS - sum(end - start for start, end in pieces)
    merged: list[Span] = []
    for start, end in pieces:
        pause = start - merged[-1][1] if merged else 0.0
        if merged and pause < _NATURAL_PAUSE and pause <= room:
            room -= pause
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return tuple(merged)
