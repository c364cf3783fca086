"""The stage on plain data: problem fields in, ranked patterns out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from analysis.errors import AnalysisError
from analysis.language.embedding import Embedder
from analysis.usecases.ai_need import ai_need
from analysis.usecases.closeness import index_patterns
from analysis.usecases.matching import ProblemText, Say, match_patterns
from analysis.usecases.patterns import Pattern


def lab_patterns(
    field_lines: Iterable[Mapping[str, Any]],
    patterns: Sequence[Pattern],
    embedder: Embedder | None = None,
    *,
    say: Say,
    snippets: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """Rank the patterns for each field.

    Args:
        field_lines: ``{"id", "name", "description", "accepted": [snippet ids], …}``; ``description``
            and ``accepted`` may be missing.
        patterns: The library.
        embedder: Adds closeness in meaning.
        say: The language of the reasons.
        snippets: Text of each snippet id; ids without a text are passed over.

    Returns:
        ``[{"field", "ai_needed", "ai_reason", "ranking": [{"pattern", "score", "reason"}]}]``, the
        ranking best first with every pattern of the library.

    Raises:
        AnalysisError: ``usecases.field_invalid`` (line) for a line that is no field.
    """
    texts = snippets or {}
    index = index_patterns(patterns, embedder) if embedder is not None else None
    result: list[dict[str, Any]] = []
    for number, line in enumerate(field_lines, start=1):
        field_id, field = _field(line, number, texts)
        matches = match_patterns(field, patterns, embedder, say=say, index=index)
        verdict = ai_need(field, matches, patterns, say=say)
        ranking = [
            {
                "pattern": match.pattern_id,
                "score": match.score,
                "reason": " ".join((*match.reasons_for, *match.reasons_against)),
            }
            for match in matches
        ]
        result.append(
            {"field": field_id, "ai_needed": verdict.need, "ai_reason": verdict.reason, "ranking": ranking}
        )
    return result


def _field(line: object, number: int, texts: Mapping[str, str]) -> tuple[str, ProblemText]:
    wrong = AnalysisError("usecases.field_invalid", line=number)
    if not isinstance(line, Mapping):
        raise wrong
    field_id, name, description = line.get("id"), line.get("name"), line.get("description") or ""
    accepted = line.get("accepted") or []
    if not isinstance(field_id, str) or not isinstance(name, str) or not isinstance(description, str):
        raise wrong
    if not isinstance(accepted, list) or not all(isinstance(item, str) for item in accepted):
        raise wrong
    evidence = tuple(texts[item] for item in accepted if item in texts)
    return field_id, ProblemText(name=name, description=description, evidence=evidence)
