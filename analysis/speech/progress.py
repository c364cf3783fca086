"""How long it will still take."""

from __future__ import annotations

import time
from collections.abc import Callable

from analysis.speech.types import Progress, ProgressReport


class Pace:
    """Reports progress with the time left, from audio seconds done since it began.

    Args:
        phase: Name of the phase, see `Progress`.
        total: Audio seconds of the phase.
        report: Receives the progress; None reports nothing.
        already: Audio seconds done in an earlier run; they do not count for the speed.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        phase: str,
        total: float,
        report: ProgressReport | None,
        *,
        already: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._phase = phase
        self._total = total
        self._report = report
        self._already = min(already, total)
        self._clock = clock
        self._began = clock()
        self._done = self._already
        self._tell()

    def add(self, seconds: float) -> None:
        """Count `seconds` more of audio as done."""
        self._done = min(self._total, self._done + seconds)
        self._tell()

    def _tell(self) -> None:
        if self._report is None:
            return
        fresh = self._done - self._already
        left = None
        if fresh > 0:
            left = (self._clock() - self._began) / fresh * (self._total - self._done)
        self._report(Progress(self._phase, self._done, self._total, left))
