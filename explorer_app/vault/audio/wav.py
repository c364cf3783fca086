"""A WAV file that exists only while it is read: header first, samples second by second."""

from __future__ import annotations

import io
import struct
from typing import Protocol

from explorer_app.vault.audio.flac import Samples

HEADER_BYTES = 44
_MAX = 0xFFFFFFFF


class SampleSource(Protocol):
    """Samples that can be read anywhere."""

    @property
    def sample_rate(self) -> int:
        """Samples a second."""
        ...

    def read_samples(self, first: int, last: int) -> Samples:
        """Return samples `first` to `last` (not included)."""
        ...


def wav_header(samples: int, sample_rate: int) -> bytes:
    """Return the header of a mono 16-bit PCM WAV file.

    Beyond 4 GB (37 hours at 16 kHz) the sizes say "until the end", as the format cannot say more.
    """
    data = 2 * samples
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        min(data + HEADER_BYTES - 8, _MAX),
        b"WAVE",
        b"fmt ",
        16,
        1,
        1,
        sample_rate,
        2 * sample_rate,
        2,
        16,
        b"data",
        min(data, _MAX),
    )


class VirtualWav(io.RawIOBase):
    """A seekable, read-only WAV file over samples; holds a few seconds in memory, never all.

    Wrap it in `io.BufferedReader` for readers that ask for few bytes at a time.

    Args:
        source: Where the samples come from.
        samples: How many there are.
    """

    def __init__(self, source: SampleSource, samples: int) -> None:
        super().__init__()
        self._source = source
        self._head = wav_header(samples, source.sample_rate)
        self._size = HEADER_BYTES + 2 * samples
        self._at = 0

    def __len__(self) -> int:
        """Return the size in bytes."""
        return self._size

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move to a position; before the start is an error, beyond the end reads nothing."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError(f"negative seek position {base + offset}")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: memoryview | bytearray, /) -> int:  # type: ignore[override]
        """Fill `buffer` with the bytes at the position; return how many, 0 at the end."""
        view = memoryview(buffer).cast("B")
        data = self._bytes(self._at, min(self._at + len(view), self._size))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _bytes(self, first: int, last: int) -> bytes:
        if last <= first:
            return b""
        head = self._head[first:last]
        if last <= HEADER_BYTES:
            return head
        begin = max(first - HEADER_BYTES, 0)
        end = last - HEADER_BYTES
        sample = begin // 2
        data = self._source.read_samples(sample, (end + 1) // 2).astype("<i2", copy=False).tobytes()
        return head + data[begin - 2 * sample : end - 2 * sample]
