"""Texts from other programs: interviews become transcripts, notes become observations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from explorer_app.domain.errors import InputRejectedError
from explorer_app.domain.fieldwork import Facility, Visit, VisitKind
from explorer_app.domain.ids import new_id
from explorer_app.domain.material import Observation, Segment, SourceKind, Transcript, TranscriptOrigin
from explorer_app.domain.outcome import Changes
from explorer_app.services.session import Session
from explorer_app.services.text_import import (
    ImportedNote,
    ImportedNotes,
    ImportedText,
    ImportNotice,
    read_text_file,
)
from explorer_app.vault import Unit


@dataclass(frozen=True, slots=True)
class TextImport:
    """What an import brought; `warnings` name the lines that were left out and why."""

    notes: int
    segments: int
    transcript_id: str | None
    warnings: tuple[ImportNotice, ...]
    changes: Changes


def import_text(
    session: Session, path: Path, *, visit_id: str | None = None, participant_id: str | None = None
) -> TextImport:
    """Read a text file and store it as one undoable step.

    Args:
        session: The open exploration.
        path: Markdown, TXT, DOCX, VTT, SRT, CSV or JSONL.
        visit_id: The visit it belongs to. Notes that name facility and visit themselves may leave
            it out; facilities and visits that are not known yet are then created.
        participant_id: Who answers in an interview.

    Raises:
        InputRejectedError: If nothing in the file can be used, or an interview has no visit.
    """
    read = read_text_file(path)
    if visit_id is not None:
        session.vault.visits.get(visit_id)
    with session.vault.change("undo.text_imported", title=path.name) as unit:
        if isinstance(read, ImportedText):
            transcript = _write_transcript(session, unit, read, visit_id, participant_id)
            notes, segments = 0, len(read.turns)
        else:
            transcript = None
            notes, segments = _write_notes(session, unit, read, visit_id), 0
    transcript_id = transcript.id if transcript is not None else None
    return TextImport(notes, segments, transcript_id, read.warnings, unit.changes)


def _write_transcript(
    session: Session, unit: Unit, read: ImportedText, visit_id: str | None, participant_id: str | None
) -> Transcript:
    if visit_id is None:
        raise InputRejectedError("import.needs_visit")
    transcript = Transcript(
        id=new_id(),
        visit_id=visit_id,
        recording_id=None,
        title=read.title,
        origin=TranscriptOrigin.IMPORTED,
        created_at=session.now(),
    )
    unit.add(transcript)
    answering = read.speakers[1] if len(read.speakers) > 1 else (read.speakers or ("",))[0]
    for position, turn in enumerate(read.turns):
        unit.add(
            Segment(
                id=new_id(),
                transcript_id=transcript.id,
                position=position,
                text=turn.text,
                start=turn.start,
                end=turn.end,
                speaker=turn.speaker,
                participant_id=participant_id if turn.speaker == answering else None,
                created_at=session.now(),
            )
        )
    return transcript


def _write_notes(session: Session, unit: Unit, read: ImportedNotes, visit_id: str | None) -> int:
    places = _Places(session, unit)
    for note in read.notes:
        visit = session.vault.visits.get(visit_id) if visit_id is not None else places.visit(note)
        day = visit.starts_at.astimezone().date() if visit.starts_at else None
        unit.add(_observation(session, note, visit.id, day))
    return len(read.notes)


def _observation(session: Session, note: ImportedNote, visit_id: str, day: date | None) -> Observation:
    moment: datetime | None = note.at(day)
    return Observation(
        id=new_id(),
        visit_id=visit_id,
        at=moment.astimezone() if moment else None,
        text=note.text,
        source=note.source,
        kind=note.kind,
        interpretation=note.interpretation,
        role=note.role,
        activity=note.activity,
        tool=note.tool,
        external_id=note.external_id,
        created_at=session.now(),
    )


class _Places:
    """Finds the facility and visit that a note names, and creates what is not there yet."""

    def __init__(self, session: Session, unit: Unit) -> None:
        self._session = session
        self._unit = unit
        self._facilities = {f.name.casefold(): f for f in session.vault.facilities.list()}
        self._visits = {(v.facility_id, v.title.casefold()): v for v in session.vault.visits.list()}

    def visit(self, note: ImportedNote) -> Visit:
        if not note.facility or not note.visit:
            raise InputRejectedError("import.needs_visit")
        facility = self._facilities.get(note.facility.casefold())
        if facility is None:
            facility = Facility(id=new_id(), name=note.facility, created_at=self._session.now())
            self._unit.add(facility)
            self._facilities[note.facility.casefold()] = facility
        key = (facility.id, note.visit.casefold())
        if key not in self._visits:
            visit = Visit(
                id=new_id(),
                facility_id=facility.id,
                kind=VisitKind.WORKSHOP if note.source is SourceKind.WORKSHOP else VisitKind.SHADOWING,
                title=note.visit,
                created_at=self._session.now(),
            )
            self._unit.add(visit)
            self._visits[key] = visit
        return self._visits[key]
