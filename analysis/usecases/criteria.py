"""What the library can honestly say on the board's criteria; the rest is unknown.

A hint is no rating: it names what is known, so that raters start from it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import AnalysisError
from analysis.usecases.matching import ProblemText, Say
from analysis.usecases.patterns import LANGUAGES, Pattern, Reader
from analysis.usecases.signals import find_hits, sentences

SCALE = ("1", "3", "5")
"""The scores whose meaning is written out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossCheck:
    """Another list that asks the same: its name and item, the item, where it stands."""

    source: str
    item: Mapping[str, str]
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardCriterion:
    """A criterion in both languages; `scale` says what 1, 3 and 5 mean."""

    key: str
    title: Mapping[str, str]
    question: Mapping[str, str]
    scale: Mapping[str, Mapping[str, str]]
    cross_checks: tuple[CrossCheck, ...]


@dataclass(frozen=True, slots=True)
class CriterionHint:
    """What is known on one criterion; `known` is False and `text` empty where nothing is."""

    key: str
    known: bool
    text: str


def load_criteria(path: Path | str) -> tuple[BoardCriterion, ...]:
    """Read the criteria, in the order of the file.

    Raises:
        AnalysisError: ``usecases.pattern_invalid`` (file, key) when the file is not complete.
    """
    file = Path(path)
    try:
        table = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AnalysisError("usecases.pattern_invalid", file=file.name, key="JSON") from error
    entries = Reader(file.name, table).tables("criteria")
    criteria = tuple(_criterion(entry) for entry in entries)
    if not criteria or len({c.key for c in criteria}) != len(criteria):
        raise AnalysisError("usecases.pattern_invalid", file=file.name, key="criteria")
    return criteria


def _criterion(entry: Reader) -> BoardCriterion:
    entry.only("key", "title", "question", "scale", "cross_checks")
    scale = entry.table("scale")
    scale.only(*SCALE)
    return BoardCriterion(
        key=entry.text("key"),
        title=_both(entry, "title"),
        question=_both(entry, "question"),
        scale={score: _both(scale, score) for score in SCALE},
        cross_checks=tuple(
            CrossCheck(source=c.text("source"), item=_both(c, "item"), address=c.text("address"))
            for c in entry.tables("cross_checks")
        ),
    )


def _both(entry: Reader, key: str) -> dict[str, str]:
    table = entry.table(key)
    table.only(*LANGUAGES)
    return table.both()


def criteria_hints(
    pattern: Pattern, field: ProblemText, keys: Sequence[str], *, say: Say
) -> tuple[CriterionHint, ...]:
    """Return one hint a criterion, in the order of `keys`.

    Refinancing and consent of staff depend on the place: the library never answers them.
    """
    known = {
        "feasible": pattern.text(say.language).effort,
        "impact": _impact(field, say),
        "scalable": _elsewhere(pattern, say),
        "data": _data(pattern, field, say),
        "protection": _protection(pattern, say),
        "human": pattern.text(say.language).oversight,
    }
    return tuple(CriterionHint(key, bool(known.get(key)), known.get(key, "")) for key in keys)


def _impact(field: ProblemText, say: Say) -> str:
    support = sum(1 for text in field.evidence if text.strip())
    counter = sum(1 for text in field.counter_evidence if text.strip())
    if not support and not counter:
        return ""
    return say("usecases.hint_impact", n=support, counter=counter)


def _elsewhere(pattern: Pattern, say: Say) -> str:
    if not pattern.examples:
        return ""
    return say("usecases.hint_scalable", example=pattern.example_line(say.language))


def _data(pattern: Pattern, field: ProblemText, say: Say) -> str:
    language = "en" if say.language == "en" else "de"
    need = "; ".join(item.text[language] for item in pattern.data)
    signals = [signal for item in pattern.data for signal in item.signals]
    told = sentences("\n".join((field.name, field.description, *field.evidence)))
    words = list(dict.fromkeys(hit.quote for hit in find_hits(told, signals)))
    if not words:
        return say("usecases.hint_data", data=need)
    return say("usecases.hint_data_found", data=need, words=", ".join(f"„{w}“" for w in words[:4]))


def _protection(pattern: Pattern, say: Say) -> str:
    text = pattern.text(say.language)
    return say("usecases.hint_protection", ki_act=text.ki_act, count=len(text.privacy))
