"""A person chooses the speech engine; a run never goes on with what another engine began."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

from analysis.speech.errors import SpeechError
from explorer_app.domain.errors import CancelledError, InputRejectedError
from explorer_app.domain.fieldwork import Visit
from explorer_app.models import ModelStore
from explorer_app.services.progress import CancelToken
from explorer_app.services.recordings import import_recording
from explorer_app.services.session import Session
from explorer_app.services.transcription import find_recogniser, transcribe_recording

OPENAI = importlib.util.find_spec("whisper") is not None


def test_an_unknown_engine_is_refused_before_anything_is_stored(
    session: Session, visit: Visit, speech: Path
) -> None:
    recording = import_recording(session, speech, visit.id).recording
    jobs = session.vault.jobs.count()
    with pytest.raises(SpeechError, match=r"speech\.engine_unknown"):
        transcribe_recording(session, recording.id, engine="vosk")
    assert session.vault.jobs.count() == jobs
    assert session.vault.transcripts.count() == 0


def test_a_model_folder_is_refused_for_the_engine_of_the_catalogue(tmp_path: Path) -> None:
    with pytest.raises(InputRejectedError) as refused:
        find_recogniser(ModelStore(tmp_path), folder=str(tmp_path))
    assert refused.value.message_id == "transcribe.model_folder"


@pytest.mark.skipif(OPENAI, reason="the optional package openai-whisper is installed")
def test_without_its_package_the_second_engine_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match=r"speech\.engine_missing"):
        find_recogniser(ModelStore(tmp_path), engine="openai-whisper", folder=str(tmp_path))


@pytest.mark.skipif(not OPENAI, reason="openai-whisper is an optional package outside the lock, also in CI")
def test_another_checkpoint_or_none_is_another_way(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    with pytest.raises(InputRejectedError):
        find_recogniser(store, engine="openai-whisper")
    file = tmp_path / "base.pt"
    file.write_bytes(b"one")
    first = find_recogniser(store, engine="openai-whisper", folder=str(tmp_path))
    assert first.model == "openai-whisper base"
    assert first == find_recogniser(store, engine="openai-whisper", folder=str(tmp_path))
    file.write_bytes(b"another")
    assert first.way != find_recogniser(store, engine="openai-whisper", folder=str(tmp_path)).way


@pytest.mark.models
@pytest.mark.slow
@pytest.mark.skipif(
    not (OPENAI and os.environ.get("EXPLORER_OPENAI_MODEL")),
    reason="openai-whisper and its model (EXPLORER_OPENAI_MODEL) are optional, outside the lock, also in CI",
)
def test_a_run_goes_on_with_its_own_engine_only(
    session: Session, visit: Visit, speech: Path, models: ModelStore
) -> None:
    recording = import_recording(session, speech, visit.id).recording
    cancel = CancelToken()

    def stop_after_first_windows(fraction: float, message_id: str = "", /, **values: object) -> None:
        if session.vault.segments.count():
            cancel.cancel()

    with pytest.raises(CancelledError):
        transcribe_recording(session, recording.id, progress=stop_after_first_windows, cancel=cancel)
    folder = os.environ["EXPLORER_OPENAI_MODEL"]
    other = transcribe_recording(session, recording.id, engine="openai-whisper", folder=folder)
    assert not other.resumed
    assert other.transcript.model.startswith("openai-whisper ")
