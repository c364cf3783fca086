"""The folder of encrypted recordings: make, open, go on, cut, erase, list."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from explorer_app.domain.errors import (
    AccessDeniedError,
    BusyError,
    DamagedError,
    InputRejectedError,
)
from explorer_app.vault.audio import disk
from explorer_app.vault.audio.findings import AudioSummary, Damage, FoundRecording
from explorer_app.vault.audio.layout import (
    HEADER_BLOCK,
    MAGIC,
    RECORDS_START,
    Header,
    RecordCipher,
    check_id,
    check_rate,
    header_block,
    make_header,
    parse_header,
)
from explorer_app.vault.audio.listing import found_recording
from explorer_app.vault.audio.reader import AudioReader, FileSource
from explorer_app.vault.audio.writer import START_SUFFIX, AudioWriter, write_header
from explorer_app.vault.sealing import NotAuthenticError, PrivateKey, PublicKey, SecretKey

SUFFIX = ".audio"
_NEW = ".audio-new"
_OLD = ".audio-old"


@dataclass(frozen=True, slots=True, kw_only=True)
class CutResult:
    """What a cut left: the summary of the new file, and the seconds damaged before (now silence)."""

    summary: AudioSummary
    damaged: tuple[Damage, ...]


class AudioStore:
    """One encrypted, append-only file a recording in one folder.

    Args:
        folder: The folder; made when the first recording is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._guard = threading.RLock()  # a cut's last steps and the healing of a broken one

    def path(self, recording_id: str) -> Path:
        """Return where the file of a recording stands."""
        return self.folder / (check_id(recording_id) + SUFFIX)

    def create(
        self, recording_id: str, sample_rate: int, public_key: PublicKey, *, sync_every: int = 1
    ) -> AudioWriter:
        """Start a recording under a new key, which only the private key of `public_key` gives back.

        Args:
            recording_id: 1 to 64 small letters and digits, as `new_id` makes them.
            sample_rate: 1,000 to 65,535 Hz.
            public_key: The vault's; so a recording starts while the vault is locked.
            sync_every: Seconds a sync: 1 live, more for imports.

        Raises:
            StorageError: The recording exists, or the disk is full, read-only or fails.
            InputRejectedError: Id or rate out of range.
        """
        path = self.path(recording_id)
        check_rate(sample_rate)
        with disk.storage_errors():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _start(path, recording_id, sample_rate, public_key, sync_every)

    def open(
        self, recording_id: str, key: SecretKey | PrivateKey, expected: AudioSummary | None = None
    ) -> AudioReader:
        """Open a recording to read it; also while it is recorded.

        Args:
            recording_id: The recording.
            key: The vault's private key, or the recording key itself.
            expected: What the database keeps: a truncated recording keeps its length, and a cut that
                was broken off is completed or undone.

        Raises:
            NotFoundError: No such recording.
            AccessDeniedError: The key opens other recordings, not this one.
            DamagedError: Both copies of the header are damaged (and `key` is the private key).
            StorageError: The disk fails.
        """
        self._settle(recording_id, expected)
        path = self.path(recording_id)
        if not path.exists() and (old := path.with_suffix(_OLD)).exists():
            path = old
        with disk.storage_errors():
            file = disk.open_existing(path, write=False)
        try:
            header, damaged = _read_header(file, recording_id)
            secret = _recording_key(header, key, recording_id)
            return AudioReader(
                FileSource(path, file),
                recording_id,
                secret,
                header,
                header_damaged=damaged,
                expected=expected,
            )
        except BaseException:
            file.close()
            raise

    def resume(self, recording_id: str, key: SecretKey | PrivateKey, *, sync_every: int = 1) -> AudioWriter:
        """Go on with a recording that was not stopped, after a kill or a power cut.

        Cuts an unfinished record off the end; complete records stay, damaged ones too.

        Raises:
            BusyError: It is being recorded.
            InputRejectedError: It was stopped.
            NotFoundError, AccessDeniedError, DamagedError, StorageError: As `open`.
        """
        path = self.path(recording_id)
        with disk.storage_errors():
            file = disk.open_existing(path, write=True)
        try:
            disk.lock_for_writing(file)
            with self.open(recording_id, key) as reader:
                secret = _recording_key(reader.header, key, recording_id)
                return _go_on(file, path, reader, secret, sync_every)
        except BaseException:
            file.close()
            raise

    def rewrite_without(
        self,
        recording_id: str,
        ranges: list[tuple[float, float]],
        key: SecretKey | PrivateKey,
        public_key: PublicKey,
        *,
        close_gaps: bool = False,
        expected: AudioSummary | None = None,
        on_ready: Callable[[AudioSummary], None] | None = None,
    ) -> CutResult:
        """Cut pieces out of a stopped recording: what stays gets a new key, the old key is destroyed.

        The new file is complete on the disk before the old one goes; at every moment one of them is
        whole.

        Args:
            recording_id: The recording.
            ranges: Pieces ``(start, end)`` in seconds.
            key: The vault's private key, or the recording key.
            public_key: The vault's.
            close_gaps: Leave the pieces out, which moves what follows; otherwise they become
                silence and every time stays valid.
            expected: What the database keeps of the old file.
            on_ready: Called with the new summary when the new file is complete, before the old one
                goes. The database stores it there; `open` with it completes a cut that was killed.

        Raises:
            InputRejectedError: The recording still runs, or a range is upside down.
            BusyError: It is being recorded or cut.
            NotFoundError, AccessDeniedError, DamagedError, StorageError: As `open`; the old file
                stays as it was.
        """
        if any(not end >= start for start, end in ranges):
            raise InputRejectedError("audio.bad_range")
        path = self.path(recording_id)
        new = path.with_suffix(_NEW)
        with disk.storage_errors():
            lock = disk.open_existing(path, write=True)
        with lock:
            disk.lock_for_writing(lock)
            with self.open(recording_id, key, expected) as reader:
                if not reader.finished:
                    raise InputRejectedError("audio.still_running")
                self._erase_file(new)
                damaged = tuple(reader.damaged)
                try:
                    with _start(new, recording_id, reader.sample_rate, public_key, 60) as writer:
                        _copy_without(reader, writer, ranges, close_gaps)
                        summary = writer.finish()
                except BaseException:
                    self._erase_file(new)
                    raise
        with self._guard:
            if on_ready is not None:
                try:
                    on_ready(summary)
                except BaseException:
                    self._erase_file(new)
                    raise
            self._swap(path)
        return CutResult(summary=summary, damaged=damaged)

    def erase(self, recording_id: str) -> None:
        """Destroy the key of a recording, then its file. No error if there is none.

        Raises:
            BusyError: It is being recorded.
            StorageError: The disk is read-only or fails.
        """
        path = self.path(recording_id)
        if path.exists():
            with disk.storage_errors():
                lock = disk.open_existing(path, write=True)
            with lock:
                disk.lock_for_writing(lock)
        # The file itself goes last: as long as it is there, a killed erasure is seen and repeated.
        for suffix in (START_SUFFIX, _NEW, _OLD, SUFFIX):
            self._erase_file(path.with_suffix(suffix))

    def recordings(self) -> list[FoundRecording]:
        """Return what stands in the folder, without a key and without the database, sorted by id."""
        if not self.folder.is_dir():
            return []
        with disk.storage_errors():
            paths = {path.stem: path for path in sorted(self.folder.glob("*" + _OLD))}
            paths.update({path.stem: path for path in sorted(self.folder.glob("*" + SUFFIX))})
            return [found_recording(path) for _, path in sorted(paths.items())]

    def _settle(self, recording_id: str, expected: AudioSummary | None) -> None:
        """Complete or undo a cut that was killed."""
        path = self.path(recording_id)
        new, old = path.with_suffix(_NEW), path.with_suffix(_OLD)
        with self._guard:
            if old.exists() and path.exists():
                self._erase_file(old)
            elif old.exists() and new.exists():
                self._swap(path)
            if expected is None or not new.exists() or not path.exists():
                return
            if _header_hash(new, recording_id) == expected.header:
                self._swap(path)
            elif _header_hash(path, recording_id) == expected.header and not _is_locked(path):
                self._erase_file(new)

    def _swap(self, path: Path) -> None:
        """Put the new file of a cut in place; a kill between the steps is healed by `_settle`."""
        new, old = path.with_suffix(_NEW), path.with_suffix(_OLD)
        with disk.storage_errors():
            if path.exists():
                path.replace(old)
            new.replace(path)
            disk.sync_folder(path.parent)
        self._erase_file(old)

    def _erase_file(self, path: Path) -> None:
        """Overwrite both sealed keys with noise, wait for the disk, then remove the file."""
        if not path.exists():
            return
        with disk.storage_errors():
            with disk.open_existing(path, write=True) as file:
                disk.overwrite(file, 0, os.urandom(RECORDS_START))
            path.unlink()
            disk.sync_folder(path.parent)


