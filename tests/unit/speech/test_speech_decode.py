from __future__ import annotations

import io
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest

from analysis.speech.decode import decode
from analysis.speech.errors import SpeechCancelledError, SpeechError
from analysis.speech.types import SAMPLE_RATE

Make = Callable[..., Path]


def write_wave(path: Path, samples: np.ndarray, rate: int = SAMPLE_RATE) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def refusal(source: Path | bytes) -> str:
    with pytest.raises(SpeechError) as caught, decode(source) as sound:
        list(sound)
    return caught.value.message_id


def test_samples_come_out_as_they_went_in(tmp_path: Path) -> None:
    samples = np.random.default_rng(1).integers(-9000, 9000, 40_000).astype(np.int16)
    with decode(write_wave(tmp_path / "Gespräch mit Frau Müller.wav", samples)) as sound:
        blocks = list(sound)
        assert sound.duration_hint == pytest.approx(2.5)
        assert sound.warnings == []
    assert [block.size for block in blocks] == [16_000, 16_000, 8_000]
    assert np.array_equal(np.concatenate(blocks), samples)


def test_bytes_and_open_files_decode_like_the_path(make_media: Make) -> None:
    path = make_media("gleich.mp4")
    results = []
    for source in (path, path.read_bytes(), io.BytesIO(path.read_bytes())):
        with decode(source) as sound:
            results.append(np.concatenate(list(sound)))
    assert results[0].size == pytest.approx(6 * SAMPLE_RATE, rel=0.02)
    assert np.array_equal(results[0], results[1])
    assert np.array_equal(results[0], results[2])


def test_a_text_renamed_mp3_is_no_recording(tmp_path: Path) -> None:
    path = tmp_path / "interview.mp3"
    path.write_text("Das ist ein Text und keine Aufnahme.\n" * 300, encoding="utf-8")
    assert refusal(path) == "speech.not_media"


def test_random_bytes_are_no_recording() -> None:
    assert refusal(np.random.default_rng(3).bytes(100_000)) == "speech.not_media"


@pytest.mark.parametrize("content", [b"", bytearray()])
def test_an_empty_file_is_named_as_empty(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "leer.wav"
    path.write_bytes(content)
    assert refusal(path) == "speech.empty_file"
    assert refusal(bytes(content)) == "speech.empty_file"


def test_zero_seconds_of_audio_hold_no_sound(tmp_path: Path) -> None:
    assert refusal(write_wave(tmp_path / "null.wav", np.zeros(0))) == "speech.no_sound"


def test_a_film_without_sound_track_is_told_apart(make_media: Make) -> None:
    assert refusal(make_media("stumm.mp4", sound=False)) == "speech.no_audio_track"


def test_a_missing_file_is_named_as_missing(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nie.wav") == "speech.file_missing"


@pytest.mark.parametrize(("name", "options"), [("vorn.mp4", {"movflags": "faststart"}), ("film.mkv", {})])
def test_what_is_readable_of_a_cut_film_is_kept(make_media: Make, name: str, options: dict[str, str]) -> None:
    whole = make_media(name, seconds=20, options=options).read_bytes()
    with decode(whole[: len(whole) * 6 // 10]) as sound:
        seconds = sum(block.size for block in sound) / SAMPLE_RATE
        ids = [message_id for message_id, _ in sound.warnings]
    assert 8 < seconds < 14
    assert "speech.truncated" in ids


def test_a_cut_wave_file_says_how_much_is_left(tmp_path: Path) -> None:
    path = write_wave(tmp_path / "halb.wav", np.ones(160_000))
    path.write_bytes(path.read_bytes()[:160_044])
    with decode(path) as sound:
        assert sum(block.size for block in sound) == 80_000
        assert sound.warnings == [("speech.truncated", {"seconds": 5.0, "expected": 10.0})]


def test_a_cut_mp4_without_its_index_says_so(make_media: Make) -> None:
    whole = make_media("hinten.mp4").read_bytes()
    assert refusal(whole[: len(whole) // 2]) == "speech.cut_off"


def test_damage_in_the_middle_does_not_move_what_follows(make_media: Make) -> None:
    content = bytearray(make_media("kratzer.mkv", seconds=20).read_bytes())
    middle = len(content) // 2
    content[middle : middle + len(content) // 10] = bytes(len(content) // 10)
    with decode(bytes(content)) as sound:
        seconds = sum(block.size for block in sound) / SAMPLE_RATE
    assert seconds == pytest.approx(20, abs=0.3)


def test_a_playlist_cannot_make_the_decoder_read_other_files(tmp_path: Path) -> None:
    write_wave(tmp_path / "geheim.wav", np.ones(16_000))
    lists = {
        "hls.mp3": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{}\n#EXT-X-ENDLIST\n",
        "concat.mp3": "ffconcat version 1.0\nfile '{}'\n",
    }
    for name, content in lists.items():
        path = tmp_path / name
        path.write_text(content.format(tmp_path / "geheim.wav"))
        assert refusal(path) == "speech.not_media"


def test_a_dead_decoder_is_one_plain_error(tmp_path: Path) -> None:
    path = write_wave(tmp_path / "lang.wav", np.zeros(600 * SAMPLE_RATE))
    with decode(path) as sound:
        blocks = iter(sound)
        next(blocks)
        psutil.Process(sound.pid).terminate()
        with pytest.raises(SpeechError) as caught:
            list(blocks)
    assert caught.value.message_id == "speech.decoder_died"


def test_cancel_ends_the_decoder(tmp_path: Path) -> None:
    class Now:
        def is_set(self) -> bool:
            return True

    path = write_wave(tmp_path / "lang.wav", np.zeros(60 * SAMPLE_RATE))
    with pytest.raises(SpeechCancelledError), decode(path, cancel=Now()) as sound:
        list(sound)
