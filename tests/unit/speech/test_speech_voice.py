from __future__ import annotations

import itertools
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from analysis.speech.types import SAMPLE_RATE, Pcm
from analysis.speech.voice import VoiceDetector, VoiceTrack, speech_spans


def listen(samples: Pcm, block: int = 30 * SAMPLE_RATE) -> VoiceTrack:
    detector = VoiceDetector()
    for start in range(0, samples.size, block):
        detector.add(samples[start : start + block])
    return detector.finish()


def test_three_sentences_are_heard_with_the_pauses_between_them(spoken: Pcm) -> None:
    found = listen(spoken)
    gaps = [two[0] - one[1] for one, two in itertools.pairwise(found.spans)]
    assert sum(gap > 0.9 for gap in gaps) == 2
    assert found.duration == pytest.approx(spoken.size / SAMPLE_RATE)


def test_the_size_of_the_blocks_does_not_matter(spoken: Pcm) -> None:
    whole, pieces = listen(spoken, spoken.size), listen(spoken, 7001)
    assert np.allclose(whole.probability, pieces.probability, atol=1e-4)
    assert whole.level.shape == pieces.level.shape


def test_hum_and_hiss_are_no_voice() -> None:
    noise = np.random.default_rng(2)
    at = np.arange(60 * SAMPLE_RATE) / SAMPLE_RATE
    hum = 900 * np.sin(2 * np.pi * 50 * at) + noise.normal(0, 300, at.size)
    assert listen(hum.astype(np.int16)).spans == ()


@pytest.mark.slow
def test_three_hours_of_silence_are_quick_and_hold_nobody() -> None:
    noise = np.random.default_rng(5)
    recorder_noise = np.round(noise.normal(0, 4, 60 * SAMPLE_RATE)).astype(np.int16)
    detector = VoiceDetector()
    before = psutil.Process().memory_info().rss
    began = time.process_time()
    for _ in range(180):
        detector.add(recorder_noise)
    found = detector.finish()
    assert found.duration == pytest.approx(3 * 3600)
    assert found.spans == ()
    assert time.process_time() - began < 60
    assert psutil.Process().memory_info().rss - before < 200 * 2**20


def test_no_sound_at_all_is_an_empty_track() -> None:
    found = VoiceDetector().finish()
    assert found.spans == ()
    assert found.loudest(0, 1) == -120.0
    assert found.voice(0, 1) == 0.0


@given(st_numpy.arrays(np.float32, st.integers(0, 300), elements=st.floats(0, 1, width=32)))
def test_spans_are_in_order_apart_and_inside_the_sound(probability: np.ndarray) -> None:
    duration = probability.size * 0.032
    spans = speech_spans(probability, duration)
    assert all(0 <= start < end <= duration + 1e-6 for start, end in spans)
    assert all(two[0] - one[1] >= 0.16 - 1e-6 for one, two in itertools.pairwise(spans))


def test_the_detector_file_is_found() -> None:
    from faster_whisper.utils import get_assets_path

    assert list(Path(get_assets_path()).glob("silero_vad*.onnx"))
