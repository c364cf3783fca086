"""What is known about a stored recording: its summary, what is damaged, what a check found."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

CHAIN_START = bytes(32)


def chain_next(chain: bytes, seq: int, record: bytes | None) -> bytes:
    """Return the chain hash after one more second; None for a second that is lost."""
    link = bytes(32) if record is None else hashlib.sha256(record).digest()
    return hashlib.sha256(chain + seq.to_bytes(4, "big") + link).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioSummary:
    """What was recorded, for the database, so that truncation and exchange show.

    Attributes:
        seconds: Number of records; the last one may be shorter than a second.
        samples: Number of samples in all.
        chain: Hash over all records in order, hexadecimal.
        header: SHA-256 of the file's header, hexadecimal; another one after each cut.
        lost: Seconds that could not be read any more when recording went on after a kill.
    """

    recording_id: str
    sample_rate: int
    seconds: int
    samples: int
    chain: str
    header: str
    lost: tuple[int, ...] = ()

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.samples / self.sample_rate

    def as_json(self) -> str:
        """Return the summary as one line of JSON."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the summary that `as_json` wrote."""
        values = json.loads(text)
        return cls(**{**values, "lost": tuple(values["lost"])})


class DamageReason(StrEnum):
    """Why a second cannot be heard."""

    UNREADABLE = "unreadable"
    """Its bytes were changed."""
    MISSING = "missing"
    """Its bytes are not there."""
    FOREIGN = "foreign"
    """A record of another recording stands in its place."""


@dataclass(frozen=True, slots=True, order=True)
class Damage:
    """A second (counted from 0) that cannot be heard, and why."""

    seq: int
    reason: DamageReason


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioReport:
    """What `AudioReader.verify` found.

    Attributes:
        seconds: How many seconds there should be.
        bad: Seconds that cannot be heard.
        truncated: The end of the file is missing.
        wrong_order: Seconds that stand at a wrong place of the file; they are read at the right one.
        duplicates: Seconds that stand in the file more than once.
        foreign: Number of records of other recordings.
        stray_bytes: Bytes between records that belong to none.
        header_damaged: One of the two copies of the header is damaged, or both.
        altered: Every second is authentic, but these are not the ones that were recorded.
        finished: The recording was stopped; False while it runs or after a kill.
    """

    recording_id: str
    seconds: int
    bad: tuple[Damage, ...] = ()
    truncated: bool = False
    wrong_order: tuple[int, ...] = ()
    duplicates: tuple[int, ...] = ()
    foreign: int = 0
    stray_bytes: int = 0
    header_damaged: bool = False
    altered: bool = False
    finished: bool = True

    @property
    def ok(self) -> bool:
        """Whether the file is what was recorded, to the last byte."""
        return not (
            self.bad
            or self.truncated
            or self.wrong_order
            or self.duplicates
            or self.foreign
            or self.stray_bytes
            or self.header_damaged
            or self.altered
        )


class HeaderState(StrEnum):
    """State of the two header copies."""

    GOOD = "good"
    ONE_COPY = "one_copy"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRecording:
    """A recording as found in the folder, without any key.

    `seconds` counts the record heads that can be followed, so it is a guess for a damaged file.
    """

    recording_id: str
    path: Path
    size: int
    header: HeaderState
    sample_rate: int | None
    seconds: int
    finished: bool
