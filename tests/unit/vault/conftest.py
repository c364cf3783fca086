from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from explorer_app.domain.fieldwork import Facility, Visit, VisitKind
from explorer_app.domain.material import Observation, Segment, Transcript, TranscriptOrigin
from explorer_app.vault import KdfSettings, Vault

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
PASSPHRASE = "Grüße aus Köln 1"
CHEAP = KdfSettings(memory_kib=64, iterations=1, lanes=1)
WHEN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def load(name: str) -> ModuleType:
    """Import a module from ``tests/fixtures``."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, FIXTURES / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture
def passphrase() -> str:
    return PASSPHRASE


@pytest.fixture
def cheap() -> KdfSettings:
    return CHEAP


@pytest.fixture
def old_vaults() -> ModuleType:
    return load("make_vault")


@pytest.fixture
def fixture_module() -> Callable[[str], ModuleType]:
    """A function that imports a module from ``tests/fixtures``."""
    return load


@pytest.fixture
def fixtures_folder() -> Path:
    return FIXTURES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Path of a new vault, with umlauts and blanks."""
    return tmp_path / "Müllers große Reise" / "Straße 7.exploration"


@pytest.fixture
def vault(folder: Path) -> Iterator[Vault]:
    made, _ = Vault.create(folder, PASSPHRASE, kdf=CHEAP)
    with made:
        yield made


@pytest.fixture
def fill() -> Callable[[Vault], None]:
    """A function that writes a facility, a visit, a note and a transcript with three segments."""
    return _fill


def _fill(vault: Vault) -> None:
    with vault.change("undo.test_filled") as unit:
        unit.add(Facility(id="f1", name="Haus Föhre", created_at=WHEN))
        unit.add(
            Visit(id="v1", facility_id="f1", kind=VisitKind.SHADOWING, title="Frühdienst", created_at=WHEN)
        )
        unit.add(note("o1", "Die Größe der Tabelle passt nicht."))
        unit.add(
            Transcript(
                id="t1",
                visit_id="v1",
                recording_id=None,
                title="Gespräch",
                origin=TranscriptOrigin.TYPED,
                created_at=WHEN,
            )
        )
        for number in range(3):
            unit.add(
                Segment(
                    id=f"s{number}",
                    transcript_id="t1",
                    position=number,
                    text=f"Satz {number}",
                    created_at=WHEN,
                )
            )


def note(note_id: str, text: str, **values: Any) -> Observation:
    return Observation(id=note_id, visit_id="v1", at=WHEN, text=text, created_at=WHEN, **values)


@pytest.fixture
def make_note() -> Callable[..., Observation]:
    return note
