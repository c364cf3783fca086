"""Findings: codes, themes, problem fields, candidates, criteria and ratings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from explorer_app.domain.material import Stance


class Decider(StrEnum):
    """Who decided."""

    MACHINE = "machine"
    PERSON = "person"


class MembershipState(StrEnum):
    """State of a piece of evidence in a problem field."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class AiNeed(StrEnum):
    """Whether a problem needs AI at all."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A person's label for evidence."""

    id: str
    name: str
    description: str = ""
    parent_id: str | None = None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """One code on one piece of evidence."""

    id: str
    code_id: str
    evidence_id: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Key phrases that recur."""

    id: str
    name: str
    phrases: tuple[str, ...] = ()
    decided_by: Decider = Decider.MACHINE
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemCluster:
    """A problem field: a sentence (who, what, why, how often) plus evidence.

    `draft` is True as long as no person named or described it.
    """

    id: str
    name: str
    sentence: str = ""
    phrases: tuple[str, ...] = ()
    draft: bool = True
    named_by: Decider = Decider.MACHINE
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A piece of evidence in a problem field; who decided, why, pinned or not."""

    id: str
    cluster_id: str
    evidence_id: str
    decided_by: Decider
    state: MembershipState
    stance: Stance = Stance.SUPPORT
    pinned: bool = False
    score: float | None = None
    reason: str = ""
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCaseCandidate:
    """A problem field matched with a use-case pattern, with the reasons for and against."""

    id: str
    cluster_id: str
    pattern_id: str
    score: float
    ai_need: AiNeed
    reasons_for: tuple[str, ...] = ()
    reasons_against: tuple[str, ...] = ()
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """A criterion of the board."""

    id: str
    key: str
    title: str
    question: str
    position: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """One rater's score (1 to 5, None = unsure) of a card on a criterion, with a reason."""

    id: str
    card_id: str
    criterion_key: str
    rater: str
    score: int | None
    reason: str = ""
    round: int = 1
    created_at: datetime
