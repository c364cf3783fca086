"""Where the records of a file are: a quick walk from head to head, and a scan that trusts nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from explorer_app.vault.audio.findings import Damage, DamageReason
from explorer_app.vault.audio.layout import (
    END_SEQ,
    HEAD_BYTES,
    MARKER,
    RECORDS_START,
    End,
    Head,
    RecordCipher,
    parse_head,
)
from explorer_app.vault.sealing import NotAuthenticError

_SEARCH_BLOCK = 1 << 16


class Source(Protocol):
    """Bytes that can be read anywhere."""

    def read_at(self, at: int, length: int) -> bytes:
        """Return up to `length` bytes at `at`."""
        ...

    def size(self) -> int:
        """Return the number of bytes there are now."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands."""

    at: int
    length: int
    """Bytes of the whole record, head included."""


@dataclass(slots=True)
class Survey:
    """What stands where in a file.

    Attributes:
        places: Place of each second that was found.
        end: What the end record says, None without one.
        good_end: First byte after the last record that was found.
        size: Bytes that were looked at.
        trusted: Whether each place was authenticated (a walk only follows the heads).
        suspects: Seconds whose head was seen, but whose bytes are not authentic, or foreign.
        unfinished_tail: Bytes at the end that are the beginning of a record never completed.
    """

    places: dict[int, Place] = field(default_factory=dict)
    end: End | None = None
    end_place: Place | None = None
    good_end: int = RECORDS_START
    size: int = RECORDS_START
    trusted: bool = False
    suspects: dict[int, DamageReason] = field(default_factory=dict)
    wrong_order: list[int] = field(default_factory=list)
    duplicates: list[int] = field(default_factory=list)
    foreign: int = 0
    stray_bytes: int = 0
    unfinished_tail: int = 0
    highest: int = -1

    @property
    def seconds(self) -> int:
        """Number of seconds that are known of, damaged ones included."""
        if self.end is not None:
            return self.end.seconds
        return max((*self.places, *self.suspects), default=-1) + 1

    def damage(self, seconds: int) -> list[Damage]:
        """Return what is missing of the first `seconds`."""
        return [
            Damage(seq, self.suspects.get(seq, DamageReason.MISSING))
            for seq in range(seconds)
            if seq not in self.places
        ]


def walk(
    source: Source, tag: bytes, open_end: Callable[[bytes], End], known: Survey | None = None
) -> Survey | None:
    """Follow the record heads, authenticating only the end record.

    Args:
        source: The file.
        tag: Tag of the recording.
        open_end: Opens an end record.
        known: A walk of the same file when it was shorter, to go on from there.

    Returns:
        The survey, or None if anything is not as a writer leaves it: then `scan` decides.
    """
    survey = known or Survey()
    survey.size = source.size()
    at = survey.good_end
    seq = len(survey.places)
    while at < survey.size:
        if survey.end is not None:
            return None
        head = parse_head(source.read_at(at, HEAD_BYTES))
        if head is None or head.tag != tag or head.seq not in (seq, END_SEQ):
            return survey if _cut_short(source, at, survey, tag) else None
        place = Place(at, HEAD_BYTES + head.length)
        if at + place.length > survey.size:
            survey.unfinished_tail = survey.size - at
            # A length that was changed also points beyond the end, but then records follow.
            return None if MARKER in source.read_at(at + 1, survey.unfinished_tail) else survey
        if head.seq == END_SEQ:
            try:
                survey.end = open_end(source.read_at(at, place.length))
            except NotAuthenticError:
                return None
            if survey.end.seconds != seq:
                return None
            survey.end_place = place
        else:
            survey.places[seq] = place
            seq += 1
        at += place.length
        survey.good_end = at
    survey.unfinished_tail = 0
    return survey


def _cut_short(source: Source, at: int, survey: Survey, tag: bytes) -> bool:
    """Whether the file ends within the head of a record that was being written."""
    rest = source.read_at(at, HEAD_BYTES)
    if at + len(rest) < survey.size or len(rest) == HEAD_BYTES or not (MARKER + tag).startswith(rest[:8]):
        return False
    survey.unfinished_tail = len(rest)
    return True


