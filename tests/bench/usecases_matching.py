"""Measure pattern matching: top-1, top-3 and the answer on AI, with and without embeddings.

Run: python tests/bench/usecases_matching.py [--benchmark FOLDER] [--misses] [--precision int8]
Needs the folder of the public benchmark (problems.csv, snippets.jsonl) for its part; the own test
problems in tests/fixtures are always measured. Read the figures with care: signal words and weights
were chosen while looking at usecase_problems.jsonl, and the benchmark was known when the library was
written; only usecase_problems_held_out.jsonl was written afterwards and tells how it goes on new
fields. All own problems come from one hand.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from analysis.language.embedding import Embedder, OnnxEmbedder  # noqa: E402
from analysis.usecases.ai_need import ai_need  # noqa: E402
from analysis.usecases.closeness import index_patterns  # noqa: E402
from analysis.usecases.matching import ProblemText, match_patterns  # noqa: E402
from analysis.usecases.patterns import load_patterns  # noqa: E402
from explorer_app.texts import Texts, resource  # noqa: E402

_FIGURES = ("top-1", "top-3", "first among the listed", "answer on AI")


@dataclass(frozen=True)
class Case:
    """A problem with its expected patterns, best first, and the expected answer on AI."""

    id: str
    field: ProblemText
    expected: tuple[str, ...]
    ai: str


def own_cases(name: str = "usecase_problems.jsonl") -> list[Case]:
    lines = (ROOT / "tests/fixtures" / name).read_text(encoding="utf-8").splitlines()
    return [
        Case(
            r["id"],
            ProblemText(name=r["name"], description=r["description"]),
            tuple(r["patterns"]),
            r["ai_needed"],
        )
        for r in map(json.loads, filter(str.strip, lines))
    ]


def benchmark_cases(folder: Path, *, evidence: bool) -> list[Case]:
    support: dict[str, list[str]] = {}
    counter: dict[str, list[str]] = {}
    for line in (folder / "snippets.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["problem_id"]:
            side = counter if row["stance"] == "counter" else support
            side.setdefault(row["problem_id"], []).append(row["text"])
    cases = []
    with (folder / "problems.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            field = ProblemText(
                name=row["name_de"],
                description=row["description_de"],
                evidence=tuple(support.get(row["id"], ())) if evidence else (),
                counter_evidence=tuple(counter.get(row["id"], ())) if evidence else (),
            )
            cases.append(Case(row["id"], field, tuple(row["patterns"].split("|")), row["ai_needed"]))
    return cases


def measure(label: str, cases: list[Case], embedder: Embedder | None, *, misses: bool) -> None:
    patterns = load_patterns(resource("patterns"))
    say = Texts("de")
    index = index_patterns(patterns, embedder) if embedder else None
    top1 = top3 = listed = ai = 0
    for case in cases:
        matches = match_patterns(case.field, patterns, embedder, say=say, index=index)
        names = [m.pattern_id for m in matches]
        verdict = ai_need(case.field, matches, patterns, say=say)
        top1 += names[0] == case.expected[0]
        top3 += case.expected[0] in names[:3]
        listed += names[0] in case.expected
        ai += verdict.need == case.ai
        if misses and (names[0] != case.expected[0] or verdict.need != case.ai):
            print(f"  {case.id} want {case.expected[0]}/{case.ai} got {verdict.need}:", end=" ")
            best = (f"{m.pattern_id} {m.score:.2f} ({m.words:.2f}/{m.closeness:+.2f})" for m in matches[:4])
            print(", ".join(best))
    n = len(cases)
    shares = (
        f"{what} {count / n:.2f}" for what, count in zip(_FIGURES, (top1, top3, listed, ai), strict=True)
    )
    print(f"{label:48} n={n} {', '.join(shares)}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--benchmark", type=Path, default=ROOT.parent / "shared" / "benchmark")
    parser.add_argument("--model", type=Path, default=None)
    parser.add_argument("--precision", default="auto", choices=("auto", "int8", "fp32"))
    parser.add_argument("--misses", action="store_true")
    options = parser.parse_args()
    model = options.model
    if model is None and os.environ.get("EXPLORER_HOME"):
        model = Path(os.environ["EXPLORER_HOME"]) / "models" / "multilingual-e5-small"
    embedder = OnnxEmbedder(model, precision=options.precision) if model and model.is_dir() else None
    engines: list[tuple[str, Embedder | None]] = [("words", None)]
    if embedder is not None:
        engines.append(("words + closeness", embedder))
    for name, engine in engines:
        measure(f"own test problems, {name}", own_cases(), engine, misses=options.misses)
        held_out = own_cases("usecase_problems_held_out.jsonl")
        measure(f"held-out problems, {name}", held_out, engine, misses=options.misses)
        if options.benchmark.is_dir():
            for evidence in (False, True):
                kind = "with evidence" if evidence else "name + description"
                cases = benchmark_cases(options.benchmark, evidence=evidence)
                measure(f"benchmark, {kind}, {name}", cases, engine, misses=options.misses)


if __name__ == "__main__":
    main()
