"""Reasons for a placement: structured, true, and one short sentence in German or English."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.language.lemmas import language_of, lemma_parts
from analysis.language.tokens import normal, tokens
from analysis.themes import cues
from analysis.themes.spaces import Matrix, WordSpaces
from analysis.themes.types import Field, Reason, Snippet

_MOST_WORDS = 3
_MOST_REASONS = 3
_LEAST_WEIGHT = 0.15  # what a cue must add against the other fields to be named


class Explainer:
    """Says why a snippet was ranked for a field.

    Args:
        snippets: All snippets of the run.
        fields: All fields.
        spaces: Their word spaces, for the weights of words.
        meanings: Centred unit vectors of the snippets.
        parts: What each cue added, shape (snippets, fields) each.
        accepted: 0/1 matrix of decisions.
    """

    def __init__(
        self,
        snippets: Sequence[Snippet],
        fields: Sequence[Field],
        spaces: WordSpaces,
        meanings: Matrix,
        parts: dict[str, Matrix],
        accepted: Matrix,
    ) -> None:
        self._snippets = snippets
        self._fields = fields
        self._spaces = spaces
        self._meanings = meanings
        self._accepted = accepted
        # Against the mean of the other fields: a cue that says the same for all explains nothing.
        self._gains = {name: part - part.mean(axis=1, keepdims=True) for name, part in parts.items()}
        if len(fields) == 1:
            self._gains = dict(parts)
        self._words = [_surface_forms(f.text) for f in fields]
        self._rows: list[list[int]] = [np.flatnonzero(column).tolist() for column in accepted.T]
        self._cache: dict[int, dict[str, str]] = {}

    def reasons(self, i: int, k: int) -> tuple[Reason, ...]:
        """Return up to three reasons for snippet `i` in field `k`, strongest first."""
        snippet = self._snippets[i]
        if self._accepted[i, k]:
            return (Reason(kind="accepted", weight=1.0),)
        if snippet.id in self._fields[k].rejected:
            return (Reason(kind="rejected", weight=-1.0),)
        found = [
            *self._word_reason(i, k),
            *self._meaning_reason(i, k),
            *self._example_reason(i, k),
            *self._category_reason(i, k, "facility"),
            *self._category_reason(i, k, "role"),
            *self._time_reason(i, k),
            *self._rejected_reason(i, k),
        ]
        found.sort(key=lambda r: -abs(r.weight))
        top = found[:_MOST_REASONS]
        # A neighbour in time is easy to check, so it is shown even where it counts little.
        late = [r for r in found[_MOST_REASONS:] if r.kind == "time"]
        return (*top[: _MOST_REASONS - len(late)], *late) or (Reason(kind="weak", weight=0.0),)

    def _gain(self, name: str, i: int, k: int) -> float:
        gains = self._gains.get(name)
        return 0.0 if gains is None else float(gains[i, k])

    def _forms(self, i: int) -> dict[str, str]:
        if i not in self._cache:
            self._cache[i] = _surface_forms(self._snippets[i].text)
        return self._cache[i]

    def _shared(self, here: dict[str, str], there: dict[str, str]) -> tuple[tuple[str, str], ...]:
        ranked = sorted(here.keys() & there.keys(), key=lambda w: (-self._spaces.weights.get(w, 0.0), w))
        pairs: list[tuple[str, str]] = []
        for word in ranked:
            pair = (here[word], there[word])
            if all(pair[0] != p[0] and pair[1] != p[1] for p in pairs):
                pairs.append(pair)
        return tuple(pairs[:_MOST_WORDS])

    def _word_reason(self, i: int, k: int) -> list[Reason]:
        words = self._shared(self._forms(i), self._words[k])
        gain = self._gain("lemmas", i, k) + self._gain("characters", i, k)
        return [Reason(kind="words", weight=gain, words=words)] if words and gain >= _LEAST_WEIGHT else []

    def _meaning_reason(self, i: int, k: int) -> list[Reason]:
        gain = self._gain("meaning", i, k)
        if gain < 2 * _LEAST_WEIGHT or not self._fields[k].text:
            return []
        return [Reason(kind="meaning", weight=gain, value=self._fields[k].name)]

    def _example_reason(self, i: int, k: int) -> list[Reason]:
        rows = self._rows[k]
        if not len(rows):
            return []
        near = self._meanings[rows] @ self._meanings[i]
        row = rows[int(np.argmax(near))]
        gain = sum(self._gain(f"example_{space}", i, k) for space in ("meaning", "characters", "lemmas"))
        if gain < _LEAST_WEIGHT or near.max() <= 0:
            return []
        words = self._shared(self._forms(i), self._forms(row))
        return [Reason(kind="example", weight=gain, words=words, other=self._snippets[row].id)]

    def _category_reason(self, i: int, k: int, name: str) -> list[Reason]:
        """Name a facility or role only where accepted evidence shares it."""
        rows = self._rows[k]
        gain = self._gain(name, i, k)
        value = _category(self._snippets[i], name)
        count = sum(_category(self._snippets[row], name) == value for row in rows)
        if gain < _LEAST_WEIGHT or not count or not value:
            return self._guessed_category(i, k, name, value, gain)
        return [
            Reason(kind="facility" if name == "facility" else "role", weight=gain, value=value, count=count)
        ]

    def _guessed_category(self, i: int, k: int, name: str, value: str, gain: float) -> list[Reason]:
        """Before any decision: the facility or role where the closest evidence clusters (count 0)."""
        if len(self._rows[k]) or gain < 2 * _LEAST_WEIGHT or not value:
            return []
        return [Reason(kind="facility" if name == "facility" else "role", weight=gain, value=value)]

    def _time_reason(self, i: int, k: int) -> list[Reason]:
        gain = self._gain("time", i, k)
        if gain <= 0:
            return []
        snippet = self._snippets[i]
        best: tuple[int, str] | None = None
        for row in self._rows[k]:
            other = self._snippets[row]
            gap = cues.minutes_between(other.time, snippet.time)
            same = (other.facility, other.visit) == (snippet.facility, snippet.visit)
            if same and gap is not None and (best is None or abs(gap) < abs(best[0])):
                best = (gap, other.id)
        return [] if best is None else [Reason(kind="time", weight=gain, other=best[1], count=best[0])]

    def _rejected_reason(self, i: int, k: int) -> list[Reason]:
        gain = self._gain("rejected", i, k)
        if gain > -2 * _LEAST_WEIGHT:
            return []
        ids = set(self._fields[k].rejected)
        rows = [row for row, s in enumerate(self._snippets) if s.id in ids and row != i]
        if not rows:
            return []
        near = self._meanings[rows] @ self._meanings[i]
        other = self._snippets[rows[int(np.argmax(near))]].id
        return [Reason(kind="counter_example", weight=gain, other=other)]


def _category(snippet: Snippet, name: str) -> str:
    return snippet.facility if name == "facility" else snippet.speaker_role


def _surface_forms(text: str) -> dict[str, str]:
    """Map each content lemma and compound part to the word as it stands in the text (first place)."""
    language = language_of(text)
    forms: dict[str, str] = {}
    for token in tokens(text):
        for part in lemma_parts(token.text, language):
            forms.setdefault(part, token.text)
    return forms


_SENTENCES: dict[str, dict[str, str]] = {
    "de": {
        "accepted": "von einer Person angenommen",
        "rejected": "von einer Person abgelehnt",
        "words": "gleiche Wörter: {words}",
        "meaning": "nah an ‚{value}‘",
        "example": "ähnlich wie Beleg {other}",
        "example_words": "ähnlich wie Beleg {other} ({words})",
        "facility": "gleiche Einrichtung wie {count} angenommene",
        "facility_guess": "ähnliche Belege kommen oft aus dieser Einrichtung",
        "role": "gleiche Rolle wie {count} angenommene: {value}",
        "role_guess": "ähnliche Belege kommen oft von dieser Rolle: {value}",
        "time": "{count} min nach Beleg {other}",
        "time_before": "{count} min vor Beleg {other}",
        "time_same": "zur gleichen Minute wie Beleg {other}",
        "counter_example": "aber nah am abgelehnten Beleg {other}",
        "weak": "keine deutlichen Gründe",
    },
    "en": {
        "accepted": "accepted by a person",
        "rejected": "rejected by a person",
        "words": "same words: {words}",
        "meaning": "close to ‘{value}’",
        "example": "similar to evidence {other}",
        "example_words": "similar to evidence {other} ({words})",
        "facility": "same facility as {count} accepted",
        "facility_guess": "similar evidence often comes from this facility",
        "role": "same role as {count} accepted: {value}",
        "role_guess": "similar evidence often comes from this role: {value}",
        "time": "{count} min after evidence {other}",
        "time_before": "{count} min before evidence {other}",
        "time_same": "in the same minute as evidence {other}",
        "counter_example": "but close to the rejected evidence {other}",
        "weak": "no clear reasons",
    },
}


def reason_line(reasons: Sequence[Reason], language: str = "de", labels: dict[str, str] | None = None) -> str:
    """Return one short line for reasons, such as ``gleiche Wörter: Dienstplan, Zettel · nah an ‚…‘``.

    Args:
        reasons: Reasons, strongest first.
        language: ``de`` or ``en``.
        labels: Labels shown instead of snippet ids (``B-041``).
    """
    sentences = _SENTENCES["en" if language == "en" else "de"]
    return " · ".join(_phrase(reason, sentences, labels or {}) for reason in reasons)


def _phrase(reason: Reason, sentences: dict[str, str], labels: dict[str, str]) -> str:
    key: str = reason.kind
    if reason.kind == "example" and reason.words:
        key = "example_words"
    elif reason.kind in ("facility", "role") and not reason.count:
        key = f"{reason.kind}_guess"
    elif reason.kind == "time" and reason.count <= 0:
        key = "time_before" if reason.count < 0 else "time_same"
    return sentences[key].format(
        words=", ".join(_pair(pair) for pair in reason.words),
        value=reason.value,
        other=labels.get(reason.other, reason.other),
        count=abs(reason.count),
    )


def _pair(pair: tuple[str, str]) -> str:
    here, there = pair
    return here if normal(here) == normal(there) else f"{here}/{there}"
