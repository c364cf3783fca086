"""A dozen kills in the middle of imports and transcriptions; ``tests/bench/kills.py`` does hundreds."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from kill_rounds import Series

from explorer_app.models import ModelStore

pytestmark = [
    pytest.mark.models,
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are forked"),
]


def test_nothing_acknowledged_is_lost_and_the_text_is_the_same(tmp_path: Path, models: ModelStore) -> None:
    with Series(tmp_path, 35, random.Random(5), import_kills=9, transcription_kills=3) as series:
        counted = series.cycle()
    lost = {name: count for name, count in counted.items() if name.startswith("lost") and count}
    assert not lost
    assert counted["kills"] >= 6
    assert counted["resumed to the end: transcribe"] or counted["resumed to the end: import"]
    assert counted["text equal to the undisturbed run"] == 1
    assert counted["acknowledged seconds of audio"] > 0
    assert counted["slowest end of a child, ms"] < 10_000
