import pytest

from analysis.errors import AnalysisError
from analysis.usecases.ai_need import AiVerdict
from analysis.usecases.criteria import criteria_hints
from analysis.usecases.draft import draft_card
from analysis.usecases.lab import lab_patterns
from analysis.usecases.matching import ProblemText
from analysis.usecases.patterns import Pattern, load_patterns
from explorer_app.cards.document import CardDocument
from explorer_app.texts import Texts, resource

PATTERNS = load_patterns(resource("patterns"))
DE = Texts("de")
KEYS = ("feasible", "impact", "scalable", "refinanceable", "data", "protection", "human", "staff")
FIELD = ProblemText(name="Formulare", description="Familien scheitern am Vordruck.\nAnlagen fehlen. 🙂")


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: p.id)
@pytest.mark.parametrize("language", ["de", "en"])
def test_every_draft_is_a_card_marked_as_the_machines(pattern: Pattern, language: str) -> None:
    draft = draft_card(FIELD, pattern, language)
    card = CardDocument.new(draft.values, machine=draft.machine_fields)
    assert set(card.machine_fields()) == set(draft.values)
    assert card.values()["problem"] == "Familien scheitern am Vordruck. Anlagen fehlen. 🙂"


def test_what_nobody_knows_stays_empty() -> None:
    draft = draft_card(FIELD, PATTERNS[0])
    unknown = {
        "effect",
        "refinancing",
        "responsible",
        "staff_approval",
        "codetermination",
        "scaling",
        "open_source",
    }
    assert not unknown & set(draft.values)


def test_every_privacy_question_is_open() -> None:
    for pattern in PATTERNS:
        questions = draft_card(FIELD, pattern).values["privacy"]
        assert isinstance(questions, list)
        assert len(questions) >= 2
        assert all(q["status"] == "unknown" and "answer" not in q for q in questions)


def test_texts_come_from_field_and_library_only() -> None:
    pattern = next(p for p in PATTERNS if p.id == "form_filling")
    values = draft_card(FIELD, pattern).values
    text = pattern.text("de")
    assert values["idea"] == text.summary
    assert values["today"] == [{"text": step} for step in text.today]
    assert values["ki_act"] == "unclear"
    assert values["effort_months"] == 6.0


def test_the_verdict_of_the_field_goes_before_the_usual_answer() -> None:
    pattern = next(p for p in PATTERNS if p.id == "translation")
    values = draft_card(FIELD, pattern, verdict=AiVerdict("no", "Eine Liste genügt.")).values
    assert values["needs_ai"] == "no"
    assert str(values["needs_ai_reason"]).startswith("Eine Liste genügt.")


def test_a_long_name_is_cut_and_an_empty_field_still_drafts() -> None:
    assert len(str(draft_card(ProblemText(name="x" * 999), PATTERNS[0]).values["title"])) <= 120
    empty = draft_card(ProblemText(name=""), PATTERNS[0])
    assert "problem" not in empty.values
    assert empty.values["title"] == PATTERNS[0].text("de").name


def test_hints_say_nothing_on_refinancing_and_consent() -> None:
    for pattern in PATTERNS:
        hints = {h.key: h for h in criteria_hints(pattern, FIELD, KEYS, say=DE)}
        assert list(hints) == list(KEYS)
        for key in ("refinanceable", "staff"):
            assert not hints[key].known
            assert hints[key].text == ""
        assert hints["feasible"].known
        assert not hints["impact"].known


def test_hints_count_the_evidence_and_quote_the_fields_words() -> None:
    pattern = next(p for p in PATTERNS if p.id == "form_filling")
    field = ProblemText(
        name="Formulare",
        evidence=("Der Antrag kam zurück.", "Die Anlage fehlt."),
        counter_evidence=("Geht.",),
    )
    hints = {h.key: h.text for h in criteria_hints(pattern, field, KEYS, say=DE)}
    assert hints["impact"].startswith("2 Belege stützen das Problem, 1 sprechen dagegen")
    assert "„Formulare“" in hints["data"]


def test_the_lab_gives_the_stable_form() -> None:
    lines = [
        {
            "id": "F1",
            "name": "Stürze",
            "description": "Nachts liegen Menschen am Boden.",
            "accepted": ["S1", "weg"],
        },
        {"id": "F2", "name": ""},
    ]
    first, second = lab_patterns(
        lines, PATTERNS, say=DE, snippets={"S1": "Sturz um drei, gefunden um sechs."}
    )
    assert first["field"] == "F1"
    assert first["ai_needed"] == "yes"
    assert first["ranking"][0]["pattern"] == "fall_detection"
    assert set(first["ranking"][0]) == {"pattern", "score", "reason"}
    assert len(first["ranking"]) == len(PATTERNS)
    assert second["ai_needed"] == "unclear"


@pytest.mark.parametrize(
    "line", [{}, {"id": 3, "name": "x"}, {"id": "x"}, {"id": "x", "name": "y", "accepted": "S1"}, ["x"]]
)
def test_a_line_that_is_no_field_is_named(line: object) -> None:
    with pytest.raises(AnalysisError) as caught:
        lab_patterns([{"id": "a", "name": "b"}, line], PATTERNS, say=DE)  # type: ignore[list-item]
    assert caught.value.message_id == "usecases.field_invalid"
    assert caught.value.values == {"line": 2}
