"""Transcripts: type, correct, keep, and say who speaks."""

from __future__ import annotations

from dataclasses import replace

from explorer_app.domain.errors import InputRejectedError
from explorer_app.domain.ids import new_id
from explorer_app.domain.material import Segment, Transcript, TranscriptOrigin
from explorer_app.domain.outcome import Changes
from explorer_app.services.session import Session
from explorer_app.services.text_edits import put_text


def state_of(segment: Segment) -> str:
    """Return ``quarantined``, ``confirmed``, ``typed``, ``corrected`` or ``machine``."""
    if not segment.trusted:
        return "quarantined"
    if segment.confirmed_at is not None:
        return "confirmed"
    if not segment.machine_text:
        return "typed"
    return "corrected" if segment.revision > 1 else "machine"


def edit_segment(session: Session, segment_id: str, text: str, *, author: str = "") -> Changes:
    """Correct the wording of a segment; evidence anchors move along.

    Raises:
        InputRejectedError: If the text is empty.
    """
    segment = session.vault.segments.get(segment_id)
    cleaned = text.strip()
    if not cleaned:
        raise InputRejectedError("input.empty_text")
    with session.vault.change("undo.segment_edited") as unit:
        if cleaned != segment.text:
            put_text(
                session, unit, replace(segment, confirmed_at=None, confirmed_by=""), cleaned, author=author
            )
    return unit.changes


def keep_segment(session: Session, segment_id: str) -> Changes:
    """Take a segment out of quarantine: a person heard that it was said."""
    segment = session.vault.segments.get(segment_id)
    with session.vault.change("undo.segment_kept") as unit:
        unit.put(replace(segment, trusted=True))
    return unit.changes


def new_transcript(session: Session, visit_id: str, title: str) -> tuple[Transcript, Changes]:
    """Begin an interview that is typed, not recorded.

    Raises:
        InputRejectedError: If the title is empty.
    """
    visit = session.vault.visits.get(visit_id)
    if not title.strip():
        raise InputRejectedError("input.empty_title")
    transcript = Transcript(
        id=new_id(),
        visit_id=visit.id,
        recording_id=None,
        title=title.strip(),
        origin=TranscriptOrigin.TYPED,
        created_at=session.now(),
    )
    with session.vault.change("undo.transcript_begun", title=transcript.title) as unit:
        unit.add(transcript)
    return transcript, unit.changes


def add_turn(
    session: Session, transcript_id: str, speaker: str, text: str, *, participant_id: str | None = None
) -> tuple[Segment, Changes]:
    """Add what somebody said to the end of a typed or imported interview.

    Raises:
        InputRejectedError: If the text is empty, or the transcript is one of a recording.
    """
    transcript = session.vault.transcripts.get(transcript_id)
    if transcript.recording_id is not None:
        raise InputRejectedError("transcript.of_recording", title=transcript.title)
    if not text.strip():
        raise InputRejectedError("input.empty_text")
    turn = Segment(
        id=new_id(),
        transcript_id=transcript.id,
        position=session.vault.segments.count(transcript_id=transcript.id),
        text=text.strip(),
        speaker=speaker.strip(),
        participant_id=participant_id,
        created_at=session.now(),
    )
    with session.vault.change("undo.turn_added", title=transcript.title) as unit:
        unit.add(turn)
    return turn, unit.changes


def assign_speaker(
    session: Session, transcript_id: str, participant_id: str, *, speaker: str | None = None
) -> Changes:
    """Say who speaks, so that this person's consents count for what was said.

    Args:
        session: The open exploration.
        transcript_id: The transcript.
        participant_id: Who it is.
        speaker: Only what stands under this label; None takes all that nobody was named for yet.
    """
    transcript = session.vault.transcripts.get(transcript_id)
    person = session.vault.participants.get(participant_id)
    with session.vault.change("undo.speaker_assigned", pseudonym=person.pseudonym) as unit:
        for segment in session.vault.segments.list(transcript_id=transcript.id):
            named = segment.speaker == speaker if speaker is not None else segment.participant_id is None
            if not named:
                continue
            unit.put(replace(segment, participant_id=person.id))
            for evidence in session.vault.evidence.list(target_id=segment.id):
                unit.put(replace(evidence, participant_id=person.id))
    return unit.changes
