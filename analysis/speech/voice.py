"""Voice activity: where somebody speaks.

The detector is Silero VAD as it comes with faster-whisper (MIT), run over the sound as it
streams by: its state and one number a frame are all that is kept, so hours need a few megabytes.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.speech.types import SAMPLE_RATE, Pcm, Span

FRAME = 512
"""Samples a frame; the detector's fixed input length at 16 kHz."""

FRAME_SECONDS = FRAME / SAMPLE_RATE

_CONTEXT = 64
"""Samples of the frame before that the detector sees, fixed by the network."""

_BATCH = 2048
"""Frames handed to the network at once (65 s); bounds memory."""

_CHUNK = 32 * FRAME
"""Samples (about 1 s) that the energy gate judges at once, counted from the start of the recording, so
that the result does not depend on how the sound arrives."""

QUIET_DBFS = -65.0
"""A chunk whose loudest frame is below this holds no voice: the energy gate. Speech across a room
recorded at a very low level still reaches about -55 dBFS, the noise of a 16-bit recorder -75."""

_ON = 0.5
_OFF = 0.35
"""Probability at which a voice starts and ends; the detector's published defaults."""

_MIN_VOICE = 0.1
_MIN_PAUSE = 0.16
"""Seconds: shorter voices are dropped, shorter pauses are bridged."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class VoiceTrack:
    """One number a frame of `FRAME_SECONDS`.

    Attributes:
        probability: Probability of a voice, 0 to 1, shape (frames,).
        level: Root mean square in dBFS (full scale sine is about -3), shape (frames,).
        duration: Length of the sound in seconds.
    """

    probability: Floats
    level: Floats
    duration: float

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """Stretches with a voice, without padding, in order, apart by at least a short pause."""
        return speech_spans(self.probability, self.duration)

    def loudest(self, start: float, end: float) -> float:
        """Return the highest level in dBFS between two seconds."""
        return float(self._between(self.level, start, end).max(initial=-120.0))

    def voice(self, start: float, end: float) -> float:
        """Return the mean probability of a voice between two seconds."""
        part = self._between(self.probability, start, end)
        return float(part.mean()) if part.size else 0.0

    @staticmethod
    def _between(values: Floats, start: float, end: float) -> Floats:
        first = max(0, int(start / FRAME_SECONDS))
        return values[first : max(first + 1, int(np.ceil(end / FRAME_SECONDS)))]


def speech_spans(probability: Floats, duration: float) -> tuple[Span, ...]:
    """Turn probabilities into spans: hysteresis, bridge short pauses, drop short voices."""
    spans: list[list[float]] = []
    speaking = False
    for index in np.flatnonzero((probability >= _ON) | (probability < _OFF)):
        loud = bool(probability[index] >= _ON)
        at = float(index) * FRAME_SECONDS
        if loud and not speaking:
            if spans and at - spans[-1][1] < _MIN_PAUSE:
                spans[-1][1] = duration
            else:
                spans.append([at, duration])
        elif speaking and not loud:
            spans[-1][1] = min(at, duration)
        speaking = loud
    return tuple((start, end) for start, end in spans if end - start >= _MIN_VOICE)


class VoiceDetector:
    """Takes sound in blocks of any size and collects a `VoiceTrack`."""

    def __init__(self) -> None:
        self._session = _session()
        self._rest: Pcm = np.zeros(0, np.int16)
        self._samples = 0
        self._probability: list[Floats] = []
        self._level: list[Floats] = []
        self._forget()

    def add(self, block: Pcm) -> None:
        """Listen to the next block, shape (samples,)."""
        self._samples += block.size
        sound = np.concatenate((self._rest, block)) if self._rest.size else block
        whole = sound.size // _CHUNK * _CHUNK
        self._listen(sound[:whole])
        self._rest = sound[whole:].copy()

    def finish(self) -> VoiceTrack:
        """Return what was heard."""
        if self._rest.size:
            self._listen(np.pad(self._rest, (0, -self._rest.size % FRAME)))
            self._rest = np.zeros(0, np.int16)
        empty = [np.zeros(0, np.float32)]
        return VoiceTrack(
            np.concatenate(self._probability or empty),
            np.concatenate(self._level or empty),
            self._samples / SAMPLE_RATE,
        )

    def _forget(self) -> None:
        self._h = np.zeros((1, 1, 128), np.float32)
        self._c = np.zeros((1, 1, 128), np.float32)
        self._context = np.zeros(_CONTEXT, np.float32)

    def _listen(self, sound: Pcm) -> None:
        """Take whole chunks (the last of all may be shorter) and skip those that are quiet."""
        frames = sound.reshape(-1, FRAME).astype(np.float32) / 32768.0
        power = np.einsum("ij,ij->i", frames, frames) / FRAME
        level = (10.0 * np.log10(np.maximum(power, 1e-12))).astype(np.float32)
        self._level.append(level)
        chunk = _CHUNK // FRAME
        starts = range(0, len(frames), chunk)
        quiet = [bool(level[start : start + chunk].max() < QUIET_DBFS) for start in starts]
        for is_quiet, run in itertools.groupby(zip(starts, quiet, strict=True), key=lambda item: item[1]):
            first, *rest = [start for start, _ in run]
            last = min((rest[-1] if rest else first) + chunk, len(frames))
            if is_quiet:
                self._probability.append(np.zeros(last - first, np.float32))
                self._forget()
                continue
            for start in range(first, last, _BATCH):
                self._ask(frames[start : min(start + _BATCH, last)])

    def _ask(self, frames: Floats) -> None:
        before = np.concatenate((self._context[None, :], frames[:-1, -_CONTEXT:]))
        self._context = frames[-1, -_CONTEXT:].copy()
        inputs = {"input": np.concatenate((before, frames), axis=1), "h": self._h, "c": self._c}
        output, self._h, self._c = self._session.run(None, inputs)
        self._probability.append(np.asarray(output, np.float32).reshape(-1))


def _session() -> Any:
    import onnxruntime
    from faster_whisper.utils import get_assets_path

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # a recurrent network on one stream gains nothing from more
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    files = sorted(Path(get_assets_path()).glob("silero_vad*.onnx"))
    return onnxruntime.InferenceSession(
        files[-1].read_bytes(), providers=["CPUExecutionProvider"], sess_options=options
    )
