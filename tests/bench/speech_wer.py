"""Word error rate on real German, ours against bare faster-whisper on the same weights.

Run it from the checkout: ``python tests/bench/speech_wer.py``. Bare means beam 5 and the voice
activity filter, everything else as it comes.
"""

from __future__ import annotations

from typing import Any

from speech_material import (
    Clip,
    data_folder,
    dialogue,
    kerstin,
    model_folder,
    print_head,
    word_error_rate,
)

from analysis.speech.audio import read_audio
from analysis.speech.transcribe import transcribe
from analysis.speech.types import SpeechSettings
from analysis.speech.worker import SpeechWorker


def bare_text(model: Any, clip: Clip) -> str:
    """Return what bare faster-whisper writes."""
    segments, _ = model.transcribe(str(clip.path), language="de", beam_size=5, vad_filter=True)
    return " ".join(segment.text for segment in segments)


def our_text(worker: SpeechWorker, clip: Clip) -> str:
    """Return what we write."""
    with transcribe(read_audio(clip.path), worker.settings, language="de", worker=worker) as run:
        return " ".join(segment.text for result in run for segment in result.segments)


def main() -> None:
    """Score both sets and print a table."""
    from faster_whisper import WhisperModel

    folder = data_folder()
    sets = {"kerstin, clip by clip": kerstin(folder), "dialogue": [dialogue(folder)]}
    model = WhisperModel(str(model_folder()), device="cpu", compute_type="int8")
    print_head()
    print(f"{'set':24}{'bare':>8}{'ours':>8}   % word errors")
    with SpeechWorker(SpeechSettings(model_dir=model_folder())) as worker:
        for name, clips in sets.items():
            references = [clip.text for clip in clips]
            bare = word_error_rate(references, [bare_text(model, clip) for clip in clips])
            ours = word_error_rate(references, [our_text(worker, clip) for clip in clips])
            print(f"{name:24}{bare:8.2f}{ours:8.2f}", flush=True)


if __name__ == "__main__":
    main()