def _start(
    path: Path, recording_id: str, sample_rate: int, public_key: PublicKey, sync_every: int
) -> AudioWriter:
    key = SecretKey.generate()
    raw = make_header(recording_id, sample_rate, public_key, key)
    header = parse_header(header_block(raw))
    if header is None:
        raise AssertionError("a header that was just made cannot be damaged")
    file = write_header(path, raw)
    return AudioWriter(file, path, header, RecordCipher(recording_id, key), sync_every=sync_every)


def _go_on(file: BinaryIO, path: Path, reader: AudioReader, key: SecretKey, sync_every: int) -> AudioWriter:
    if reader.finished:
        raise InputRejectedError("audio.already_finished")
    survey = reader.survey()
    lost = tuple(damage.seq for damage in reader.damaged)
    header = reader.header
    if header is None:
        raise DamagedError("audio.header_lost", recording=reader.recording_id)
    if survey.unfinished_tail:
        with disk.storage_errors():
            file.truncate(survey.size - survey.unfinished_tail)
            disk.sync(file)
    return AudioWriter(
        file,
        path,
        header,
        RecordCipher(reader.recording_id, key),
        sync_every=sync_every,
        seconds=reader.seconds,
        chain=reader.chain(frozenset(lost)),
        lost=lost,
    )


