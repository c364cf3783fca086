"""Appends seconds to an audio file; what is acknowledged is on the disk."""

from __future__ import annotations

import contextlib
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np

from explorer_app.domain.errors import StorageError
from explorer_app.vault.audio import disk, flac
from explorer_app.vault.audio.findings import CHAIN_START, AudioSummary, chain_next
from explorer_app.vault.audio.flac import Samples
from explorer_app.vault.audio.layout import End, Header, RecordCipher, header_block

START_SUFFIX = ".audio-start"
"""A file whose header is being written."""


class AudioWriter:
    """The only writer of one recording; made by `AudioStore.create` and `AudioStore.resume`.

    A second is acknowledged when its record was written and synced. If the disk fails, the file is
    cut back to the last acknowledged second, `StorageError` is raised, and the seconds that did not
    get there stay in memory: the next `append` or `flush` tries them again.

    Args:
        file: The open, locked file, positioned at its end.
        path: Where it stands.
        header: Its header.
        cipher: Seals the records.
        sync_every: Seconds a batch: 1 for a live recording, more for an import.
        seconds: Seconds that the file already holds.
        chain: Chain hash over them.
        lost: Those of them that cannot be read.
    """

    def __init__(
        self,
        file: BinaryIO,
        path: Path,
        header: Header,
        cipher: RecordCipher,
        *,
        sync_every: int = 1,
        seconds: int = 0,
        chain: bytes = CHAIN_START,
        lost: tuple[int, ...] = (),
    ) -> None:
        self._file = file
        self._path = path
        self._header = header
        self._cipher = cipher
        self._sync_every = max(1, sync_every)
        self._acknowledged = seconds
        self._sealed_seconds = seconds
        self._samples = seconds * header.sample_rate
        self._chain = chain
        self._lost = lost
        self._pieces: list[Samples] = []
        self._buffered = 0
        self._waiting: list[bytes] = []
        self._end_of_file = file.seek(0, 2)
        self._open = True

    @property
    def recording_id(self) -> str:
        """The recording."""
        return self._header.recording_id

    @property
    def sample_rate(self) -> int:
        """Samples a second."""
        return self._header.sample_rate

    @property
    def acknowledged_seconds(self) -> int:
        """Seconds that survive a kill or a power cut from now on."""
        return self._acknowledged

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    def append(self, pcm: Samples) -> int:
        """Add samples; every whole second is sealed.

        Args:
            pcm: Samples (n,), int16, mono, any n. The array may be reused afterwards.

        Returns:
            `acknowledged_seconds`.

        Raises:
            StorageError: The disk is full or fails; nothing acknowledged is lost, nothing given is
                forgotten.
            TypeError: Not a one-dimensional int16 array.
        """
        self._require_open()
        flac.as_samples(pcm)
        if pcm.size:
            self._pieces.append(pcm.copy())
            self._buffered += pcm.size
        if self._buffered >= self.sample_rate:
            self._seal_whole_seconds()
        if len(self._waiting) >= self._sync_every:
            self.flush()
        return self._acknowledged

    def flush(self) -> int:
        """Write and sync all whole seconds; return `acknowledged_seconds`. Raises as `append`."""
        self._require_open()
        if self._waiting:
            self._write(b"".join(self._waiting))
            self._waiting.clear()
            self._acknowledged = self._sealed_seconds
        return self._acknowledged

    def finish(self) -> AudioSummary:
        """Seal the last, shorter second and the end record; return what the database keeps.

        Raises:
            StorageError: As `append`; may be called again when there is space.
        """
        self._require_open()
        rest = self._take_buffer()
        if rest.size:
            self._seal(rest)
        self.flush()
        end = End(self._sealed_seconds, self._samples, self._chain)
        self._write(self._cipher.seal_end(end))
        self._close()
        return AudioSummary(
            recording_id=self.recording_id,
            sample_rate=self.sample_rate,
            seconds=end.seconds,
            samples=end.samples,
            chain=end.chain.hex(),
            header=self._header.sha256,
            lost=self._lost,
        )

    def abort(self) -> None:
        """Stop without an end record; acknowledged seconds stay and `AudioStore.resume` goes on."""
        if self._open:
            self._close()

    def __enter__(self) -> Self:
        """Return the writer; leaving the block without `finish` aborts."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Abort unless finished."""
        self.abort()

    def _require_open(self) -> None:
        if not self._open:
            raise ValueError("the recording was stopped")

    def _take_buffer(self) -> Samples:
        pieces, self._pieces, self._buffered = self._pieces, [], 0
        return np.concatenate(pieces) if pieces else np.empty(0, np.int16)

    def _seal_whole_seconds(self) -> None:
        samples = self._take_buffer()
        rate = self.sample_rate
        whole = samples.size - samples.size % rate
        for at in range(0, whole, rate):
            self._seal(samples[at : at + rate])
        if whole < samples.size:
            self._pieces = [samples[whole:].copy()]
            self._buffered = samples.size - whole

    def _seal(self, second: Samples) -> None:
        record = self._cipher.seal(self._sealed_seconds, flac.encode(second, self.sample_rate))
        self._chain = chain_next(self._chain, self._sealed_seconds, record)
        self._waiting.append(record)
        self._sealed_seconds += 1
        self._samples += second.size

    def _write(self, data: bytes) -> None:
        """Write and sync `data`, or leave the file as it was."""
        with disk.storage_errors():
            try:
                self._file.seek(self._end_of_file)
                disk.write_all(self._file, data)
                disk.sync(self._file)
            except OSError:
                # After a failed sync the system may have dropped the bytes: they are written anew.
                with contextlib.suppress(OSError):
                    self._file.truncate(self._end_of_file)
                raise
        self._end_of_file += len(data)

    def _close(self) -> None:
        self._open = False
        with contextlib.suppress(OSError):
            self._file.close()


def write_header(path: Path, raw: bytes) -> BinaryIO:
    """Make a new file with both header copies on the disk, open and locked.

    The file gets its name when the header is whole, so a kill never leaves a file without one.

    Raises:
        StorageError: The file exists, or the disk is full, read-only or fails; nothing is left.
    """
    if path.exists():
        raise StorageError("audio.exists", recording=path.stem)
    start = path.with_suffix(START_SUFFIX)
    with disk.storage_errors():
        try:
            start.unlink(missing_ok=True)
            with disk.create_new(start) as file:
                disk.write_all(file, header_block(raw) * 2)
                disk.sync(file)
            start.replace(path)
            disk.sync_folder(path.parent)
        except BaseException:
            with contextlib.suppress(OSError):
                start.unlink(missing_ok=True)
            raise
        made = disk.open_existing(path, write=True)
    disk.lock_for_writing(made)
    return made
