from __future__ import annotations

import itertools
import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from analysis.speech.audio import MemoryAudio
from analysis.speech.errors import SpeechCancelledError, SpeechError
from analysis.speech.lab import lab_transcribe
from analysis.speech.transcribe import transcribe
from analysis.speech.types import SAMPLE_RATE, Pcm, Progress, SpeechSettings, WindowResult
from analysis.speech.worker import SpeechWorker

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def worker(model_dir: Path) -> Iterator[SpeechWorker]:
    with SpeechWorker(SpeechSettings(model_dir=model_dir, batch=2)) as running:
        yield running


def run(worker: SpeechWorker, sound: Pcm, **options: object) -> list[WindowResult]:
    with transcribe(MemoryAudio(sound), worker.settings, worker=worker, **options) as found:  # type: ignore[arg-type]
        return list(found)


def text(results: list[WindowResult]) -> list[str]:
    return [segment.text for result in results for segment in result.segments]


@pytest.fixture(scope="module")
def long_speech(spoken: Pcm) -> Pcm:
    """About 80 s: several windows, two groups."""
    return np.tile(spoken, 5)


def test_spoken_german_becomes_words_in_order_with_confidence(worker: SpeechWorker, spoken: Pcm) -> None:
    with transcribe(MemoryAudio(spoken), worker.settings, worker=worker) as found:
        results = list(found)
        assert found.language == "de"
        assert found.language_probability > 0.5
    words = [word for result in results for segment in result.segments for word in segment.words]
    assert "angeschlossen" in " ".join(word.text for word in words)
    assert all(one.end <= two.start for one, two in itertools.pairwise(words))
    assert all(0 <= word.confidence <= 1 and word.start <= word.end for word in words)
    assert words[-1].end <= spoken.size / SAMPLE_RATE
    assert all(segment.trusted for result in results for segment in result.segments)


def test_a_run_that_goes_on_ends_with_the_same_text(worker: SpeechWorker, long_speech: Pcm) -> None:
    whole = run(worker, long_speech, language="de")
    assert len(whole) >= 3
    for done in (1, 2):  # in the middle of a group and at its end
        rest = run(worker, long_speech, language="de", skip=range(done))
        assert rest == whole[done:]


def test_after_a_kill_a_new_worker_goes_on_with_the_same_text(model_dir: Path, long_speech: Pcm) -> None:
    settings = SpeechSettings(model_dir=model_dir, batch=1)
    with SpeechWorker(settings) as first:
        whole = run(first, long_speech, language="de")
    kept: list[WindowResult] = []
    with SpeechWorker(settings) as killed:
        found = transcribe(MemoryAudio(long_speech), settings, language="de", worker=killed)
        kept.append(next(found))
        psutil.Process(killed.pid).kill()
        with pytest.raises(SpeechError) as caught:
            kept.extend(found)
        assert caught.value.message_id == "speech.worker_died"
    assert 0 < len(kept) < len(whole)
    with SpeechWorker(settings) as second:
        rest = run(second, long_speech, language="de", skip=[result.index for result in kept])
    assert kept + rest == whole


def test_cancel_leaves_no_process(model_dir: Path, long_speech: Pcm) -> None:
    cancel = threading.Event()
    others = _workers()
    found = transcribe(MemoryAudio(long_speech), SpeechSettings(model_dir=model_dir, batch=1), cancel=cancel)
    next(found)
    started = _workers() - others
    assert len(started) == 1
    cancel.set()
    began = time.monotonic()
    with pytest.raises(SpeechCancelledError):
        list(found)
    assert time.monotonic() - began < 3
    assert not [pid for pid in started if psutil.pid_exists(pid)]


def _workers() -> set[int]:
    children = psutil.Process().children(recursive=True)
    return {child.pid for child in children if "spawn_main" in " ".join(child.cmdline())}


def test_progress_only_grows_and_ends_complete(worker: SpeechWorker, long_speech: Pcm) -> None:
    seen: list[Progress] = []
    run(worker, long_speech, language="de", progress=seen.append)
    for phase in ("listening", "writing"):
        done = [value.done for value in seen if value.phase == phase]
        assert done == sorted(done)
        last = [value for value in seen if value.phase == phase][-1]
        assert last.done == pytest.approx(last.total)
        assert last.seconds_left == pytest.approx(0, abs=0.01)


def test_silence_gives_no_windows_and_no_language(worker: SpeechWorker) -> None:
    with transcribe(
        MemoryAudio(np.zeros(60 * SAMPLE_RATE, np.int16)), worker.settings, worker=worker
    ) as found:
        assert list(found) == []
        assert found.language is None
        assert found.coverage([]).speech_seconds == 0


