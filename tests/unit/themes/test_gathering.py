"""Gathering evidence: figures with a floor, reasons that are true, decisions that count."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.language.embedding import OnnxEmbedder
from analysis.language.tokens import tokens
from analysis.themes.gathering import gather
from analysis.themes.reasons import reason_line
from analysis.themes.types import Field, GatherResult, Reason, Snippet

pytestmark = pytest.mark.models


def _figures(results: list[GatherResult], benchmark: Any, left_out: set[str]) -> tuple[float, float]:
    judged = [r for r in results if benchmark.truth[r.snippet] and r.snippet not in left_out]
    places = [[p.field for p in r.ranking].index(str(benchmark.truth[r.snippet])) for r in judged]
    return sum(p == 0 for p in places) / len(places), sum(p < 3 for p in places) / len(places)


def _with_examples(benchmark: Any, count: int, seed: int) -> list[Field]:
    chance = np.random.default_rng(seed)
    fields = []
    for field in benchmark.fields:
        ids = [s.id for s in benchmark.snippets if benchmark.truth[s.id] == field.id]
        fields.append(replace(field, accepted=tuple(chance.choice(ids, count, replace=False).tolist())))
    return fields


@pytest.fixture(scope="module")
def described(benchmark: Any) -> list[GatherResult]:
    return gather(
        benchmark.snippets, benchmark.fields, vectors=benchmark.vectors, field_vectors=benchmark.field_vectors
    )


@pytest.mark.testdata
def test_descriptions_alone_find_the_problem(described: list[GatherResult], benchmark: Any) -> None:
    first, third = _figures(described, benchmark, set())
    assert first >= 0.60
    assert third >= 0.85


@pytest.mark.testdata
def test_descriptions_find_the_problem_without_facility_and_role(benchmark: Any) -> None:
    bare = [replace(s, facility="", speaker_role="") for s in benchmark.snippets]
    results = gather(bare, benchmark.fields, vectors=benchmark.vectors, field_vectors=benchmark.field_vectors)
    first, third = _figures(results, benchmark, set())
    assert first >= 0.46
    assert third >= 0.71


@pytest.mark.testdata
def test_examples_alone_find_the_problem(benchmark: Any) -> None:
    fields = [replace(f, name="", description="") for f in _with_examples(benchmark, 5, 0)]
    nothing = np.zeros_like(benchmark.field_vectors)
    results = gather(benchmark.snippets, fields, vectors=benchmark.vectors, field_vectors=nothing)
    first, third = _figures(results, benchmark, {i for f in fields for i in f.accepted})
    assert first >= 0.40
    assert third >= 0.70


@pytest.mark.testdata
def test_two_examples_more_do_not_hurt(benchmark: Any) -> None:
    fields = _with_examples(benchmark, 2, 0)
    results = gather(
        benchmark.snippets, fields, vectors=benchmark.vectors, field_vectors=benchmark.field_vectors
    )
    first, third = _figures(results, benchmark, {i for f in fields for i in f.accepted})
    assert first >= 0.60
    assert third >= 0.84


@pytest.mark.testdata
def test_small_talk_is_more_often_left_without_a_field(described: list[GatherResult], benchmark: Any) -> None:
    talk = [r.none_score for r in described if not benchmark.problem[r.snippet]]
    problem = [r.none_score for r in described if benchmark.problem[r.snippet]]
    above = np.mean([[t > p for p in problem] for t in talk])  # area under the curve
    assert above >= 0.80


@pytest.mark.testdata
def test_words_named_as_a_reason_stand_in_both_texts(described: list[GatherResult], benchmark: Any) -> None:
    texts = {s.id: s.text for s in benchmark.snippets}
    fields = {f.id: f.text for f in benchmark.fields}
    named = 0
    for result in described:
        for placement in result.ranking:
            for reason in placement.reasons:
                other = texts[reason.other] if reason.kind == "example" else fields[placement.field]
                for here, there in reason.words:
                    named += 1
                    assert here in {t.text for t in tokens(texts[result.snippet])}
                    assert there in {t.text for t in tokens(other)}
    assert named > 300


@pytest.mark.testdata
def test_scores_are_shares_and_every_placement_has_a_reason(described: list[GatherResult]) -> None:
    for result in described:
        assert result.none_score + sum(p.score for p in result.ranking) == pytest.approx(1, abs=1e-4)
        scores = [p.score for p in result.ranking]
        assert scores == sorted(scores, reverse=True)
        assert all(p.reasons for p in result.ranking)


@pytest.mark.testdata
def test_the_same_input_gives_the_same_result(described: list[GatherResult], benchmark: Any) -> None:
    again = gather(
        benchmark.snippets, benchmark.fields, vectors=benchmark.vectors, field_vectors=benchmark.field_vectors
    )
    assert again == described


NOTES = [
    Snippet(
        id="a", text="Der Dienstplan hält nur zwei Tage, dann fehlt wieder jemand.", visit="v1", time="23:55"
    ),
    Snippet(
        id="b", text="Sie telefoniert alle Kolleginnen ab, keiner springt ein.", visit="v1", time="00:02"
    ),
    Snippet(id="c", text="Das Schreiben vom Amt versteht hier kein Mensch.", visit="v2", time="10:00"),
    Snippet(id="d", text=""),
]
FIELDS = [
    Field(id="plan", name="Dienste besetzen", description="Dienstpläne halten nicht, niemand springt ein."),
    Field(id="post", name="Behördenpost", description="Schreiben von Ämtern sind unverständlich."),
]


def test_few_notes_go_to_the_field_that_describes_them(embedder: OnnxEmbedder) -> None:
    results = gather(NOTES, FIELDS, embedder)
    assert [r.ranking[0].field for r in results[:3]] == ["plan", "plan", "post"]
    assert results[3].none_score == 1.0


def test_decisions_come_first_and_teach(embedder: OnnxEmbedder) -> None:
    fields = [replace(FIELDS[0], accepted=("a", "fremd"), rejected=("c",)), FIELDS[1]]
    first, second, third, _ = gather(NOTES, fields, embedder)
    assert first.ranking[0].field == "plan"
    assert first.ranking[0].reasons == (Reason(kind="accepted", weight=1.0),)
    assert [p.score for p in third.ranking if p.field == "plan"] == [0.0]
    times = [r for r in second.ranking[0].reasons if r.kind == "time"]
    assert [(r.other, r.count) for r in times] == [("a", 7)]
    assert "7 min nach Beleg B-001" in reason_line(times, "de", {"a": "B-001"})
    assert "7 min after evidence a" in reason_line(times, "en")


def test_one_snippet_one_field_and_nothing_at_all(embedder: OnnxEmbedder) -> None:
    assert gather([], FIELDS, embedder) == []
    assert gather(NOTES[:1], [], embedder)[0].none_score == 1.0
    only = gather(NOTES[:1], FIELDS[:1], embedder)[0]
    assert only.ranking[0].field == "plan"
    assert only.ranking[0].score > 0.5


def test_duplicates_get_the_same_place(embedder: OnnxEmbedder) -> None:
    twins = [replace(NOTES[0], id=f"t{i}", visit="", time="") for i in range(12)]
    results = gather(twins, FIELDS, embedder)
    assert {r.ranking[0].field for r in results} == {"plan"}
    assert len({round(r.none_score, 3) for r in results}) == 1


def test_vectors_that_do_not_fit_are_refused(embedder: OnnxEmbedder) -> None:
    with pytest.raises(AnalysisError, match="vectors_mismatch"):
        gather(NOTES, FIELDS, embedder, vectors=np.zeros((2, embedder.dim), dtype=np.float32))
    with pytest.raises(AnalysisError, match="vectors_missing"):
        gather(NOTES, FIELDS)


def test_a_voice_that_speaks_against_a_problem_is_guessed_as_counter_evidence(embedder: OnnxEmbedder) -> None:
    calm = Snippet(
        id="x", text="Fairerweise: Mit dem neuen Dienstplan läuft es gut, das ist kein Problem mehr."
    )
    found = gather([calm, NOTES[0]], FIELDS, embedder)
    assert [r.stance for r in found] == ["counter", "support"]
