"""An open exploration: the vault, the models and the clock that services work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar, cast

from explorer_app.domain.errors import InputRejectedError, NotFoundError
from explorer_app.domain.fieldwork import Exploration
from explorer_app.domain.ids import new_id
from explorer_app.models import ModelStore
from explorer_app.vault import KdfSettings, KeyFile, Passphrase, RecoveryCode, Vault

if TYPE_CHECKING:
    from analysis.language.embedding import Embedder

T = TypeVar("T")

Credential = Passphrase | RecoveryCode | KeyFile

EMBEDDING_MODEL = "multilingual-e5-small"
SUFFIX = ".exploration"


def utc_now() -> datetime:
    """Return the present moment in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(slots=True)
class Session:
    """What every service works on. Close it, or use it as a context manager."""

    vault: Vault
    models: ModelStore = field(default_factory=ModelStore)
    now: Callable[[], datetime] = utc_now
    _kept: dict[str, object] = field(default_factory=dict, init=False)

    @property
    def exploration(self) -> Exploration:
        """The one exploration that this vault holds."""
        explorations = self.vault.explorations.list()
        if not explorations:
            raise NotFoundError("vault.no_exploration")
        return explorations[0]

    def embedder(self) -> Embedder:
        """Return the embedding model, loaded on first use.

        Raises:
            ModelError: If the model is missing or damaged.
        """
        from analysis.language.embedding import OnnxEmbedder  # seconds to import

        return self.keep("embedder", lambda: OnnxEmbedder(self.models.path(EMBEDDING_MODEL)))

    def keep(self, key: str, make: Callable[[], T]) -> T:
        """Return what `make` gave under this key, made once a session because it takes seconds."""
        if key not in self._kept:
            self._kept[key] = make()
        return cast(T, self._kept[key])

    def close(self) -> None:
        """Close the vault."""
        self.vault.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def exploration_folder(path: Path) -> Path:
    """Return `path` with the suffix of an exploration."""
    return path if path.name.endswith(SUFFIX) else path.with_name(path.name + SUFFIX)


def create_exploration(
    folder: Path,
    title: str,
    passphrase: str,
    *,
    language: str = "de",
    explorers: tuple[str, ...] = (),
    kdf: KdfSettings | None = None,
    models: ModelStore | None = None,
) -> tuple[Session, str]:
    """Create an exploration in a new folder.

    Returns:
        The open session and the recovery code, which is shown once and stored nowhere.

    Raises:
        InputRejectedError: If the title or the passphrase is empty, or the folder is taken.
        StorageError: If the folder cannot be written.
    """
    if not title.strip():
        raise InputRejectedError("input.empty_title")
    vault, recovery_code = Vault.create(exploration_folder(folder), passphrase, kdf=kdf)
    session = Session(vault, models or ModelStore())
    exploration = Exploration(
        id=new_id(), title=title.strip(), language=language, explorers=explorers, created_at=session.now()
    )
    with vault.change("undo.exploration_created", undoable=False) as unit:
        unit.add(exploration)
    return session, recovery_code


def open_exploration(folder: Path, credential: Credential, *, models: ModelStore | None = None) -> Session:
    """Open an exploration.

    Raises:
        NotFoundError: If there is no exploration at `folder`.
        AccessDeniedError: If the passphrase, code or key file is wrong.
        BusyError: If another process has it open.
        TooNewError: If a newer version of the app wrote it.
        DamagedError: If it cannot be read.
    """
    return Session(Vault.open(folder, credential), models or ModelStore())
