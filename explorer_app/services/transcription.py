"""From a recording to a transcript: windows are stored as they come and resumed after a kill."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.speech.engine import FASTER_WHISPER, require_engine
from analysis.speech.openai_whisper_engine import checkpoint
from analysis.speech.transcribe import transcribe
from analysis.speech.types import Progress as SpeechProgress
from analysis.speech.types import ProgressReport, SpeechSettings, WindowResult
from analysis.speech.types import Segment as HeardSegment
from analysis.speech.windows import PLAN_VERSION
from explorer_app.domain.errors import InputRejectedError
from explorer_app.domain.ids import new_id
from explorer_app.domain.material import Recording, Segment, Transcript, TranscriptOrigin, Word
from explorer_app.domain.outcome import Job
from explorer_app.models import ModelStore
from explorer_app.services import jobs
from explorer_app.services.progress import CancelToken, Progress, no_progress
from explorer_app.services.session import Session
from explorer_app.vault.audio import AudioReader

KIND = "transcribe"
DEFAULT_MODEL = "whisper-base"
DEFAULT_ENGINE = FASTER_WHISPER


@dataclass(frozen=True, slots=True)
class Transcription:
    """What a transcription came to.

    Attributes:
        transcript: The stored transcript.
        segments: Number of stored segments.
        quarantined: Number of segments that are not trusted.
        resumed: Whether an earlier run was gone on with.
    """

    transcript: Transcript
    segments: int
    quarantined: int
    resumed: bool

    @property
    def no_speech(self) -> bool:
        """Whether nobody spoke."""
        return self.segments == 0


@dataclass(frozen=True, slots=True)
class Recogniser:
    """A speech engine with its model, found and there.

    Attributes:
        settings: What the engine is started with.
        model: The model's name, as the transcript tells it.
        way: Whatever changes the text: runs go on with each other only when it is equal.
    """

    settings: SpeechSettings
    model: str
    way: dict[str, object]


def find_recogniser(
    models: ModelStore, *, model: str = DEFAULT_MODEL, engine: str = DEFAULT_ENGINE, folder: str = ""
) -> Recogniser:
    """Find an engine and its model.

    Args:
        models: The installed models.
        model: A Whisper model of the catalogue, for faster-whisper.
        engine: ``faster-whisper`` or ``openai-whisper``.
        folder: For openai-whisper, whose checkpoints are no part of the catalogue: a folder with one
            ``.pt`` file.

    Raises:
        SpeechError: If the engine is unknown or not installed, or the folder holds no checkpoint.
        InputRejectedError: If a folder is named for faster-whisper or none for openai-whisper.
        ModelError: If the model is missing or damaged.
    """
    require_engine(engine)
    if (engine == FASTER_WHISPER) == bool(folder):
        raise InputRejectedError("transcribe.model_folder", engine=engine)
    if engine == FASTER_WHISPER:
        name = models.catalogue.entry(model).id
        return Recogniser(
            SpeechSettings(model_dir=models.path(name)), name, {"engine": engine, "model": name, "folder": ""}
        )
    path = checkpoint(Path(folder).absolute())
    state = path.stat()
    way: dict[str, object] = {
        "engine": engine,
        "model": path.name,
        "folder": str(path.parent),
        "file": f"{state.st_size} {state.st_mtime_ns}",
    }
    settings = SpeechSettings(model_dir=path.parent, engine=engine)
    return Recogniser(settings, f"{engine} {path.stem}", way)


class StoredAudio:
    """Gives the speech engine the decrypted seconds of a recording, second by second."""

    def __init__(self, reader: AudioReader) -> None:
        self._reader = reader
        self.duration = reader.duration

    def read(self, start: float, end: float) -> NDArray[np.int16]:
        """Return the samples from `start` to `end` (seconds), mono, 16 kHz."""
        return self._reader.read(start, end)


def transcribe_recording(
    session: Session,
    recording_id: str,
    *,
    model: str = DEFAULT_MODEL,
    engine: str = DEFAULT_ENGINE,
    folder: str = "",
    language: str = "de",
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> Transcription:
    """Transcribe a recording; goes on where an unfinished run in the same way stopped.

    Args:
        session: The open exploration.
        recording_id: The recording.
        model: A Whisper model of the catalogue.
        engine: The speech engine, see `find_recogniser`.
        folder: Folder of the model of openai-whisper.
        language: Spoken language, such as ``de``.
        progress: Told the share of windows done.
        cancel: Stops after the window that runs; what is stored stays.

    Raises:
        NotFoundError: If the recording does not exist.
        InputRejectedError: If the recording is unfinished, or the folder does not fit the engine.
        ModelError: If the model is missing or damaged.
        SpeechError: If the engine is not there or its worker process fails.
    """
    cancel = cancel or CancelToken()
    recording = session.vault.recordings.get(recording_id)
    if not recording.complete:
        raise InputRejectedError("recording.unfinished", title=recording.title)
    recogniser = find_recogniser(session.models, model=model, engine=engine, folder=folder)
    with contextlib.ExitStack() as stack:
        # The audio first: without it there is nothing to begin.
        reader = stack.enter_context(session.vault.open_audio(recording.id))
        job, transcript, resumed = _start_or_resume(session, recording, recogniser, language)
        run = stack.enter_context(jobs.running(session, job))
        with transcribe(
            StoredAudio(reader),
            recogniser.settings,
            skip=frozenset(run.job.done_parts),
            language=language,
            progress=speech_progress(progress),
            cancel=cancel,
        ) as results:
            for result in results:
                _store_window(session, run, transcript, result)
                cancel.raise_if_cancelled()
        with session.vault.change("undo.transcribed", undoable=False) as unit:
            transcript = replace(transcript, complete=True, holes=_holes(session, run.job))
            unit.put(transcript)
            run.finish(unit)
    stored = session.vault.segments.list(transcript_id=transcript.id)
    quarantined = sum(not segment.trusted for segment in stored)
    return Transcription(transcript, len(stored), quarantined, resumed)


def speech_progress(progress: Progress) -> ProgressReport:
    """Return a report for the speech engine: listening counts a tenth, writing the rest."""

    def report(step: SpeechProgress) -> None:
        done = step.done / step.total if step.total else 1.0
        if step.phase == "listening":
            progress(0.1 * done, "progress.listening")
        else:
            progress(0.1 + 0.9 * done, "progress.transcribing")

    return report


def _start_or_resume(
    session: Session, recording: Recording, recogniser: Recogniser, language: str
) -> tuple[Job, Transcript, bool]:
    job = jobs.find_job(session, KIND, recording.id)
    # Windows of an earlier run only fit if they were planned and decoded in the same way.
    way: dict[str, object] = {**recogniser.way, "language": language, "plan": PLAN_VERSION}
    if job is not None and way.items() <= job.options.items():
        return job, session.vault.transcripts.get(str(job.options["transcript_id"])), True
    transcript = Transcript(
        id=new_id(),
        visit_id=recording.visit_id,
        recording_id=recording.id,
        title=recording.title,
        origin=TranscriptOrigin.MACHINE,
        language=language,
        model=recogniser.model,
        complete=False,
        created_at=session.now(),
    )
    job = jobs.new_job(session, KIND, recording.id, {**way, "transcript_id": transcript.id})
    with session.vault.change("undo.transcribed", undoable=False) as unit:
        unit.add(transcript)
        unit.add(job)
    return job, transcript, False


def _store_window(
    session: Session, run: jobs.RunningJob, transcript: Transcript, result: WindowResult
) -> None:
    """Store a finished window with the note that it is finished, in one transaction."""
    holes = [*_holes(session, run.job), *result.holes]
    with session.vault.change("undo.transcribed", undoable=False) as unit:
        for heard in result.segments:
            unit.add(_stored(session, transcript, result.index, heard))
        unit.put(replace(transcript, holes=tuple(holes)))
        run.store(unit, done_parts=(*run.job.done_parts, result.index))


def _holes(session: Session, job: Job) -> tuple[tuple[float, float], ...]:
    return session.vault.transcripts.get(str(job.options["transcript_id"])).holes


def _stored(session: Session, transcript: Transcript, window: int, heard: HeardSegment) -> Segment:
    text = heard.text.strip()
    return Segment(
        id=new_id(),
        transcript_id=transcript.id,
        position=round(heard.start * 1000),
        text=text,
        start=heard.start,
        end=heard.end,
        speaker=heard.speaker or "",
        words=tuple(
            Word(start=word.start, end=word.end, text=word.text, confidence=word.confidence)
            for word in heard.words
        ),
        machine_text=text,
        trusted=heard.trusted,
        doubt=heard.doubt,
        window=window,
        created_at=session.now(),
    )
