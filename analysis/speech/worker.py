"""The process that holds the model: it gets samples, returns values and knows nothing else."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType

import numpy as np

from analysis.speech.child import Child, Line
from analysis.speech.engine import Heard, load_engine
from analysis.speech.errors import SpeechError
from analysis.speech.types import Cancel, Pcm, SpeechSettings, Word
from analysis.speech.voice import VoiceDetector, VoiceTrack


class SpeechWorker:
    """A running worker; use it in a ``with`` block, for one recording or for many.

    Args:
        settings: Model and options; the model loads while the first sound is listened to.

    All methods raise SpeechError when the worker dies and SpeechCancelledError on cancel.
    """

    def __init__(self, settings: SpeechSettings) -> None:
        self.settings = settings
        self._child = Child(_worker_main, (settings,), death_id="speech.worker_died")

    @property
    def pid(self) -> int | None:
        """Process id of the child."""
        return self._child.pid

    def __enter__(self) -> SpeechWorker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process; safe to call twice."""
        self._child.kill()

    def listen(self, blocks: Iterable[Pcm], cancel: Cancel | None = None) -> VoiceTrack:
        """Return where somebody speaks; memory stays bounded however much sound comes."""
        for block in blocks:
            self._child.send(b"V", _bytes(block))
            self._answer(b"v", cancel)
        self._child.send(b"F")
        table = np.frombuffer(self._answer(b"T", cancel), "<f4").astype(np.float32)
        duration = float(self._answer(b"d", cancel))
        half = table.size // 2
        return VoiceTrack(table[:half], table[half:], duration)

    def wait_ready(self, cancel: Cancel | None = None) -> None:
        """Wait until the model is loaded."""
        self._child.send(b"Q")
        self._answer(b"q", cancel)

    def detect_language(self, sound: Pcm, cancel: Cancel | None = None) -> tuple[str, float]:
        """Return the language code of up to 30 s of sound and its probability."""
        self._child.send(b"L", _bytes(sound))
        code, probability = json.loads(self._answer(b"l", cancel))
        return str(code), float(probability)

    def ask(self, windows: Sequence[Pcm], language: str, seeds: Sequence[int]) -> None:
        """Hand over windows to transcribe; `answer` fetches the result. One request at a time."""
        lengths = [int(window.size) for window in windows]
        head = json.dumps({"language": language, "seeds": list(seeds), "lengths": lengths}).encode()
        body = b"".join(_bytes(window) for window in windows)
        self._child.send(b"G", struct.pack("<I", len(head)) + head + body)

    def answer(self, cancel: Cancel | None = None) -> list[Heard]:
        """Wait for the result of `ask`."""
        return [_heard(item) for item in json.loads(self._answer(b"H", cancel))]

    def _answer(self, expected: bytes, cancel: Cancel | None) -> bytes:
        kind, payload = self._child.receive(cancel)
        if kind == b"E":
            value = json.loads(payload)
            raise SpeechError(str(value["id"]), **value["values"])
        if kind != expected:
            self._child.kill()
            raise SpeechError("speech.worker_died", code="protocol")
        return payload


def _bytes(sound: Pcm) -> bytes:
    return sound.astype("<i2", copy=False).tobytes()


def _heard(item: dict[str, object]) -> Heard:
    rows = item["words"]
    if not isinstance(rows, list):
        raise SpeechError("speech.worker_died", code="protocol")
    words = tuple(Word(float(row[0]), float(row[1]), str(row[2]), float(row[3])) for row in rows)
    numbers = [float(str(item[key])) for key in ("log_probability", "compression", "no_speech")]
    return Heard(words, *numbers)


def _worker_main(line: Line, settings: SpeechSettings) -> None:
    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(load_engine, settings)
        detector: VoiceDetector | None = None
        while True:
            kind, payload = line.receive()
            try:
                if kind == b"V":
                    detector = detector or VoiceDetector()
                    detector.add(np.frombuffer(payload, "<i2").astype(np.int16, copy=False))
                    line.send(b"v")
                elif kind == b"F":
                    _send_track(line, (detector or VoiceDetector()).finish())
                    detector = None
                elif kind == b"Q":
                    loading.result()
                    line.send(b"q")
                elif kind == b"L":
                    line.send_json(b"l", loading.result().detect_language(np.frombuffer(payload, "<i2")))
                elif kind == b"G":
                    sounds, language, seeds = _request(payload)
                    heard = loading.result().hear(sounds, language, seeds)
                    line.send_json(b"H", [_plain(value) for value in heard])
            except SpeechError as error:
                line.send_json(b"E", {"id": error.message_id, "values": error.values})
            except MemoryError:
                line.send_json(b"E", {"id": "speech.too_large", "values": {}})


def _send_track(line: Line, track: VoiceTrack) -> None:
    line.send(b"T", np.concatenate((track.probability, track.level)).astype("<f4").tobytes())
    line.send_json(b"d", track.duration)


def _request(payload: bytes) -> tuple[list[Pcm], str, list[int]]:
    size = struct.unpack_from("<I", payload)[0]
    head = json.loads(payload[4 : 4 + size])
    samples = np.frombuffer(payload[4 + size :], "<i2")
    sounds: list[Pcm] = []
    at = 0
    for length in head["lengths"]:
        sounds.append(samples[at : at + length])
        at += length
    return sounds, str(head["language"]), [int(seed) for seed in head["seeds"]]


def _plain(heard: Heard) -> dict[str, object]:
    return {
        "words": [[word.start, word.end, word.text, word.confidence] for word in heard.words],
        "log_probability": heard.log_probability,
        "compression": heard.compression,
        "no_speech": heard.no_speech,
    }
