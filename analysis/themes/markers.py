"""Marker words of problem statements, and what they say about a text.

The lexicon stands in ``resources/language/problem_markers.tsv``. Words alone are a weak sign (an F1
about that of always saying yes, on complaint data); they leave small talk out of a first sort and
give a person something to see. Decisions teach more, see `analysis.themes.problems`.
"""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass

from analysis.language.wordlists import lines

PROBLEM_KINDS = ("lack", "effort", "frequency", "obligation", "wish", "workaround", "failure")
"""Kinds that speak for a problem, in the order they are shown."""

# Log-odds a kind adds, however often it is seen. Set by reason, not fitted: failure, lack and
# effort say most, obligations and wishes stand in plain talk too.
_WEIGHTS = {
    "lack": 0.8,
    "effort": 0.8,
    "frequency": 0.6,
    "obligation": 0.4,
    "wish": 0.3,
    "workaround": 0.6,
    "failure": 1.0,
    "praise": -0.9,
    "counter": 0.0,
}
_PRIOR = -0.3


@dataclass(frozen=True, slots=True)
class Marker:
    """A marker found: its kind, and the words as written with their character offsets."""

    kind: str
    text: str
    start: int
    end: int


@functools.cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    entries: dict[str, list[str]] = {}
    for line in lines("problem_markers.tsv"):
        kind, _language, words = line.split("\t")
        entries.setdefault(kind, []).extend(words.split("|"))
    return tuple((kind, _compile(words)) for kind, words in entries.items())


def _compile(entries: list[str]) -> re.Pattern[str]:
    alternatives = "|".join(_expression(entry) for entry in sorted(entries, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)", re.IGNORECASE)


def _expression(entry: str) -> str:
    escaped = re.escape(entry.strip()).replace("'", "['’]")
    escaped = escaped.replace(re.escape(" … "), r"\s+(?:[\w'’-]+\s+){0,3}").replace(re.escape("*"), r"\w*")
    return escaped.replace(r"\ ", r"\s+")


def markers(text: str) -> tuple[Marker, ...]:
    """Return the marker words of a text in order of their place."""
    found = [
        Marker(kind, match.group(), match.start(), match.end())
        for kind, pattern in _patterns()
        for match in pattern.finditer(text)
    ]
    return tuple(sorted(found, key=lambda m: (m.start, m.end, m.kind)))


def problem_likeness(text: str) -> float:
    """Return how likely a text tells of a problem by its marker words, 0 to 1.

    A blank text gets 0. Without any marker the value is a little below one half: words that are not
    in the lexicon can tell of a problem as well.
    """
    if not text.strip():
        return 0.0
    kinds = {marker.kind for marker in markers(text)}
    return 1.0 / (1.0 + math.exp(-(_PRIOR + sum(_WEIGHTS[kind] for kind in kinds))))


def counter_likeness(text: str) -> float:
    """Return how likely a text speaks against a problem (it works, it is not so bad), 0 to 1."""
    found = markers(text)
    counters = sum(m.kind == "counter" for m in found)
    failures = len({m.start for m in found if m.kind == "failure"})
    praise = sum(m.kind == "praise" for m in found)
    return 1.0 / (
        1.0 + math.exp(-(-2.2 + 1.8 * min(counters, 2) + 0.3 * min(praise, 2) - 0.5 * min(failures, 2)))
    )
