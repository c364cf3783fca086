"""What the sample exploration holds, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from explorer_app.cards.schema import CardValues
from explorer_app.domain.fieldwork import ConsentForm, ConsentPurpose, ParticipantGroup, VisitKind
from explorer_app.domain.findings import MembershipState
from explorer_app.domain.material import ObservationKind, SourceKind, Stance

CRITERIA = (
    "feasible",
    "impact",
    "scalable",
    "refinanceable",
    "data",
    "protection",
    "human",
    "staff",
)
"""Keys of the criteria that the sample's ratings use."""


class PersonalKind(StrEnum):
    """Kinds of personal data that are marked in the notes, as in the benchmark."""

    PERSON = "PERSON"
    PLACE = "PLACE"
    ORG = "ORG"
    DATE_OF_BIRTH = "DATE_OF_BIRTH"
    PHONE = "PHONE"
    EMAIL = "EMAIL"
    ADDRESS = "ADDRESS"
    IBAN = "IBAN"
    ID_NUMBER = "ID_NUMBER"
    HEALTH = "HEALTH"


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleExploration:
    """Title, period and explorers."""

    id: str
    title: str
    language: str
    starts_on: date
    ends_on: date
    explorers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleFacility:
    """A facility and the law it is under."""

    id: str
    name: str
    association: str
    field_of_work: str
    place: str
    law: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleVisit:
    """A visit; times are local to the facility."""

    id: str
    facility_id: str
    kind: VisitKind
    title: str
    starts_at: datetime
    ends_at: datetime
    explorers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleParticipant:
    """A pseudonym with a role."""

    id: str
    facility_id: str
    pseudonym: str
    role: str
    group: ParticipantGroup


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleConsent:
    """One purpose that one participant agreed to."""

    id: str
    participant_id: str
    purpose: ConsentPurpose
    form: ConsentForm
    text_version: str
    given_on: date
    valid_until: date | None
    withdrawn_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSpan:
    """A personal datum in a note, marked by hand: character offsets, end exclusive, and its kind."""

    start: int
    end: int
    kind: PersonalKind


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleNote:
    """A field note, a spoken sentence or a sticky note; `at` is local time."""

    id: str
    facility_id: str
    visit_id: str
    source: SourceKind
    kind: ObservationKind
    at: datetime
    role: str
    text: str
    participant_id: str | None
    personal: tuple[SampleSpan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleInterview:
    """An interview as text; `interviewee` is the speaker name in the file that the participant has."""

    id: str
    path: Path
    visit_id: str
    title: str
    interviewer: str
    interviewee: str
    participant_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleTurn:
    """What was said in the audio, exactly; seconds. For tests: the demo transcribes the audio afresh."""

    id: str
    start: float
    end: float
    speaker: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleAudio:
    """An interview as audio with synthesised voices; `speakers` maps a voice to its participant, if any."""

    id: str
    path: Path
    visit_id: str
    title: str
    recorded_at: datetime
    duration: float
    speakers: Mapping[str, str | None]
    turns: tuple[SampleTurn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleWording:
    """The wording of a passage of the audio (seconds) that a person confirmed by ear."""

    id: str
    audio_id: str
    start: float
    end: float
    text: str
    participant_id: str
    confirmed_by: str
    confirmed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleMember:
    """A decision of a person on a piece of evidence; `ref` is the id of a note or a wording."""

    ref: str
    state: MembershipState
    stance: Stance


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleField:
    """A problem field that a person named and described."""

    id: str
    name: str
    sentence: str
    evidence: tuple[SampleMember, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRating:
    """A board member's score (1 to 5, None = unsure) with the reason."""

    rater: str
    criterion: str
    score: int | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleIdea:
    """An idea card written by people; `evidence` are ids of notes and wordings."""

    id: str
    field_id: str
    pattern: str
    status: str
    card: CardValues
    evidence: tuple[str, ...]
    ratings: tuple[SampleRating, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The whole sample exploration."""

    notice: str
    license: str
    exploration: SampleExploration
    facilities: tuple[SampleFacility, ...]
    visits: tuple[SampleVisit, ...]
    participants: tuple[SampleParticipant, ...]
    consents: tuple[SampleConsent, ...]
    notes: tuple[SampleNote, ...]
    interviews: tuple[SampleInterview, ...]
    audio: tuple[SampleAudio, ...]
    wordings: tuple[SampleWording, ...]
    fields: tuple[SampleField, ...]
    ideas: tuple[SampleIdea, ...]
