"""The decoder's side of the fence: PyAV on foreign bytes, with limits on what it may use."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from analysis.speech.child import Line

_MEMORY_LIMIT = 2 * 1024**3
"""Address space in bytes; decoding audio needs about 300 MB of it, threads' stacks included."""

_SHORT_BY = 1.0
_SHORT_SHARE = 0.02
"""Seconds and share by which sound may fall short of the promised length before we warn."""


_MIN_GAP = 0.1
_MAX_GAP = 3600.0
"""Missing stretches, in seconds, that are filled with silence: longer than time stamps are blurred,
and, where the file does not tell its length, no more than this in all."""

_MAX_SECONDS = 24 * 3600
"""No recording is longer; a small hostile file can claim to be."""

_WAVE_OPEN_END = 0x7FFFF000
"""Recorders that do not know the length yet write a size from here up."""


class _Refused(Exception):  # noqa: N818 - not an error but an answer
    def __init__(self, message_id: str) -> None:
        super().__init__(message_id)
        self.message_id = message_id


class _RemoteFile(io.RawIOBase):
    """A read-only file whose bytes the parent hands out."""

    def __init__(self, line: Line, size: int) -> None:
        self._line = line
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        left = max(0, self._size - self._at)
        wanted = min(left if size < 0 else size, left, 1 << 20)
        if wanted == 0:
            return b""
        self._line.send_json(b"R", [self._at, wanted])
        kind, data = self._line.receive()
        if kind != b"B":
            raise OSError("unexpected answer")
        self._at += len(data)
        return data


def decode_main(line: Line, path: str | None, size: int, sample_rate: int) -> None:
    """Decode and send: ``O`` (open), ``P`` (samples), ``W`` (warning), ``E`` (error), ``D`` (done)."""
    _limit_resources()
    import av

    av.logging.set_level(None)
    try:
        with Path(path).open("rb") if path else _RemoteFile(line, size) as source:
            _decode(av, line, source, sample_rate)
    except _Refused as refused:
        line.send_json(b"E", {"id": refused.message_id, "values": {}})
    except MemoryError:
        line.send_json(b"E", {"id": "speech.too_large", "values": {}})
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        line.send_json(b"E", {"id": "speech.unreadable", "values": {}})


def _decode(av: Any, line: Line, source: BinaryIO | _RemoteFile, sample_rate: int) -> None:
    promised = _wave_seconds(source)
    with _open(av, source) as container:
        stream = _audio_stream(container)
        expected = promised or _expected_seconds(container, stream)
        line.send_json(b"O", {"duration": expected})
        sender = _Blocks(line, sample_rate)
        state = _Damage()
        resampler = av.AudioResampler(format="s16", layout="mono", rate=sample_rate)
        clock = _Clock(expected)
        for frame in _frames(av, container, stream, state):
            sender.add(bytes(2 * round(clock.gap(frame) * sample_rate)))
            frame.pts = None  # the resampler must not stumble over odd time stamps
            for piece in resampler.resample(frame):
                sender.add(piece.to_ndarray().tobytes())
            if sender.samples > _MAX_SECONDS * sample_rate:
                raise _Refused("speech.too_long")
        for piece in resampler.resample(None):
            sender.add(piece.to_ndarray().tobytes())
        sender.flush()
    seconds = sender.samples / sample_rate
    if sender.samples == 0:
        raise _Refused("speech.no_sound")
    _warn(line, state, seconds, expected)
    line.send(b"D")


def _open(av: Any, source: BinaryIO | _RemoteFile) -> Any:
    head = source.read(12)
    source.seek(0)
    try:
        # No nested protocol: a playlist must not make us read other files or the network.
        return av.open(
            _Nameless(source), mode="r", metadata_errors="ignore", options={"protocol_whitelist": "none"}
        )
    except (av.error.FFmpegError, ValueError) as error:
        if isinstance(error, MemoryError):
            raise
        cut = head[4:8] == b"ftyp"  # an MP4 or M4A whose index, written last, is missing
        raise _Refused("speech.cut_off" if cut else "speech.not_media") from error


