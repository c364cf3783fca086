"""Kills the app hundreds of times while it imports and transcribes, and looks for what was lost.

    python tests/bench/kills.py --kills 300 --state FILE [--seconds 45] [--seed 1]

Each round starts a process of the app (forked from one that has everything imported; its decoder
and its Whisper process are spawned as always) on a real recording, kills its process group with
SIGKILL at a random moment, opens the vault and looks for everything that had been acknowledged:
synced seconds of audio, windows of the transcript with their segments, notes written meanwhile.
The job is then gone on with until the transcript is complete; its text is compared with that of an
undisturbed run.

The counts stand in FILE, beside the vault, so that a broken-off series goes on with the same call.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fixtures"))

from kill_rounds import Series


@dataclass(slots=True)
class Figures:
    """What a series has counted so far."""

    counts: dict[str, int] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Figures:
        return cls(json.loads(path.read_text("utf-8"))) if path.exists() else cls()

    def add(self, more: Counter[str]) -> None:
        for name, count in more.items():
            if name.startswith("slowest"):
                self.counts[name] = max(self.counts.get(name, 0), count)
            else:
                self.counts[name] = self.counts.get(name, 0) + count

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(self.counts, indent=1, sort_keys=True), "utf-8")


def main() -> int:
    """Run the series and print the table; 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=45.0, help="length of the recording")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    figures = Figures.load(given.state)
    done = figures.counts.get("kills", 0)
    folder = given.state.with_suffix(".work")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    started = time.monotonic()
    with Series(folder, given.seconds, random.Random(given.seed * 1_000_003 + done)) as series:
        while figures.counts.get("kills", 0) < given.kills:
            figures.add(series.cycle(at_most=given.kills - figures.counts.get("kills", 0)))
            figures.save(given.state)
            print(json.dumps(figures.counts, sort_keys=True), file=sys.stderr)
    table(figures.counts, time.monotonic() - started)
    shutil.rmtree(folder)
    return 1 if any(count for name, count in figures.counts.items() if name.startswith("lost")) else 0


def table(counts: dict[str, int], seconds: float) -> None:
    """Print what was counted."""
    print(f"{'':44}{'':>8}")
    for name, count in sorted(counts.items()):
        print(f"{name:44}{count:8}")
    print(f"{'seconds of this call':44}{seconds:8.0f}")


if __name__ == "__main__":
    sys.exit(main())
