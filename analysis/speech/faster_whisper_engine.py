"""Whisper on CTranslate2, through the parts of faster-whisper (MIT).

Windows are independent, so several go through encoder and decoder side by side, without time
stamp tokens: word times come from the attention of the decoder (alignment), and what the decoder
leaves out is found by the coverage check.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.speech.decoding import compression, join_words, retry_failed
from analysis.speech.engine import Heard
from analysis.speech.errors import SpeechError
from analysis.speech.types import Pcm, Word

_NEEDED = ("model.bin", "config.json", "tokenizer.json")

_FRAMES = 3000
_HOP = 160
"""Whisper's window: 3000 frames of 160 samples."""

_MAX_TOKENS = 448
"""Length of Whisper's decoder context."""


class FasterWhisperEngine:
    """A Whisper model folder in CTranslate2 form.

    Args:
        model_dir: Folder with ``model.bin``, ``config.json``, ``tokenizer.json``, vocabulary.
        compute_type: Weight type, such as ``int8``.
        threads: CPU threads.
        beam_size: Width of the beam search.
    """

    def __init__(
        self, model_dir: Path, *, compute_type: str = "int8", threads: int = 4, beam_size: int = 5
    ) -> None:
        self._model = _load(model_dir, compute_type, threads)
        self._beam_size = beam_size
        self._tokenizers: dict[str, Any] = {}

    def detect_language(self, sound: Pcm) -> tuple[str, float]:
        """Return the language code of up to 30 s of sound and its probability."""
        if not self._model.model.is_multilingual:
            return "en", 1.0
        encoded = self._model.encode(self._features([sound]))
        token, probability = self._model.model.detect_language(encoded)[0][0]
        return str(token).strip("<|>"), float(probability)

    def hear(self, windows: Sequence[Pcm], language: str, seeds: Sequence[int]) -> list[Heard]:
        """Transcribe windows of at most 30 s side by side, beam search at temperature 0."""
        tokenizer = self._tokenizer(language)
        encoded = self._model.encode(self._features(windows))
        results = self._generate(encoded, tokenizer, len(windows), beam_size=self._beam_size)
        texts = [_text_tokens(result, tokenizer) for result in results]
        frames = [min(_FRAMES, max(2, window.size // _HOP)) for window in windows]
        words = self._align(encoded, tokenizer, texts, frames)
        heard = [self._judge(result, tokenizer, found) for result, found in zip(results, words, strict=True)]
        return [
            retry_failed(value, partial(self._attempt, sound, tokenizer, seed))
            for sound, seed, value in zip(windows, seeds, heard, strict=True)
        ]

    def _attempt(self, sound: Pcm, tokenizer: Any, seed: int, temperature: float) -> Heard:
        """Sample a window at a temperature, seeded so that a repeat gives the same."""
        import ctranslate2

        encoded = self._model.encode(self._features([sound]))
        ctranslate2.set_random_seed(seed)
        result = self._generate(
            encoded, tokenizer, 1, beam_size=1, num_hypotheses=5, sampling_topk=0,
            sampling_temperature=temperature,
        )[0]  # fmt: skip
        frames = min(_FRAMES, max(2, sound.size // _HOP))
        words = self._align(encoded, tokenizer, [_text_tokens(result, tokenizer)], [frames])[0]
        return self._judge(result, tokenizer, words)

    def _features(self, windows: Sequence[Pcm]) -> npt.NDArray[np.float32]:
        extractor = self._model.feature_extractor
        features = np.zeros((len(windows), extractor.mel_filters.shape[0], _FRAMES), np.float32)
        for number, window in enumerate(windows):
            sound = window[: _FRAMES * _HOP].astype(np.float32) / 32768.0
            found = extractor(sound)[:, :_FRAMES]
            features[number, :, : found.shape[1]] = found
        return features

    def _generate(self, encoded: Any, tokenizer: Any, count: int, **options: Any) -> list[Any]:
        prompt = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
        return list(
            self._model.model.generate(
                encoded,
                [prompt] * count,
                max_length=_MAX_TOKENS,
                return_scores=True,
                return_no_speech_prob=True,
                suppress_blank=True,
                suppress_tokens=_suppressed(tokenizer),
                **options,
            )
        )

    def _align(
        self, encoded: Any, tokenizer: Any, texts: list[list[int]], frames: list[int]
    ) -> list[tuple[Word, ...]]:
        found = self._model.find_alignment(tokenizer, texts, encoded, frames)
        return [join_words(items) for items in found]

    def _judge(self, result: Any, tokenizer: Any, words: tuple[Word, ...]) -> Heard:
        tokens = result.sequences_ids[0]
        return Heard(
            words=words,
            log_probability=float(result.scores[0]) * len(tokens) / (len(tokens) + 1),
            compression=compression(tokenizer.decode(_text_tokens(result, tokenizer))),
            no_speech=float(result.no_speech_prob),
        )

    def _tokenizer(self, language: str) -> Any:
        from faster_whisper.tokenizer import Tokenizer

        if language not in self._tokenizers:
            multilingual = self._model.model.is_multilingual
            try:
                self._tokenizers[language] = Tokenizer(
                    self._model.hf_tokenizer, multilingual, task="transcribe", language=language
                )
            except ValueError as error:
                raise SpeechError("speech.language_unknown", language=language) from error
        return self._tokenizers[language]


def _load(model_dir: Path, compute_type: str, threads: int) -> Any:
    from faster_whisper import WhisperModel

    missing = [name for name in _NEEDED if not (model_dir / name).is_file()]
    if missing:
        raise SpeechError("speech.model_missing", model=model_dir.name, file=missing[0])
    files = None
    if os.name == "nt" and not str(model_dir).isascii():
        # The native loader opens files in the system code page; hand it bytes instead.
        files = {path.name: path.read_bytes() for path in model_dir.iterdir() if path.is_file()}
    try:
        return WhisperModel(
            str(model_dir), device="cpu", compute_type=compute_type, cpu_threads=threads,
            local_files_only=True, files=files,
        )  # fmt: skip
    except Exception as error:  # native loaders raise anything on damaged files
        raise SpeechError("speech.model_unreadable", model=model_dir.name) from error


def _suppressed(tokenizer: Any) -> list[int]:
    """Return the tokens that are no speech: brackets, notes, and Whisper's own marks."""
    marks = (
        tokenizer.transcribe, tokenizer.translate, tokenizer.sot,
        tokenizer.sot_prev, tokenizer.sot_lm, tokenizer.no_speech,
    )  # fmt: skip
    return sorted({*tokenizer.non_speech_tokens, *marks})


def _text_tokens(result: Any, tokenizer: Any) -> list[int]:
    return [token for token in result.sequences_ids[0] if token < tokenizer.eot]
