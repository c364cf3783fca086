"""Recordings: bring foreign audio or video into the vault, second by second."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.speech.decode import decode
from analysis.speech.errors import SpeechError
from explorer_app.domain.errors import InputRejectedError
from explorer_app.domain.ids import new_id
from explorer_app.domain.material import Recording
from explorer_app.domain.outcome import Changes, Job
from explorer_app.services import jobs
from explorer_app.services.progress import CancelToken, Progress, no_progress
from explorer_app.services.session import Session
from explorer_app.vault.audio import AudioSummary, AudioWriter

KIND = "import_audio"
SAMPLE_RATE = 16_000
SAVE_EVERY = 60
"""Seconds of audio between two stored states of the job."""

SYNC_EVERY = 10
"""Seconds of audio written and synced at a time; the source file still holds what was not."""


@dataclass(frozen=True, slots=True)
class AudioNotice:
    """What was wrong with the file although it was imported."""

    message_id: str
    values: dict[str, object]


@dataclass(frozen=True, slots=True)
class ImportedAudio:
    """What an import came to."""

    recording: Recording
    warnings: tuple[AudioNotice, ...]
    resumed: bool


def import_recording(
    session: Session,
    path: Path,
    visit_id: str,
    *,
    title: str = "",
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> ImportedAudio:
    """Decode an audio or video file in a child process and seal it into the vault.

    The file itself is only read. An import of the same file that was broken off is gone on with
    after its last sealed second.

    Raises:
        InputRejectedError: If the file does not exist, is empty or was imported before.
        SpeechError: If the file holds no sound that can be read.
        StorageError: If the disk is full; what was sealed stays and the import can be resumed.
        NotFoundError: If the visit does not exist.
    """
    cancel = cancel or CancelToken()
    visit = session.vault.visits.get(visit_id)
    digest = _sha256(path)
    job, recording, resumed = _start_or_resume(session, path, digest, visit.id, title)
    try:
        with jobs.running(session, job) as run:
            warnings = _seal(session, run, recording, path, progress, cancel)
    except SpeechError:
        _forget_if_empty(session, job, recording)
        raise
    return ImportedAudio(session.vault.recordings.get(recording.id), warnings, resumed)


def unfinished_imports(session: Session) -> list[Recording]:
    """Return the recordings whose import was broken off."""
    return session.vault.recordings.list(complete=False)


def _start_or_resume(
    session: Session, path: Path, digest: str, visit_id: str, title: str
) -> tuple[Job, Recording, bool]:
    for known in session.vault.recordings.list(source_sha256=digest, visit_id=visit_id):
        if known.complete:
            raise InputRejectedError("recording.known", title=known.title)
        job = jobs.find_job(session, KIND, known.id)
        if job is not None:
            return job, known, True
    recording = Recording(
        id=new_id(),
        visit_id=visit_id,
        title=title.strip() or path.stem,
        sample_rate=SAMPLE_RATE,
        seconds=0,
        duration=0.0,
        complete=False,
        source_name=path.name,
        source_sha256=digest,
        created_at=session.now(),
    )
    job = jobs.new_job(session, KIND, recording.id, {"path": str(path.resolve())})
    with session.vault.change("undo.recording_imported", undoable=False) as unit:
        unit.add(recording)
        unit.add(job)
    return job, recording, False


def _seal(
    session: Session,
    run: jobs.RunningJob,
    recording: Recording,
    path: Path,
    progress: Progress,
    cancel: CancelToken,
) -> tuple[AudioNotice, ...]:
    warnings: tuple[AudioNotice, ...] = ()
    summary = _stopped_before(session, recording)
    if summary is None:
        with (
            _writer(session, recording) as writer,
            decode(path, sample_rate=SAMPLE_RATE, cancel=cancel) as audio,
        ):
            for number, second in enumerate(audio):
                cancel.raise_if_cancelled()
                if number < writer.acknowledged_seconds:
                    continue
                writer.append(second)
                if audio.duration_hint:
                    progress(min(1.0, number / audio.duration_hint), "progress.importing")
                if number % SAVE_EVERY == SAVE_EVERY - 1:
                    run.save(progress=min(1.0, number / audio.duration_hint) if audio.duration_hint else 0.0)
            summary = writer.finish()
            warnings = tuple(AudioNotice(*warning) for warning in audio.warnings)
    with session.vault.change("undo.recording_imported", undoable=False) as unit:
        unit.put(
            replace(
                recording,
                seconds=summary.seconds,
                duration=summary.duration,
                complete=True,
                warnings=tuple(warning.message_id for warning in warnings),
            )
        )
        session.vault.sign_audio(unit, recording.id, summary)
        run.finish(unit)
    return warnings


def _writer(session: Session, recording: Recording) -> AudioWriter:
    """Start the audio file, or go on after its last sealed second."""
    audio = session.vault.audio
    if audio.store.path(recording.id).exists():
        return audio.resume(recording.id, sync_every=SYNC_EVERY)
    return audio.create(recording.id, SAMPLE_RATE, sync_every=SYNC_EVERY)


def _stopped_before(session: Session, recording: Recording) -> AudioSummary | None:
    """Return the summary of an audio file that was finished just before a kill."""
    if not session.vault.audio.store.path(recording.id).exists():
        return None
    with session.vault.open_audio(recording.id) as reader:
        return reader.summary() if reader.finished else None


def _forget_if_empty(session: Session, job: Job, recording: Recording) -> None:
    """Leave no trace of a file that held not one second of sound: there is nothing to go on with."""
    if session.vault.audio_seconds(recording.id) == 0:
        session.vault.erase_audio(recording.id)
        with session.vault.change("undo.recording_imported", undoable=False) as unit:
            unit.remove("jobs", job.id)
            unit.remove("recordings", recording.id)


def _sha256(path: Path) -> str:
    if not path.is_file():
        raise InputRejectedError("input.no_such_file", path=str(path))
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def erase_recording(session: Session, recording_id: str) -> Changes:
    """Erase a recording for good: its key first, then its file, then all that was made from it.

    Transcripts, earlier wordings, evidence, its places in problem fields and its search words go
    too, out of undo and out of the snapshots inside the vault. Cards keep what people wrote.

    Raises:
        InputRejectedError: If a brief that was handed out rests on it.
    """
    vault = session.vault
    recording = vault.recordings.get(recording_id)
    transcripts = vault.transcripts.list(recording_id=recording.id)
    segments = [s for t in transcripts for s in vault.segments.list(transcript_id=t.id)]
    evidence = {e.id for segment in segments for e in vault.evidence.list(target_id=segment.id)}
    if any(evidence & set(brief.evidence_ids) for brief in vault.briefs.list()):
        raise InputRejectedError("recording.in_brief", title=recording.title)
    vault.erase_audio(recording.id)
    with vault.change("undo.recording_erased", undoable=False) as unit:
        for card in vault.cards.list():
            if evidence & set(card.evidence_ids):
                kept = tuple(key for key in card.evidence_ids if key not in evidence)
                unit.put(replace(card, evidence_ids=kept))
        for key in evidence:
            for repository in (vault.memberships, vault.codings):
                for thing in repository.list(evidence_id=key):
                    unit.erase(type(thing), thing.id)
            unit.erase("evidence", key)
        for segment in segments:
            for revision in vault.revisions.list(target_id=segment.id):
                unit.erase("revisions", revision.id)
            unit.erase("segments", segment.id)
        for transcript in transcripts:
            unit.erase("transcripts", transcript.id)
        for mark in vault.marks.list(recording_id=recording.id):
            unit.erase("marks", mark.id)
        for job in vault.jobs.list(subject_id=recording.id):
            unit.erase("jobs", job.id)
        unit.erase("recordings", recording.id)
    vault.remake_snapshots()
    return unit.changes
