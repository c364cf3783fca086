import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from analysis.language.embedding import Kind, Vectors
from analysis.usecases.ai_need import ai_need
from analysis.usecases.closeness import index_patterns
from analysis.usecases.matching import PatternMatch, ProblemText, match_patterns
from analysis.usecases.patterns import Pattern, load_patterns
from explorer_app.texts import Texts, resource

PATTERNS = load_patterns(resource("patterns"))
DE, EN = Texts("de"), Texts("en")

MISSED = ProblemText(
    name="Leere Stühle in der Beratung",
    description="Viele Termine werden vergessen. Niemand erinnert, und absagen ist umständlich.",
)


class HashEmbedder:
    """Deterministic bag-of-words vectors: a real engine for tests that must not need the model."""

    name = "words:64"
    dim = 64

    def embed(self, texts: Sequence[str], kind: Kind = "passage") -> Vectors:
        rows = np.zeros((len(texts), self.dim), dtype=np.float32)
        for n, text in enumerate(texts):
            for word in re.findall(r"\w{4,}", text.lower()):
                rows[n, sum(word.encode()) % self.dim] += 1
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.divide(rows, norms, out=rows, where=norms > 0)


def rank(field: ProblemText, say: Texts = DE) -> list[PatternMatch]:
    return match_patterns(field, PATTERNS, say=say)


def pattern(pattern_id: str) -> Pattern:
    return next(p for p in PATTERNS if p.id == pattern_id)


def test_missed_appointments_need_a_reminder_and_no_ai() -> None:
    ranking = rank(MISSED)
    assert ranking[0].pattern_id == "no_ai_process_fix"
    assert ai_need(MISSED, ranking, PATTERNS, say=DE).need == "no"


def test_a_language_that_nobody_speaks_asks_for_translation() -> None:
    field = ProblemText(name="Sie spricht nur Somali", description="Im Haus kann das niemand dolmetschen.")
    ranking = rank(field)
    assert ranking[0].pattern_id == "translation"
    assert ai_need(field, ranking, PATTERNS, say=DE).need == "yes"


def test_english_fields_are_read_as_well() -> None:
    field = ProblemText(name="Nobody can interpret", description="There is no common language at night.")
    best = rank(field, EN)[0]
    assert best.pattern_id == "translation"
    assert any("interpret" in reason for reason in best.reasons_for)


def test_all_patterns_are_ranked_best_first() -> None:
    ranking = rank(MISSED)
    assert {m.pattern_id for m in ranking} == {p.id for p in PATTERNS}
    scores = [m.score for m in ranking]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_the_same_field_gives_the_same_answer() -> None:
    embedder = HashEmbedder()
    index = index_patterns(PATTERNS, embedder)
    first = match_patterns(MISSED, PATTERNS, embedder, say=DE, index=index)
    assert match_patterns(MISSED, PATTERNS, embedder, say=DE, index=index) == first
    assert match_patterns(MISSED, PATTERNS, embedder, say=DE) == first


def test_an_index_of_another_model_is_not_used() -> None:
    embedder = HashEmbedder()
    index = index_patterns(PATTERNS, embedder)
    embedder.name = "words:other"
    assert match_patterns(MISSED, PATTERNS, embedder, say=DE, index=index)[0].score > 0


def test_quoted_words_stand_in_the_field() -> None:
    evidence = ("Wir schreiben alles doppelt auf, erst Zettel, dann Programm.", "Der Drucker streikt 🙄.")
    field = ProblemText(
        name="Doppelte Listen", description="Angaben werden abgeschrieben.", evidence=evidence
    )
    told = " ".join((field.name, field.description, *evidence))
    for match in rank(field):
        for reason in (*match.reasons_for, *match.reasons_against):
            if reason.startswith(("Klingt ähnlich", "Es gibt", "Im Feld steht noch nichts")):
                continue
            quoted = re.findall(r"„([^“]+)“", reason)
            assert quoted, reason
            for words in quoted:
                assert all(word in told for word in words.split(" … ")), reason


def test_a_similar_symptom_is_quoted_from_the_library() -> None:
    matches = match_patterns(MISSED, PATTERNS, HashEmbedder(), say=DE)
    lines = [(m.pattern_id, r) for m in matches for r in m.reasons_for if r.startswith("Klingt ähnlich")]
    for pattern_id, line in lines:
        quoted = line.removeprefix("Klingt ähnlich wie: „").removesuffix("“")
        assert quoted in pattern(pattern_id).text("de").symptoms