def _copy_without(
    reader: AudioReader, writer: AudioWriter, ranges: list[tuple[float, float]], close_gaps: bool
) -> None:
    """Copy `reader` to `writer` second by second, the pieces in `ranges` left out or silenced."""
    rate, total = reader.sample_rate, reader.samples
    pieces = [(_sample(start, rate, total), _sample(end, rate, total)) for start, end in ranges]
    for first in range(0, total, rate):
        second = reader.read_samples(first, min(first + rate, total))
        keep = np.ones(second.size, np.bool_)
        for begin, end in pieces:
            low, high = max(begin - first, 0), min(end - first, second.size)
            if low < high:
                keep[low:high] = False
        writer.append(second[keep] if close_gaps else second * keep)


def _sample(time: float, rate: int, total: int) -> int:
    return round(min(max(time, 0.0), total / rate) * rate)


def _read_header(file: BinaryIO, recording_id: str) -> tuple[Header | None, bool]:
    """Return the first undamaged header copy and whether any copy is damaged.

    Raises:
        DamagedError: The file belongs to another recording.
    """
    with disk.storage_errors():
        file.seek(0)
        blocks = file.read(RECORDS_START)
    copies = [parse_header(blocks[at : at + HEADER_BLOCK]) for at in (0, HEADER_BLOCK)]
    if not any(copies):
        # Bytes that were taken out or put in move the copies.
        copies = [parse_header(blocks[match.start() :]) for match in re.finditer(re.escape(MAGIC), blocks)]
    own = [header for header in copies if header is not None and header.recording_id == recording_id]
    if not own and any(copies):
        raise DamagedError("audio.foreign_file", recording=recording_id)
    block = header_block(own[0].raw) if own else b""
    return (own[0] if own else None), blocks != block * 2


def _recording_key(header: Header | None, key: SecretKey | PrivateKey, recording_id: str) -> SecretKey:
    if header is None:
        if isinstance(key, PrivateKey):
            raise DamagedError("audio.header_lost", recording=recording_id)
        return key
    try:
        if isinstance(key, PrivateKey):
            return header.unseal_key(key)
        header.check(key)
    except NotAuthenticError:
        raise AccessDeniedError("audio.wrong_key", recording=recording_id) from None
    return key


def _header_hash(path: Path, recording_id: str) -> str:
    with disk.storage_errors(), disk.open_existing(path, write=False) as file:
        header, _ = _read_header(file, recording_id)
    return header.sha256 if header else ""


def _is_locked(path: Path) -> bool:
    with disk.storage_errors(), disk.open_existing(path, write=True) as file:
        try:
            disk.lock_for_writing(file)
        except BusyError:
            return True
    return False
