"""Material for the speech tests: the model, real recordings, and files made on the spot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from analysis.speech.types import Pcm
from explorer_app.models import ModelStore


@pytest.fixture(scope="session")
def model_dir(models: ModelStore) -> Path:
    return models.path("whisper-base")


@pytest.fixture(scope="session")
def recordings(test_data: Path) -> Path:
    return test_data / "audio"


@pytest.fixture(scope="session")
def make_media(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Write a small film: a picture and a 440 Hz tone, or without the one or the other."""
    folder = tmp_path_factory.mktemp("Übung mit Blank")

    def make(
        name: str, *, seconds: int = 6, sound: bool = True, options: dict[str, str] | None = None
    ) -> Path:
        path = folder / name
        noise = np.random.default_rng(7)
        with av.open(str(path), "w", options=options or {}) as container:
            video = container.add_stream("mpeg4", rate=10)
            video.width = video.height = 64
            video.pix_fmt = "yuv420p"
            audio = container.add_stream("aac", rate=16000, layout="mono") if sound else None
            for number in range(seconds * 10):
                picture = noise.integers(0, 255, (64, 64, 3), dtype=np.uint8)
                container.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
                if audio is not None:
                    container.mux(audio.encode(_tone(number)))
            container.mux(video.encode(None))
            if audio is not None:
                container.mux(audio.encode(None))
        return path

    return make


def _tone(number: int) -> av.AudioFrame:
    at = np.arange(1600) + number * 1600
    samples = (8000 * np.sin(2 * np.pi * 440 * at / 16000)).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
    frame.rate = 16000
    frame.pts = number * 1600
    return frame


@pytest.fixture(scope="session")
def spoken(recordings: Path) -> Pcm:
    """Three read sentences with pauses, about 16 s."""
    import soundfile

    parts: list[Pcm] = []
    for path in sorted((recordings / "kerstin").glob("*.flac"))[:3]:
        parts += [soundfile.read(str(path), dtype="int16")[0], np.zeros(16000, np.int16)]
    return np.concatenate(parts)
