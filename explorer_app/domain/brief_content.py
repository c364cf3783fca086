"""What a board brief says, as plain values: built by the services, set by the reports.

None or an empty value means "not known" and is shown as such ("unbekannt"), never left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Light(StrEnum):
    """A traffic light; the brief shows a word and a shape beside the colour."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefQuote:
    """A quote with consent. `recording` and `start` lead back to the second, if spoken.

    `wording` is what a person confirmed by ear (spoken) or wrote (note). `fresh` is what the
    fresh transcript says there; empty for notes.
    """

    label: str
    wording: str
    speaker: str
    role: str
    facility: str
    source: str
    visit: str
    recorded: bool
    recording: str = ""
    start: float | None = None
    end: float | None = None
    fresh: str = ""
    confirmed_by: str = ""
    consent: str = ""
    stance: str = "support"


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefCriterion:
    """One criterion: median of the ratings or None, their spread, and what it rests on."""

    key: str
    title: str
    score: float | None = None
    low: int | None = None
    high: int | None = None
    raters: int = 0
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefLight:
    """One data or data-protection question with its light and a short answer."""

    title: str
    light: Light
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefCount:
    """A bar of a chart: evidence that supports and evidence that counters."""

    name: str
    support: int
    counter: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefTrace:
    """An appendix row that walks a piece of evidence back to its file and second."""

    label: str
    stance: str
    source: str
    facility: str
    visit: str
    role: str
    place: str
    excerpt: str
    decided_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefContent:
    """Everything on the two pages and in the appendix."""

    language: str
    exploration: str
    title: str
    problem_name: str
    problem: str
    facility_types: tuple[str, ...]
    affected: tuple[str, ...]
    quote_count: int
    people_count: int
    facility_count: int
    note_count: int
    counter_count: int
    quotes: tuple[BriefQuote, ...]
    counter_quotes: tuple[BriefQuote, ...]
    idea: str
    needs_ai: str
    needs_ai_reason: str
    pattern: str
    reasons_for: tuple[str, ...]
    reasons_against: tuple[str, ...]
    example: str
    today: tuple[str, ...]
    tomorrow: tuple[str, ...]
    criteria: tuple[BriefCriterion, ...]
    lights: tuple[BriefLight, ...]
    human_role: str
    bias: str
    effort: str
    refinancing: str
    open_source: str
    risks: tuple[str, ...]
    open_questions: tuple[str, ...]
    next_step: str
    by_facility: tuple[BriefCount, ...]
    by_role: tuple[BriefCount, ...]
    coauthors: tuple[str, ...]
    machine_share: float | None
    version: int
    issued_on: date
    trace: tuple[BriefTrace, ...] = ()
    fresh_notes: tuple[str, ...] = ()
    sample: bool = False
