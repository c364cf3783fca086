"""What goes into the theme analysis and what comes out: frozen, plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Stance = Literal["support", "counter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A piece of evidence as the analysis sees it.

    `time` is ``HH:MM`` or an ISO time, `source` the kind of text (``note``, ``interview``,
    ``workshop``); anything but `id` and `text` may be empty.
    """

    id: str
    text: str
    facility: str = ""
    visit: str = ""
    source: str = ""
    time: str = ""
    speaker_role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A problem field: what a person wrote, and the ids of evidence they accepted or rejected."""

    id: str
    name: str = ""
    description: str = ""
    accepted: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Name and description in one."""
        return ". ".join(part.strip().rstrip(".") for part in (self.name, self.description) if part.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftField:
    """A field of the first sort: named by the machine, to be named anew by a person.

    `sentence` is the central piece of evidence, word for word; `medoids` are the ids of the most
    central pieces, best first.
    """

    id: str
    name: str
    sentence: str
    phrases: tuple[str, ...] = ()
    medoids: tuple[str, ...] = ()
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SortResult:
    """A first sort. `assignments` maps each snippet id to a field id, or None for no field."""

    fields: tuple[DraftField, ...]
    assignments: MappingProxyType[str, str | None] = field(default_factory=lambda: MappingProxyType({}))


ReasonKind = Literal[
    "accepted",
    "rejected",
    "words",
    "meaning",
    "example",
    "facility",
    "role",
    "time",
    "counter_example",
    "weak",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason for or against a placement.

    `words` are pairs (as it stands in the snippet, as it stands in the other text). `other` is the
    id of the snippet compared with, `value` what the kind names (facility, role), `count` how many
    or how many minutes. `weight` is what the cue added to the score against the other fields.
    """

    kind: ReasonKind
    weight: float
    words: tuple[tuple[str, str], ...] = ()
    other: str = ""
    value: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """How well a snippet fits a field: `score` 0 to 1, with reasons, strongest first."""

    field: str
    score: float
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GatherResult:
    """Where one snippet belongs. `none_score` (0 to 1) is the guess that it fits no field.

    The scores of `ranking` (best first) and `none_score` add up to 1. `stance` is a guess.
    """

    snippet: str
    none_score: float
    ranking: tuple[Placement, ...]
    stance: Stance = "support"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemScore:
    """How likely a snippet tells of a problem, 0 to 1, and the marker words that say so.

    `kinds` names the marker kinds found: lack, effort, frequency, obligation, wish, workaround,
    failure, praise; `words` are as written in the snippet.
    """

    snippet: str
    probability: float
    kinds: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    learned: bool = False
