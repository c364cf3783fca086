"""How long work tells how far it is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives how far a piece of work is."""

    def __call__(self, fraction: float, message_id: str = "", /, **values: object) -> None:
        """Report `fraction` (0 to 1) and, optionally, the step that runs as a message id."""


def no_progress(_fraction: float, _message_id: str = "", /, **_values: object) -> None:
    """Ignore progress."""
