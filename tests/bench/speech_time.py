"""Wall time, CPU time and peak memory, ours against bare faster-whisper with the same options.

Run it from the checkout: ``python tests/bench/speech_time.py``. Both run warm in a child process, the
model is loaded before; the order alternates from pair to pair. Options of both: beam 5, voice
activity filter, word times, every window on its own.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from speech_material import (
    data_folder,
    dialogue,
    joined,
    kerstin,
    model_folder,
    print_head,
    word_error_rate,
)

from analysis.speech.audio import MemoryAudio
from analysis.speech.transcribe import transcribe
from analysis.speech.types import SAMPLE_RATE, SpeechSettings
from analysis.speech.worker import SpeechWorker


@dataclass(frozen=True)
class Run:
    """One run: seconds on the clock, CPU seconds of all processes, peak memory in MiB, the text."""

    wall: float
    cpu: float
    memory: float
    text: str


class Bare:
    """Bare faster-whisper in a child process."""

    def __init__(self, sound: np.ndarray, threads: int, conditioned: bool) -> None:
        context = multiprocessing.get_context("spawn")
        self._conn, theirs = context.Pipe()
        arguments = (theirs, model_folder(), threads, conditioned)
        self.process = context.Process(target=_bare_main, args=arguments, daemon=True)
        self.process.start()
        self._conn.send_bytes(sound.tobytes())
        self._conn.recv()

    def __call__(self) -> str:
        self._conn.send("go")
        return str(self._conn.recv())

    def close(self) -> None:
        """Let the child end by itself."""
        self._conn.send("stop")
        self.process.join(10)


def _bare_main(conn: Connection, model: Path, threads: int, conditioned: bool) -> None:
    from faster_whisper import WhisperModel

    whisper = WhisperModel(str(model), device="cpu", compute_type="int8", cpu_threads=threads)
    sound = np.frombuffer(conn.recv_bytes(), np.int16).astype(np.float32) / 32768.0

    def run(part: np.ndarray) -> str:
        segments, _ = whisper.transcribe(
            part,
            language="de",
            beam_size=5,
            vad_filter=True,
            word_timestamps=True,
            condition_on_previous_text=conditioned,
        )
        return " ".join(segment.text for segment in segments)

    run(sound[: 60 * SAMPLE_RATE])
    conn.send("ready")
    while conn.recv() == "go":
        conn.send(run(sound))


def measure(work: Callable[[], str], processes: list[psutil.Process]) -> Run:
    """Run once; memory is sampled five times a second over the given processes."""
    peak = 0
    over = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not over.wait(0.2):
            peak = max(peak, sum(process.memory_info().rss for process in processes))

    watcher = threading.Thread(target=watch)
    watcher.start()
    cpu, wall = _cpu(processes), time.perf_counter()
    try:
        text = work()
        wall, cpu = time.perf_counter() - wall, _cpu(processes) - cpu
    finally:
        over.set()
        watcher.join()
    return Run(wall, cpu, peak / 2**20, text)


def _cpu(processes: list[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def main() -> None:
    """Time pairs and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="length of the sound")
    parser.add_argument("--pairs", type=int, default=5, help="paired runs")
    parser.add_argument("--threads", type=int, default=min(4, os.cpu_count() or 1))
    parser.add_argument("--conditioned", action="store_true", help="bare looks back at its own text")
    options = parser.parse_args()
    print_head()
    folder = data_folder()
    sound, reference = joined([*kerstin(folder), dialogue(folder)], options.minutes)
    bare = Bare(sound, options.threads, options.conditioned)
    settings = SpeechSettings(model_dir=model_folder(), threads=options.threads)
    with SpeechWorker(settings) as worker:

        def ours(part: np.ndarray = sound) -> str:
            with transcribe(MemoryAudio(part), settings, language="de", worker=worker) as run:
                return " ".join(segment.text for result in run for segment in result.segments)

        ours(sound[: 60 * SAMPLE_RATE])
        ours_tree = [psutil.Process(), psutil.Process(worker.pid)]
        bare_tree = [psutil.Process(bare.process.pid)]
        pairs: list[dict[str, Run]] = []
        for number in range(options.pairs):
            order = ["bare", "ours"] if number % 2 == 0 else ["ours", "bare"]
            tasks: dict[str, Any] = {"bare": (bare, bare_tree), "ours": (ours, ours_tree)}
            pairs.append({name: measure(*tasks[name]) for name in order})
            _print_pair(number, pairs[-1])
    bare.close()
    print(f"sound: {sound.size / SAMPLE_RATE / 60:.1f} min, threads: {options.threads}")
    _print_summary(pairs, reference)
    print_head()


def _print_pair(number: int, pair: dict[str, Run]) -> None:
    bare, ours = pair["bare"], pair["ours"]
    print(
        f"pair {number + 1}: bare {bare.wall:.1f} s, ours {ours.wall:.1f} s, "
        f"wall {ours.wall / bare.wall:.3f}, CPU {ours.cpu / bare.cpu:.3f}, load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def _print_summary(pairs: list[dict[str, Run]], reference: str) -> None:
    print(f"{'':6}{'wall s (median, min-max)':>28}{'CPU s':>10}{'peak MiB':>10}{'WER %':>8}")
    for name in ("bare", "ours"):
        runs = [pair[name] for pair in pairs]
        walls = sorted(run.wall for run in runs)
        spread = f"{statistics.median(walls):.1f} ({walls[0]:.1f}-{walls[-1]:.1f})"
        cpu = statistics.median(run.cpu for run in runs)
        errors = word_error_rate([reference], [runs[0].text])
        print(f"{name:6}{spread:>28}{cpu:10.1f}{max(run.memory for run in runs):10.0f}{errors:8.2f}")
    for label, ratios in (
        ("wall", [pair["ours"].wall / pair["bare"].wall for pair in pairs]),
        ("CPU", [pair["ours"].cpu / pair["bare"].cpu for pair in pairs]),
    ):
        median = statistics.median(ratios)
        print(f"ours / bare, {label}: median {median:.3f} ({min(ratios):.3f}-{max(ratios):.3f})")


if __name__ == "__main__":
    main()
