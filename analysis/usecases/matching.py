"""Match a problem field with the pattern library, and say why.

Three kinds of cues speak, each in words that a person can check: signal words of the library,
situations that the library describes ("the same data is written twice"), and closeness of the field
to the library's own sentences, in meaning and in wording. Counter-evidence and cases where a pattern
does not fit become reasons against. Nothing is learned from other fields: the same input gives the
same answer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from analysis.language.embedding import Embedder
from analysis.usecases.closeness import (
    LONGEST,
    MOST_EVIDENCE,
    PatternIndex,
    index_patterns,
    meaning,
    wording,
)
from analysis.usecases.patterns import Pattern
from analysis.usecases.signals import Hit, Told, sentences

_STRONG, _WEAK, _AGAINST, _NOT_WHEN = 1.0, 0.4, -0.6, -0.7
_EVIDENCE_SHARE = 2.0  # a signal that stands in half of the evidence counts as if in the description
_SATURATION = 2.0  # the fourth signal word of a pattern tells little more than the third
_CLOSE_MEANING = 0.5  # share of closeness in the score with an embedder …
_CLOSE_WORDS = 0.4  # … and without, where closeness is wording alone
_WORDING_SHARE = 0.4  # weight of wording beside meaning
_CLEARLY_NEAR = 0.4
_SPREAD = 1.5  # standard deviations of closeness that count as clearly near or far
_SHOWN = 6


class Say(Protocol):
    """Turns a message id with values into a sentence of one language."""

    @property
    def language(self) -> str:
        """``de`` or ``en``."""
        ...

    def __call__(self, message_id: str, /, **values: object) -> str:
        """Return the sentence."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemText:
    """What is known of a problem field: its words and the evidence that people accepted."""

    name: str
    description: str = ""
    evidence: tuple[str, ...] = ()
    counter_evidence: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to read."""
        return not any(t.strip() for t in (self.name, self.description, *self.evidence))


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternMatch:
    """How well a pattern answers a field: `score` 0 to 1, comparable within one field only.

    `words` (-1 to 1) says what signal words and situations tell, `closeness` (-1 to 1) how the
    pattern's sentences stand out. Reasons are short sentences in the asked language.
    """

    pattern_id: str
    score: float
    reasons_for: tuple[str, ...]
    reasons_against: tuple[str, ...]
    words: float = 0.0
    closeness: float = 0.0


def match_patterns(
    field: ProblemText,
    patterns: Sequence[Pattern],
    embedder: Embedder | None = None,
    *,
    say: Say,
    index: PatternIndex | None = None,
) -> list[PatternMatch]:
    """Rank all patterns for a field, best first; equal scores keep the order of the library.

    Args:
        field: The field; an empty one gives score 0 everywhere and no reasons.
        patterns: The library.
        embedder: Adds closeness in meaning; without it only wording counts.
        say: The language of the reasons.
        index: Vectors of the library from `index_patterns`, else they are made here.
    """
    if field.empty or not patterns:
        return [_silent(pattern) for pattern in patterns]
    reading = _Reading(field)
    findings = [_read(reading, pattern) for pattern in patterns]
    nearness = _nearness(field, reading, patterns, embedder, index)
    matches = [_match(finding, near, field, say) for finding, near in zip(findings, nearness, strict=True)]
    order = sorted(range(len(matches)), key=lambda n: (-matches[n].score, n))
    return [matches[n] for n in order]


class _Reading:
    """A field's own words (text 0) and its evidence (from text 1 on), read once for all patterns."""

    def __init__(self, field: ProblemText) -> None:
        self.evidence = tuple(t[:LONGEST] for t in field.evidence if t.strip())[:MOST_EVIDENCE]
        head = f"{field.name[:LONGEST]}\n{field.description[:LONGEST]}"
        self._told = Told(sentences(text) for text in (head, *self.evidence))

    def speaks_of(self, signals: tuple[str, ...]) -> bool:
        """Return whether any signal hits anywhere."""
        return any(self._told.find(signals, n) for n in range(len(self._told)))

    def weigh(self, signals: tuple[str, ...], weight: float) -> tuple[float, list[Hit]]:
        """Return the weight of all signals that hit, and the hits with their words."""
        own = self._told.find(signals, 0)
        hits = {hit.signal: hit for hit in own}
        counts: dict[str, int] = {}
        for n in range(1, len(self._told)):
            for hit in self._told.find(signals, n):
                counts[hit.signal] = counts.get(hit.signal, 0) + 1
                hits.setdefault(hit.signal, hit)
        total = weight * len(own)
        for count in counts.values():
            total += weight * min(1.0, _EVIDENCE_SHARE * count / len(self.evidence))
        return total, list(hits.values())


@dataclass(frozen=True, slots=True)
class _Finding:
    pattern: Pattern
    weight: float
    hits: tuple[Hit, ...]
    cues: tuple[tuple[int, Hit], ...]
    against: tuple[Hit, ...]
    not_when: tuple[tuple[int, Hit], ...]
    data_missing: int | None


@dataclass(frozen=True, slots=True)
class _Near:
    value: float
    share: float
    shared: tuple[str, ...]
    nearest: int | None


