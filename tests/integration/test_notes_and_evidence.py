"""Notes are edited while evidence rests on them."""

from __future__ import annotations

import pytest

from explorer_app.domain.errors import InputRejectedError
from explorer_app.domain.fieldwork import Visit
from explorer_app.domain.material import TargetKind
from explorer_app.domain.outcome import Action
from explorer_app.services import evidence, notes, transcripts
from explorer_app.services.session import Session

TEXT = "Sie schreibt den Blutdruck auf einen Zettel 📝, dann an die Tafel, dann ins Buch."
QUOTE = "dann an die Tafel"


def test_an_anchor_moves_with_an_edit_in_front_of_it(session: Session, visit: Visit) -> None:
    note, _ = notes.add_note(session, visit.id, TEXT)
    held = evidence.add_quote(session, note, QUOTE)

    notes.edit_note(session, note.id, text="Frühdienst, größte Eile: " + TEXT)

    moved = session.vault.evidence.get(held.id)
    edited = session.vault.observations.get(note.id)
    assert edited.text[moved.start : moved.end] == QUOTE == moved.quote
    assert (moved.start, moved.revision, moved.lost) == (held.start + 25, 2, False)
    (before,) = session.vault.revisions.list(target_id=note.id)
    assert (before.text, before.revision, before.target_kind) == (TEXT, 1, TargetKind.OBSERVATION)


def test_evidence_whose_words_were_deleted_is_marked_lost_and_keeps_its_quote(
    session: Session, visit: Visit
) -> None:
    note, _ = notes.add_note(session, visit.id, TEXT)
    held = evidence.add_quote(session, note, QUOTE)

    notes.edit_note(session, note.id, text="Ganz anderer Inhalt ohne jede Ähnlichkeit.")

    lost = session.vault.evidence.get(held.id)
    assert (lost.lost, lost.quote) == (True, QUOTE)


def test_undo_of_an_edit_brings_text_and_anchor_back_together(session: Session, visit: Visit) -> None:
    note, _ = notes.add_note(session, visit.id, TEXT)
    held = evidence.add_quote(session, note, QUOTE)
    notes.edit_note(session, note.id, text="Kurz. " + TEXT)

    changes = session.vault.undo()

    assert changes is not None
    assert changes.label == "undo.note_edited"
    assert session.vault.observations.get(note.id) == note
    assert session.vault.evidence.get(held.id) == held
    assert session.vault.revisions.count() == 0


def test_a_note_that_evidence_rests_on_cannot_be_removed(session: Session, visit: Visit) -> None:
    note, _ = notes.add_note(session, visit.id, TEXT)
    evidence.add_quote(session, note, QUOTE)

    with pytest.raises(InputRejectedError) as refused:
        notes.remove_note(session, note.id)

    assert refused.value.message_id == "note.has_evidence"
    assert session.vault.observations.get(note.id) == note


@pytest.mark.parametrize(
    ("text", "why"), [("  \n", "input.empty_text"), ("ä" * 100_001, "input.text_too_long")]
)
def test_empty_and_endless_notes_are_refused(session: Session, visit: Visit, text: str, why: str) -> None:
    with pytest.raises(InputRejectedError) as refused:
        notes.add_note(session, visit.id, text)
    assert refused.value.message_id == why


def test_collecting_makes_evidence_once_and_numbers_it(session: Session, visit: Visit) -> None:
    notes.add_note(session, visit.id, TEXT)
    notes.add_note(session, visit.id, "Zweite Notiz")

    first = evidence.collect_evidence(session)
    second = evidence.collect_evidence(session)

    assert len(first.ids("evidence", Action.ADDED)) == 2
    assert second.touched == ()
    assert [e.label for e in session.vault.evidence.list(order_by="number")] == ["B-001", "B-002"]


def test_a_label_is_found_however_it_is_written(session: Session, visit: Visit) -> None:
    note, _ = notes.add_note(session, visit.id, TEXT)
    held = evidence.add_quote(session, note, QUOTE)
    for label in ("B-001", "b-1", " 1 ", "B-0001"):
        assert evidence.by_label(session, label) == held
    for label in ("B-002", "", "B-", "Beleg"):
        with pytest.raises(InputRejectedError):
            evidence.by_label(session, label)


def test_an_explorers_own_questions_are_no_evidence(session: Session, visit: Visit) -> None:
    transcript, _ = transcripts.new_transcript(session, visit.id, "Gespräch")
    for speaker in ("Interviewerin", "Explorer", "Nora", ""):
        transcripts.add_turn(session, transcript.id, speaker, f"Das sagt {speaker or 'jemand'}.")
    evidence.collect_evidence(session)
    quotes = [held.quote for held in session.vault.evidence.list(order_by="number")]
    assert quotes == ["Das sagt Nora.", "Das sagt jemand."]
