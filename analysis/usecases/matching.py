"""Match a problem field with the pattern library, and say why.

Three kinds of cues speak, each in words that a person can check: signal words of the library,
situations that the library describes ("the same data is written twice"), and closeness in meaning
between the field and the symptoms of a pattern. What the words say weighs more than closeness, since
only words can be shown. Counter-evidence and cases where a pattern does not fit become reasons
against. Nothing is learned from other fields: the same input gives the same answer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from analysis.language.embedding import Embedder, Vectors
from analysis.usecases.patterns import Pattern
from analysis.usecases.signals import Hit, Sentence, find_hits, sentences

_LONGEST = 20_000  # characters read of a text; more is a pasted document, not a problem field
_MOST_EVIDENCE = 200
_STRONG, _WEAK, _AGAINST, _NOT_WHEN = 1.0, 0.4, -0.6, -0.7
_EVIDENCE_SHARE = 2.0  # a signal that stands in half of the evidence counts as if in the description
_SATURATION = 2.0  # the fourth signal word of a pattern tells little more than the third
_WORDS_SHARE = 0.6  # of the score, the rest is closeness; by tests/bench/usecases_matching.py
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

    `words` is the part of the score that rests on words of the field, `closeness` the part that
    rests on meaning (0 without an embedder). Reasons are short sentences in the asked language.
    """

    pattern_id: str
    score: float
    reasons_for: tuple[str, ...]
    reasons_against: tuple[str, ...]
    words: float = 0.0
    closeness: float = 0.0


@dataclass(frozen=True, slots=True)
class PatternIndex:
    """Vectors of all symptoms: `vectors` of shape (symptoms, dim), `owner` the pattern's position."""

    model: str
    vectors: Vectors
    owner: tuple[int, ...]
    symptoms: tuple[tuple[int, int], ...]


