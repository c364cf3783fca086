"""What a speech recogniser does, whichever model stands behind it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from analysis.speech.errors import SpeechError
from analysis.speech.types import Pcm, SpeechSettings, Word


@dataclass(frozen=True, slots=True)
class Heard:
    """What an engine heard in one window. Word times are seconds within the window.

    Attributes:
        words: In order, text with its own spacing removed, punctuation attached.
        log_probability: Mean logarithm of the token probabilities.
        compression: Length of the text over its compressed length; loops compress well.
        no_speech: The engine's own probability that nobody speaks.
    """

    words: tuple[Word, ...]
    log_probability: float
    compression: float
    no_speech: float


class SpeechEngine(Protocol):
    """A speech recogniser. Same input and seed, same output."""

    def detect_language(self, sound: Pcm) -> tuple[str, float]:
        """Return the language code of up to 30 s of sound and its probability."""

    def hear(self, windows: Sequence[Pcm], language: str, seeds: Sequence[int]) -> list[Heard]:
        """Transcribe windows of at most 30 s, each on its own (nothing carries over)."""


def load_engine(settings: SpeechSettings) -> SpeechEngine:
    """Load the engine that the settings name.

    Raises:
        SpeechError: ``speech.model_missing``, ``speech.model_unreadable``,
            ``speech.engine_missing``, ``speech.engine_unknown``.
    """
    if settings.engine == "faster-whisper":
        from analysis.speech.faster_whisper_engine import FasterWhisperEngine

        return FasterWhisperEngine(
            settings.model_dir,
            compute_type=settings.compute_type,
            threads=settings.threads or default_threads(),
            beam_size=settings.beam_size,
        )
    if settings.engine == "openai-whisper":
        from analysis.speech.openai_whisper_engine import OpenAIWhisperEngine

        return OpenAIWhisperEngine(
            settings.model_dir, threads=settings.threads or default_threads(), beam_size=settings.beam_size
        )
    raise SpeechError("speech.engine_unknown", engine=settings.engine)


def default_threads() -> int:
    """Return the number of CPU threads to use: what is there, at most 4 (more gains little)."""
    return max(1, min(4, os.cpu_count() or 1))
