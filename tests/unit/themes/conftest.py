"""The benchmark as snippets and fields, and the real embedder, loaded once."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from analysis.language.embedding import OnnxEmbedder, Vectors
from analysis.themes.types import Field, Snippet
from explorer_app.models import ModelStore


@dataclass(frozen=True)
class Benchmark:
    snippets: list[Snippet]
    truth: dict[str, str | None]
    problem: dict[str, bool]
    fields: list[Field]
    vectors: Vectors
    field_vectors: Vectors


@pytest.fixture(scope="session")
def embedder(models: ModelStore) -> OnnxEmbedder:
    return OnnxEmbedder(models.path("multilingual-e5-small"))


@pytest.fixture(scope="session")
def benchmark(embedder: OnnxEmbedder, test_data: Path) -> Benchmark:
    folder = test_data / "benchmark"
    lines = [
        json.loads(line) for line in (folder / "snippets.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    keys = ("id", "text", "facility", "visit", "source", "time", "speaker_role")
    snippets = [Snippet(**{key: line[key] for key in keys}) for line in lines]
    with (folder / "problems.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    fields = [Field(id=r["id"], name=r["name_de"], description=r["description_de"]) for r in rows]
    return Benchmark(
        snippets=snippets,
        truth={line["id"]: line["problem_id"] for line in lines},
        problem={line["id"]: line["is_problem"] for line in lines},
        fields=fields,
        vectors=embedder.embed([s.text for s in snippets]),
        field_vectors=embedder.embed([f.text for f in fields], "query"),
    )
