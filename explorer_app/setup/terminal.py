"""Tells a person how far a set-up is: a line that is rewritten on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys

_STEPS = 5  # plain lines a step, so that a log stays readable


def say(text: str) -> None:
    """Print a line to standard error; standard output belongs to the command."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - this is the place that prints


class ProgressLine:
    """Shows the steps of a set-up."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._last: tuple[str, int] | None = None

    def show(self, step: str, text: str, fraction: float) -> None:
        """Show `text` for a `step` that is done to `fraction` (0 to 1)."""
        part = int(_STEPS * min(fraction, 1.0))
        if self._live:
            sys.stderr.write("\r\033[K" + text)
            sys.stderr.flush()
        elif (step, part) != self._last:
            say(text)
        self._last = (step, part)

    def close(self) -> None:
        """End a line that is still being rewritten."""
        if self._live and self._last is not None:
            say("")
        self._last = None
