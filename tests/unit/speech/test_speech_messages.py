from __future__ import annotations

import pickle
import re
import string
from pathlib import Path

import polib
import pytest

from analysis.speech.errors import SpeechCancelledError, SpeechError
from analysis.speech.progress import Pace
from analysis.speech.types import Progress

ROOT = Path(__file__).resolve().parents[3]


def catalogue(language: str) -> dict[str, str]:
    path = ROOT / "resources" / "i18n" / language / "speech.po"
    return {entry.msgid: entry.msgstr for entry in polib.pofile(str(path), encoding="utf-8")}


def used_ids() -> set[str]:
    sources = (ROOT / "analysis" / "speech").glob("*.py")
    found = {name for path in sources for name in re.findall(r'"(speech\.[a-z_]+)"', path.read_text("utf-8"))}
    assert len(found) > 15
    return found


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_message_of_the_code_has_a_sentence(language: str) -> None:
    assert used_ids() <= {key for key, sentence in catalogue(language).items() if sentence}


def test_both_languages_fill_in_the_same_values() -> None:
    german, english = catalogue("de"), catalogue("en")
    assert german.keys() == english.keys()
    for key, sentence in german.items():
        assert _fields(sentence) == _fields(english[key]), key


def _fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_errors_cross_a_process_border_with_their_values() -> None:
    error = pickle.loads(pickle.dumps(SpeechError("speech.truncated", seconds=1.5)))
    assert (error.message_id, error.values) == ("speech.truncated", {"seconds": 1.5})
    assert isinstance(pickle.loads(pickle.dumps(SpeechCancelledError())), SpeechCancelledError)


def test_time_left_counts_only_what_this_run_did() -> None:
    now = [100.0]
    seen: list[Progress] = []
    pace = Pace("writing", 600.0, seen.append, already=300.0, clock=lambda: now[0])
    assert seen[-1] == Progress("writing", 300.0, 600.0, None)
    now[0] = 110.0
    pace.add(100.0)
    assert seen[-1] == Progress("writing", 400.0, 600.0, pytest.approx(20.0))
    now[0] = 130.0
    pace.add(500.0)
    assert seen[-1] == Progress("writing", 600.0, 600.0, 0.0)
