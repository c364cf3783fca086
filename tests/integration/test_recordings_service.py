"""Foreign audio comes into the vault, whole or named."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile

from analysis.speech.errors import SpeechError
from explorer_app.domain.errors import CancelledError, InputRejectedError
from explorer_app.domain.fieldwork import Visit
from explorer_app.domain.outcome import JobState
from explorer_app.services import jobs
from explorer_app.services.progress import CancelToken
from explorer_app.services.recordings import erase_recording, import_recording
from explorer_app.services.resume import resume_jobs
from explorer_app.services.session import Session


def test_an_import_keeps_every_sample(session: Session, visit: Visit, speech: Path) -> None:
    done = import_recording(session, speech, visit.id)

    original, rate = soundfile.read(speech, dtype="int16")
    assert rate == done.recording.sample_rate
    with session.vault.open_audio(done.recording.id) as reader:
        assert np.array_equal(reader.read(0, reader.duration), original)
        assert reader.verify(session.vault.audio.summary(done.recording.id)).ok
    assert done.recording.complete
    assert done.recording.duration == pytest.approx(original.size / rate)


def test_the_same_file_is_not_taken_twice_into_one_visit(
    session: Session, visit: Visit, speech: Path
) -> None:
    import_recording(session, speech, visit.id)
    with pytest.raises(InputRejectedError) as refused:
        import_recording(session, speech, visit.id)
    assert refused.value.message_id == "recording.known"
    assert session.vault.recordings.count() == 1


def test_a_cancelled_import_goes_on_after_its_last_sealed_second(
    session: Session, visit: Visit, speech: Path
) -> None:
    cancel = CancelToken()

    def stop_halfway(fraction: float, message_id: str = "", /, **values: object) -> None:
        if fraction > 0.5:
            cancel.cancel()

    with pytest.raises(CancelledError):
        import_recording(session, speech, visit.id, progress=stop_halfway, cancel=cancel)
    (unfinished,) = session.vault.recordings.list(complete=False)
    sealed = session.vault.audio_seconds(unfinished.id)
    assert sealed >= 40
    assert jobs.list_jobs(session, unfinished=True)[0].state is JobState.CANCELLED

    done = import_recording(session, speech, visit.id)

    assert done.resumed
    assert done.recording.id == unfinished.id
    original, _ = soundfile.read(speech, dtype="int16")
    with session.vault.open_audio(done.recording.id) as reader:
        assert np.array_equal(reader.read(0, reader.duration), original)


def test_resuming_jobs_finishes_a_broken_import(session: Session, visit: Visit, speech: Path) -> None:
    cancel = CancelToken()
    with pytest.raises(CancelledError):
        import_recording(session, speech, visit.id, progress=lambda *a, **k: cancel.cancel(), cancel=cancel)
    (outcome,) = resume_jobs(session)
    assert outcome.message_id == ""
    assert session.vault.recordings.list()[0].complete


def _silence(path: Path, seconds: float) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(b"\0\0" * round(16_000 * seconds))
    return path


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("leer.wav", b"", "speech.empty_file"),
        ("Notizen.mp3", "Das ist nur Text, größer als nichts.\n".encode() * 50, "speech.not_media"),
    ],
)
def test_what_is_no_audio_is_named_and_leaves_nothing_behind(
    session: Session, visit: Visit, tmp_path: Path, name: str, content: bytes, why: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SpeechError) as refused:
        import_recording(session, path, visit.id)
    assert refused.value.message_id == why
    assert session.vault.recordings.count() == 0
    assert not list((session.vault.folder / "audio").glob("*"))
    assert path.read_bytes() == content


def test_audio_without_a_second_is_refused(session: Session, visit: Visit, tmp_path: Path) -> None:
    with pytest.raises(SpeechError) as refused:
        import_recording(session, _silence(tmp_path / "null.wav", 0), visit.id)
    assert refused.value.message_id == "speech.no_sound"
    assert session.vault.recordings.count() == 0


def test_erasing_destroys_file_and_key(session: Session, visit: Visit, tmp_path: Path) -> None:
    done = import_recording(session, _silence(tmp_path / "kurz.wav", 2.5), visit.id)
    path = session.vault.audio.store.path(done.recording.id)
    assert path.exists()
    erase_recording(session, done.recording.id)
    assert not path.exists()
    assert session.vault.recordings.count() == 0
