"""OpenAI's own Whisper (PyTorch) behind the same Protocol; needs the extra ``[openai]``."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from analysis.speech.engine import Heard
from analysis.speech.errors import SpeechError
from analysis.speech.types import SAMPLE_RATE, Pcm, Word

_TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


class OpenAIWhisperEngine:
    """A checkpoint of openai-whisper.

    Args:
        model_dir: A ``.pt`` file, or a folder that holds one.
        threads: CPU threads.
        beam_size: Width of the beam search.
    """

    def __init__(self, model_dir: Path, *, threads: int = 4, beam_size: int = 5) -> None:
        try:
            import torch
            import whisper
        except ImportError as error:
            raise SpeechError("speech.engine_missing", engine="openai-whisper", extra="openai") from error
        path = _checkpoint(model_dir)
        torch.set_num_threads(threads)
        self._torch: Any = torch
        self._whisper: Any = whisper
        self._beam_size = beam_size
        try:
            self._model: Any = whisper.load_model(str(path), device="cpu")
        except Exception as error:  # unpickling a damaged checkpoint raises anything
            raise SpeechError("speech.model_unreadable", model=path.name) from error

    def detect_language(self, sound: Pcm) -> tuple[str, float]:
        """Return the language code of up to 30 s of sound and its probability."""
        if not self._model.is_multilingual:
            return "en", 1.0
        mel = self._whisper.log_mel_spectrogram(
            self._whisper.pad_or_trim(_floats(sound)), n_mels=self._model.dims.n_mels
        )
        _, probabilities = self._model.detect_language(mel)
        code = max(probabilities, key=probabilities.get)
        return str(code), float(probabilities[code])

    def hear(self, windows: Sequence[Pcm], language: str, seeds: Sequence[int]) -> list[Heard]:
        """Transcribe windows of at most 30 s, one after the other."""
        return [self._hear(sound, language, seed) for sound, seed in zip(windows, seeds, strict=True)]

    def _hear(self, sound: Pcm, language: str, seed: int) -> Heard:
        self._torch.manual_seed(seed)
        found = self._model.transcribe(
            _floats(sound),
            language=language,
            beam_size=self._beam_size,
            best_of=self._beam_size,
            temperature=_TEMPERATURES,
            condition_on_previous_text=False,
            word_timestamps=True,
            fp16=False,
            verbose=None,
        )
        pieces = list(found["segments"])
        words = tuple(
            Word(
                float(word["start"]),
                float(word["end"]),
                str(word["word"]).strip(),
                float(word["probability"]),
            )
            for piece in pieces
            for word in piece["words"]
            if str(word["word"]).strip()
        )
        text = str(found["text"]).strip().encode()
        return Heard(
            words=words,
            log_probability=min((float(piece["avg_logprob"]) for piece in pieces), default=0.0),
            compression=len(text) / len(zlib.compress(text)) if text else 0.0,
            no_speech=max((float(piece["no_speech_prob"]) for piece in pieces), default=1.0),
        )


def _checkpoint(model_dir: Path) -> Path:
    if model_dir.is_file():
        return model_dir
    found = sorted(model_dir.glob("*.pt")) if model_dir.is_dir() else []
    if not found:
        raise SpeechError("speech.model_missing", model=model_dir.name, file="*.pt")
    return found[0]


def _floats(sound: Pcm) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return sound[: 30 * SAMPLE_RATE].astype(np.float32) / 32768.0
