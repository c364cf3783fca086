"""Going on with jobs that a kill, a lid close or a cancel left unfinished."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from analysis.speech.errors import SpeechError
from explorer_app.domain.errors import ExplorerError
from explorer_app.domain.outcome import Job
from explorer_app.services import jobs, recordings, transcription
from explorer_app.services.progress import CancelToken, Progress, no_progress
from explorer_app.services.session import Session


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a resumed job ended; an empty `message_id` means that it is done."""

    job_id: str
    kind: str
    message_id: str = ""
    values: dict[str, object] = field(default_factory=dict)


def resume_jobs(
    session: Session, *, progress: Progress = no_progress, cancel: CancelToken | None = None
) -> list[Outcome]:
    """Go on with every unfinished job, oldest first; one that fails does not stop the others."""
    outcomes = []
    for job in reversed(jobs.list_jobs(session, unfinished=True)):
        try:
            _resume(session, job, progress, cancel)
            outcomes.append(Outcome(job.id, job.kind))
        except (ExplorerError, SpeechError) as error:
            outcomes.append(Outcome(job.id, job.kind, error.message_id, dict(error.values)))
    return outcomes


def _resume(session: Session, job: Job, progress: Progress, cancel: CancelToken | None) -> None:
    if job.kind == recordings.KIND:
        recording = session.vault.recordings.get(job.subject_id)
        path = Path(str(job.options["path"]))
        recordings.import_recording(
            session, path, recording.visit_id, title=recording.title, progress=progress, cancel=cancel
        )
    elif job.kind == transcription.KIND:
        transcription.transcribe_recording(
            session,
            job.subject_id,
            model=str(job.options["model"]),
            engine=str(job.options.get("engine", transcription.DEFAULT_ENGINE)),
            folder=str(job.options.get("folder", "")),
            language=str(job.options["language"]),
            progress=progress,
            cancel=cancel,
        )
