"""Cards are documents: edits merge, and undo is an edit like any other."""

from __future__ import annotations

import subprocess
import sys

import pytest

from explorer_app.cards.document import CardDocument
from explorer_app.domain.errors import InputRejectedError
from explorer_app.services import history, ratings
from explorer_app.services.cards import document_of, edit_card, new_card, set_field
from explorer_app.services.session import Session


def text(session: Session, card_id: str, field: str) -> object:
    return document_of(session, card_id).values()[field]


def test_undo_and_redo_of_a_card_edit_bring_the_words_back(session: Session) -> None:
    card, _ = new_card(session, "Einmal sagen 🗣️")
    set_field(session, card.id, "problem", "Pflegekräfte schreiben alles dreimal.")
    set_field(session, card.id, "problem", "Pflegekräfte schreiben alles größtenteils viermal.")
    for _ in range(3):
        changes = history.undo(session)
        assert changes is not None
        assert changes.label == "undo.card_edited"
        assert text(session, card.id, "problem") == "Pflegekräfte schreiben alles dreimal."
        assert history.redo(session) is not None
        assert text(session, card.id, "problem") == "Pflegekräfte schreiben alles größtenteils viermal."


def test_an_undone_edit_does_not_come_back_when_a_copy_of_it_is_merged(session: Session) -> None:
    card, _ = new_card(session, "Einmal sagen")
    set_field(session, card.id, "idea", "Sprechen statt schreiben.")
    shared = session.vault.cards.get(card.id).document
    history.undo(session)
    assert text(session, card.id, "idea") == ""

    edit_card(session, card.id, lambda document: document.merge(shared))

    assert text(session, card.id, "idea") == ""
    assert len(session.vault.cards.get(card.id).document) > len(CardDocument.new({}).to_bytes())


def test_undo_of_creating_a_card_removes_it_and_its_words_from_search(session: Session) -> None:
    new_card(session, "Übergabehörbuch")
    assert session.vault.search_text("Übergabehörbuch")
    history.undo(session)
    assert session.vault.cards.count() == 0
    assert not session.vault.search_text("Übergabehörbuch")


def test_lists_numbers_and_choices_are_set_from_plain_text(session: Session) -> None:
    card, _ = new_card(session, "Einmal sagen")
    set_field(session, card.id, "risks", "Hört mit\nFällt aus")
    set_field(session, card.id, "effort_months", "6,5")
    set_field(session, card.id, "needs_ai", "no")
    values = document_of(session, card.id).values()
    assert [item["text"] for item in values["risks"]] == ["Hört mit", "Fällt aus"]  # type: ignore[union-attr,index]
    assert (values["effort_months"], values["needs_ai"]) == (6.5, "no")
    for field, wrong in (("needs_ai", "vielleicht"), ("effort_months", "viele"), ("farbe", "rot")):
        with pytest.raises(InputRejectedError):
            set_field(session, card.id, field, wrong)


def test_ratings_keep_their_spread_and_an_unsure_one_counts_as_a_voice(session: Session) -> None:
    card, _ = new_card(session, "Einmal sagen")
    for rater, score in (("A", 2), ("B", 5), ("C", None), ("A", 3)):
        ratings.rate(session, card.id, "impact", rater, score, f"Grund {rater}")
    (impact,) = [score for score in ratings.scores(session, card.id) if score.key == "impact"]
    assert (impact.median, impact.low, impact.high, impact.raters) == (4.0, 3, 5, 3)
    with pytest.raises(InputRejectedError):
        ratings.rate(session, card.id, "impact", "A", 6)


def test_the_command_line_starts_without_the_libraries_of_the_analysis() -> None:
    heavy = {
        "sklearn",
        "scipy",
        "igraph",
        "keybert",
        "faster_whisper",
        "onnxruntime",
        "onnx",
        "av",
        "reportlab",
    }
    code = (
        "import sys; from explorer_app.cli.main import main\n"
        "try: main(['--version'])\n"
        "except SystemExit: print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "explorer_app.services.fields" in done.stdout
    assert not heavy & set(done.stdout.split())
