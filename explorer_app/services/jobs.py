"""Jobs: long work that is stored, so that it resumes after a kill, a lid close or a restart."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from analysis.errors import AnalysisError
from analysis.speech.errors import SpeechCancelledError
from explorer_app.domain.errors import CancelledError, ExplorerError
from explorer_app.domain.ids import new_id
from explorer_app.domain.outcome import Job, JobState
from explorer_app.services.session import Session
from explorer_app.vault import Unit

OPEN_STATES = (JobState.WAITING, JobState.RUNNING)
RESUMABLE_STATES = (JobState.WAITING, JobState.RUNNING, JobState.CANCELLED, JobState.FAILED)


@dataclass(slots=True)
class RunningJob:
    """A job while it runs; `job` is its last stored state."""

    session: Session
    job: Job

    def store(self, unit: Unit, **changed: object) -> None:
        """Store a new state of the job within a transaction of the work itself."""
        self.job = replace(self.job, updated_at=self.session.now(), **changed)  # type: ignore[arg-type]
        unit.put(self.job)

    def finish(self, unit: Unit) -> None:
        """Store the job as done together with its result: a kill in between would leave it open for good."""
        self.store(unit, state=JobState.DONE, progress=1.0)

    def save(self, **changed: object) -> None:
        """Store a new state of the job in a transaction of its own."""
        with self.session.vault.change("undo.job", undoable=False) as unit:
            self.store(unit, **changed)


def find_job(session: Session, kind: str, subject_id: str) -> Job | None:
    """Return the newest job of a kind on a subject that can be gone on with, or None."""
    jobs = [
        job
        for job in session.vault.jobs.list(kind=kind, subject_id=subject_id)
        if job.state in RESUMABLE_STATES
    ]
    return max(jobs, key=lambda job: job.created_at, default=None)


def list_jobs(session: Session, *, unfinished: bool = False) -> list[Job]:
    """Return the jobs, newest first, optionally only those that were not finished."""
    jobs = [job for job in session.vault.jobs.list() if not unfinished or job.state in RESUMABLE_STATES]
    return sorted(jobs, key=lambda job: (job.created_at, job.id), reverse=True)


def new_job(session: Session, kind: str, subject_id: str, options: dict[str, object]) -> Job:
    """Return a new waiting job; the caller stores it with what it belongs to."""
    now = session.now()
    return Job(
        id=new_id(),
        kind=kind,
        subject_id=subject_id,
        state=JobState.WAITING,
        options=options,
        created_at=now,
        updated_at=now,
    )


@contextlib.contextmanager
def running(session: Session, job: Job) -> Iterator[RunningJob]:
    """Run the body as `job`: stored as running, then done, cancelled or failed with its message.

    A kill leaves the job stored as running, which the next start shows as unfinished.
    """
    run = RunningJob(session, job)
    run.save(state=JobState.RUNNING, message_id="", message_values={})
    try:
        yield run
    except (CancelledError, SpeechCancelledError, KeyboardInterrupt) as error:
        run.save(state=JobState.CANCELLED)
        raise CancelledError from error
    except (ExplorerError, AnalysisError) as error:
        run.save(
            state=JobState.FAILED,
            message_id=error.message_id,
            message_values={key: str(value) for key, value in error.values.items()},
        )
        raise
    if run.job.state is not JobState.DONE:
        run.save(state=JobState.DONE, progress=1.0)
