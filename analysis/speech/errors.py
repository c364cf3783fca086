"""Known failures of the speech part, as message ids with values."""

from __future__ import annotations


class SpeechError(Exception):
    """A failure that a person can meet; the sentence is made at the edge.

    Args:
        message_id: Key in the ``speech`` catalogues, such as ``speech.no_audio_track``.
        **values: Values for the placeholders of the sentence; never personal data.
    """

    def __init__(self, message_id: str, **values: object) -> None:
        super().__init__(message_id)
        self.message_id = message_id
        self.values = values

    def __reduce__(self) -> tuple[object, ...]:
        """Keep id and values when the error crosses a process border."""
        return (_rebuild, (type(self), self.message_id, self.values))


def _rebuild(cls: type[SpeechError], message_id: str, values: dict[str, object]) -> SpeechError:
    return cls(message_id, **values)


class SpeechCancelledError(SpeechError):
    """A person cancelled; the child process is gone when this is raised."""

    def __init__(self) -> None:
        super().__init__("job.cancelled")

    def __reduce__(self) -> tuple[object, ...]:
        """Rebuild without arguments."""
        return (SpeechCancelledError, ())
