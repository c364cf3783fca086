"""The whole chain as Jürgen Groß goes it, and a search for plaintext in all that it left behind."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from canary import Canary
from explorer_program import Program, Sound

from explorer_app.models import ModelStore

pytestmark = [
    pytest.mark.models,
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="kills by signal"),
]

NOTE = "Frau Grünspecht schreibt den Blutdruck viermal auf, zuletzt auf einen Kassenbon."
NAMES = {
    "exploration": "Spätschicht im Haus Wacholder",
    "facility": "Wohnstift Wacholder",
    "visit": "Übergabe am Nelkenflur",
    "person": "Kornblume",
    "real": "Roswitha Grünspecht-Öhler",
    "tag": "kassenbonwirtschaft",
    "interpretation": "Vermutlich fehlt ein Tablet am Bett.",
    "file": "Interview Grünspecht Nelkenflur",
    "field": "Werte werden mehrfach abgeschrieben",
    "sentence": "Pflegekräfte schreiben denselben Blutdruck vier Mal ab, das kostet eine Stunde je Schicht.",
    "card": "Einmal sprechen statt viermal schreiben",
}


@dataclass(frozen=True, slots=True)
class Chain:
    """What a person did, and what of it must be found nowhere."""

    program: Program
    brief: Path
    canary: Canary
    transcript: list[dict[str, Any]]


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory, models: ModelStore, speech: Sound) -> Chain:
    """From an empty folder to a brief, each step a process of its own."""
    program = Program(tmp_path_factory.mktemp("Häuser") / "Jürgen Groß", models.root)
    outside = program.home.parent / "Stick von Jürgen"
    outside.mkdir()
    sound = Path(program.file(f"{NAMES['file']}.flac", speech)).rename(outside / f"{NAMES['file']}.flac")
    new = ("new", str(program.home / "Neue Prüfung"), "--title", NAMES["exploration"])
    created = program.ok(*new, "--explorer", "Jürgen Groß")
    assert program.ok("info", "--vault", created["path"])["title"] == NAMES["exploration"]
    program.make_vault(NAMES["exploration"])  # for the many calls that follow, a cheaper passphrase check
    program.ok("facility", "add", NAMES["facility"])
    visit = program.ok("visit", "add", NAMES["facility"], NAMES["visit"])["id"]
    person = ("person", "add", NAMES["facility"], NAMES["person"], "--real-name")
    program.ok(*person, stdin=NAMES["real"] + "\n")
    program.ok("consent", "give", NAMES["person"], "quote", "board", "transcribe", "record")
    extra = ("--tag", NAMES["tag"], "--interpretation", NAMES["interpretation"], "--person", NAMES["person"])
    program.ok("note", "add", visit, NOTE, *extra)
    recording = program.ok("recording", "import", str(sound), "--visit", visit)["recording"]["id"]
    transcript = program.ok("transcribe", recording)["transcript"]["id"]
    program.ok("evidence", "collect")
    program.ok("field", "add", NAMES["field"], "--sentence", NAMES["sentence"])
    program.ok("field", "gather")
    label = program.ok("evidence", "list")[0]["number"]
    program.ok("field", "accept", f"B-{label:03}", NAMES["field"])
    card = program.ok("card", "new", NAMES["card"], "--field", NAMES["field"])["id"]
    program.ok("card", "set", card, "problem", NAMES["sentence"])
    brief = outside / "Steckbrief für den Beirat.pdf"
    program.ok("brief", "issue", card, "--to", str(brief))
    texts = program.ok("transcript", "show", transcript)
    canary = Canary().text(NOTE).samples(speech)
    for text in (*NAMES.values(), *(segment["text"] for segment in texts)):
        canary.text(text)
    return Chain(program, brief, canary, texts)


def test_a_name_with_umlauts_and_blanks_simply_works(chain: Chain) -> None:
    assert chain.brief.read_bytes().startswith(b"%PDF-")
    assert "Blutdruck" in " ".join(segment["text"] for segment in chain.transcript)
    assert chain.program.ok("vault", "check")["findings"] == []


def test_what_was_typed_spoken_and_named_is_found_nowhere(chain: Chain) -> None:
    assert chain.canary.found_in(chain.program.home) == []


def test_the_search_would_find_a_sentence_that_was_left_behind(chain: Chain, tmp_path: Path) -> None:
    (tmp_path / "leck.log").write_text(f"debug: {chain.transcript[0]['text']}", "utf-8")
    (tmp_path / f"{NAMES['file']}.tmp").write_bytes(b"")
    assert len(chain.canary.found_in(tmp_path)) == 2


@pytest.mark.parametrize("step", ["import", "transcribe", "note", "brief"])
def test_a_kill_in_the_middle_leaves_no_plaintext(chain: Chain, step: str, tmp_path: Path) -> None:
    program = chain.program
    visit = NAMES["visit"]
    recording = program.ok("recording", "list")[0]["id"]
    card = program.ok("card", "list")[0]["id"]
    longer = chain.brief.parent / f"{NAMES['file']} lang.flac"
    if step == "import":
        _lengthen(chain.brief.parent / f"{NAMES['file']}.flac", longer)
    commands = {
        "import": ("recording", "import", str(longer), "--visit", visit),
        "transcribe": ("transcribe", recording),
        "note": ("note", "add", visit, NOTE * 50),
        "brief": ("brief", "issue", card, "--to", str(tmp_path / "zweiter.pdf")),
    }
    process = program.start(*commands[step])
    if step in ("import", "transcribe"):
        assert process.stderr is not None
        wanted = {"import": "30%", "transcribe": "Transkribieren"}[step]
        while wanted not in (line := process.stderr.readline()):
            assert line, "the work ended before it was killed"
    else:
        _wait_for_log(program.vault / "vault.db-wal", process.poll)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert chain.canary.found_in(program.home) == []
    assert program.ok("vault", "check")["findings"] == []


def _wait_for_log(log: Path, ended: Any) -> None:
    """Wait until the vault has been opened: from then on something may be written."""
    deadline = time.monotonic() + 60
    while not log.exists() and ended() is None and time.monotonic() < deadline:
        time.sleep(0.002)


def _lengthen(source: Path, target: Path) -> None:
    """Repeat a recording, so that its import takes long enough to be met in the middle."""
    import numpy as np
    import soundfile

    pcm, rate = soundfile.read(source, dtype="int16")
    soundfile.write(target, np.tile(pcm, 50), rate, subtype="PCM_16")
