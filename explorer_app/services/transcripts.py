"""Transcripts: correct, confirm by ear, keep or import."""

from __future__ import annotations

from dataclasses import replace

from explorer_app.domain.errors import InputRejectedError
from explorer_app.domain.ids import new_id
from explorer_app.domain.material import Segment, TargetKind, TextRevision, Word
from explorer_app.domain.outcome import Changes
from explorer_app.services.session import Session
from explorer_app.services.text_edits import put_text
from explorer_app.vault import Unit


def state_of(segment: Segment) -> str:
    """Return ``quarantined``, ``confirmed``, ``corrected`` or ``machine``."""
    if not segment.trusted:
        return "quarantined"
    if segment.confirmed_at is not None:
        return "confirmed"
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


def confirm_passage(
    session: Session,
    transcript_id: str,
    start: float,
    end: float,
    text: str,
    *,
    by: str,
    participant_id: str | None = None,
    speaker: str | None = None,
) -> tuple[Segment, Changes]:
    """Confirm by ear what is said from `start` to `end` (seconds).

    The passage becomes one segment of its own: machine words whose middle lies inside belong to
    it, the rest of a segment that reaches over its border stays a segment. The machine's wording
    is kept as `machine_text` and as the revision before.

    Args:
        session: The open exploration.
        transcript_id: The transcript.
        start: First second of the passage.
        end: Last second of the passage.
        text: The wording a person heard.
        by: Who listened.
        participant_id: Who speaks, if known.
        speaker: Label of the speaker; None keeps the machine's.

    Raises:
        InputRejectedError: If the text is empty, the range is empty, nobody confirms, or the
            border would cut through a wording that a person corrected.
    """
    cleaned = text.strip()
    if not cleaned:
        raise InputRejectedError("input.empty_text")
    if end <= start:
        raise InputRejectedError("input.end_before_start")
    if not by.strip():
        raise InputRejectedError("input.empty_name")
    transcript = session.vault.transcripts.get(transcript_id)
    with session.vault.change("undo.passage_confirmed") as unit:
        inside: list[Word] = []
        speakers: list[str] = []
        for segment in session.vault.segments.list(transcript_id=transcript.id, order_by="position"):
            taken = _take_out(session, unit, segment, start, end)
            inside += taken
            speakers += [segment.speaker] if taken else []
        machine = _joined(inside)
        passage = Segment(
            id=new_id(),
            transcript_id=transcript.id,
            position=round(start * 1000),
            text=cleaned,
            start=start,
            end=end,
            speaker=speaker if speaker is not None else (speakers[0] if speakers else ""),
            participant_id=participant_id,
            words=tuple(inside),
            machine_text=machine,
            revision=2,
            confirmed_at=session.now(),
            confirmed_by=by.strip(),
            created_at=session.now(),
        )
        unit.add(passage)
        unit.add(
            TextRevision(
                id=new_id(),
                target_kind=TargetKind.SEGMENT,
                target_id=passage.id,
                revision=1,
                text=machine,
                author=transcript.model,
                created_at=session.now(),
            )
        )
    return passage, unit.changes


def _take_out(session: Session, unit: Unit, segment: Segment, start: float, end: float) -> list[Word]:
    """Take the words inside the range out of a segment, splitting it where needed."""
    if segment.start is None or segment.end is None or segment.end <= start or segment.start >= end:
        return []
    before = [word for word in segment.words if _middle(word) < start]
    after = [word for word in segment.words if _middle(word) >= end]
    inside = [word for word in segment.words if start <= _middle(word) < end]
    if not inside:
        return []
    if session.vault.evidence.count(target_id=segment.id):
        raise InputRejectedError("transcript.passage_has_evidence")
    if (before or after) and segment.text != segment.machine_text:
        raise InputRejectedError("transcript.passage_splits_corrected")
    unit.remove("segments", segment.id)
    for rest in (before, after):
        if rest:
            text = _joined(rest)
            unit.add(
                replace(
                    segment,
                    id=new_id(),
                    position=round(rest[0].start * 1000),
                    text=text,
                    machine_text=text,
                    start=rest[0].start,
                    end=rest[-1].end,
                    words=tuple(rest),
                )
            )
    return inside


def _middle(word: Word) -> float:
    return (word.start + word.end) / 2


def _joined(words: list[Word]) -> str:
    return " ".join(word.text.strip() for word in words).strip()
