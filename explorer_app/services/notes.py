"""Field notes: write, edit, remove."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from explorer_app.domain.errors import InputRejectedError
from explorer_app.domain.ids import new_id
from explorer_app.domain.material import Observation, ObservationKind, SourceKind
from explorer_app.domain.outcome import Changes
from explorer_app.services.session import Session
from explorer_app.services.text_edits import put_text

MAX_CHARACTERS = 100_000
"""A note longer than this is a document; it is refused with a sentence, not cut."""


def add_note(
    session: Session,
    visit_id: str,
    text: str,
    *,
    at: datetime | None = None,
    source: SourceKind = SourceKind.NOTE,
    kind: ObservationKind = ObservationKind.OBSERVATION,
    participant_id: str | None = None,
    role: str = "",
    activity: str = "",
    tool: str = "",
    interruption: bool = False,
    minutes: float | None = None,
    frequency: str = "",
    interpretation: str = "",
    tags: tuple[str, ...] = (),
) -> tuple[Observation, Changes]:
    """Add a field note to a visit.

    Raises:
        InputRejectedError: If the text is empty or far too long, or minutes are negative.
        NotFoundError: If the visit or the participant does not exist.
    """
    visit = session.vault.visits.get(visit_id)
    if participant_id is not None:
        person = session.vault.participants.get(participant_id)
        role = role or person.role
    if minutes is not None and minutes < 0:
        raise InputRejectedError("input.negative_minutes")
    note = Observation(
        id=new_id(),
        visit_id=visit.id,
        at=at or session.now(),
        text=_checked(text),
        source=source,
        kind=kind,
        participant_id=participant_id,
        role=role.strip(),
        activity=activity.strip(),
        tool=tool.strip(),
        interruption=interruption,
        minutes=minutes,
        frequency=frequency.strip(),
        interpretation=interpretation.strip(),
        tags=tags,
        created_at=session.now(),
    )
    with session.vault.change("undo.note_added") as unit:
        unit.add(note)
    return note, unit.changes


def edit_note(
    session: Session, note_id: str, *, text: str | None = None, interpretation: str | None = None
) -> Changes:
    """Change the wording or the interpretation of a note; evidence anchors move along."""
    note = session.vault.observations.get(note_id)
    with session.vault.change("undo.note_edited") as unit:
        if text is not None and _checked(text) != note.text:
            note = put_text(session, unit, note, _checked(text))
        if interpretation is not None and interpretation.strip() != note.interpretation:
            unit.put(replace(note, interpretation=interpretation.strip()))
    return unit.changes


def remove_note(session: Session, note_id: str) -> Changes:
    """Remove a note that no evidence rests on.

    Raises:
        InputRejectedError: If evidence points into the note.
    """
    note = session.vault.observations.get(note_id)
    if session.vault.evidence.count(target_id=note.id):
        raise InputRejectedError("note.has_evidence")
    with session.vault.change("undo.note_removed") as unit:
        unit.remove("observations", note.id)
    return unit.changes


def _checked(text: str) -> str:
    cleaned = text.strip()
    if not cleaned:
        raise InputRejectedError("input.empty_text")
    if len(cleaned) > MAX_CHARACTERS:
        raise InputRejectedError("input.text_too_long", characters=len(cleaned), limit=MAX_CHARACTERS)
    return cleaned
