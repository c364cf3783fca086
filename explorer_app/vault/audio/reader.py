"""Reads and checks one recording. Never gives a sample that was not authenticated."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np

from explorer_app.domain.errors import DamagedError, InputRejectedError
from explorer_app.vault.audio import disk, flac
from explorer_app.vault.audio.findings import (
    CHAIN_START,
    AudioReport,
    AudioSummary,
    Damage,
    DamageReason,
    chain_next,
)
from explorer_app.vault.audio.flac import Samples
from explorer_app.vault.audio.layout import RECORDS_START, Header, RecordCipher
from explorer_app.vault.audio.scan import Place, Survey, scan, walk
from explorer_app.vault.audio.wav import VirtualWav
from explorer_app.vault.sealing import NotAuthenticError, SecretKey

_CACHED_SECONDS = 8


class FileSource:
    """Bytes of an open file, from any thread."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path = path
        self.file = file
        self._lock = threading.Lock()

    def read_at(self, at: int, length: int) -> bytes:
        """Return up to `length` bytes at `at`; fewer only at the end of the file.

        Raises:
            StorageError: The disk fails.
        """
        with disk.storage_errors(), self._lock:
            self.file.seek(at)
            data = self.file.read(length)
            while 0 < len(data) < length:
                more = self.file.read(length - len(data))
                if not more:
                    break
                data += more
            return data

    def size(self) -> int:
        """Return the number of bytes there are now."""
        with disk.storage_errors(), self._lock:
            return self.file.seek(0, 2)


