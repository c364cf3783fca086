"""The sample exploration in a vault: an editable copy whose interview is transcribed afresh."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from explorer_app.cards.document import CardDocument
from explorer_app.domain.errors import DamagedError, InputRejectedError
from explorer_app.domain.fieldwork import Consent, Facility, Participant, Visit
from explorer_app.domain.findings import Decider, Membership, ProblemCluster
from explorer_app.domain.ids import new_id
from explorer_app.domain.material import Observation, Segment, Transcript, TranscriptOrigin
from explorer_app.services import ratings
from explorer_app.services.candidates import propose_candidates
from explorer_app.services.cards import stored_card
from explorer_app.services.evidence import collect_evidence
from explorer_app.services.passages import confirm_passage
from explorer_app.services.progress import CancelToken, Progress, no_progress
from explorer_app.services.recordings import import_recording
from explorer_app.services.sample_data import load_sample
from explorer_app.services.sample_values import Sample, SampleField, SampleIdea, SampleInterview
from explorer_app.services.session import (
    Session,
    create_exploration,
    exploration_folder,
    open_exploration,
)
from explorer_app.services.text_import import ImportedText, read_text_file
from explorer_app.services.transcription import transcribe_recording
from explorer_app.vault import KdfSettings, Passphrase, Unit
from explorer_app.vault.lock import FolderLock


@dataclass(frozen=True, slots=True)
class SampleCopy:
    """An open copy of the sample: the session, its recovery code and what came out of it."""

    session: Session
    recovery_code: str
    card_id: str
    transcript_ids: tuple[str, ...]
    segments: int
    quarantined: int


def create_sample(
    folder: Path,
    passphrase: str,
    *,
    kdf: KdfSettings | None = None,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> SampleCopy:
    """Create an editable copy of the sample exploration in a new vault.

    The interview is decoded and transcribed by the real model; a person's confirmed wordings,
    decisions and idea come from the sample.

    Raises:
        ModelError: If the speech or embedding model is missing.
        InputRejectedError: If the folder is taken.
        BusyError: If another process makes the same copy right now.
    """
    sample = load_sample()
    target = exploration_folder(folder).absolute()
    if target.exists() and (target.is_file() or any(target.iterdir())):
        raise InputRejectedError("vault.exists", name=target.name)
    # Built beside its place: a copy that was killed half-way never looks like a whole one.
    pending = exploration_folder(target.with_name(f".{target.stem}.pending"))
    if pending.exists():
        FolderLock.take(pending).release()  # raises where another process is building it right now
        shutil.rmtree(pending, ignore_errors=True)
    session, code = create_exploration(
        pending,
        sample.exploration.title,
        passphrase,
        language=sample.exploration.language,
        explorers=sample.exploration.explorers,
        kdf=kdf,
    )
    try:
        _write_fieldwork(session, sample)
        for interview in sample.interviews:
            _write_interview(session, interview)
        segments = _transcribe_audio(session, sample, progress, cancel)
        refs = _confirm_wordings(session, sample)
        collect_evidence(session)
        refs |= {note.id: note.id for note in sample.notes}
        for field in sample.fields:
            _write_field(session, field, refs)
        card_id = ""
        for idea in sample.ideas:
            card_id = _write_idea(session, idea, refs)
    except BaseException:
        session.close()
        shutil.rmtree(pending, ignore_errors=True)
        raise
    session.close()
    if target.exists():
        target.rmdir()
    pending.rename(target)
    session = open_exploration(target, Passphrase(passphrase))
    transcripts = session.vault.transcripts.list(origin=TranscriptOrigin.MACHINE)
    return SampleCopy(session, code, card_id, tuple(t.id for t in transcripts), segments[0], segments[1])


def _local(moment: datetime) -> datetime:
    """Return a time of the sample, which has no zone, as a local one."""
    return moment.astimezone()


def _write_fieldwork(session: Session, sample: Sample) -> None:
    now = session.now()
    with session.vault.change("undo.sample", undoable=False) as unit:
        for facility in sample.facilities:
            unit.add(
                Facility(
                    id=facility.id,
                    name=facility.name,
                    association=facility.association,
                    field_of_work=facility.field_of_work,
                    place=facility.place,
                    law=facility.law,
                    created_at=now,
                )
            )
        for visit in sample.visits:
            unit.add(
                Visit(
                    id=visit.id,
                    facility_id=visit.facility_id,
                    kind=visit.kind,
                    title=visit.title,
                    starts_at=_local(visit.starts_at),
                    ends_at=_local(visit.ends_at),
                    explorers=visit.explorers,
                    created_at=now,
                )
            )
        _write_people(session, unit, sample)
        for note in sample.notes:
            unit.add(
                Observation(
                    id=note.id,
                    visit_id=note.visit_id,
                    at=_local(note.at),
                    text=note.text,
                    source=note.source,
                    kind=note.kind,
                    participant_id=note.participant_id,
                    role=note.role,
                    external_id=note.id,
                    created_at=now,
                )
            )
    session.vault.settings.put("sample", True)


def _write_people(session: Session, unit: Unit, sample: Sample) -> None:
    now = session.now()
    for person in sample.participants:
        unit.add(
            Participant(
                id=person.id,
                facility_id=person.facility_id,
                pseudonym=person.pseudonym,
                role=person.role,
                group=person.group,
                created_at=now,
            )
        )
    for consent in sample.consents:
        unit.add(
            Consent(
                id=new_id(),
                participant_id=consent.participant_id,
                purpose=consent.purpose,
                form=consent.form,
                text_version=consent.text_version,
                given_on=consent.given_on,
                valid_until=consent.valid_until,
                withdrawn_on=consent.withdrawn_on,
                created_at=now,
            )
        )


def _write_interview(session: Session, interview: SampleInterview) -> None:
    read = read_text_file(interview.path)
    if not isinstance(read, ImportedText):
        raise DamagedError("sample.damaged", place=interview.id)
    transcript = Transcript(
        id=interview.id,
        visit_id=interview.visit_id,
        recording_id=None,
        title=interview.title,
        origin=TranscriptOrigin.IMPORTED,
        created_at=session.now(),
    )
    with session.vault.change("undo.sample", undoable=False) as unit:
        unit.add(transcript)
        for position, turn in enumerate(read.turns):
            told = turn.speaker == interview.interviewee
            unit.add(
                Segment(
                    id=f"{interview.id}-{position + 1:03d}",
                    transcript_id=transcript.id,
                    position=position,
                    text=turn.text,
                    speaker=turn.speaker,
                    participant_id=interview.participant_id if told else None,
                    created_at=session.now(),
                )
            )


def _transcribe_audio(
    session: Session, sample: Sample, progress: Progress, cancel: CancelToken | None
) -> tuple[int, int]:
    segments = quarantined = 0
    for audio in sample.audio:
        imported = import_recording(
            session, audio.path, audio.visit_id, title=audio.title, progress=progress, cancel=cancel
        )
        done = transcribe_recording(session, imported.recording.id, progress=progress, cancel=cancel)
        segments += done.segments
        quarantined += done.quarantined
    return segments, quarantined


def _confirm_wordings(session: Session, sample: Sample) -> dict[str, str]:
    """Write the wordings that a person confirmed by ear; return segment by wording id."""
    refs = {}
    recordings = {r.title: r.id for r in session.vault.recordings.list()}
    titles = {audio.id: audio.title for audio in sample.audio}
    for wording in sample.wordings:
        (transcript,) = session.vault.transcripts.list(recording_id=recordings[titles[wording.audio_id]])
        segment, _ = confirm_passage(
            session,
            transcript.id,
            wording.start,
            wording.end,
            wording.text,
            by=wording.confirmed_by,
            participant_id=wording.participant_id,
        )
        refs[wording.id] = segment.id
    return refs


def _write_field(session: Session, field: SampleField, refs: dict[str, str]) -> None:
    with session.vault.change("undo.sample", undoable=False) as unit:
        unit.add(
            ProblemCluster(
                id=field.id,
                name=field.name,
                sentence=field.sentence,
                draft=False,
                named_by=Decider.PERSON,
                created_at=session.now(),
            )
        )
        for member in field.evidence:
            (evidence,) = session.vault.evidence.list(target_id=refs[member.ref])
            unit.add(
                Membership(
                    id=new_id(),
                    cluster_id=field.id,
                    evidence_id=evidence.id,
                    decided_by=Decider.PERSON,
                    state=member.state,
                    stance=member.stance,
                    created_at=session.now(),
                )
            )


def _write_idea(session: Session, idea: SampleIdea, refs: dict[str, str]) -> str:
    found, _ = propose_candidates(session, idea.field_id)
    chosen = next((c for c in found.candidates if c.pattern_id == idea.pattern), None)
    document = CardDocument.new(idea.card)
    evidence = [session.vault.evidence.list(target_id=refs[ref])[0].id for ref in idea.evidence]
    card = stored_card(
        session,
        document,
        cluster_id=idea.field_id,
        candidate_id=chosen.id if chosen else None,
        evidence_ids=tuple(evidence),
    )
    with session.vault.change("undo.sample", undoable=False) as unit:
        unit.add(card)
    for rating in idea.ratings:
        ratings.rate(session, card.id, rating.criterion, rating.rater, rating.score, rating.reason)
    return card.id
