"""What speech recognition takes and gives: frozen values, all times in seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

SAMPLE_RATE = 16_000
"""Samples a second that the voice activity detector and Whisper expect (their training rate)."""

Pcm = npt.NDArray[np.int16]
"""Mono sound at `SAMPLE_RATE`, shape (samples,)."""

Span = tuple[float, float]
"""Start and end in seconds."""


@dataclass(frozen=True, slots=True)
class Word:
    """A spoken word; `confidence` runs from 0 to 1."""

    start: float
    end: float
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the transcript, about a sentence. `doubt` is a message id, set if not trusted."""

    start: float
    end: float
    text: str
    words: tuple[Word, ...]
    speaker: str | None = None
    trusted: bool = True
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class WindowResult:
    """What one window gave. `redone` tells that holes in it were decoded a second time.

    `holes` are stretches with a voice but no words, even after the second attempt.
    """

    index: int
    start: float
    end: float
    segments: tuple[Segment, ...]
    redone: bool = False
    holes: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the voice that was heard has words: seconds, and the stretches without."""

    speech_seconds: float
    covered_seconds: float
    holes: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. `phase` is ``listening`` (voice activity) or ``writing`` (Whisper).

    `done` and `total` are audio seconds of the phase; `seconds_left` is an estimate for the
    rest of the phase or None while nothing is known.
    """

    phase: str
    done: float
    total: float
    seconds_left: float | None = None


ProgressReport = Callable[[Progress], None]


class Cancel(Protocol):
    """Asked often; a ``threading.Event`` does it."""

    def is_set(self) -> bool:
        """Return whether the work is to stop."""


class AudioSource(Protocol):
    """Recorded sound that can be read in any order, such as a sealed recording."""

    @property
    def duration(self) -> float:
        """Length in seconds."""

    def read(self, start: float, end: float) -> Pcm:
        """Return the sound from `start` to `end` (seconds, clipped to the recording)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechSettings:
    """How to transcribe. The same settings on the same sound give the same text.

    Attributes:
        model_dir: Folder with the model files.
        engine: ``faster-whisper`` or ``openai-whisper``.
        compute_type: Weight type of CTranslate2, such as ``int8``.
        threads: CPU threads; 0 takes what the machine has, at most 4.
        beam_size: Width of the beam search.
        batch: Windows decoded side by side; more is faster and needs more memory.
    """

    model_dir: Path
    engine: str = "faster-whisper"
    compute_type: str = "int8"
    threads: int = 0
    beam_size: int = 5
    batch: int = 4
