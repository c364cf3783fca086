"""Confirming by ear: a passage of a recording becomes one segment in the wording a person heard."""

from __future__ import annotations

from dataclasses import dataclass, replace

from analysis.language.anchors import make_anchor, refind
from explorer_app.domain.errors import InputRejectedError
from explorer_app.domain.ids import new_id
from explorer_app.domain.material import Evidence, Segment, TargetKind, TextRevision, Word
from explorer_app.domain.outcome import Changes
from explorer_app.services.session import Session
from explorer_app.services.timecode import clock_time

Span = tuple[int, int]
"""First character and the one after the last."""


def confirm_passage(
    session: Session,
    transcript_id: str,
    start: float,
    end: float,
    text: str,
    *,
    by: str,
    participant_id: str | None = None,
) -> tuple[Segment, Changes]:
    """Confirm by ear what is said from `start` to `end` (seconds).

    The passage becomes one segment of its own: machine words whose middle lies inside belong to
    it, the rest of a segment that reaches over its border stays a segment. The machine's wording
    is kept as `machine_text` and as the revision before. Evidence follows its words.

    Args:
        session: The open exploration.
        transcript_id: The transcript.
        start: First second of the passage.
        end: Last second of the passage.
        text: The wording a person heard.
        by: Who listened.
        participant_id: Who speaks; None keeps whom the transcript names.

    Raises:
        InputRejectedError: If the text is empty, the range is empty, nobody confirms, the
            transcript has no audio, or the border would cut through a wording that a person
            corrected.
    """
    if not text.strip():
        raise InputRejectedError("input.empty_text")
    if not start < end:
        raise InputRejectedError("input.end_before_start")
    if not by.strip():
        raise InputRejectedError("input.empty_name")
    transcript = session.vault.transcripts.get(transcript_id)
    if transcript.recording_id is None:
        raise InputRejectedError("transcript.without_audio", title=transcript.title)
    duration = session.vault.recordings.get(transcript.recording_id).duration
    if start < 0 or end > duration + 1:
        raise InputRejectedError("transcript.outside_audio", end=clock_time(duration))
    segments = session.vault.segments.list(transcript_id=transcript.id, order_by="position")
    cuts = [cut for segment in segments if (cut := _cut(segment, start, end)) is not None]
    people = [cut.segment.participant_id for cut in cuts if cut.segment.participant_id]
    words = tuple(word for cut in cuts for word in cut.inside)
    passage = Segment(
        id=new_id(),
        transcript_id=transcript.id,
        position=round(start * 1000),
        text=text.strip(),
        start=start,
        end=end,
        speaker=cuts[0].segment.speaker if cuts else "",
        participant_id=participant_id or (people[0] if people else None),
        words=words,
        machine_text=_joined(words),
        revision=2,
        confirmed_at=session.now(),
        confirmed_by=by.strip(),
        created_at=session.now(),
    )
    with session.vault.change("undo.passage_confirmed") as unit:
        unit.add(passage)
        unit.add(_machines_revision(session, passage, transcript.model))
        for cut in cuts:
            rests = [_rest(cut.segment, part) for part in (cut.before, cut.after) if part]
            for rest in rests:
                unit.add(rest)
            for evidence in session.vault.evidence.list(target_id=cut.segment.id):
                unit.put(_followed(evidence, cut, passage, rests))
            unit.remove("segments", cut.segment.id)
    return passage, unit.changes


@dataclass(frozen=True, slots=True)
class _Cut:
    """A segment that the passage takes words from."""

    segment: Segment
    before: tuple[Word, ...]
    inside: tuple[Word, ...]
    after: tuple[Word, ...]

    @property
    def edited(self) -> bool:
        return self.segment.text != self.segment.machine_text


def _cut(segment: Segment, start: float, end: float) -> _Cut | None:
    middles = [(word.start + word.end) / 2 for word in segment.words]
    pairs = list(zip(segment.words, middles, strict=True))
    cut = _Cut(
        segment,
        before=tuple(word for word, middle in pairs if middle < start),
        inside=tuple(word for word, middle in pairs if start <= middle < end),
        after=tuple(word for word, middle in pairs if middle >= end),
    )
    if not cut.inside:
        return None
    if cut.edited and (cut.before or cut.after):
        raise InputRejectedError("transcript.passage_splits_corrected")
    return cut


def _rest(segment: Segment, words: tuple[Word, ...]) -> Segment:
    text = _joined(words)
    return replace(
        segment,
        id=new_id(),
        position=round(words[0].start * 1000),
        text=text,
        machine_text=text,
        start=words[0].start,
        end=words[-1].end,
        words=words,
    )


def _machines_revision(session: Session, passage: Segment, model: str) -> TextRevision:
    return TextRevision(
        id=new_id(),
        target_kind=TargetKind.SEGMENT,
        target_id=passage.id,
        revision=1,
        text=passage.machine_text,
        author=model,
        created_at=session.now(),
    )


def _followed(evidence: Evidence, cut: _Cut, passage: Segment, rests: list[Segment]) -> Evidence:
    """Return the evidence in the piece that holds most of its words.

    In the passage it is found again in the heard wording; what the ear changed beyond recognition
    leaves it on the whole passage, which is where its words were said.
    """
    span = (evidence.start, evidence.end)
    if cut.edited:
        return _in_heard(evidence, cut.segment.text, span, passage)
    there = dict(_word_spans(cut.segment))
    held = [word for word, (first, last) in there.items() if first < span[1] and last > span[0]]
    pieces = [passage, *rests]
    best = max(pieces, key=lambda piece: sum(word in piece.words for word in held))
    kept = [word for word in held if word in best.words]
    if not kept:
        return replace(evidence, lost=True)
    here = dict(_word_spans(replace(best, text=best.machine_text)))
    # Evidence may begin or end inside a word, or before its comma.
    first = here[kept[0]][0] + max(0, span[0] - there[kept[0]][0])
    last = here[kept[-1]][1] - max(0, there[kept[-1]][1] - span[1])
    range_in_piece = (first, last)
    if best is passage:
        return _in_heard(evidence, passage.machine_text, range_in_piece, passage)
    return _anchored(evidence, best, range_in_piece)


def _in_heard(evidence: Evidence, text: str, span: Span, passage: Segment) -> Evidence:
    whole = (0, len(passage.text))
    if span == (0, len(text)):
        return _anchored(evidence, passage, whole)
    anchor = make_anchor(text, *span, evidence.revision)
    found = refind(anchor, passage.text, passage.revision, old_text=text)
    return _anchored(evidence, passage, (found.start, found.end) if found else whole)


def _anchored(evidence: Evidence, piece: Segment, span: Span) -> Evidence:
    anchor = make_anchor(piece.text, *span, piece.revision)
    return replace(
        evidence,
        target_id=piece.id,
        start=anchor.start,
        end=anchor.end,
        quote=anchor.quote,
        quote_hash=anchor.quote_hash,
        revision=anchor.revision,
        participant_id=piece.participant_id,
        lost=False,
    )


def _word_spans(segment: Segment) -> list[tuple[Word, Span]]:
    """Return where each machine word stands in the segment's text."""
    spans, at = [], 0
    for word in segment.words:
        first = segment.text.find(word.text.strip(), at)
        if first >= 0:
            at = first + len(word.text.strip())
            spans.append((word, (first, at)))
    return spans


def _joined(words: tuple[Word, ...]) -> str:
    return " ".join(word.text.strip() for word in words)
