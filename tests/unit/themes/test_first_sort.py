"""The first sort: repeatable, honest, and content with any number of notes."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analysis.language.embedding import OnnxEmbedder
from analysis.themes.sorting import first_sort
from analysis.themes.types import Snippet

pytestmark = pytest.mark.models


@pytest.mark.testdata
def test_the_same_notes_and_seed_give_the_same_fields(benchmark: Any, embedder: OnnxEmbedder) -> None:
    first = first_sort(benchmark.snippets, embedder, vectors=benchmark.vectors, seed=3)
    again = first_sort(benchmark.snippets, embedder, vectors=benchmark.vectors, seed=3)
    assert first == again
    assert 6 <= len(first.fields) <= 30


@pytest.mark.testdata
def test_fields_are_made_of_the_notes_themselves(benchmark: Any, embedder: OnnxEmbedder) -> None:
    result = first_sort(benchmark.snippets, embedder, vectors=benchmark.vectors)
    texts = {s.id: s.text for s in benchmark.snippets}
    assert set(result.assignments) == set(texts)
    for field in result.fields:
        members = [i for i, f in result.assignments.items() if f == field.id]
        assert len(members) == field.size >= 3
        assert set(field.medoids) <= set(members)
        assert field.name
        together = " ".join(" ".join(texts[i].split()) for i in members)
        assert field.sentence.removesuffix(" …") in together
        assert all(" ".join(p.split()) in together for p in field.phrases)


@pytest.mark.testdata
def test_more_problems_than_small_talk_get_a_field(benchmark: Any, embedder: OnnxEmbedder) -> None:
    result = first_sort(benchmark.snippets, embedder, vectors=benchmark.vectors)
    sorted_ids = {i for i, f in result.assignments.items() if f}
    problems = [i in sorted_ids for i, is_problem in benchmark.problem.items() if is_problem]
    talk = [i in sorted_ids for i, is_problem in benchmark.problem.items() if not is_problem]
    assert np.mean(problems) >= 0.85
    assert np.mean(talk) <= 0.75


def test_nothing_one_note_and_blank_notes_give_no_field(embedder: OnnxEmbedder) -> None:
    assert first_sort([], embedder).fields == ()
    one = first_sort([Snippet(id="a", text="Der Plan fehlt.")], embedder)
    assert (one.fields, dict(one.assignments)) == ((), {"a": None})
    blank = first_sort([Snippet(id=str(i), text=" ") for i in range(9)], embedder)
    assert set(blank.assignments.values()) == {None}


def test_duplicates_share_a_field(embedder: OnnxEmbedder) -> None:
    note = Snippet(id="a", text="Der Dienstplan ist schon wieder falsch, niemand weiß Bescheid.")
    result = first_sort([replace(note, id=str(i)) for i in range(8)], embedder)
    assert len(result.fields) == 1
    assert set(result.assignments.values()) == {result.fields[0].id}


@pytest.mark.slow
@pytest.mark.testdata
def test_two_thousand_notes_are_sorted_in_time(benchmark: Any, embedder: OnnxEmbedder) -> None:
    chance = np.random.default_rng(0)
    rows = chance.integers(0, len(benchmark.snippets), 2000)
    notes = [
        replace(benchmark.snippets[r], id=f"n{i}", text=f"{benchmark.snippets[r].text} Nr. {i}")
        for i, r in enumerate(rows)
    ]
    noise = chance.normal(0, 0.01, (2000, embedder.dim)).astype(np.float32)
    started = time.process_time()
    result = first_sort(notes, embedder, vectors=benchmark.vectors[rows] + noise)
    assert time.process_time() - started < 60  # processor time: the wall clock hangs on the neighbours
    assert result.fields
