"""The stages of theme analysis on plain records, in the stable JSON forms of the lab.

Records come from files people made: keys may be missing, values of another kind, ids unknown or
doubled. What can be read is read; what cannot be placed (no id, no object) is one clear error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from analysis.errors import AnalysisError
from analysis.language.embedding import Embedder, Vectors
from analysis.themes.gathering import gather
from analysis.themes.problems import problem_line, problem_scores
from analysis.themes.reasons import reason_line
from analysis.themes.sorting import first_sort
from analysis.themes.types import Field, Snippet

Record = Mapping[str, object]


def read_snippets(records: Iterable[object]) -> list[Snippet]:
    """Return snippets of records ``{"id", "text", "facility", "visit", "source", "time", "speaker_role"}``.

    Raises:
        AnalysisError: ``analysis.not_an_object``, ``analysis.id_missing`` (both with the line
            number) or ``analysis.id_twice``.
    """
    return [
        Snippet(
            id=identity,
            text=_text(record, "text"),
            facility=_text(record, "facility"),
            visit=_text(record, "visit"),
            source=_text(record, "source"),
            time=_text(record, "time"),
            speaker_role=_text(record, "speaker_role"),
        )
        for identity, record in _identified(records)
    ]


def read_fields(records: Iterable[object]) -> list[Field]:
    """Return fields of records ``{"id", "name", "description", "accepted", "rejected"}``.

    Raises:
        AnalysisError: As `read_snippets`.
    """
    return [
        Field(
            id=identity,
            name=_text(record, "name"),
            description=_text(record, "description"),
            accepted=_ids(record, "accepted"),
            rejected=_ids(record, "rejected"),
        )
        for identity, record in _identified(records)
    ]


def lab_sort(
    records: Iterable[object],
    embedder: Embedder,
    *,
    vectors: Vectors | None = None,
    seed: int = 0,
    granularity: float = 1.0,
) -> dict[str, object]:
    """Return ``{"fields": [{"id", "name", "sentence", "phrases"}], "assignments": {...}}``.

    `assignments` maps each snippet id to a field id or None.
    """
    result = first_sort(read_snippets(records), embedder, vectors=vectors, seed=seed, granularity=granularity)
    return {
        "fields": [
            {"id": f.id, "name": f.name, "sentence": f.sentence, "phrases": list(f.phrases)}
            for f in result.fields
        ],
        "assignments": dict(result.assignments),
    }


def lab_gather(
    snippet_records: Iterable[object],
    field_records: Iterable[object],
    embedder: Embedder,
    *,
    vectors: Vectors | None = None,
    language: str = "de",
) -> list[dict[str, object]]:
    """Return ``[{"snippet", "none": score, "ranking": [{"field", "score", "reason"}]}]``, best first."""
    results = gather(read_snippets(snippet_records), read_fields(field_records), embedder, vectors=vectors)
    return [
        {
            "snippet": result.snippet,
            "none": result.none_score,
            "ranking": [
                {"field": p.field, "score": p.score, "reason": reason_line(p.reasons, language)}
                for p in result.ranking
            ],
        }
        for result in results
    ]


def lab_problems(
    snippet_records: Iterable[object],
    decision_records: Iterable[object] = (),
    embedder: Embedder | None = None,
    *,
    vectors: Vectors | None = None,
    language: str = "de",
) -> list[dict[str, object]]:
    """Return ``[{"snippet", "probability", "reason"}]``; decisions are ``{"id", "is_problem"}``."""
    snippets = read_snippets(snippet_records)
    decisions = {
        identity: bool(record["is_problem"])
        for identity, record in _identified(decision_records)
        if isinstance(record.get("is_problem"), bool)
    }
    if decisions and vectors is None and embedder is not None and snippets:
        vectors = embedder.embed([s.text for s in snippets], "passage")
    return [
        {"snippet": s.snippet, "probability": s.probability, "reason": problem_line(s, language)}
        for s in problem_scores(snippets, decisions, vectors)
    ]


def _identified(records: Iterable[object]) -> list[tuple[str, Record]]:
    found: list[tuple[str, Record]] = []
    seen: set[str] = set()
    for line, record in enumerate(records, start=1):
        if not isinstance(record, Mapping):
            raise AnalysisError("analysis.not_an_object", line=line)
        raw = record.get("id")
        identity = str(raw).strip() if isinstance(raw, str | int) and not isinstance(raw, bool) else ""
        if not identity:
            raise AnalysisError("analysis.id_missing", line=line)
        if identity in seen:
            raise AnalysisError("analysis.id_twice", line=line, id=identity)
        seen.add(identity)
        found.append((identity, record))
    return found


def _text(record: Record, key: str) -> str:
    value = record.get(key)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _ids(record: Record, key: str) -> tuple[str, ...]:
    value = record.get(key)
    if not isinstance(value, Sequence) or isinstance(value, str):
        return ()
    return tuple(dict.fromkeys(str(v) for v in value if isinstance(v, str | int)))
