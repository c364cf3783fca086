"""Looks through a write-ahead log before SQLite does.

SQLite ends a log silently at the first frame whose checksum is wrong. After a kill that is right:
what follows was never committed. After a flipped bit it would drop committed work without a word,
so this tells the two apart. Layout: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from explorer_app.vault.storage_errors import readable_errors

_HEADER = struct.Struct(">8I")
_FRAME = struct.Struct(">6I")
_MAGIC = 0x377F0682
_MASK = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class LogState:
    """What a log holds. `damaged_frame` is the first bad frame (from 1), 0 for the log's header."""

    frames: int
    damaged_frame: int | None = None


def scan_log(path: Path) -> LogState:
    """Return whether committed work in a write-ahead log was damaged; a missing log is fine."""
    with readable_errors():
        if not path.exists():
            return LogState(0)
        data = path.read_bytes()
    if len(data) < _HEADER.size or not any(data):
        return LogState(0)
    magic, _, page_size, _, salt_1, salt_2, sum_1, sum_2 = _HEADER.unpack_from(data)
    big_endian = bool(magic & 1)
    checksum = _checksum(data[:24], (0, 0), big_endian)
    frame_size = _FRAME.size + page_size
    whole = (magic & ~1) == _MAGIC and checksum == (sum_1, sum_2)
    if not whole:
        return LogState(0, damaged_frame=0)
    count = (len(data) - _HEADER.size) // frame_size
    committed = True
    for index in range(count):
        at = _HEADER.size + index * frame_size
        _, size, own_1, own_2, sum_1, sum_2 = _FRAME.unpack_from(data, at)
        following = _checksum(data[at : at + 8], checksum, big_endian)
        following = _checksum(data[at + _FRAME.size : at + frame_size], following, big_endian)
        if (own_1, own_2) != (salt_1, salt_2) or following != (sum_1, sum_2):
            rest = data[at:], frame_size, (salt_1, salt_2), committed
            return LogState(index, damaged_frame=index + 1 if _holds_committed_work(*rest) else None)
        checksum = following
        committed = size != 0
    return LogState(count)


def _holds_committed_work(data: bytes, frame_size: int, salts: tuple[int, int], committed: bool) -> bool:
    """Return whether a commit of the log's present generation stands after its first bad frame.

    Frames of an older generation differ in both salts. A frame that is left over from a rolled
    back transaction has the salts, but no commit follows it and a commit stands before it.
    """
    for at in range(0, len(data) - frame_size + 1, frame_size):
        _, size, own_1, own_2, _, _ = _FRAME.unpack_from(data, at)
        present = own_1 == salts[0] or own_2 == salts[1]
        if present and (size != 0 or not committed):
            return True
    return False


def _checksum(data: bytes, start: tuple[int, int], big_endian: bool) -> tuple[int, int]:
    first, second = start
    words = struct.unpack(f"{'>' if big_endian else '<'}{len(data) // 4}I", data)
    for index in range(0, len(words), 2):
        first = (first + words[index] + second) & _MASK
        second = (second + words[index + 1] + first) & _MASK
    return first, second
