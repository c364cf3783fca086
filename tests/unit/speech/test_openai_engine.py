"""The second engine on real weights, where its package and a checkpoint are."""

from __future__ import annotations

import importlib.util
import itertools
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from analysis.speech.audio import MemoryAudio, read_audio
from analysis.speech.errors import SpeechError
from analysis.speech.transcribe import transcribe
from analysis.speech.types import SAMPLE_RATE, Pcm, SpeechSettings, WindowResult
from analysis.speech.worker import SpeechWorker

pytestmark = [pytest.mark.models, pytest.mark.slow]

SAMPLE = Path(__file__).resolve().parents[3] / "resources" / "sample" / "A1.flac"


@pytest.fixture(scope="module")
def openai_model() -> Path:
    """The folder of a checkpoint; these tests skip in continuous integration too."""
    named = os.environ.get("EXPLORER_OPENAI_MODEL", "")
    if importlib.util.find_spec("whisper") is None:
        pytest.skip("openai-whisper is an optional package outside the lock: pip install openai-whisper")
    if not named or len(list(Path(named).glob("*.pt"))) != 1:
        pytest.skip("EXPLORER_OPENAI_MODEL names no folder with one .pt file; the lock's models have none")
    return Path(named)


@pytest.fixture(scope="module")
def worker(openai_model: Path) -> Iterator[SpeechWorker]:
    settings = SpeechSettings(model_dir=openai_model, engine="openai-whisper", threads=2, batch=1)
    with SpeechWorker(settings) as running:
        yield running


@pytest.fixture(scope="module")
def spoken() -> Pcm:
    """The first 40 s of the sample interview: two windows."""
    return read_audio(SAMPLE).samples[: 40 * SAMPLE_RATE]


@pytest.fixture(scope="module")
def whole(worker: SpeechWorker, spoken: Pcm) -> list[WindowResult]:
    return run(worker, spoken)


def run(worker: SpeechWorker, sound: Pcm, **options: object) -> list[WindowResult]:
    with transcribe(MemoryAudio(sound), worker.settings, language="de", worker=worker, **options) as found:  # type: ignore[arg-type]
        return list(found)


def text(results: list[WindowResult]) -> str:
    return " ".join(segment.text for result in results for segment in result.segments)


def test_it_writes_german_words_in_order_with_confidence(whole: list[WindowResult], spoken: Pcm) -> None:
    assert len(whole) >= 2
    assert "neun Jahren" in text(whole)
    words = [word for result in whole for segment in result.segments for word in segment.words]
    assert all(one.end <= two.start for one, two in itertools.pairwise(words))
    assert all(0 <= word.confidence <= 1 and word.start <= word.end for word in words)
    assert words[-1].end <= spoken.size / SAMPLE_RATE
    (years,) = [word for word in words if word.text.startswith("Jahren")]
    assert years.start == pytest.approx(2.0, abs=0.3)


def test_a_run_that_goes_on_in_a_new_process_ends_with_the_same_text(
    openai_model: Path, whole: list[WindowResult], spoken: Pcm, worker: SpeechWorker
) -> None:
    with SpeechWorker(worker.settings) as second:
        assert run(second, spoken, skip=[0]) == whole[1:]


def test_a_text_that_failed_is_sampled_again_with_the_same_outcome(worker: SpeechWorker) -> None:
    noise = np.random.default_rng(3).normal(0, 3000, 5 * SAMPLE_RATE).astype(np.int16)
    heard = []
    for _ in range(2):
        worker.ask([noise], "de", [7])
        heard.append(worker.answer())
    assert heard[0] == heard[1]


def test_it_writes_nearly_what_the_first_engine_writes(
    whole: list[WindowResult], spoken: Pcm, model_dir: Path
) -> None:
    import jiwer

    with SpeechWorker(SpeechSettings(model_dir=model_dir, threads=2)) as first:
        other = run(first, spoken)
    assert jiwer.wer(text(other).lower(), text(whole).lower()) < 0.1


def test_it_detects_the_language(worker: SpeechWorker, spoken: Pcm) -> None:
    code, probability = worker.detect_language(spoken[: 30 * SAMPLE_RATE])
    assert code == "de"
    assert probability > 0.5


def test_an_unknown_language_is_one_plain_error(worker: SpeechWorker, spoken: Pcm) -> None:
    worker.ask([spoken[:SAMPLE_RATE]], "klingonisch", [1])
    with pytest.raises(SpeechError) as caught:
        worker.answer()
    assert caught.value.message_id == "speech.language_unknown"


@pytest.mark.filterwarnings(  # the package leaves its own vocabulary file to the garbage collector
    r"ignore:Exception ignored in.*tiktoken:pytest.PytestUnraisableExceptionWarning"
)
def test_it_loads_and_listens_without_network(
    openai_model: Path, spoken: Pcm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from analysis.speech.openai_whisper_engine import OpenAIWhisperEngine

    def refuse(*_: object) -> None:
        raise AssertionError("a network call")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    folder = tmp_path / "Jürgen Müller" / "Modelle für Ton"
    shutil.copytree(openai_model, folder)
    engine = OpenAIWhisperEngine(folder, threads=2)
    (heard,) = engine.hear([spoken[: 4 * SAMPLE_RATE]], "de", [1])
    assert "Pflege" in " ".join(word.text for word in heard.words)


def test_a_damaged_checkpoint_is_one_plain_error(openai_model: Path, tmp_path: Path, spoken: Pcm) -> None:
    (source,) = openai_model.glob("*.pt")
    (tmp_path / "base.pt").write_bytes(source.read_bytes()[:1_000_000])
    settings = SpeechSettings(model_dir=tmp_path, engine="openai-whisper")
    with pytest.raises(SpeechError) as caught:
        list(transcribe(MemoryAudio(spoken), settings, language="de"))
    assert caught.value.message_id == "speech.model_unreadable"


def test_a_folder_without_or_with_several_checkpoints_is_refused(tmp_path: Path) -> None:
    from analysis.speech.openai_whisper_engine import checkpoint

    with pytest.raises(SpeechError, match=r"speech\.model_missing"):
        checkpoint(tmp_path)
    (tmp_path / "a.pt").touch()
    assert checkpoint(tmp_path).name == "a.pt"
    (tmp_path / "b.pt").touch()
    with pytest.raises(SpeechError, match=r"speech\.model_several"):
        checkpoint(tmp_path)
