"""Transcription of a plain file as plain values, for the lab and for benchmarks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from analysis.speech.audio import read_audio
from analysis.speech.transcribe import transcribe
from analysis.speech.types import Cancel, ProgressReport, Segment, SpeechSettings
from analysis.speech.worker import SpeechWorker


def lab_transcribe(
    path: Path,
    model_dir: Path,
    language: str | None = None,
    *,
    settings: SpeechSettings | None = None,
    progress: ProgressReport | None = None,
    cancel: Cancel | None = None,
    worker: SpeechWorker | None = None,
) -> dict[str, Any]:
    """Transcribe a file.

    Args:
        path: Any audio or video file.
        model_dir: Folder of the speech model.
        language: Language code or None to detect it.
        settings: Options other than the default ones; their `model_dir` counts then.
        progress: Receives how far the run is.
        cancel: Stops the run when set.
        worker: A running worker to use.

    Returns:
        ``{"language", "duration", "segments": [{"start", "end", "speaker", "text", "trusted",
        "words": [{"start", "end", "text", "confidence"}]}]}``, seconds, in order. `speaker` is
        None. `language` is None when nobody speaks and none was given.

    Raises:
        SpeechError: The file or the model cannot be used.
    """
    audio = read_audio(path, cancel=cancel)
    chosen = settings or SpeechSettings(model_dir=model_dir)
    with transcribe(audio, chosen, language=language, progress=progress, cancel=cancel, worker=worker) as run:
        segments = [_plain(segment) for result in run for segment in result.segments]
        return {"language": run.language, "duration": round(audio.duration, 3), "segments": segments}


def _plain(segment: Segment) -> dict[str, Any]:
    return {
        "start": round(segment.start, 3),
        "end": round(segment.end, 3),
        "speaker": segment.speaker,
        "text": segment.text,
        "trusted": segment.trusted,
        "words": [
            {
                "start": round(word.start, 3),
                "end": round(word.end, 3),
                "text": word.text,
                "confidence": round(word.confidence, 4),
            }
            for word in segment.words
        ],
    }
