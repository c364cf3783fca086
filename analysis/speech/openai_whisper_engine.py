"""OpenAI's own Whisper (PyTorch) behind the same Protocol; needs the extra ``[openai]``.

It decodes like the first engine: every window once, without time stamp tokens, word times from the
attention of the decoder. So equal weights give nearly equal texts.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.speech.decoding import compression, join_words, retry_failed
from analysis.speech.engine import OPENAI_WHISPER, Heard, engine_missing
from analysis.speech.errors import SpeechError
from analysis.speech.types import Pcm

_FRAMES = 3000
_HOP = 160
"""Whisper's window: 3000 frames of 160 samples."""


class OpenAIWhisperEngine:
    """A checkpoint of openai-whisper.

    Args:
        model_dir: A folder that holds one ``.pt`` file. A file with an official name, such as
            ``base.pt``, gets the attention heads that OpenAI chose for its word times.
        threads: CPU threads.
        beam_size: Width of the beam search.
    """

    def __init__(self, model_dir: Path, *, threads: int = 4, beam_size: int = 5) -> None:
        path = checkpoint(model_dir)
        try:
            import torch
            import whisper
            from whisper import timing, tokenizer
        except ImportError as error:
            raise engine_missing(OPENAI_WHISPER) from error
        torch.set_num_threads(threads)
        self._torch: Any = torch
        self._whisper: Any = whisper
        self._timing: Any = timing
        self._tokenizer: Any = tokenizer
        self._beam_size = beam_size
        self._model: Any = _load(whisper, path)

    def detect_language(self, sound: Pcm) -> tuple[str, float]:
        """Return the language code of up to 30 s of sound and its probability."""
        if not self._model.is_multilingual:
            return "en", 1.0
        _, probabilities = self._model.detect_language(self._features(sound))
        code = max(probabilities, key=probabilities.get)
        return str(code), float(probabilities[code])

    def hear(self, windows: Sequence[Pcm], language: str, seeds: Sequence[int]) -> list[Heard]:
        """Transcribe windows of at most 30 s one after the other, beam search at temperature 0."""
        tokenizer = self._tokenizer_for(language)
        return [
            self._hear(sound, language, tokenizer, seed) for sound, seed in zip(windows, seeds, strict=True)
        ]

    def _hear(self, sound: Pcm, language: str, tokenizer: Any, seed: int) -> Heard:
        features = self._features(sound)
        frames = min(_FRAMES, max(2, sound.size // _HOP))

        def attempt(temperature: float, **width: int) -> Heard:
            self._torch.manual_seed(seed)
            options = self._whisper.DecodingOptions(
                language=language, temperature=temperature, without_timestamps=True, fp16=False, **width
            )
            result = self._whisper.decode(self._model, features, options)
            return self._judge(result, tokenizer, features, frames)

        return retry_failed(attempt(0.0, beam_size=self._beam_size), partial(attempt, best_of=5))

    def _judge(self, result: Any, tokenizer: Any, features: Any, frames: int) -> Heard:
        tokens = [token for token in result.tokens if token < tokenizer.eot]
        aligned = self._timing.find_alignment(self._model, tokenizer, tokens, features, frames)
        return Heard(
            words=join_words([vars(word) for word in aligned]),
            log_probability=float(result.avg_logprob),
            compression=compression(tokenizer.decode(tokens)),
            no_speech=float(result.no_speech_prob),
        )

    def _features(self, sound: Pcm) -> Any:
        """Return the log mel spectrogram, (mel bands, 3000), with nothing after the sound's end."""
        floats = _floats(sound)
        mel = self._whisper.log_mel_spectrogram(
            floats, self._model.dims.n_mels, padding=max(_HOP, _FRAMES * _HOP - floats.size)
        )
        return self._whisper.pad_or_trim(mel[:, : -(-floats.size // _HOP)], _FRAMES)

    def _tokenizer_for(self, language: str) -> Any:
        try:
            return self._tokenizer.get_tokenizer(
                self._model.is_multilingual,
                num_languages=self._model.num_languages,
                language=language,
                task="transcribe",
            )
        except ValueError as error:
            raise SpeechError("speech.language_unknown", language=language) from error


def checkpoint(model_dir: Path) -> Path:
    """Return the one ``.pt`` file of a model folder.

    Raises:
        SpeechError: ``speech.model_missing`` when there is none, ``speech.model_several``.
    """
    found = sorted(model_dir.glob("*.pt"))
    if not found:
        raise SpeechError("speech.model_missing", model=model_dir.name, file="*.pt")
    if len(found) > 1:
        raise SpeechError(
            "speech.model_several", model=model_dir.name, files=", ".join(p.name for p in found)
        )
    return found[0]


def _load(whisper: Any, path: Path) -> Any:
    try:
        model = whisper.load_model(str(path), device="cpu")
    except MemoryError:
        raise
    except Exception as error:  # unpickling a damaged checkpoint raises anything
        raise SpeechError("speech.model_unreadable", model=path.name) from error
    # A checkpoint does not hold the heads; for official names the package knows them. Any others
    # than a model of this shape has are refused, and the package's default (the upper half) stays.
    heads = getattr(whisper, "_ALIGNMENT_HEADS", {}).get(path.stem)
    if heads is not None:
        with contextlib.suppress(RuntimeError, ValueError):
            model.set_alignment_heads(heads)
    return model


def _floats(sound: Pcm) -> npt.NDArray[np.float32]:
    return sound[: _FRAMES * _HOP].astype(np.float32) / 32768.0
