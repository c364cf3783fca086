"""Explorations to work on: an empty one, a small one and the sample."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from explorer_app.domain.fieldwork import Visit
from explorer_app.models import ModelStore
from explorer_app.services.fieldwork import add_facility, add_visit
from explorer_app.services.sample import create_sample
from explorer_app.services.session import Session, create_exploration, open_exploration
from explorer_app.texts import resource
from explorer_app.vault import KdfSettings, Passphrase

CHEAP = KdfSettings(memory_kib=64, iterations=1, lanes=1)
PASSPHRASE = "Würfel & Tür"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """A new, empty exploration in a folder with umlauts and blanks."""
    folder = tmp_path / "Jürgen Groß" / "Prüfung"
    folder.parent.mkdir()
    opened, _ = create_exploration(folder, "Prüfung", PASSPHRASE, kdf=CHEAP)
    with opened:
        yield opened


@pytest.fixture
def visit(session: Session) -> Visit:
    """A visit in the empty exploration."""
    facility, _ = add_facility(session, "Haus Föhre", field_of_work="Altenpflege", law="kdg")
    added, _ = add_visit(session, facility.id, "Frühdienst", starts_at=datetime(2026, 3, 2, 6, tzinfo=UTC))
    return added


@pytest.fixture(scope="session")
def speech() -> Path:
    """The interview of the sample: 100 s of synthetic German speech."""
    return resource("sample", "A1.flac")


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory, models: ModelStore) -> Path:
    """The whole sample exploration, transcribed afresh once; tests work on copies."""
    folder = tmp_path_factory.mktemp("sample") / "Beispiel"
    copy = create_sample(folder, PASSPHRASE, kdf=CHEAP)
    with copy.session as opened:
        return opened.vault.folder


@pytest.fixture
def sample(sample_folder: Path, tmp_path: Path) -> Iterator[Session]:
    """An own copy of the sample."""
    folder = tmp_path / sample_folder.name
    shutil.copytree(sample_folder, folder)
    with open_exploration(folder, Passphrase(PASSPHRASE)) as opened:
        yield opened
