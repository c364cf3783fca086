"""What comes out of a file: turns of an interview or notes, and what was left out and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from explorer_app.domain.material import ObservationKind, SourceKind


class FileKind(StrEnum):
    """Kinds of files that can be read."""

    MARKDOWN = "markdown"
    TEXT = "text"
    DOCX = "docx"
    VTT = "vtt"
    SRT = "srt"
    CSV = "csv"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class ImportNotice:
    """Something a person should know: a message id with values; `values["line"]` is the line in the file."""

    message_id: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedTurn:
    """One turn. Times are seconds or None; an empty speaker is not known."""

    text: str
    speaker: str = ""
    start: float | None = None
    end: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedText:
    """An interview. `metadata` is what the file says of itself (YAML head, document properties)."""

    kind: FileKind
    title: str
    turns: tuple[ImportedTurn, ...]
    metadata: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    warnings: tuple[ImportNotice, ...] = ()

    @property
    def speakers(self) -> tuple[str, ...]:
        """The speakers in order of appearance, without the unknown one."""
        return tuple(dict.fromkeys(turn.speaker for turn in self.turns if turn.speaker))


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedNote:
    """A field note. `clock` is the local time; `day` is set where the file has dates.

    `days_later` counts midnights passed since the first note of the visit: in a night shift 00:25 after
    23:52 is one day later.
    """

    text: str
    external_id: str = ""
    facility: str = ""
    visit: str = ""
    source: SourceKind = SourceKind.NOTE
    kind: ObservationKind = ObservationKind.OBSERVATION
    role: str = ""
    day: date | None = None
    clock: time | None = None
    days_later: int = 0
    interpretation: str = ""
    activity: str = ""
    tool: str = ""

    def at(self, visit_day: date | None) -> datetime | None:
        """Return the local moment of the note, given the day on which the visit began."""
        day = self.day or visit_day
        if day is None or self.clock is None:
            return None
        return datetime.combine(day + timedelta(days=self.days_later), self.clock)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedNotes:
    """Notes in the order of the file."""

    kind: FileKind
    notes: tuple[ImportedNote, ...]
    warnings: tuple[ImportNotice, ...] = ()
