from __future__ import annotations

import base64
import importlib.util
import io
import json
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest
import soundfile

_PATH = Path(__file__).resolve().parents[2] / "fixtures" / "canary.py"
_SPEC = importlib.util.spec_from_file_location("canary", _PATH)
assert _SPEC is not None
assert _SPEC.loader is not None
canary = importlib.util.module_from_spec(_SPEC)
sys.modules["canary"] = canary
_SPEC.loader.exec_module(canary)

NAME = "Frau Grünspecht-Öhler"
PCM = (9_000 * np.sin(np.arange(40_000) ** 1.2 / 50)).astype(np.int16)


def flac(pcm: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, pcm, 16_000, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "leak",
    [
        NAME.encode(),
        NAME.upper().encode(),
        unicodedata.normalize("NFD", NAME).encode(),
        NAME.encode("utf-16-le"),
        NAME.encode("utf-16"),
        json.dumps({"name": NAME}).encode(),
        base64.b64encode(b"Name: " + NAME.encode() + b" und mehr"),
        base64.b64encode(b"Name:" + NAME.encode() + b" und mehr"),
        base64.urlsafe_b64encode(b"Name" + NAME.encode()),
    ],
)
def test_a_text_is_found_in_every_spelling(tmp_path: Path, leak: bytes) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "log").write_bytes(b"x" * 999 + leak + b"y" * 99)
    assert canary.Canary().text(NAME).found_in(tmp_path)


@pytest.mark.parametrize(
    "leak",
    [
        PCM.tobytes()[1_000:30_000],
        PCM.astype(">i2").tobytes(),
        (PCM / 32_768).astype(np.float32).tobytes(),
        flac(PCM[:16_000]),
        flac(PCM[16_000:32_000])[:-2_000],
    ],
)
def test_a_sound_is_found_in_every_coding(tmp_path: Path, leak: bytes) -> None:
    (tmp_path / "chunk").write_bytes(leak)
    assert canary.Canary().samples(PCM).found_in(tmp_path)


def test_a_leak_across_two_blocks_and_in_a_name_is_found(tmp_path: Path) -> None:
    block = canary._BLOCK
    (tmp_path / "big").write_bytes(bytes(block - 9) + b"geheimnis-42" + bytes(block))
    (tmp_path / "geheimnis-42.tmp").touch()
    found = canary.Canary().data(b"geheimnis-42").found_in(tmp_path)
    assert [(item.path.name, item.at) for item in found] == [("big", block - 9), ("geheimnis-42.tmp", -1)]


def test_noise_is_no_leak(tmp_path: Path) -> None:
    (tmp_path / "noise").write_bytes(np.random.default_rng(0).bytes(3_000_000))
    assert canary.Canary().text(NAME).samples(PCM).data(b"geheimnis").found_in(tmp_path) == []


def test_a_canary_too_short_to_mean_anything_is_refused() -> None:
    with pytest.raises(ValueError, match="by chance"):
        canary.Canary().data(b"abc")