class ThreeHoursOfAnEmptyRoom:
    """A recording of nobody: the faint noise of the recorder, never in memory as a whole."""

    duration = 3 * 3600.0

    def __init__(self) -> None:
        noise = np.random.default_rng(5).normal(0, 4, 30 * SAMPLE_RATE)
        self._noise = np.round(noise).astype(np.int16)

    def read(self, start: float, end: float) -> Pcm:
        return self._noise[: round((end - start) * SAMPLE_RATE)]


def test_three_hours_of_an_empty_room_end_quickly_without_a_window(worker: SpeechWorker) -> None:
    began = time.monotonic()
    with transcribe(ThreeHoursOfAnEmptyRoom(), worker.settings, worker=worker) as found:
        assert list(found) == []
        assert found.language is None
        assert found.track is not None
        assert found.track.duration == pytest.approx(3 * 3600)
    assert time.monotonic() - began < 60


def test_the_skipped_turns_of_the_dialogue_are_there(
    worker: SpeechWorker, recordings: Path, model_dir: Path
) -> None:
    import jiwer

    path = recordings / "dialogue" / "dialogue_2spk_de.flac"
    settings = SpeechSettings(model_dir=model_dir)
    found = lab_transcribe(path, model_dir, "de", settings=settings)
    said = path.with_suffix(".txt").read_text(encoding="utf-8")
    errors = jiwer.wer(_plain(said), _plain(" ".join(piece["text"] for piece in found["segments"])))
    assert errors <= 0.15


def _plain(value: str) -> str:
    kept = "".join(c if c.isalnum() else " " for c in value.lower().replace("ß", "ss"))
    return " ".join(kept.split())


def test_the_lab_gives_plain_json_with_the_agreed_keys(
    worker: SpeechWorker, recordings: Path, model_dir: Path
) -> None:
    path = recordings / "picovoice" / "cheetah_test_de.wav"
    found = lab_transcribe(path, model_dir, "de", settings=worker.settings, worker=worker)
    assert json.loads(json.dumps(found)) == found
    assert list(found) == ["language", "duration", "segments"]
    for piece in found["segments"]:
        assert list(piece) == ["start", "end", "speaker", "text", "trusted", "words"]
        assert piece["text"] == " ".join(word["text"] for word in piece["words"])
        assert all(list(word) == ["start", "end", "text", "confidence"] for word in piece["words"])


def test_a_model_in_a_folder_with_umlauts_and_blanks_loads(
    model_dir: Path, tmp_path: Path, spoken: Pcm
) -> None:
    folder = tmp_path / "Jürgen Müller" / "Modelle für Ton"
    shutil.copytree(model_dir, folder, copy_function=os.link if os.name == "posix" else shutil.copy2)
    with SpeechWorker(SpeechSettings(model_dir=folder)) as running:
        assert text(run(running, spoken[: 6 * SAMPLE_RATE], language="de"))


def test_a_missing_or_damaged_model_is_one_plain_error(model_dir: Path, tmp_path: Path, spoken: Pcm) -> None:
    damaged = tmp_path / "kaputt"
    damaged.mkdir()
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        shutil.copy2(model_dir / name, damaged)
    assert refusal(damaged, spoken) == "speech.model_missing"
    (damaged / "model.bin").write_bytes((model_dir / "model.bin").read_bytes()[:1_000_000])
    assert refusal(damaged, spoken) == "speech.model_unreadable"


def refusal(folder: Path, sound: Pcm) -> str:
    with pytest.raises(SpeechError) as caught:
        list(transcribe(MemoryAudio(sound), SpeechSettings(model_dir=folder), language="de"))
    return caught.value.message_id


def test_an_unknown_language_is_one_plain_error(worker: SpeechWorker, spoken: Pcm) -> None:
    with pytest.raises(SpeechError) as caught:
        run(worker, spoken, language="klingonisch")
    assert caught.value.message_id == "speech.language_unknown"


def test_without_its_package_the_second_engine_says_what_to_install(model_dir: Path, spoken: Pcm) -> None:
    try:
        import whisper  # noqa: F401
    except ImportError:
        settings = SpeechSettings(model_dir=model_dir, engine="openai-whisper")
        with pytest.raises(SpeechError) as caught:
            list(transcribe(MemoryAudio(spoken), settings, language="de"))
        assert caught.value.message_id == "speech.engine_missing"
    else:
        pytest.skip("the extra [openai] is installed")
