"""Known failures of the analysis, as message ids with values."""

from __future__ import annotations


class AnalysisError(Exception):
    """A failure that a person can meet; the sentence is made at the edge.

    Args:
        message_id: Key in the ``analysis`` catalogues, such as ``analysis.model_missing``.
        **values: Values for the placeholders of the sentence; never personal data.
    """

    def __init__(self, message_id: str, **values: object) -> None:
        super().__init__(message_id)
        self.message_id = message_id
        self.values = values

    def __reduce__(self) -> tuple[object, ...]:
        """Keep id and values when the error crosses a process border."""
        return (_rebuild, (type(self), self.message_id, self.values))


def _rebuild(cls: type[AnalysisError], message_id: str, values: dict[str, object]) -> AnalysisError:
    return cls(message_id, **values)