class AudioReader:
    """One recording, made by `AudioStore.open`. May be read by several threads, also while it is recorded.

    Seconds that cannot be read are silence and stand in `damaged`.

    Args:
        source: The file.
        recording_id: The recording.
        key: Its key.
        header: The header, None if both copies are lost.
        header_damaged: At least one copy is damaged.
        expected: What the database knows, so that a truncated recording keeps its length.

    Raises:
        DamagedError: Header lost and no second readable, so not even the sample rate is known.
    """

    def __init__(
        self,
        source: FileSource,
        recording_id: str,
        key: SecretKey,
        header: Header | None,
        *,
        header_damaged: bool = False,
        expected: AudioSummary | None = None,
    ) -> None:
        self.recording_id = recording_id
        self._source = source
        self._cipher = RecordCipher(recording_id, key)
        self._header = header
        self._header_damaged = header_damaged
        self._expected = expected
        self._lock = threading.RLock()
        self._cache: OrderedDict[int, Samples | None] = OrderedDict()
        self._survey = self._look()
        self._sample_rate = self._find_rate()
        self._last_samples: int | None = None

    @property
    def sample_rate(self) -> int:
        """Samples a second."""
        return self._sample_rate

    @property
    def header(self) -> Header | None:
        """The header, None if both copies are lost."""
        return self._header

    @property
    def header_sha256(self) -> str:
        """SHA-256 of the header, hexadecimal; empty if the header is lost."""
        return self._header.sha256 if self._header else ""

    @property
    def seconds(self) -> int:
        """Number of seconds, damaged ones included; the last one may be shorter."""
        if self._expected is not None:
            return max(self._expected.seconds, self._survey.seconds)
        return self._survey.seconds

    @property
    def samples(self) -> int:
        """Number of samples, damaged seconds included."""
        if self._expected is not None and self._expected.seconds >= self._survey.seconds:
            return self._expected.samples
        if self._survey.end is not None:
            return self._survey.end.samples
        if not self.seconds:
            return 0
        last = self._second(self.seconds - 1)
        return (self.seconds - 1) * self.sample_rate + (self.sample_rate if last is None else last.size)

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.samples / self.sample_rate

    @property
    def finished(self) -> bool:
        """Whether the recording was stopped; False while it runs or after a kill."""
        return self._survey.end is not None

    @property
    def damaged(self) -> list[Damage]:
        """Seconds that cannot be heard. The first call authenticates the whole file."""
        return self._trusted().damage(self.seconds)

    def read(self, start_s: float, end_s: float) -> Samples:
        """Return the samples (n,) from `start_s` to `end_s`, in seconds.

        What lies outside of the recording is left out; damaged seconds are silence.

        Raises:
            InputRejectedError: `end_s` before `start_s`.
            StorageError: The disk fails.
        """
        if not end_s >= start_s:
            raise InputRejectedError("audio.bad_range")
        total = self.samples
        first = min(max(round(start_s * self.sample_rate), 0), total)
        last = min(max(round(min(end_s, total / self.sample_rate) * self.sample_rate), first), total)
        return self.read_samples(first, last)

    def read_samples(self, first: int, last: int) -> Samples:
        """Return samples `first` to `last` (not included), silence where damaged or outside."""
        rate = self.sample_rate
        out = np.zeros(max(last - first, 0), np.int16)
        for seq in range(first // rate, (last + rate - 1) // rate):
            second = self._second(seq)
            if second is None:
                continue
            begin = max(first, seq * rate)
            piece = second[begin - seq * rate : max(last - seq * rate, 0)]
            out[begin - first : begin - first + piece.size] = piece
        return out

    def as_wav(self) -> VirtualWav:
        """Return the recording as a WAV file that is made while it is read.

        Its length is fixed at the call. Closing it leaves the reader open.
        """
        return VirtualWav(self, self.samples)

    def refresh(self) -> int:
        """Look for seconds that were recorded since; return `seconds`."""
        with self._lock:
            self._survey = self._look(None if self._survey.trusted else self._survey)
            self._cache.clear()
            return self.seconds

    def summary(self) -> AudioSummary:
        """Return the summary of what is in the file now, for a recording whose database entry is missing."""
        survey = self._trusted()
        lost = tuple(damage.seq for damage in survey.damage(self.seconds))
        return AudioSummary(
            recording_id=self.recording_id,
            sample_rate=self.sample_rate,
            seconds=self.seconds,
            samples=self.samples,
            chain=self.chain(frozenset(lost)).hex(),
            header=self.header_sha256,
            lost=lost,
        )

    def verify(self, expected: AudioSummary | None = None) -> AudioReport:
        """Authenticate every byte and compare with what was recorded.

        Args:
            expected: What the database keeps; without it, what `AudioStore.open` was given, else
                what the file's own end record says, if it has one.
        """
        expected = expected or self._expected
        survey = self._trusted()
        seconds = expected.seconds if expected is not None else survey.seconds
        bad = survey.damage(seconds)
        return AudioReport(
            recording_id=self.recording_id,
            seconds=seconds,
            bad=tuple(damage for damage in bad if expected is None or damage.seq not in expected.lost),
            truncated=self._truncated(seconds, expected),
            wrong_order=tuple(survey.wrong_order),
            duplicates=tuple(survey.duplicates),
            foreign=survey.foreign,
            stray_bytes=survey.stray_bytes,
            header_damaged=self._header_damaged,
            altered=self._altered(expected),
            finished=self.finished,
        )

    def chain(self, lost: frozenset[int] = frozenset()) -> bytes:
        """Return the chain hash over the seconds in the file; see `findings.chain_next`."""
        survey = self._trusted()
        chain = CHAIN_START
        for seq in range(self.seconds):
            place = survey.places.get(seq)
            known = place is not None and seq not in lost
            record = self._source.read_at(place.at, place.length) if place is not None and known else None
            chain = chain_next(chain, seq, record)
        return chain

    def survey(self) -> Survey:
        """Return where every authentic record stands."""
        return self._trusted()

    def close(self) -> None:
        """Close the file and forget the samples."""
        with self._lock:
            self._cache.clear()
            self._source.file.close()

    def __enter__(self) -> Self:
        """Return the reader; leaving the block closes it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self.close()

    def _look(self, known: Survey | None = None) -> Survey:
        survey = walk(self._source, self._cipher.tag, self._cipher.open_end, known)
        return survey or self._scan()

    def _trusted(self) -> Survey:
        with self._lock:
            if not self._survey.trusted:
                self._survey = self._scan()
            return self._survey

    def _scan(self) -> Survey:
        return scan(self._source, self._cipher, start=0 if self._header_damaged else RECORDS_START)

    def _find_rate(self) -> int:
        if self._header is not None:
            return self._header.sample_rate
        if self._expected is not None:
            return self._expected.sample_rate
        for place in self._trusted().places.values():
            record = self._source.read_at(place.at, place.length)
            return flac.decode(self._cipher.open(record))[1]
        raise DamagedError("audio.header_lost", recording=self.recording_id)

    def _second(self, seq: int) -> Samples | None:
        """Return the samples of one second, None if it cannot be heard."""
        with self._lock:
            if seq in self._cache:
                self._cache.move_to_end(seq)
                return self._cache[seq]
            place = self._survey.places.get(seq)
            samples = None if place is None else self._open_second(seq, place)
            self._cache[seq] = samples
            while len(self._cache) > _CACHED_SECONDS:
                self._cache.popitem(last=False)
            return samples

    def _open_second(self, seq: int, place: Place) -> Samples | None:
        try:
            record = self._source.read_at(place.at, place.length)
            return flac.decode(self._cipher.open(record))[0]
        except NotAuthenticError:
            # A walk took the heads at their word. Look closer, the second may stand elsewhere.
            if self._survey.trusted:
                self._survey.places.pop(seq)
                self._survey.suspects[seq] = DamageReason.UNREADABLE
                return None
            found = self._trusted().places.get(seq)
            return None if found is None else self._open_second(seq, found)

    def _truncated(self, seconds: int, expected: AudioSummary | None) -> bool:
        survey = self._survey
        last_missing = seconds > 0 and seconds - 1 not in survey.places and seconds - 1 not in survey.suspects
        if last_missing and (expected is None or seconds - 1 not in expected.lost):
            return True
        return expected is not None and survey.end is None and survey.stray_bytes == 0

    def _altered(self, expected: AudioSummary | None) -> bool:
        if expected is not None and self._header is not None and self._header.sha256 != expected.header:
            return True
        survey = self._survey
        lost = frozenset(expected.lost) if expected is not None else frozenset()
        if any(seq not in survey.places for seq in range(self.seconds) if seq not in lost):
            return False  # the chain cannot hold, and the bad seconds are named already
        if expected is not None:
            return self.chain(lost).hex() != expected.chain
        return survey.end is not None and not survey.damage(self.seconds) and self.chain() != survey.end.chain
