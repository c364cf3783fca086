"""Sound in memory as an audio source: for plain files and tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from analysis.speech.decode import decode
from analysis.speech.types import SAMPLE_RATE, Cancel, Pcm


class MemoryAudio:
    """Samples in memory (an hour takes 115 MB).

    Args:
        samples: Mono sound at 16 kHz.
        warnings: What was wrong with the file, as message ids with values.
    """

    def __init__(self, samples: Pcm, warnings: tuple[tuple[str, dict[str, object]], ...] = ()) -> None:
        self.samples = samples
        self.warnings = warnings

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.samples.size / SAMPLE_RATE

    def read(self, start: float, end: float) -> Pcm:
        """Return the sound from `start` to `end` (seconds, clipped)."""
        first = max(0, round(start * SAMPLE_RATE))
        return self.samples[first : max(first, round(end * SAMPLE_RATE))]


def read_audio(path: Path, *, cancel: Cancel | None = None) -> MemoryAudio:
    """Decode a file into memory, in a child process; see `decode` for the errors."""
    with decode(path, cancel=cancel) as decoded:
        blocks = list(decoded)
        return MemoryAudio(np.concatenate(blocks), tuple(decoded.warnings))
