"""Marker words, learning from decisions, key phrases and the lab forms."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.language.embedding import OnnxEmbedder
from analysis.themes.keyphrases import key_phrases
from analysis.themes.lab import lab_gather, lab_problems, lab_sort
from analysis.themes.markers import markers, problem_likeness
from analysis.themes.problems import problem_scores

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("problem", "talk"),
    [
        ("Es fehlt jede Nacht an Personal.", "Auf dem Tisch steht ein Strauß Tulpen."),
        ("Sie tippt alles von Hand ab, stundenlang.", "Alle lachen, es gibt Kuchen."),
        ("We copy the same list by hand every week.", "There is coffee and everybody is happy."),
    ],
)
def test_marker_words_tell_problems_from_small_talk(problem: str, talk: str) -> None:
    assert problem_likeness(problem) > 0.5 > problem_likeness(talk)
    assert problem_likeness("  ") == 0.0


def test_markers_stand_where_they_say() -> None:
    text = "Das kostet mich viel Zeit, und der Übergabezettel fehlt."
    found = markers(text)
    assert {m.kind for m in found} >= {"effort", "lack"}
    assert all(text[m.start : m.end] == m.text for m in found)


@pytest.mark.models
@pytest.mark.testdata
def test_decisions_teach_what_a_problem_is(benchmark: Any) -> None:
    chance = np.random.default_rng(0)
    order = chance.permutation(len(benchmark.snippets))
    shown = {benchmark.snippets[i].id: benchmark.problem[benchmark.snippets[i].id] for i in order[:160]}
    rest = [benchmark.snippets[i].id for i in order[160:]]

    def agreement(decisions: dict[str, bool]) -> float:
        scores = {s.snippet: s for s in problem_scores(benchmark.snippets, decisions, benchmark.vectors)}
        assert all(scores[i].probability == float(d) for i, d in decisions.items())
        return float(np.mean([(scores[i].probability >= 0.5) == benchmark.problem[i] for i in rest]))

    assert agreement(shown) >= 0.74
    assert agreement(shown) > agreement({})


@pytest.mark.models
def test_key_phrases_are_nouns_of_the_texts(embedder: OnnxEmbedder) -> None:
    texts = [
        "Der Dienstplan hält nie, bei Ausfällen telefoniert die Leitung.",
        "Wieder ein neuer Dienstplan, wieder Ausfälle.",
        "Wer springt ein? Der Dienstplan hängt voller Zettel.",
    ]
    phrases = [phrase for phrase, _ in key_phrases(texts, embedder)]
    assert "Dienstplan" in phrases
    assert all(any(phrase in text for text in texts) for phrase in phrases)
    assert key_phrases([], embedder) == ()
    assert key_phrases(["", "und so"], embedder) == ()


def test_keybert_comes_without_pytorch_and_leaves_warnings_alone() -> None:
    code = (
        "import sys, warnings\n"
        "before = list(warnings.filters)\n"
        "from analysis.themes.keyphrases import _keybert\n"
        "_keybert()\n"
        "assert 'torch' not in sys.modules and 'sentence_transformers' not in sys.modules\n"
        "assert not any(f[0] == 'ignore' and f[2] is FutureWarning for f in warnings.filters"
        " if f not in before)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=REPOSITORY)


@pytest.mark.models
def test_the_lab_reads_what_people_write(embedder: OnnxEmbedder) -> None:
    lines: list[object] = [
        {"id": "ä1", "text": "Niemand weiß, wo der Schlüssel ist. 🙂", "time": 830},
        {"id": 7, "text": None},
        {"id": "x"},
    ]
    fields: list[object] = [{"id": "f", "name": "Schlüssel", "accepted": ["weg"], "rejected": None}]
    gathered = lab_gather(lines, fields, embedder)
    assert [g["snippet"] for g in gathered] == ["ä1", "7", "x"]
    assert all(set(g) == {"snippet", "none", "ranking"} for g in gathered)
    ranking: Any = gathered[0]["ranking"]
    assert set(ranking[0]) == {"field", "score", "reason"}
    assert "Schlüssel" in ranking[0]["reason"]
    assert lab_sort(lines, embedder)["assignments"] == {"ä1": None, "7": None, "x": None}
    problems = lab_problems(lines, [{"id": "x", "is_problem": True}, {"id": "fremd"}], embedder)
    assert [p["probability"] for p in problems][1:] == [0.0, 1.0]
    json.dumps([gathered, problems])


@pytest.mark.models
def test_the_lab_takes_empty_files(embedder: OnnxEmbedder) -> None:
    assert lab_sort([], embedder) == {"fields": [], "assignments": {}}
    assert lab_gather([], [], embedder) == []
    assert lab_problems([]) == []


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([["a"]], "analysis.not_an_object"),
        ([{"text": "ohne"}], "analysis.id_missing"),
        ([{"id": "a"}, {"id": "a"}], "analysis.id_twice"),
    ],
)
def test_the_lab_names_the_line_it_cannot_read(lines: list[object], message: str) -> None:
    with pytest.raises(AnalysisError) as caught:
        lab_problems(lines)
    assert caught.value.message_id == message
    assert caught.value.values["line"] == len(lines)
