"""Material: notes, recordings, transcripts and the anchors into them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SourceKind(StrEnum):
    """Where a piece of text comes from; embeddings are centred per source kind."""

    NOTE = "note"
    INTERVIEW = "interview"
    WORKSHOP = "workshop"


class ObservationKind(StrEnum):
    """Kind of a field note."""

    OBSERVATION = "observation"
    QUOTE = "quote"
    PAIN_POINT = "pain_point"
    IDEA = "idea"
    QUESTION = "question"
    WORKAROUND = "workaround"


class MarkKind(StrEnum):
    """Kind of a mark in a recording."""

    PROBLEM = "problem"
    INSIGHT = "insight"
    NEED = "need"
    BOOKMARK = "bookmark"
    OFF_THE_RECORD = "off_the_record"
    GAP = "gap"


class TranscriptOrigin(StrEnum):
    """How a transcript came about."""

    MACHINE = "machine"
    IMPORTED = "imported"
    TYPED = "typed"


class TargetKind(StrEnum):
    """What an anchor points into."""

    SEGMENT = "segment"
    OBSERVATION = "observation"
    IMAGE = "image"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """A timed field note. `text` is what was seen, `interpretation` what is made of it."""

    id: str
    visit_id: str
    at: datetime | None
    text: str
    source: SourceKind = SourceKind.NOTE
    kind: ObservationKind = ObservationKind.OBSERVATION
    interpretation: str = ""
    participant_id: str | None = None
    role: str = ""
    activity: str = ""
    tool: str = ""
    interruption: bool = False
    minutes: float | None = None
    frequency: str = ""
    tags: tuple[str, ...] = ()
    external_id: str = ""
    revision: int = 1
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Encrypted audio of a visit. `seconds` counts sealed chunks; `complete` is set at stop."""

    id: str
    visit_id: str
    title: str
    sample_rate: int
    seconds: int
    duration: float
    complete: bool
    source_name: str = ""
    source_sha256: str = ""
    warnings: tuple[str, ...] = ()
    started_at: datetime | None = None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A mark at a second of a recording."""

    id: str
    recording_id: str
    at: float
    kind: MarkKind
    note: str = ""
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A spoken word: seconds within the recording, confidence 0 to 1."""

    start: float
    end: float
    text: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """The text of one interview: of a recording, imported or typed."""

    id: str
    visit_id: str
    recording_id: str | None
    title: str
    origin: TranscriptOrigin
    language: str = "de"
    model: str = ""
    complete: bool = True
    holes: tuple[tuple[float, float], ...] = ()
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A transcript piece. Times are seconds, or None for a text without audio.

    `text` is the current wording, `machine_text` the machine's own, never changed afterwards.
    `trusted` is False while a piece stands in quarantine (`doubt` says why). `confirmed_at` is
    set when a person confirmed the wording by ear.
    """

    id: str
    transcript_id: str
    position: int
    text: str
    start: float | None = None
    end: float | None = None
    speaker: str = ""
    participant_id: str | None = None
    words: tuple[Word, ...] = ()
    machine_text: str = ""
    trusted: bool = True
    doubt: str = ""
    window: int | None = None
    revision: int = 1
    confirmed_at: datetime | None = None
    confirmed_by: str = ""
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRevision:
    """The wording of a segment or observation before an edit."""

    id: str
    target_kind: TargetKind
    target_id: str
    revision: int
    text: str
    author: str = ""
    created_at: datetime


class Stance(StrEnum):
    """What a piece of evidence says about a problem."""

    SUPPORT = "support"
    COUNTER = "counter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """An anchor into a text: character offsets, quote, its SHA-256 and the text's revision.

    `number` gives the label people see, such as ``B-041``. `lost` is set when the quote could not
    be found again after an edit; the stored quote stays.
    """

    id: str
    number: int
    target_kind: TargetKind
    target_id: str
    start: int
    end: int
    quote: str
    quote_hash: str
    revision: int
    visit_id: str
    participant_id: str | None = None
    lost: bool = False
    created_at: datetime

    @property
    def label(self) -> str:
        """The label shown to people."""
        return f"B-{self.number:03d}"
