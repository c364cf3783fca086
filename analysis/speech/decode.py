"""Sound out of any audio or video file, decoded in a child process.

The parent never parses a foreign byte: the child opens the file (or asks for its bytes piece by
piece), decodes it and sends samples. No temporary file is written.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import numpy as np

from analysis.speech.child import Child
from analysis.speech.decode_child import decode_main
from analysis.speech.errors import SpeechError
from analysis.speech.types import SAMPLE_RATE, Cancel, Pcm

_SILENT_LIMIT = 120.0
"""Seconds after which a decoder that sends nothing counts as stuck."""


Source = Path | bytes | bytearray | memoryview | BinaryIO


class Decoded:
    """Sound being decoded: iterate it once inside a ``with`` block.

    Blocks are int16 mono arrays of exactly one second, the last one shorter.

    Attributes:
        warnings: Message ids with values, such as ``("speech.truncated", {...})``; complete
            after the last block.
        duration_hint: Length in seconds that the file claims, or None.
    """

    def __init__(
        self,
        source: Source,
        sample_rate: int,
        cancel: Cancel | None,
    ) -> None:
        self.warnings: list[tuple[str, dict[str, object]]] = []
        self.duration_hint: float | None = None
        self._cancel = cancel
        self._file: BinaryIO | None = None
        path = _checked_path(source) if isinstance(source, Path) else None
        size = 0
        if not isinstance(source, Path):
            self._file = _as_file(source)
            size = self._file.seek(0, io.SEEK_END)
            if size == 0:
                raise SpeechError("speech.empty_file")
        self._child = Child(decode_main, (path, size, sample_rate), death_id="speech.decoder_died")
        self._started = False

    @property
    def pid(self) -> int | None:
        """Process id of the child."""
        return self._child.pid

    def __enter__(self) -> Decoded:
        """Wait until the file is open, so that `duration_hint` is known."""
        try:
            self._until_open()
        except BaseException:
            self._child.kill()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the child process."""
        self._child.kill()

    def __iter__(self) -> Iterator[Pcm]:
        """Yield the blocks in order.

        Raises:
            SpeechError: Nothing usable is in the file, or the decoder died.
        """
        while (block := self._next_block()) is not None:
            yield block

    def _until_open(self) -> None:
        while True:
            kind, payload = self._receive()
            if kind == b"O":
                hint = json.loads(payload)["duration"]
                self.duration_hint = float(hint) if hint is not None else None
                return

    def _next_block(self) -> Pcm | None:
        while True:
            kind, payload = self._receive()
            if kind == b"P":
                return np.frombuffer(payload, dtype="<i2").astype(np.int16, copy=False)
            if kind == b"D":
                return None

    def _receive(self) -> tuple[bytes, bytes]:
        """Return the next frame that is not a request, a warning or an error."""
        while True:
            kind, payload = self._child.receive(self._cancel, _SILENT_LIMIT)
            if kind == b"R":
                self._serve(payload)
            elif kind == b"W":
                self.warnings.append(_message(payload))
            elif kind == b"E":
                message_id, values = _message(payload)
                raise SpeechError(message_id, **values)
            else:
                return kind, payload

    def _serve(self, payload: bytes) -> None:
        offset, count = (int(value) for value in json.loads(payload))
        if self._file is None or offset < 0 or not 0 <= count <= 1 << 24:
            raise SpeechError("speech.decoder_died", code="request")
        self._file.seek(offset)
        self._child.send(b"B", self._file.read(count))


def decode(
    source: Source,
    *,
    sample_rate: int = SAMPLE_RATE,
    cancel: Cancel | None = None,
) -> Decoded:
    """Decode the sound of a media file to mono 16-bit samples.

    Args:
        source: A path, the bytes, or a seekable binary file.
        sample_rate: Samples a second of the output.
        cancel: Ends the child process when set.

    Returns:
        A context manager to iterate once; see `Decoded`.

    Raises:
        SpeechError: ``speech.file_missing``, ``speech.unreadable``, ``speech.empty_file``; on
            entering and iterating also ``speech.not_media``, ``speech.no_audio_track``,
            ``speech.no_sound``, ``speech.cut_off``, ``speech.too_large``, ``speech.decoder_died``.
    """
    return Decoded(source, sample_rate, cancel)


def _checked_path(path: Path) -> str:
    try:
        if path.is_dir():
            raise SpeechError("speech.not_media")
        if path.stat().st_size == 0:
            raise SpeechError("speech.empty_file")
        path.open("rb").close()
    except FileNotFoundError as error:
        raise SpeechError("speech.file_missing") from error
    except OSError as error:
        raise SpeechError("speech.unreadable") from error
    return str(path)


def _as_file(source: bytes | bytearray | memoryview | BinaryIO) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes | bytearray | memoryview) else source


def _message(payload: bytes) -> tuple[str, dict[str, object]]:
    value = json.loads(payload)
    return str(value["id"]), {str(key): item for key, item in dict(value["values"]).items()}
