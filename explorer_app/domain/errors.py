"""Errors that carry a message id with values; the sentence is made at the edge.

Every failure a person can meet is an `ExplorerError`. Its `message_id` stands in the gettext
catalogues below `resources/i18n/<language>/`, where the sentence says what happened and what to
do. Anything else that escapes is a bug.
"""

from __future__ import annotations


class ExplorerError(Exception):
    """A known failure.

    Args:
        message_id: Key of the sentence in the catalogues, such as ``vault.wrong_passphrase``.
        **values: Values for the placeholders of the sentence; never personal data.

    Attributes:
        exit_code: Exit code of the command line, never 0.
    """

    exit_code = 1

    def __init__(self, message_id: str, **values: object) -> None:
        super().__init__(message_id)
        self.message_id = message_id
        self.values = values

    def __reduce__(self) -> tuple[object, ...]:
        """Keep id and values when the error crosses a process border."""
        return (_rebuild, (type(self), self.message_id, self.values))


def _rebuild(cls: type[ExplorerError], message_id: str, values: dict[str, object]) -> ExplorerError:
    return cls(message_id, **values)


class InputRejectedError(ExplorerError):
    """The input cannot be used as it is (empty, wrong kind, out of range)."""

    exit_code = 3


class NotFoundError(ExplorerError):
    """A named thing does not exist."""

    exit_code = 4


class AccessDeniedError(ExplorerError):
    """Wrong passphrase, recovery code or key file."""

    exit_code = 5


class DamagedError(ExplorerError):
    """Stored bytes are not what was written."""

    exit_code = 6


class BusyError(ExplorerError):
    """Another process holds what is asked for."""

    exit_code = 7


class TooNewError(ExplorerError):
    """The data was written by a newer version of the app."""

    exit_code = 8


class StorageError(ExplorerError):
    """The disk is full, read-only or fails."""

    exit_code = 9


class ConsentError(ExplorerError):
    """A consent that this step needs is missing, withdrawn or expired."""

    exit_code = 10


class ModelError(ExplorerError):
    """A model is missing, damaged or cannot be loaded."""

    exit_code = 11


class CancelledError(ExplorerError):
    """A person cancelled; shown silently."""

    exit_code = 130

    def __init__(self) -> None:
        super().__init__("job.cancelled")

    def __reduce__(self) -> tuple[object, ...]:
        """Rebuild without arguments."""
        return (CancelledError, ())
