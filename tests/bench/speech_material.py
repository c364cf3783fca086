"""What the speech benchmarks share: real German with a transcript, scoring, and the machine's state."""

from __future__ import annotations

import os
import platform
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import jiwer
import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from analysis.speech.audio import read_audio  # noqa: E402
from analysis.speech.types import SAMPLE_RATE  # noqa: E402


@dataclass(frozen=True)
class Clip:
    """A file with what is said in it."""

    path: Path
    text: str


def data_folder() -> Path:
    """Return the folder with the recordings: EXPLORER_TEST_DATA, else ``shared`` beside the checkout."""
    named = os.environ.get("EXPLORER_TEST_DATA")
    folder = Path(named) if named else ROOT.parent / "shared"
    if not (folder / "audio").is_dir():
        sys.exit(f"No recordings in {folder}; set EXPLORER_TEST_DATA.")
    return folder


def model_folder() -> Path:
    """Return the folder of the base model."""
    home = os.environ.get("EXPLORER_HOME")
    if not home:
        sys.exit("Set EXPLORER_HOME to the folder that holds models/whisper-base.")
    return Path(home) / "models" / "whisper-base"


def kerstin(folder: Path) -> list[Clip]:
    """Return the read sentences."""
    base = folder / "audio" / "kerstin"
    lines = (base / "transcripts.tsv").read_text(encoding="utf-8").splitlines()
    return [Clip(base / name, text) for name, text in (line.split("\t", 1) for line in lines if line)]


def dialogue(folder: Path) -> Clip:
    """Return the two people in turns."""
    base = folder / "audio" / "dialogue" / "dialogue_2spk_de"
    return Clip(base.with_suffix(".flac"), base.with_suffix(".txt").read_text(encoding="utf-8"))


def joined(clips: list[Clip], minutes: float) -> tuple[npt.NDArray[np.int16], str]:
    """Join clips, as often as needed, with pauses of 0.5 to 3 s; return the sound and its text."""
    parts: list[npt.NDArray[np.int16]] = []
    texts: list[str] = []
    seconds = 0.0
    for number, (sound, text) in enumerate(_again([(read_audio(c.path).samples, c.text) for c in clips])):
        pause = np.zeros(int(SAMPLE_RATE * (0.5 + 0.5 * (number % 6))), np.int16)
        parts += [sound, pause]
        texts.append(text)
        seconds += (sound.size + pause.size) / SAMPLE_RATE
        if seconds >= minutes * 60:
            break
    return np.concatenate(parts), " ".join(texts)


def _again(items: list[tuple[npt.NDArray[np.int16], str]]) -> Iterator[tuple[npt.NDArray[np.int16], str]]:
    while True:
        yield from items


def plain(text: str) -> str:
    """Normalise for scoring: lower case, no punctuation, ß as ss, digits as they come."""
    return " ".join(re.sub(r"[^\w\s]", " ", text.lower().replace("ß", "ss")).split())


def word_error_rate(references: list[str], hypotheses: list[str]) -> float:
    """Return word errors over reference words, in percent."""
    return 100 * jiwer.wer([plain(text) for text in references], [plain(text) for text in hypotheses])


def print_head() -> None:
    """Print the command, the machine and its load."""
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
    print(f"command: {shlex.join(['python', *sys.argv])}")
    print(f"machine: {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"load (1, 5, 15 min): {load}")
