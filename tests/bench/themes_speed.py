"""Times the theme analysis: first sort of 10,000 snippets, placing 100 new ones, embedding.

    EXPLORER_HOME=… python tests/bench/themes_speed.py [snippets]

Texts are recombined sentences of the benchmark, made different by numbers; vectors are cached
before the clock starts, as the vault keeps them.
"""

from __future__ import annotations

import json
import os
import platform
import random
import sys
import time
from pathlib import Path

import numpy as np
import psutil

from analysis.language.embedding import OnnxEmbedder
from analysis.language.sentences import sentences
from analysis.themes.gathering import gather
from analysis.themes.sorting import first_sort
from analysis.themes.types import Field, Snippet

BENCHMARK = Path(os.environ.get("EXPLORER_TEST_DATA", Path(__file__).parents[3] / "shared")) / "benchmark"


def synthetic(count: int, seed: int = 0) -> list[Snippet]:
    """Return snippets of two recombined sentences each, with a number of their own."""
    chance = random.Random(seed)
    lines = [
        json.loads(line) for line in (BENCHMARK / "snippets.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    pool = [s.text for line in lines for s in sentences(line["text"])]
    made = []
    for i in range(count):
        model = lines[i % len(lines)]
        first = sentences(model["text"])[0].text
        made.append(
            Snippet(
                id=f"N{i:05d}",
                text=f"{first} {chance.choice(pool)} {i}",
                facility=model["facility"],
                visit=model["visit"],
                source=model["source"],
                time=model["time"],
                speaker_role=model["speaker_role"],
            )
        )
    return made


def main() -> None:
    """Print one line a measurement."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    home = Path(os.environ["EXPLORER_HOME"])
    embedder = OnnxEmbedder(home / "models" / "multilingual-e5-small")
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} processors,", end=" ")
    print(f"load {psutil.getloadavg()[0]:.1f}, {embedder.name}")
    snippets = synthetic(count)
    started = time.perf_counter()
    part = embedder.embed([s.text for s in snippets[:200]])
    print(f"embedding            {(time.perf_counter() - started) / 200 * 1000:8.1f} ms a snippet (200)")
    # Embedding all would take minutes and is not what is timed: noisy copies of real vectors.
    noise = np.random.default_rng(0).normal(0, 0.01, (count, embedder.dim)).astype(np.float32)
    vectors = part[np.arange(count) % 200] + noise
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    started = time.perf_counter()
    result = first_sort(snippets, embedder, vectors=vectors)
    print(
        f"first sort           {time.perf_counter() - started:8.1f} s ({count}, {len(result.fields)} fields)"
    )
    fields = [
        Field(id=f.id, name=f.name, description=f.sentence, accepted=f.medoids) for f in result.fields[:16]
    ]
    queries = embedder.embed([f.text for f in fields], "query")
    new = 100
    started = time.perf_counter()
    gather(
        snippets[:new],
        fields,
        vectors=vectors[:new],
        field_vectors=queries,
        context=snippets[new:],
        context_vectors=vectors[new:],
    )
    print(f"placing {new} new      {time.perf_counter() - started:8.1f} s (beside {count - new})")
    started = time.perf_counter()
    gather(snippets, fields, vectors=vectors, field_vectors=queries)
    print(f"gathering from all   {time.perf_counter() - started:8.1f} s ({count} × {len(fields)})")
    print(f"peak memory          {psutil.Process().memory_info().rss / 2**20:8.0f} MiB (now)")


if __name__ == "__main__":
    main()