def index_patterns(
    patterns: Sequence[Pattern], embedder: Embedder, languages: Sequence[str] = ("de",)
) -> PatternIndex:
    """Embed the symptoms of all patterns once, for many fields.

    German alone is enough for the multilingual model, and halves the time.
    """
    texts: list[str] = []
    owner: list[int] = []
    places: list[tuple[int, int]] = []
    for position, pattern in enumerate(patterns):
        for language in languages:
            for number, symptom in enumerate(pattern.text(language).symptoms):
                texts.append(symptom)
                owner.append(position)
                places.append((position, number))
    return PatternIndex(embedder.name, embedder.embed(texts, "passage"), tuple(owner), tuple(places))


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
        embedder: Adds closeness in meaning; without it only words count.
        say: The language of the reasons.
        index: Vectors of the symptoms from `index_patterns`, else they are made here.
    """
    if field.empty or not patterns:
        return [_silent(pattern) for pattern in patterns]
    reading = _Reading.of(field)
    findings = [_read(reading, pattern) for pattern in patterns]
    closeness: Sequence[_Closeness | None] = [None] * len(patterns)
    if embedder is not None:
        closeness = _closeness(field, patterns, embedder, index)
    matches = [
        _match(finding, near, field, say) for finding, near in zip(findings, closeness, strict=True)
    ]
    order = sorted(range(len(matches)), key=lambda n: (-matches[n].score, n))
    return [matches[n] for n in order]


@dataclass(frozen=True, slots=True)
class _Reading:
    """The sentences of a field: its own words, and those of its evidence."""

    head: tuple[Sentence, ...]
    evidence: tuple[tuple[Sentence, ...], ...]

    @staticmethod
    def of(field: ProblemText) -> _Reading:
        head = sentences(f"{field.name[:_LONGEST]}\n{field.description[:_LONGEST]}")
        texts = [t for t in field.evidence if t.strip()][:_MOST_EVIDENCE]
        return _Reading(head, tuple(sentences(t[:_LONGEST]) for t in texts))

    def all(self) -> tuple[Sentence, ...]:
        """Every sentence, own words first."""
        return self.head + tuple(s for text in self.evidence for s in text)

    def weigh(self, signals: tuple[str, ...], weight: float) -> tuple[float, list[Hit]]:
        """Return the weight of all signals that hit, and the hits with their words."""
        if not signals:
            return 0.0, []
        own = find_hits(self.head, signals)
        total = weight * len(own)
        hits = list(own)
        seen = {hit.signal for hit in own}
        counts: dict[str, int] = {}
        for text in self.evidence:
            for hit in find_hits(text, signals):
                counts[hit.signal] = counts.get(hit.signal, 0) + 1
                if hit.signal not in seen:
                    seen.add(hit.signal)
                    hits.append(hit)
        for count in counts.values():
            total += weight * min(1.0, _EVIDENCE_SHARE * count / len(self.evidence))
        return total, hits


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
class _Closeness:
    value: float
    symptom: int


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
    everything = reading.all()
    missing = next(
        (n for n, d in enumerate(pattern.data) if d.signals and not find_hits(everything, d.signals)), None
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


def _closeness(
    field: ProblemText, patterns: Sequence[Pattern], embedder: Embedder, index: PatternIndex | None
) -> list[_Closeness]:
    """Closeness of each pattern, -1 to 1: how its nearest symptoms stand out among all patterns."""
    if index is None or index.model != embedder.name:
        index = index_patterns(patterns, embedder)
    queries = [f"{field.name}. {field.description}"[:_LONGEST]]
    passages = [t[:_LONGEST] for t in field.evidence if t.strip()][:_MOST_EVIDENCE]
    centre = index.vectors.mean(axis=0, keepdims=True)
    symptoms = _unit(index.vectors - centre)
    head = _unit(embedder.embed(queries, "query") - centre) @ symptoms.T
    standing = _standing(head, index.owner, len(patterns))[0]
    if passages:
        vectors = embedder.embed(passages, "passage")
        # Evidence is centred on its own mean first: spoken text and symptoms differ in kind.
        own = vectors - vectors.mean(axis=0, keepdims=True) if len(passages) > 1 else vectors - centre
        middle = _unit(vectors.mean(axis=0, keepdims=True) - centre)
        each = _standing(_unit(own) @ symptoms.T, index.owner, len(patterns)).mean(axis=0)
        joint = _standing(middle @ symptoms.T, index.owner, len(patterns))[0]
        standing = 0.6 * standing + 0.25 * joint + 0.15 * each
    result: list[_Closeness] = []
    for position in range(len(patterns)):
        rows = [n for n, owner in enumerate(index.owner) if owner == position]
        best = max(rows, key=lambda n: (float(head[0, n]), -n))
        value = math.tanh(float(standing[position]) / _SPREAD)
        result.append(_Closeness(value, index.symptoms[best][1]))
    return result


def _standing(similarity: Vectors, owner: tuple[int, ...], count: int) -> Any:
    """Standard scores of shape (texts, patterns): best symptom and the next two, against the rest."""
    owners = np.asarray(owner)
    columns = []
    for position in range(count):
        part = np.sort(similarity[:, owners == position], axis=1)[:, ::-1]
        columns.append(0.6 * part[:, 0] + 0.4 * part[:, :3].mean(axis=1))
    table = np.stack(columns, axis=1)
    spread = table.std(axis=1, keepdims=True)
    return (table - table.mean(axis=1, keepdims=True)) / np.where(spread > 1e-9, spread, 1.0)


def _unit(vectors: Vectors) -> Vectors:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 1e-9))


def _match(finding: _Finding, near: _Closeness | None, field: ProblemText, say: Say) -> PatternMatch:
    words = 1.0 - math.exp(-max(0.0, finding.weight) / _SATURATION)
    if finding.weight < 0:
        words = max(-1.0, finding.weight / 2)
    if near is None:
        score = words
    else:
        score = _WORDS_SHARE * words + (1 - _WORDS_SHARE) * near.value
    return PatternMatch(
        pattern_id=finding.pattern.id,
        score=round(min(1.0, max(0.0, score)), 4),
        reasons_for=tuple(_reasons_for(finding, near, say)),
        reasons_against=tuple(_reasons_against(finding, field, say)),
        words=round(words, 4),
        closeness=round(near.value, 4) if near else 0.0,
    )


def _reasons_for(finding: _Finding, near: _Closeness | None, say: Say) -> list[str]:
    lines = [
        say("usecases.reason_cue", cue=finding.pattern.cues[n].text[_language(say)], words=hit.quote)
        for n, hit in finding.cues
    ]
    if finding.hits:
        words = dict.fromkeys(hit.quote for hit in finding.hits)
        lines.append(say("usecases.reason_words", words=_list(list(words)[:_SHOWN])))
    if near is not None and near.value > 0.3:
        symptom = finding.pattern.text(say.language).symptoms[near.symptom]
        lines.append(say("usecases.reason_close", symptom=symptom))
    return lines


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
