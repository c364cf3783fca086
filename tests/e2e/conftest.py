"""The installed program in processes of its own; see `explorer_program` in ``tests/fixtures``."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import soundfile

from explorer_app.models import ModelStore
from explorer_app.texts import resource

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fixtures"))

from explorer_program import RATE, Program, Sound


@pytest.fixture(scope="session")
def speech() -> Sound:
    """The first 24 s of the sample interview: int16 mono, 16 kHz."""
    pcm, rate = soundfile.read(resource("sample", "A1.flac"), dtype="int16")
    assert rate == RATE
    return pcm[: 24 * RATE]  # type: ignore[no-any-return]


@pytest.fixture
def program(tmp_path: Path, models: ModelStore) -> Program:
    """The program of a person called Jürgen Groß, with an exploration that holds a visit."""
    made = Program(tmp_path / "Jürgen Groß", models.root)
    made.make_visit()
    return made
