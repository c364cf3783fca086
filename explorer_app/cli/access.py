"""Which exploration a command works on, and how it is unlocked."""

import contextlib
import getpass
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from explorer_app.cli.console import Console
from explorer_app.domain.errors import InputRejectedError, NotFoundError
from explorer_app.services.session import Credential, Session, open_exploration
from explorer_app.vault import KeyFile, Passphrase, RecoveryCode, Repository

T = TypeVar("T")

SHORT_ID = 6
"""The last characters of an id, which are random, name a thing on the command line."""


@dataclass(slots=True)
class Access:
    """The exploration's folder and the way in, from options, environment or a prompt."""

    console: Console
    folder: Path | None = None
    passphrase_file: Path | None = None
    key_file: Path | None = None
    recovery: bool = False

    def vault_folder(self) -> Path:
        """Return the folder.

        Raises:
            InputRejectedError: If neither ``--vault`` nor ``EXPLORER_VAULT`` names one.
        """
        folder = self.folder or (
            Path(os.environ["EXPLORER_VAULT"]) if os.environ.get("EXPLORER_VAULT") else None
        )
        if folder is None:
            raise InputRejectedError("cli.no_vault")
        return folder

    def credential(self) -> Credential:
        """Return what unlocks the vault, asking for it if it was not given."""
        if self.key_file is not None:
            return KeyFile(self.key_file)
        if self.recovery:
            return RecoveryCode(self._ask("cli.ask_recovery", "EXPLORER_RECOVERY_CODE"))
        return Passphrase(self.passphrase("cli.ask_passphrase"))

    def passphrase(self, question: str) -> str:
        """Return the passphrase from file, environment or prompt.

        Raises:
            InputRejectedError: If it is empty or cannot be read.
        """
        if self.passphrase_file is None:
            return _filled(self._ask(question, "EXPLORER_PASSPHRASE"))
        try:
            return _filled(self.passphrase_file.read_text("utf-8").splitlines()[0])
        except (OSError, IndexError, UnicodeDecodeError) as error:
            raise InputRejectedError("cli.passphrase_file", path=str(self.passphrase_file)) from error

    def first_passphrase(self) -> str:
        """Return the passphrase of an exploration that is being made, asked for twice at a prompt."""
        if self.passphrase_file is not None or os.environ.get("EXPLORER_PASSPHRASE"):
            return self.passphrase("cli.ask_new_passphrase")
        return self.new_passphrase()

    def new_passphrase(self) -> str:
        """Return a passphrase to change to, asked for twice (else ``EXPLORER_NEW_PASSPHRASE``).

        Raises:
            InputRejectedError: If it is empty or the repetition differs.
        """
        if os.environ.get("EXPLORER_NEW_PASSPHRASE"):
            return os.environ["EXPLORER_NEW_PASSPHRASE"]
        value = _filled(self._ask("cli.ask_new_passphrase", ""))
        if value != self._ask("cli.ask_again", ""):
            raise InputRejectedError("cli.passphrases_differ")
        return value

    @contextlib.contextmanager
    def open(self) -> Iterator[Session]:
        """Open the exploration for one command; say what was worked around at opening and closing."""
        with open_exploration(self.vault_folder(), self.credential()) as session:
            for warning in session.vault.warnings:
                self.console.warn(warning.message_id, **warning.values)
            yield session
        if session.vault.snapshot_error is not None:
            error = session.vault.snapshot_error
            self.console.warn(error.message_id, **error.values)

    def _ask(self, question: str, environment: str) -> str:
        if environment and os.environ.get(environment):
            return os.environ[environment]
        if sys.stdin is None or not sys.stdin.isatty():
            line = sys.stdin.readline() if sys.stdin is not None else ""
            if not line:
                raise InputRejectedError("cli.no_recovery" if self.recovery else "cli.no_passphrase")
            return line.rstrip("\r\n")
        return getpass.getpass(f"{self.console.t(question)} ")


def _filled(value: str) -> str:
    if not value:
        raise InputRejectedError("cli.empty_passphrase")
    return value


def short(identifier: str) -> str:
    """Return the short form of an id that tables show."""
    return identifier[-SHORT_ID:]


def pick(repository: Repository[T], wanted: str, *names: str) -> T:
    """Return the one thing that an id, the end of an id or a name means.

    Args:
        repository: Where to look.
        wanted: Id, last characters of an id, or a name (case does not matter).
        *names: Attributes that count as names.

    Raises:
        NotFoundError: If nothing fits.
        InputRejectedError: If several things fit.
    """
    key = wanted.strip().casefold()
    if not key:
        raise NotFoundError("cli.not_found", name=wanted)
    things = [
        (_id(thing), [str(getattr(thing, name)).casefold() for name in names], thing)
        for thing in repository.list()
    ]
    for found in (
        [thing for identifier, _, thing in things if identifier == key],
        [thing for _, named, thing in things if key in named],
        [thing for identifier, _, thing in things if len(key) >= 4 and identifier.endswith(key)],
        [thing for _, named, thing in things if any(key in name for name in named)],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            raise InputRejectedError("cli.ambiguous", name=wanted, n=len(found))
    raise NotFoundError("cli.not_found", name=wanted)


def _id(thing: object) -> str:
    return str(getattr(thing, "id")).casefold()  # noqa: B009 - any thing of a repository has one