def _read(reading: _Reading, pattern: Pattern) -> _Finding:
    strong, strong_hits = reading.weigh(pattern.signals.strong, _STRONG)
    weak, weak_hits = reading.weigh(pattern.signals.weak, _WEAK)
    against, against_hits = reading.weigh(pattern.signals.against, _AGAINST)
    cues: list[tuple[int, Hit]] = []
    weight = strong + weak + against
    for number, cue in enumerate(pattern.cues):
        found, hits = reading.weigh(cue.signals, cue.weight)
        if hits:  # a situation counts once, however many words tell of it
            cues.append((number, hits[0]))
            weight += min(found, cue.weight)
    refused: list[tuple[int, Hit]] = []
    for number, condition in enumerate(pattern.not_when):
        found, hits = reading.weigh(condition.signals, _NOT_WHEN)
        if hits:
            refused.append((number, hits[0]))
            weight += max(found, _NOT_WHEN)
    missing = next(
        (n for n, d in enumerate(pattern.data) if d.signals and not reading.speaks_of(d.signals)), None
    )
    return _Finding(
        pattern,
        weight,
        (*strong_hits, *weak_hits),
        tuple(cues),
        tuple(against_hits),
        tuple(refused),
        missing,
    )


def _nearness(
    field: ProblemText,
    reading: _Reading,
    patterns: Sequence[Pattern],
    embedder: Embedder | None,
    index: PatternIndex | None,
) -> list[_Near]:
    """Closeness of each pattern, -1 to 1, with what of the field and of the library is close."""
    library = tuple(patterns)
    head = f"{field.name}. {field.description}"
    words = wording(library)
    total = words.scores(head, reading.evidence)
    nearest: Sequence[int | None] = [None] * len(library)
    share = _CLOSE_WORDS
    if embedder is not None:
        if index is None or index.model != embedder.name:
            index = index_patterns(library, embedder)
        found = meaning(head, reading.evidence, embedder, index)
        total = found.scores + _WORDING_SHARE * total
        spread = float(total.std())
        total = total / spread if spread > 1e-9 else total
        nearest = found.nearest
        share = _CLOSE_MEANING
    shared = words.shared(head, _SHOWN)
    return [
        _Near(math.tanh(float(total[n]) / _SPREAD), share, shared[n], nearest[n]) for n in range(len(library))
    ]


def _match(finding: _Finding, near: _Near, field: ProblemText, say: Say) -> PatternMatch:
    words = 1.0 - math.exp(-finding.weight / _SATURATION) if finding.weight > 0 else finding.weight / 4
    score = (1 - near.share) * max(-1.0, words) + near.share * near.value
    return PatternMatch(
        pattern_id=finding.pattern.id,
        score=round(min(1.0, max(0.0, score)), 4),
        reasons_for=tuple(_reasons_for(finding, near, say)),
        reasons_against=tuple(_reasons_against(finding, field, say)),
        words=round(words, 4),
        closeness=round(near.value, 4),
    )


def _reasons_for(finding: _Finding, near: _Near, say: Say) -> list[str]:
    lines = [
        say("usecases.reason_cue", cue=finding.pattern.cues[n].text[_language(say)], words=hit.quote)
        for n, hit in finding.cues
    ]
    told = dict.fromkeys(hit.quote for hit in finding.hits)
    if told:
        lines.append(say("usecases.reason_words", words=_list(list(told)[:_SHOWN])))
    if near.value > _CLEARLY_NEAR:
        symptoms = finding.pattern.text(say.language).symptoms
        if near.nearest is not None and near.nearest % _rows(finding.pattern) < len(symptoms):
            symptom = symptoms[near.nearest % _rows(finding.pattern)]
            lines.append(say("usecases.reason_close", symptom=symptom))
        shared = [word for word in near.shared if word not in told]
        if shared and not told:
            lines.append(say("usecases.reason_shared", words=_list(shared[:3])))
    return lines


def _rows(pattern: Pattern) -> int:
    """Sentences of a pattern in one language, in the order of the index."""
    text = pattern.text("de")
    return len(text.symptoms) + len(text.fits) + len(text.today) + 2


def _reasons_against(finding: _Finding, field: ProblemText, say: Say) -> list[str]:
    pattern, language = finding.pattern, _language(say)
    lines = [
        say("usecases.against_not_when", case=pattern.not_when[n].text[language], words=hit.quote)
        for n, hit in finding.not_when
    ]
    if finding.against:
        words = dict.fromkeys(hit.quote for hit in finding.against)
        lines.append(say("usecases.against_words", words=_list(list(words)[:_SHOWN])))
    if finding.data_missing is not None:
        lines.append(say("usecases.against_data", data=pattern.data[finding.data_missing].text[language]))
    counter = [t.strip() for t in field.counter_evidence if t.strip()]
    if counter:
        lines.append(say("usecases.against_counter", n=len(counter), quote=_short(counter[0])))
    return lines


def _silent(pattern: Pattern) -> PatternMatch:
    return PatternMatch(pattern_id=pattern.id, score=0.0, reasons_for=(), reasons_against=())


def _language(say: Say) -> str:
    return "en" if say.language == "en" else "de"


def _list(words: list[str]) -> str:
    return ", ".join(f"„{word}“" for word in words)


def _short(text: str, limit: int = 120) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"
