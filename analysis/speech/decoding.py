"""What both Whisper engines share: when a text counts as failed, and how tokens become words."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from analysis.speech.engine import Heard
from analysis.speech.types import Word

_LOOP_COMPRESSION = 2.4
_LOW_LOG_PROBABILITY = -1.0
_FALLBACK_TEMPERATURES = (0.2, 0.4, 0.6, 0.8, 1.0)
"""When a text counts as failed and how it is tried again: the defaults of the Whisper paper."""

_OPENING = "\"'“¿([{-„‚«"
_CLOSING = "\"'.,!?:;”)]}…“‘»"
"""Punctuation that belongs to the word after and before it."""


def compression(text: str) -> float:
    """Return the length of a text over its compressed length; 0 when it is empty."""
    data = text.strip().encode()
    return len(data) / len(zlib.compress(data)) if data else 0.0


def retry_failed(first: Heard, attempt: Callable[[float], Heard]) -> Heard:
    """Try a failed text again with rising temperature.

    Args:
        first: What beam search at temperature 0 heard.
        attempt: Decodes the same window at a temperature.

    Returns:
        The first text that did not fail, else the likeliest one, loops only if all are loops.
    """
    tries = [first]
    for temperature in _FALLBACK_TEMPERATURES:
        if not _failed(tries[-1]):
            return tries[-1]
        tries.append(attempt(temperature))
    if not _failed(tries[-1]):
        return tries[-1]
    without_loops = [heard for heard in tries if heard.compression <= _LOOP_COMPRESSION]
    return max(without_loops or tries, key=lambda heard: heard.log_probability)


def _failed(heard: Heard) -> bool:
    return heard.compression > _LOOP_COMPRESSION or heard.log_probability < _LOW_LOG_PROBABILITY


def join_words(items: Sequence[Mapping[str, Any]]) -> tuple[Word, ...]:
    """Attach punctuation to its word and drop what is left empty.

    Args:
        items: ``word`` with its own spacing, ``start``, ``end`` (seconds), ``probability``.
    """
    words: list[Word] = []
    opening = ""
    for item in items:
        text = str(item["word"])
        bare = text.strip()
        if not bare:
            continue
        if bare in _OPENING and text.startswith(" "):
            opening += bare
            continue
        if bare in _CLOSING and words and not opening:
            last = words[-1]
            words[-1] = Word(last.start, last.end, last.text + bare, last.confidence)
            continue
        if words and not text.startswith(" ") and not opening:
            words[-1] = _glued(words[-1], item, bare)
            continue
        words.append(Word(float(item["start"]), float(item["end"]), opening + bare, _share(item)))
        opening = ""
    return tuple(words)


def _glued(last: Word, item: Mapping[str, Any], bare: str) -> Word:
    """Join a part that is written without a space before it, such as after a hyphen."""
    return Word(last.start, float(item["end"]), last.text + bare, min(last.confidence, _share(item)))


def _share(item: Mapping[str, Any]) -> float:
    return min(1.0, max(0.0, float(item["probability"])))
