"""The command line: every use case without a screen, gestures (live recording, dragging) excepted."""

from explorer_app.cli.main import main

__all__ = ["main"]
