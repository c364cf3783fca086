"""Both speech engines on the same weights and sound: wall time, CPU time, peak memory, word errors.

Run it from the checkout, where openai-whisper is installed and ``EXPLORER_OPENAI_MODEL`` names a folder
with a checkpoint of the base model: ``python tests/bench/speech_engines.py``. Both go the app's way
(voice activity, windows, beam 5, word times, coverage check), each in its child process, warm, the
model loaded before; the order alternates from pair to pair. faster-whisper runs in int8 as it ships,
openai-whisper in its float32.
"""

from __future__ import annotations

import argparse
import os
import statistics
from contextlib import ExitStack
from pathlib import Path

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
from speech_time import Run, measure

from analysis.speech.audio import MemoryAudio
from analysis.speech.transcribe import transcribe
from analysis.speech.types import SAMPLE_RATE, Pcm, SpeechSettings
from analysis.speech.worker import SpeechWorker

FIRST, SECOND = "faster-whisper", "openai-whisper"


def checkpoint_folder() -> Path:
    """Return the folder of the openai-whisper checkpoint."""
    named = os.environ.get("EXPLORER_OPENAI_MODEL")
    if not named:
        raise SystemExit("Set EXPLORER_OPENAI_MODEL to a folder with the base model as one .pt file.")
    return Path(named)


def write(worker: SpeechWorker, sound: Pcm) -> str:
    """Return the text of a sound."""
    with transcribe(MemoryAudio(sound), worker.settings, language="de", worker=worker) as run:
        return " ".join(segment.text for result in run for segment in result.segments)


def main() -> None:
    """Time pairs and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=3.0, help="length of the sound")
    parser.add_argument("--pairs", type=int, default=3, help="paired runs")
    parser.add_argument("--threads", type=int, default=min(4, os.cpu_count() or 1))
    options = parser.parse_args()
    print_head()
    folder = data_folder()
    sound, reference = joined([dialogue(folder), *kerstin(folder)], options.minutes)
    settings = {
        FIRST: SpeechSettings(model_dir=model_folder(), threads=options.threads),
        SECOND: SpeechSettings(model_dir=checkpoint_folder(), engine=SECOND, threads=options.threads),
    }
    pairs: list[dict[str, Run]] = []
    with ExitStack() as stack:
        workers = {name: stack.enter_context(SpeechWorker(value)) for name, value in settings.items()}
        for worker in workers.values():
            write(worker, sound[: 20 * SAMPLE_RATE])
        for number in range(options.pairs):
            order = [FIRST, SECOND] if number % 2 == 0 else [SECOND, FIRST]
            pair = {name: _timed(workers[name], sound) for name in order}
            pairs.append(pair)
            print(
                f"pair {number + 1} ({order[0]} first): {pair[FIRST].wall:.1f} s, {pair[SECOND].wall:.1f} s, "
                f"wall ratio {pair[SECOND].wall / pair[FIRST].wall:.2f}, "
                f"CPU ratio {pair[SECOND].cpu / pair[FIRST].cpu:.2f}, load {os.getloadavg()[0]:.1f}",
                flush=True,
            )
    runs = {name: [pair[name] for pair in pairs] for name in settings}
    print(f"sound: {sound.size / SAMPLE_RATE:.0f} s, threads: {options.threads}")
    _print_table(runs, reference)
    print_head()


def _timed(worker: SpeechWorker, sound: Pcm) -> Run:
    return measure(lambda: write(worker, sound), [psutil.Process(worker.pid)])


def _print_table(runs: dict[str, list[Run]], reference: str) -> None:
    print(f"{'':16}{'wall s (median, min-max)':>28}{'CPU s':>10}{'peak MiB':>10}{'WER %':>8}")
    for name, found in runs.items():
        walls = sorted(run.wall for run in found)
        spread = f"{statistics.median(walls):.1f} ({walls[0]:.1f}-{walls[-1]:.1f})"
        cpu = statistics.median(run.cpu for run in found)
        errors = word_error_rate([reference], [found[0].text])
        memory = max(run.memory for run in found)
        print(f"{name:16}{spread:>28}{cpu:10.1f}{memory:10.0f}{errors:8.2f}")
    both = list(zip(runs[FIRST], runs[SECOND], strict=True))
    for label, ratios in (
        ("wall", [second.wall / first.wall for first, second in both]),
        ("CPU", [second.cpu / first.cpu for first, second in both]),
    ):
        spread = f"({min(ratios):.2f}-{max(ratios):.2f})"
        print(f"{SECOND} / {FIRST}, {label}: median {statistics.median(ratios):.2f} {spread}")
    print("texts equal from run to run:", all(len({r.text for r in found}) == 1 for found in runs.values()))


if __name__ == "__main__":
    main()
