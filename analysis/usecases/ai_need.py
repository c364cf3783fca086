"""Does a problem need AI at all? An answer with the reason, never more certain than the library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.usecases.matching import PatternMatch, ProblemText, Say
from analysis.usecases.patterns import NO_AI_PATTERN, AiAnswer, Pattern
from analysis.usecases.signals import find_hits, sentences

_FAINT = 0.12  # below it the best pattern rests on next to nothing
_NEAR = 0.05  # score distance at which "change the procedure" stands level with the best pattern


@dataclass(frozen=True, slots=True)
class AiVerdict:
    """The answer and one sentence that says why."""

    need: AiAnswer
    reason: str


def ai_need(
    field: ProblemText, matches: Sequence[PatternMatch], patterns: Sequence[Pattern], *, say: Say
) -> AiVerdict:
    """Say whether the field needs AI, from its best pattern and from what the field says itself.

    The best pattern gives the usual answer. A situation that a changed procedure settles turns
    "unclear" into "no" and "yes" into "unclear", and is named with the words of the field.

    Args:
        field: The field.
        matches: Result of `match_patterns` for it, best first.
        patterns: The library.
        say: The language of the reason.
    """
    if field.empty or not matches:
        return AiVerdict("unclear", say("usecases.ai_nothing"))
    known = {pattern.id: pattern for pattern in patterns}
    best = matches[0]
    if best.score < _FAINT:
        return AiVerdict("unclear", say("usecases.ai_no_pattern"))
    pattern = known[best.pattern_id]
    text = pattern.text(say.language)
    simple = _simple(field, patterns, say)
    if pattern.ai == "unclear" and simple is not None:
        cue, words = simple
        return AiVerdict("no", say("usecases.ai_simple_enough", cue=cue, words=words))
    if pattern.ai == "yes" and simple is not None:
        cue, words = simple
        return AiVerdict("unclear", say("usecases.ai_simple_first", pattern=text.name, cue=cue, words=words))
    if pattern.ai == "yes" and _level_with_simple(matches):
        return AiVerdict("unclear", say("usecases.ai_simple_near", pattern=text.name))
    return AiVerdict(pattern.ai, say("usecases.ai_by_pattern", pattern=text.name, answer=text.ai_answer))


def _simple(field: ProblemText, patterns: Sequence[Pattern], say: Say) -> tuple[str, str] | None:
    """Return the first situation in the field's own words that needs no AI, with those words."""
    own = sentences(f"{field.name}\n{field.description}")
    language = "en" if say.language == "en" else "de"
    for pattern in patterns:
        if pattern.id != NO_AI_PATTERN:
            continue
        for cue in pattern.cues:
            hits = find_hits(own, cue.signals) if cue.ai == "no" else ()
            if hits:
                return cue.text[language], hits[0].quote
    return None


def _level_with_simple(matches: Sequence[PatternMatch]) -> bool:
    best = matches[0].score
    return any(m.pattern_id == NO_AI_PATTERN and best - m.score <= _NEAR for m in matches[1:3])
