"""Fieldwork: the exploration, where it goes and whom it meets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class VisitKind(StrEnum):
    """Kind of a visit."""

    SHADOWING = "shadowing"
    INTERVIEW = "interview"
    WORKSHOP = "workshop"


class ParticipantGroup(StrEnum):
    """Whom a participant belongs to."""

    STAFF = "staff"
    CLIENT = "client"
    VOLUNTEER = "volunteer"
    RELATIVE = "relative"
    OTHER = "other"


class ConsentPurpose(StrEnum):
    """What a consent allows."""

    RECORD = "record"
    TRANSCRIBE = "transcribe"
    QUOTE = "quote"
    PHOTO = "photo"
    BOARD = "board"
    REUSE = "reuse"


class ConsentForm(StrEnum):
    """How a consent was given."""

    PAPER = "paper"
    SPOKEN = "spoken"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exploration:
    """One project: period, associations, facilities, explorers."""

    id: str
    title: str
    language: str = "de"
    starts_on: date | None = None
    ends_on: date | None = None
    explorers: tuple[str, ...] = ()
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    """A facility (Einrichtung). `law` is ``dsgvo``, ``kdg``, ``dsg-ekd`` or another key."""

    id: str
    name: str
    association: str = ""
    field_of_work: str = ""
    place: str = ""
    law: str = "dsgvo"
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A shadowing day, interview or workshop at a facility."""

    id: str
    facility_id: str
    kind: VisitKind
    title: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    explorers: tuple[str, ...] = ()
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """A person behind a pseudonym; the real name stands only in the pseudonym table."""

    id: str
    facility_id: str
    pseudonym: str
    role: str = ""
    group: ParticipantGroup = ParticipantGroup.STAFF
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One purpose that one participant agreed to, in one text version, until a day."""

    id: str
    participant_id: str
    purpose: ConsentPurpose
    form: ConsentForm
    text_version: str
    given_on: date
    valid_until: date | None = None
    withdrawn_on: date | None = None
    created_at: datetime

    def holds_on(self, day: date) -> bool:
        """Return whether the consent is in force on `day`."""
        if self.withdrawn_on is not None and self.withdrawn_on <= day:
            return False
        return self.given_on <= day and (self.valid_until is None or day <= self.valid_until)
