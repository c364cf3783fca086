"""Known failures of the speech part, as message ids with values."""

from __future__ import annotations

from analysis.errors import AnalysisError


class SpeechError(AnalysisError):
    """A recording cannot be decoded or transcribed, such as ``speech.no_audio_track``."""


class SpeechCancelledError(SpeechError):
    """A person cancelled; the child process is gone when this is raised."""

    def __init__(self) -> None:
        super().__init__("job.cancelled")

    def __reduce__(self) -> tuple[object, ...]:
        """Rebuild without arguments."""
        return (SpeechCancelledError, ())
