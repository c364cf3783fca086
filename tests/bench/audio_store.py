"""Measure the audio store: `python tests/bench/audio_store.py [MINUTES] [FOLDER]` prints a table.

The audio is noise shaped like speech (louder and softer by turns), 16 kHz, so FLAC has real work.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from explorer_app.vault.audio import AudioStore, AudioSummary
from explorer_app.vault.audio.flac import Samples
from explorer_app.vault.sealing import PrivateKey

RATE = 16_000


def second(number: int) -> Samples:
    """One second that sounds a little like speech: filtered noise with a syllable rhythm."""
    rng = np.random.default_rng(number % 97)
    smooth = np.convolve(rng.normal(size=RATE), np.ones(12) / 12, "same")
    loudness = 300 + 2_500 * np.abs(np.sin(np.arange(RATE) * 4 * np.pi / RATE + number))
    return (smooth * loudness).astype(np.int16)


def create(store: AudioStore, name: str, vault: PrivateKey, seconds: int, sync_every: int) -> AudioSummary:
    with store.create(name, RATE, vault.public_key(), sync_every=sync_every) as writer:
        for number in range(seconds):
            writer.append(second(number))
        return writer.finish()


def measured(label: str, seconds: int, work: Callable[[], object]) -> None:
    """Run `work` in a forked child and print wall time, time a second of audio and added memory."""

    def child() -> None:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.perf_counter()
        work()
        wall = time.perf_counter() - start
        added = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        print(
            f"{label:44} {wall:8.2f} s {1000 * wall / seconds:9.3f} ms/s {added / 1024:8.1f} MiB", flush=True
        )

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join()


def main(minutes: int, folder: Path) -> None:
    vault, store, seconds = PrivateKey.generate(), AudioStore(folder), 60 * minutes
    generate = time.perf_counter()
    for number in range(seconds):
        second(number)
    print(
        f"{minutes} minutes, {RATE} Hz; making the samples alone takes {time.perf_counter() - generate:.2f} s"
    )
    print(f"{'':44} {'wall':>10} {'a second':>14} {'memory +':>12}")
    live = min(seconds, 600)
    measured(f"record {live} s, synced each second", live, lambda: create(store, "live", vault, live, 1))
    for batch in (10, 30, 60):
        measured(
            f"import, synced every {batch} s",
            seconds,
            lambda batch=batch: create(store, f"batch{batch}", vault, seconds, batch),
        )
    summary = create(store, "long", vault, seconds, 60)
    size = store.path("long").stat().st_size
    print(f"file {size / 2**20:.1f} MiB, {size / (2 * summary.samples):.0%} of the samples")

    def read_all() -> None:
        with store.open("long", vault, summary) as reader, reader.as_wav() as wav:
            while wav.read(1 << 16):
                pass

    def read_pieces() -> None:
        with store.open("long", vault, summary) as reader:
            for at in np.random.default_rng(0).uniform(0, seconds - 30, 100):
                reader.read(at, at + 30)

    measured("open", seconds, lambda: store.open("long", vault, summary).close())
    measured("read all as WAV, 64 KiB a time", seconds, read_all)
    measured("read 100 pieces of 30 s", 3_000, read_pieces)
    measured("check every byte", seconds, lambda: store.open("long", vault, summary).verify())
    public = vault.public_key()
    measured("cut out 10 s", seconds, lambda: store.rewrite_without("long", [(60, 70)], vault, public))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        arguments = sys.argv[1:]
        main(
            int(arguments[0]) if arguments else 90,
            Path(arguments[1]) if len(arguments) > 1 else Path(temporary) / "audio",
        )