def test_counter_evidence_is_a_reason_against_with_its_number() -> None:
    field = ProblemText(
        name=MISSED.name,
        description=MISSED.description,
        counter_evidence=("Bei uns kommen eigentlich alle.", "Kaum Ausfälle im Sommer."),
    )
    reasons = rank(field)[0].reasons_against
    assert any("2 Gegenbelege" in r and "Bei uns kommen eigentlich alle." in r for r in reasons)
    single = ProblemText(name=field.name, counter_evidence=("Bei uns kommen alle.",))
    assert any(r.startswith("Es gibt einen Gegenbeleg") for r in rank(single)[0].reasons_against)


def test_a_case_that_does_not_fit_lowers_the_score_and_says_why() -> None:
    plain = ProblemText(name="Passendes Angebot finden", description="Wir suchen das passende Angebot.")
    short = ProblemText(name=plain.name, description=plain.description + " Es gibt zu wenig Plätze.")
    before = next(m for m in rank(plain) if m.pattern_id == "matching")
    after = next(m for m in rank(short) if m.pattern_id == "matching")
    assert after.words < before.words
    assert any("zu wenig … Plätze" in r or "zu … wenig … Plätze" in r for r in after.reasons_against)


def test_evidence_alone_can_carry_a_match() -> None:
    field = ProblemText(name="Feld 3", evidence=("Sie lag nach dem Sturz stundenlang am Boden.",) * 3)
    assert rank(field)[0].pattern_id == "fall_detection"


def test_an_empty_field_gets_no_score_and_no_reasons() -> None:
    for field in (ProblemText(name=""), ProblemText(name="  ", description="\n", evidence=("",))):
        ranking = rank(field)
        assert len(ranking) == len(PATTERNS)
        assert all(m.score == 0 and not m.reasons_for and not m.reasons_against for m in ranking)
        assert ai_need(field, ranking, PATTERNS, say=DE).need == "unclear"


@pytest.mark.parametrize("name", ["🙂🙃", "!!! ???", "\x00", "日本語", "a"])
def test_odd_names_are_ranked_without_claiming_anything(name: str) -> None:
    field = ProblemText(name=name)
    ranking = match_patterns(field, PATTERNS, HashEmbedder(), say=DE)
    assert all(m.words == 0 for m in ranking)
    assert all(not m.reasons_for for m in ranking)
    assert ai_need(field, ranking, PATTERNS, say=DE).need == "unclear"


def test_a_huge_field_is_read_in_bounded_time() -> None:
    field = ProblemText(
        name="Termine", description="Termin vergessen. " * 200_000, evidence=("Wort " * 50_000,) * 5
    )
    assert rank(field)[0].pattern_id == "no_ai_process_fix"


def test_no_patterns_no_matches() -> None:
    assert match_patterns(MISSED, (), say=DE) == []


def test_a_simple_situation_beside_an_ai_pattern_leaves_the_answer_open() -> None:
    field = ProblemText(
        name="Sprachmittlung",
        description="Es fehlt jemand zum Dolmetschen auf Arabisch und Farsi. Und niemand ist zuständig.",
    )
    ranking = rank(field)
    verdict = ai_need(field, ranking, PATTERNS, say=DE)
    assert ranking[0].pattern_id == "translation"
    assert verdict.need == "unclear"
    assert "niemand" in verdict.reason


@pytest.mark.parametrize(
    ("name", "first", "among_three"),
    [("usecase_problems.jsonl", 0.9, 0.95), ("usecase_problems_held_out.jsonl", 0.5, 0.8)],
)
def test_problems_of_other_fields_of_work_find_their_pattern(
    name: str, first: float, among_three: float
) -> None:
    path = Path(__file__).parents[2] / "fixtures" / name
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    places = []
    for row in rows:
        names = [m.pattern_id for m in rank(ProblemText(name=row["name"], description=row["description"]))]
        places.append(names.index(row["patterns"][0]))
    assert len(rows) >= 30
    assert sum(place == 0 for place in places) / len(rows) >= first
    assert sum(place < 3 for place in places) / len(rows) >= among_three


def test_reasons_come_in_the_asked_language() -> None:
    german, english = rank(MISSED, DE)[0], rank(MISSED, EN)[0]
    assert german.score == english.score
    assert "im Feld" in german.reasons_for[0]
    assert "in the field" in english.reasons_for[0]
