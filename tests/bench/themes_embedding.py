"""Compares fp32 and int8: time, memory, and what each does to the ranking on the benchmark.

EXPLORER_HOME=… python tests/bench/themes_embedding.py
"""

from __future__ import annotations

import csv
import json
import os
import time
from pathlib import Path
from typing import Literal

import numpy as np
import psutil

from analysis.language.embedding import OnnxEmbedder
from analysis.themes.gathering import gather
from analysis.themes.types import Field, Snippet

BENCHMARK = Path(os.environ.get("EXPLORER_TEST_DATA", Path(__file__).parents[3] / "shared")) / "benchmark"


def main() -> None:
    """Print one line a precision."""
    folder = Path(os.environ["EXPLORER_HOME"]) / "models" / "multilingual-e5-small"
    lines = [
        json.loads(line) for line in (BENCHMARK / "snippets.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    keys = ("id", "text", "facility", "visit", "source", "time", "speaker_role")
    snippets = [Snippet(**{key: line[key] for key in keys}) for line in lines]
    with (BENCHMARK / "problems.csv").open(encoding="utf-8", newline="") as file:
        fields = [
            Field(id=r["id"], name=r["name_de"], description=r["description_de"])
            for r in csv.DictReader(file)
        ]
    truth = {line["id"]: line["problem_id"] for line in lines}
    print(f"load {psutil.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    precisions: tuple[Literal["fp32", "int8"], ...] = ("fp32", "int8")
    for precision in precisions:
        if precision == "int8" and not (folder / "model.int8.onnx").is_file():
            print("model.int8.onnx is not installed")
            continue
        before = psutil.Process().memory_info().rss
        embedder = OnnxEmbedder(folder, precision=precision)
        started = time.perf_counter()
        vectors = embedder.embed([s.text for s in snippets])
        seconds = time.perf_counter() - started
        memory = (psutil.Process().memory_info().rss - before) / 2**20
        queries = embedder.embed([f.text for f in fields], "query")
        results = gather(snippets, fields, vectors=vectors, field_vectors=queries)
        places = [
            [p.field for p in r.ranking].index(truth[r.snippet])
            for r in results
            if truth[r.snippet] is not None
        ]
        print(
            f"{embedder.name:28} {seconds / len(snippets) * 1000:5.1f} ms a snippet, +{memory:4.0f} MiB, "
            f"top-1 {np.mean(np.array(places) == 0):.3f}, top-3 {np.mean(np.array(places) < 3):.3f}"
        )


if __name__ == "__main__":
    main()
