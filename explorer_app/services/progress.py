"""Progress and cancel, as every long service takes them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from explorer_app.domain.errors import CancelledError
from explorer_app.domain.progress import Progress, no_progress

__all__ = ["CancelToken", "Progress", "TimeLeft", "no_progress"]


class CancelToken:
    """Lets a person stop a piece of work from another thread or a signal handler."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask the work to stop at its next safe place."""
        self._event.set()

    def is_set(self) -> bool:
        """Return whether a stop was asked for."""
        return self._event.is_set()

    __call__ = is_set

    def raise_if_cancelled(self) -> None:
        """Raise `CancelledError` when a stop was asked for."""
        if self._event.is_set():
            raise CancelledError


@dataclass(slots=True)
class TimeLeft:
    """Estimates the remaining seconds from the work done so far.

    The first report only sets the origin, so that a resumed job does not count what an earlier
    run did as work of this one.
    """

    clock: Callable[[], float] = time.monotonic
    _origin: tuple[float, float] | None = field(default=None, init=False)

    def update(self, fraction: float) -> float | None:
        """Return the estimated seconds left, or None while it cannot be known."""
        now = self.clock()
        if self._origin is None:
            self._origin = (now, fraction)
            return None
        started, first = self._origin
        done = fraction - first
        if done <= 0 or now <= started:
            return None
        return (now - started) / done * max(0.0, 1.0 - fraction)
