"""Fixtures for all tests: the installed models and the speech that is not part of the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from explorer_app.domain.errors import ExplorerError
from explorer_app.models import ModelStore


def absent(what: str) -> None:
    """Skip the test with a reason; in continuous integration fail it, since there all is set up."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing, which CI must have")
    pytest.skip(f"{what} is not on this machine")


@pytest.fixture(scope="session")
def models() -> ModelStore:
    """The models that first use installed."""
    store = ModelStore()
    try:
        store.path("whisper-base")
        store.path("multilingual-e5-small")
    except ExplorerError:
        absent("a model (whisper-base, multilingual-e5-small)")
    return store


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder with real German speech: ``EXPLORER_TEST_DATA``, else ``shared`` beside the checkout."""
    named = os.environ.get("EXPLORER_TEST_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared"
    if not (folder / "audio").is_dir():
        absent("the folder with test speech (EXPLORER_TEST_DATA)")
    return folder