class _Nameless:
    """Hides the file name, so that the content alone decides what the file is."""

    def __init__(self, source: BinaryIO | _RemoteFile) -> None:
        self.read = source.read
        self.seek = source.seek
        self.tell = source.tell


def _audio_stream(container: Any) -> Any:
    stream = container.streams.best("audio")
    if stream is None:
        raise _Refused("speech.no_audio_track" if container.streams.video else "speech.not_media")
    stream.thread_type = "AUTO"
    return stream


def _expected_seconds(container: Any, stream: Any) -> float | None:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    if container.duration is not None:
        return float(container.duration) / 1_000_000
    return None


def _wave_seconds(source: BinaryIO | _RemoteFile) -> float | None:
    """Return the length a plain WAV file promises; FFmpeg only tells what is left of it."""
    head = source.read(44)
    source.seek(0)
    if len(head) < 44 or head[:4] != b"RIFF" or head[8:16] != b"WAVEfmt " or head[36:40] != b"data":
        return None
    rate = int.from_bytes(head[28:32], "little")
    size = int.from_bytes(head[40:44], "little")
    return size / rate if rate and 0 < size < _WAVE_OPEN_END else None


class _Clock:
    """Finds stretches that are missing in the middle, so that what follows keeps its second."""

    def __init__(self, expected: float | None) -> None:
        self._first: float | None = None
        self._passed = 0.0
        self._budget = _MAX_GAP if expected is None else expected

    def gap(self, frame: Any) -> float:
        """Return the seconds of silence to put before a frame."""
        gap = 0.0
        if frame.pts is not None and frame.time_base is not None:
            at = float(frame.pts * frame.time_base)
            if self._first is None:
                self._first = at
            missing = at - self._first - self._passed
            if _MIN_GAP < missing <= self._budget:
                gap = missing
                self._budget -= gap
        self._passed += gap + frame.samples / frame.sample_rate
        return gap


class _Damage:
    """What went wrong on the way."""

    def __init__(self) -> None:
        self.skipped = 0
        self.broke_off = False


def _frames(av: Any, container: Any, stream: Any, state: _Damage) -> Iterator[Any]:
    """Yield what can be decoded; count damaged packets, stop where reading breaks off."""
    packets = iter(container.demux(stream))
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except av.error.FFmpegError:
            state.broke_off = True
            return
        try:
            yield from packet.decode()
        except av.error.FFmpegError as error:
            if isinstance(error, EOFError):
                return
            state.skipped += 1


class _Blocks:
    """Cuts the sound into one-second blocks and sends them."""

    def __init__(self, line: Line, sample_rate: int) -> None:
        self._line = line
        self._size = 2 * sample_rate
        self._waiting = bytearray()
        self.samples = 0

    def add(self, data: bytes) -> None:
        self.samples += len(data) // 2
        self._waiting += data
        while len(self._waiting) >= self._size:
            self._line.send(b"P", bytes(self._waiting[: self._size]))
            del self._waiting[: self._size]

    def flush(self) -> None:
        if self._waiting:
            self._line.send(b"P", bytes(self._waiting))
            self._waiting.clear()


def _warn(line: Line, state: _Damage, seconds: float, expected: float | None) -> None:
    short = expected is not None and expected - seconds > max(_SHORT_BY, _SHORT_SHARE * expected)
    if short or state.broke_off:
        values = {"seconds": round(seconds, 1), "expected": round(max(expected or seconds, seconds), 1)}
        line.send_json(b"W", {"id": "speech.truncated", "values": values})
    if state.skipped:
        line.send_json(b"W", {"id": "speech.damaged_parts", "values": {"count": state.skipped}})


def _limit_resources() -> None:
    """Bound memory, forbid writing files and core dumps, where the platform can."""
    if sys.platform == "win32":
        return
    import resource

    wanted = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)]
    if sys.platform.startswith("linux"):
        wanted.append((resource.RLIMIT_AS, _MEMORY_LIMIT))
    for kind, value in wanted:
        try:
            resource.setrlimit(kind, (value, value))
        except (ValueError, OSError):
            continue  # a stricter limit already holds
