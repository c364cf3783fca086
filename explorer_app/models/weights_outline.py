"""Reads the outline of a CTranslate2 ``model.bin`` without loading it: is it whole, and which Whisper is it?

Layout (CTranslate2, binary version 6): u32 version, name of the kind, u32 revision, u32 count, then per
variable its name, u8 rank, u32 sizes, u8 kind, u32 bytes and the bytes; then u32 count of aliases. A name
is u16 length and bytes that end in zero.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import IO


class NotWeightsError(ValueError):
    """The file is no CTranslate2 Whisper model."""


class CutShortError(ValueError):
    """The file ends before its last variable does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsOutline:
    """Sizes of a Whisper network.

    Attributes:
        network: Width, encoder layers and decoder layers; tells the published sizes apart.
        mel_bands: 80, or 128 from large-v3 on.
        vocabulary: Number of tokens.
    """

    network: tuple[int, int, int]
    mel_bands: int
    vocabulary: int


def read_outline(path: Path) -> WeightsOutline:
    """Return the outline of a ``model.bin``.

    Raises:
        CutShortError: If the file is shorter than it says.
        NotWeightsError: If it is something else.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        try:
            shapes = _read_shapes(file, size)
        except struct.error as error:
            raise CutShortError(path.name) from error
    try:
        vocabulary, width = shapes["decoder/embeddings/weight"]
        bands = shapes["encoder/conv1/weight"][1]
    except (KeyError, ValueError, IndexError) as error:
        raise NotWeightsError(path.name) from error
    layers = tuple(
        len({name.split("/")[1] for name in shapes if name.startswith(f"{part}/layer_")} - {"layer_norm"})
        for part in ("encoder", "decoder")
    )
    return WeightsOutline(network=(width, layers[0], layers[1]), mel_bands=bands, vocabulary=vocabulary)


def _read_shapes(file: IO[bytes], size: int) -> dict[str, tuple[int, ...]]:
    (version,) = _take(file, "I")
    if not 4 <= version <= 20 or _name(file) != "WhisperSpec":
        raise NotWeightsError
    _revision, count = _take(file, "2I")
    shapes = {}
    for _ in range(count):
        name = _name(file)
        (rank,) = _take(file, "B")
        shapes[name] = _take(file, f"{rank}I")
        _kind, length = _take(file, "BI")
        if file.seek(length, 1) > size:
            raise CutShortError
    _take(file, "I")  # the aliases follow the last variable: if their count is there, the variables are whole
    return shapes


def _name(file: IO[bytes]) -> str:
    (length,) = _take(file, "H")
    raw = file.read(length)
    if len(raw) < length:
        raise CutShortError
    return raw.rstrip(b"\0").decode("utf-8", "replace")


def _take(file: IO[bytes], layout: str) -> tuple[int, ...]:
    return struct.unpack("<" + layout, file.read(struct.calcsize("<" + layout)))