def scan(source: Source, cipher: RecordCipher, *, start: int = RECORDS_START) -> Survey:
    """Find every record that authenticates, whatever stands between.

    Args:
        source: The file.
        cipher: Opens the records.
        start: Where to begin; 0 if the header is damaged, as bytes may have been taken out of it.

    After bytes that are no record the scan goes on at the next marker; a marker counts only if what
    follows authenticates. So a damaged head costs its own second and no more.
    """
    survey = Survey(trusted=True, size=source.size())
    at = start if start == RECORDS_START else _next_marker(source, start, survey.size)
    stray_from: int | None = None
    while at < survey.size:
        head = parse_head(source.read_at(at, HEAD_BYTES))
        if head is not None and _take(source, cipher, at, head, survey):
            if stray_from is not None:
                survey.stray_bytes += at - stray_from
                stray_from = None
            at += HEAD_BYTES + head.length
            survey.good_end = at
            continue
        stray_from = at if stray_from is None else stray_from
        at = _next_marker(source, at + 1, survey.size)
    if stray_from is not None:
        _close_tail(source, cipher.tag, stray_from, survey)
    _settle_suspects(survey)
    return survey


def _take(source: Source, cipher: RecordCipher, at: int, head: Head, survey: Survey) -> bool:
    """Put the record at `at` into the survey if it is authentic."""
    if at + HEAD_BYTES + head.length > survey.size:
        return False
    if _differs(head.tag, cipher.tag):
        return _take_foreign(source, at, head, survey)
    record = source.read_at(at, HEAD_BYTES + head.length)
    try:
        if head.seq == END_SEQ:
            survey.end = cipher.open_end(record)
            survey.end_place = Place(at, len(record))
            return True
        cipher.open(record)
    except NotAuthenticError:
        if head.seq != END_SEQ:
            survey.suspects.setdefault(head.seq, DamageReason.UNREADABLE)
        return False
    if head.seq in survey.places:
        survey.duplicates.append(head.seq)
        return True
    if survey.end is not None or head.seq < survey.highest:
        survey.wrong_order.append(head.seq)
    survey.highest = max(survey.highest, head.seq)
    survey.places[head.seq] = Place(at, len(record))
    return True


def _take_foreign(source: Source, at: int, head: Head, survey: Survey) -> bool:
    """Step over a whole record of another recording: what follows it is a record again, or the end."""
    after = at + HEAD_BYTES + head.length
    if after != survey.size and parse_head(source.read_at(after, HEAD_BYTES)) is None:
        return False
    survey.foreign += 1
    survey.suspects.setdefault(head.seq, DamageReason.FOREIGN)
    return True


def _differs(tag: bytes, own: bytes) -> bool:
    """Whether `tag` is of another recording, rather than our own with a flipped bit or two."""
    return (int.from_bytes(tag, "big") ^ int.from_bytes(own, "big")).bit_count() > 2


def _next_marker(source: Source, at: int, size: int) -> int:
    """Return the place of the next marker at or after `at`, `size` if there is none."""
    while at < size:
        block = source.read_at(at, _SEARCH_BLOCK)
        found = block.find(MARKER)
        if found >= 0:
            return at + found
        if len(block) < len(MARKER):
            break
        at += len(block) - len(MARKER) + 1
    return size


def _close_tail(source: Source, tag: bytes, at: int, survey: Survey) -> None:
    """Tell what a kill leaves (a record begun, or zeros never filled) from damage at the end."""
    length = survey.size - at
    head = parse_head(source.read_at(at, HEAD_BYTES))
    begun = head is not None and head.tag == tag and at + HEAD_BYTES + head.length > survey.size
    if survey.end is None and (begun or _cut_short(source, at, survey, tag) or _zeros(source, at, length)):
        survey.unfinished_tail = length
    else:
        survey.stray_bytes += length


def _zeros(source: Source, at: int, length: int) -> bool:
    while length > 0:
        block = source.read_at(at, min(length, _SEARCH_BLOCK))
        if not block or block.strip(b"\x00"):
            return False
        at += len(block)
        length -= len(block)
    return True


def _settle_suspects(survey: Survey) -> None:
    """Drop suspects that turned out fine, and numbers that a flipped bit made up."""
    limit = survey.highest + 1
    while limit in survey.suspects:
        limit += 1
    if survey.end is not None:
        limit = survey.end.seconds
    survey.suspects = {
        seq: reason for seq, reason in survey.suspects.items() if seq not in survey.places and seq < limit
    }
