"""Outcome: idea cards as stored, frozen briefs, jobs and what a write changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class IdeaCard:
    """An idea card as stored: the document (CRDT update bytes) and what lists need."""

    id: str
    title: str
    status: str
    document: bytes
    text_hash: str
    cluster_id: str | None = None
    candidate_id: str | None = None
    evidence_ids: tuple[str, ...] = ()
    updated_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """A frozen snapshot for the board. `content` is the canonical JSON that `sha256` is of."""

    id: str
    card_id: str
    version: int
    language: str
    content: str
    sha256: str
    pdf: bytes
    evidence_ids: tuple[str, ...] = ()
    created_at: datetime


class JobState(StrEnum):
    """State of a job."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Long work that survives a restart. `done_parts` lists finished windows or items."""

    id: str
    kind: str
    subject_id: str
    state: JobState
    options: dict[str, object] = field(default_factory=dict)
    done_parts: tuple[int, ...] = ()
    progress: float = 0.0
    message_id: str = ""
    message_values: dict[str, object] = field(default_factory=dict)
    updated_at: datetime
    created_at: datetime


class Action(StrEnum):
    """What happened to a thing."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Touched:
    """One thing that a write touched; `kind` is the name of its repository."""

    kind: str
    id: str
    action: Action


@dataclass(frozen=True, slots=True)
class Changes:
    """What one write changed, so that views refresh only that; `label` names its undo."""

    label: str
    touched: tuple[Touched, ...] = ()
    values: dict[str, object] = field(default_factory=dict)

    def ids(self, kind: str, action: Action | None = None) -> tuple[str, ...]:
        """Return the ids of one kind that were touched, in order, optionally by one action."""
        return tuple(t.id for t in self.touched if t.kind == kind and action in (None, t.action))
