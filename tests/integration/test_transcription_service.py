"""A recording becomes a transcript, window by window, and a kill does not change the text."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

from explorer_app.domain.errors import CancelledError, InputRejectedError, NotFoundError
from explorer_app.domain.fieldwork import Visit
from explorer_app.domain.material import Transcript, TranscriptOrigin
from explorer_app.models import ModelStore
from explorer_app.services import evidence
from explorer_app.services.passages import confirm_passage
from explorer_app.services.progress import CancelToken
from explorer_app.services.recordings import import_recording
from explorer_app.services.session import Session
from explorer_app.services.transcription import transcribe_recording
from explorer_app.services.transcripts import edit_segment, state_of

pytestmark = [pytest.mark.models, pytest.mark.slow]


def words_of(session: Session, transcript_id: str) -> list[str]:
    segments = session.vault.segments.list(transcript_id=transcript_id, order_by="position")
    return [segment.text for segment in segments]


@pytest.fixture
def recording_id(session: Session, visit: Visit, speech: Path, models: ModelStore) -> str:
    return import_recording(session, speech, visit.id).recording.id


def test_a_run_that_was_cancelled_ends_with_the_same_text(session: Session, recording_id: str) -> None:
    cancel = CancelToken()

    def stop_after_first_windows(fraction: float, message_id: str = "", /, **values: object) -> None:
        if session.vault.segments.count():
            cancel.cancel()

    with pytest.raises(CancelledError):
        transcribe_recording(session, recording_id, progress=stop_after_first_windows, cancel=cancel)
    kept = session.vault.segments.count()
    assert kept > 0
    resumed = transcribe_recording(session, recording_id)
    assert resumed.resumed
    again = transcribe_recording(session, recording_id)

    assert not again.resumed
    assert again.transcript.id != resumed.transcript.id
    assert words_of(session, resumed.transcript.id) == words_of(session, again.transcript.id)
    assert resumed.segments > kept


def test_silence_has_no_speech_and_is_no_failure(
    session: Session, visit: Visit, tmp_path: Path, models: ModelStore
) -> None:
    path = tmp_path / "Stille.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(b"\0\0" * 16_000 * 60)
    silent = import_recording(session, path, visit.id)
    done = transcribe_recording(session, silent.recording.id)
    assert done.no_speech
    assert done.transcript.complete


def test_confirming_a_passage_keeps_the_machines_words_beside_the_heard_ones(
    session: Session, recording_id: str
) -> None:
    transcript = transcribe_recording(session, recording_id).transcript
    before = " ".join(words_of(session, transcript.id))
    heard = "Im Dienstzimmer schreibe ich den Wert an die Tafel."

    passage, _ = confirm_passage(session, transcript.id, 14.0, 18.0, heard, by="Mira")

    segments = session.vault.segments.list(transcript_id=transcript.id, order_by="position")
    assert state_of(passage) == "confirmed"
    assert passage.text == heard
    assert "Dienstzimmer" in passage.machine_text
    machine = " ".join(s.machine_text or s.text for s in segments)
    assert machine.split() == before.split()
    (revision,) = session.vault.revisions.list(target_id=passage.id)
    assert revision.text == passage.machine_text

    session.vault.undo()
    assert " ".join(words_of(session, transcript.id)) == before


def test_evidence_follows_its_words_when_its_segment_is_confirmed_or_split(
    session: Session, recording_id: str
) -> None:
    transcript = transcribe_recording(session, recording_id).transcript
    evidence.collect_evidence(session)
    (segment,) = [
        s for s in session.vault.segments.list(transcript_id=transcript.id) if "Dienstzimmer" in s.text
    ]
    part = evidence.add_quote(session, segment, "an die Tafel")
    (whole,) = [e for e in session.vault.evidence.list(target_id=segment.id) if e.id != part.id]

    heard = "Also im Dienstzimmer, da schreibe ich den Wert an die Tafel, dann in die Mappe."
    passage, _ = confirm_passage(session, transcript.id, 14.0, 23.0, heard, by="Mira")

    moved = session.vault.evidence.get(part.id)
    assert (moved.target_id, moved.quote, moved.lost) == (passage.id, "an die Tafel", False)
    assert heard[moved.start : moved.end] == moved.quote
    assert session.vault.evidence.get(whole.id).quote == heard
    for held in session.vault.evidence.list():
        text = session.vault.segments.get(held.target_id).text
        assert text[held.start : held.end] == held.quote

    session.vault.undo()
    assert session.vault.evidence.get(part.id) == part


@pytest.mark.parametrize(
    ("start", "end"),
    [(float("nan"), 1.0), (0.0, float("nan")), (0.0, float("inf")), (100.0, 200.0), (-4.0, 1.0)],
)
def test_a_passage_outside_the_recording_is_refused(
    session: Session, visit: Visit, speech: Path, start: float, end: float
) -> None:
    recording = import_recording(session, speech, visit.id).recording
    transcript = Transcript(
        id="t",
        visit_id=visit.id,
        recording_id=recording.id,
        title="Leer",
        origin=TranscriptOrigin.MACHINE,
        created_at=session.now(),
    )
    with session.vault.change("undo.transcribed") as unit:
        unit.add(transcript)
    with pytest.raises(InputRejectedError):
        confirm_passage(session, "t", start, end, "Erfunden", by="Mira")
    assert session.vault.segments.count() == 0


def test_a_recording_whose_file_is_gone_leaves_no_empty_transcript(
    session: Session, recording_id: str
) -> None:
    session.vault.audio.store.path(recording_id).unlink()
    with pytest.raises(NotFoundError):
        transcribe_recording(session, recording_id)
    assert session.vault.transcripts.count() == 0


def test_a_confirmed_wording_is_not_cut_by_another_one(session: Session, recording_id: str) -> None:
    transcript = transcribe_recording(session, recording_id).transcript
    confirm_passage(session, transcript.id, 14.0, 23.0, "Ganz anders gehört.", by="Mira")
    with pytest.raises(InputRejectedError) as refused:
        confirm_passage(session, transcript.id, 18.0, 23.0, "Teil.", by="Mira")
    assert refused.value.message_id == "transcript.passage_splits_corrected"


def test_correcting_a_segment_moves_its_evidence_and_takes_back_the_confirmation(
    session: Session, recording_id: str
) -> None:
    transcript = transcribe_recording(session, recording_id).transcript
    passage, _ = confirm_passage(session, transcript.id, 14.0, 23.0, "Ich schreibe viermal.", by="Mira")
    held = evidence.add_quote(session, passage, "viermal")

    edit_segment(session, passage.id, "Also, ich schreibe viermal.", author="Jonas")

    moved = session.vault.evidence.get(held.id)
    corrected = session.vault.segments.get(passage.id)
    assert corrected.text[moved.start : moved.end] == "viermal"
    assert state_of(corrected) == "corrected"
