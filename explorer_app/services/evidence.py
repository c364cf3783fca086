"""Evidence: anchors into notes and transcripts, numbered for people."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.language.anchors import make_anchor
from explorer_app.domain.errors import InputRejectedError
from explorer_app.domain.ids import new_id
from explorer_app.domain.material import (
    Evidence,
    Observation,
    Recording,
    Segment,
    SourceKind,
    TargetKind,
    Transcript,
)
from explorer_app.domain.outcome import Changes
from explorer_app.services.session import Session
from explorer_app.services.text_edits import target_kind
from explorer_app.services.timecode import span
from explorer_app.texts import Texts
from explorer_app.vault import Unit

ASKING = ("interviewer", "explorer")
"""Beginnings of speaker labels that stand for the explorer's own questions, which are no evidence."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a piece of evidence comes from, followed back to the file and second."""

    evidence: Evidence
    target: Observation | Segment
    transcript: Transcript | None
    recording: Recording | None

    @property
    def kind(self) -> SourceKind:
        """Source kind of the text."""
        return self.target.source if isinstance(self.target, Observation) else SourceKind.INTERVIEW

    def place(self, texts: Texts) -> str:
        """Return where to find it: file and second of a recording, else time of the note or turn."""
        if isinstance(self.target, Observation):
            return texts.moment(self.target.at) if self.target.at else ""
        if self.recording is not None:
            return f"{self.recording.source_name} {span(self.target.start, self.target.end)}".strip()
        return f"{self.transcript.title if self.transcript else ''} ¶ {self.target.position + 1}"


def add_evidence(
    session: Session, target: Observation | Segment, start: int, end: int
) -> tuple[Evidence, Changes]:
    """Anchor the characters `start` to `end` of a text as evidence.

    Raises:
        InputRejectedError: If the range is empty or outside the text.
    """
    if not 0 <= start < end <= len(target.text):
        raise InputRejectedError("evidence.outside_text", start=start, end=end, length=len(target.text))
    with session.vault.change("undo.evidence_added") as unit:
        evidence = new_evidence(session, unit, target, start, end)
    return evidence, unit.changes


def add_quote(session: Session, target: Observation | Segment, quote: str) -> Evidence:
    """Anchor the words `quote` of a text as evidence.

    Raises:
        InputRejectedError: If the words do not stand in the text.
    """
    start = target.text.find(quote.strip())
    if start < 0 or not quote.strip():
        raise InputRejectedError("evidence.quote_not_found")
    return add_evidence(session, target, start, start + len(quote.strip()))[0]


def new_evidence(
    session: Session, unit: Unit, target: Observation | Segment, start: int, end: int
) -> Evidence:
    """Add evidence within a running change."""
    anchor = make_anchor(target.text, start, end, target.revision)
    if isinstance(target, Segment):
        visit_id = session.vault.transcripts.get(target.transcript_id).visit_id
    else:
        visit_id = target.visit_id
    evidence = Evidence(
        id=new_id(),
        number=unit.next_number("evidence"),
        target_kind=target_kind(target),
        target_id=target.id,
        start=anchor.start,
        end=anchor.end,
        quote=anchor.quote,
        quote_hash=anchor.quote_hash,
        revision=anchor.revision,
        visit_id=visit_id,
        participant_id=target.participant_id,
        created_at=session.now(),
    )
    unit.add(evidence)
    return evidence


def collect_evidence(session: Session) -> Changes:
    """Make every note and every trusted answer that has no evidence yet into evidence.

    An explorer's own question is no evidence; a piece in quarantine waits until a person keeps it.
    """
    own = frozenset(name.casefold() for name in session.exploration.explorers)
    anchored = {evidence.target_id for evidence in session.vault.evidence.list()}
    targets: list[Observation | Segment] = [
        note for note in session.vault.observations.list(order_by="at") if note.id not in anchored
    ]
    targets += [
        segment
        for segment in session.vault.segments.list(order_by="position")
        if segment.id not in anchored and segment.trusted and segment.text and not _asks(segment, own)
    ]
    with session.vault.change("undo.evidence_collected", undoable=False) as unit:
        for target in targets:
            new_evidence(session, unit, target, 0, len(target.text))
    return unit.changes


def _asks(segment: Segment, explorers: frozenset[str]) -> bool:
    label = segment.speaker.casefold()
    return label.startswith(ASKING) or label in explorers


def source_of(session: Session, evidence: Evidence) -> Source:
    """Follow a piece of evidence back to its text, transcript and recording."""
    if evidence.target_kind is TargetKind.OBSERVATION:
        return Source(evidence, session.vault.observations.get(evidence.target_id), None, None)
    segment = session.vault.segments.get(evidence.target_id)
    transcript = session.vault.transcripts.get(segment.transcript_id)
    recording = (
        session.vault.recordings.get(transcript.recording_id) if transcript.recording_id is not None else None
    )
    return Source(evidence, segment, transcript, recording)


def by_label(session: Session, label: str) -> Evidence:
    """Return the evidence with a label such as ``B-041`` (or its bare number).

    Raises:
        InputRejectedError: If there is none.
    """
    digits = label.strip().upper().removeprefix("B-").lstrip("0")
    found = session.vault.evidence.list(number=int(digits)) if digits.isdecimal() else []
    if not found:
        raise InputRejectedError("evidence.unknown_label", label=label)
    return found[0]
