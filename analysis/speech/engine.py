"""What a speech recogniser does, whichever model stands behind it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
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


FASTER_WHISPER = "faster-whisper"
OPENAI_WHISPER = "openai-whisper"
ENGINES = (FASTER_WHISPER, OPENAI_WHISPER)
"""The engines; the second one comes with the extra ``[openai]``."""


def require_engine(name: str) -> None:
    """Find out in no time whether an engine is there, before long work rests on it.

    Raises:
        SpeechError: ``speech.engine_unknown``, ``speech.engine_missing``.
    """
    if name not in ENGINES:
        raise SpeechError("speech.engine_unknown", engine=name)
    if name == OPENAI_WHISPER and not (find_spec("whisper") and find_spec("torch")):
        raise engine_missing(name)


def engine_missing(name: str) -> SpeechError:
    """Return the error that says how the package of an engine is installed beside this program."""
    return SpeechError("speech.engine_missing", engine=name, python=sys.executable)


def load_engine(settings: SpeechSettings) -> SpeechEngine:
    """Load the engine that the settings name.

    Raises:
        SpeechError: ``speech.model_missing``, ``speech.model_unreadable``,
            ``speech.model_several``, ``speech.engine_missing``, ``speech.engine_unknown``.
    """
    require_engine(settings.engine)
    if settings.engine == FASTER_WHISPER:
        from analysis.speech.faster_whisper_engine import FasterWhisperEngine

        return FasterWhisperEngine(
            settings.model_dir,
            compute_type=settings.compute_type,
            threads=settings.threads or default_threads(),
            beam_size=settings.beam_size,
        )
    from analysis.speech.openai_whisper_engine import OpenAIWhisperEngine

    return OpenAIWhisperEngine(
        settings.model_dir, threads=settings.threads or default_threads(), beam_size=settings.beam_size
    )


def default_threads() -> int:
    """Return the number of CPU threads to use: what is there, at most 4 (more gains little)."""
    return max(1, min(4, os.cpu_count() or 1))
