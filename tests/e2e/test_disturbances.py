"""What goes wrong around the program: rights, full disks, two windows, Ctrl-C, closed streams."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from explorer_program import LAUNCHER, PASSPHRASE, Program, Sound

from explorer_app.vault import Passphrase, Vault

pytestmark = [
    pytest.mark.models,
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="signals, rights and limits of Unix"),
]


def interrupted(program: Program, wanted: str, *command: str) -> tuple[int, str]:
    """Start a command, press Ctrl-C when `wanted` appears; return exit code and what came after."""
    process = program.start(*command)
    assert process.stderr is not None
    while wanted not in (line := process.stderr.readline()):
        assert line, "the work ended too early"
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the children get it, too
    _, rest = process.communicate(timeout=60)
    assert "Traceback" not in rest
    return process.returncode, rest


def test_control_c_stops_with_130_and_the_work_goes_on_later(program: Program, speech: Sound) -> None:
    path = program.file("Lange Übergabe.flac", np.tile(speech, 60))
    importing = ("recording", "import", path, "--visit", "Frühdienst")
    code, told = interrupted(program, "20%", *importing)
    assert code == 130
    assert "Was schon gespeichert war, bleibt" in told
    early = program("transcribe", "Lange Übergabe", "--quiet")
    assert early.code == 3
    assert "jobs resume" in early.sentence
    assert program.ok("recording", "import", path, "--visit", "Frühdienst")["resumed"]
    known = program(*importing, "--quiet")
    assert (known.code, known.out) == (3, "")
    assert "Lange Übergabe" in known.sentence
    code, told = interrupted(program, "Zuhören", "transcribe", "Lange Übergabe")
    assert "Was schon gespeichert war, bleibt" in told
    assert code == 130
    (job,) = program.ok("jobs", "list", "--unfinished")
    assert (job["kind"], job["state"]) == ("transcribe", "cancelled")


def test_a_second_window_is_told_so(program: Program) -> None:
    with Vault.open(program.vault, Passphrase(PASSPHRASE)):
        for language, words in (("de", "schon in einem anderen Fenster"), ("en", "already open in another")):
            second = program("note", "add", "Frühdienst", "Später.", "--lang", language)
            assert (second.code, second.out) == (7, "")
            assert words in second.sentence
    assert program.ok("note", "list") == []


def test_a_full_disk_loses_nothing_that_was_saved(program: Program, speech: Sound) -> None:
    program.ok("note", "add", "Frühdienst", "Vorher gesichert.")
    path = program.file("Gespräch.flac", speech)
    limit = 120_000

    def small_disk() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    full = subprocess.run(
        [sys.executable, str(LAUNCHER), "recording", "import", path, "--visit", "Frühdienst", "--quiet"],
        env=program.environment(),
        preexec_fn=small_disk,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert (full.returncode, full.stdout) == (9, "")
    assert len(full.stderr.strip().splitlines()) == 1
    assert "voll" in full.stderr
    assert [note["text"] for note in program.ok("note", "list")] == ["Vorher gesichert."]
    done = program.ok("recording", "import", path, "--visit", "Frühdienst")
    assert done["recording"]["complete"]
    assert program.ok("vault", "check")["findings"] == []


def test_where_nothing_may_be_written_it_says_so(program: Program, tmp_path: Path) -> None:
    """Root may write anywhere, so the folder is one where nobody may: below a file of the system."""
    for target in ("/proc/Neu", str(tmp_path / "datei.txt" / "Neu")):
        (tmp_path / "datei.txt").write_text("belegt", "utf-8")
        refused = program("new", target, "--title", "Neu")
        assert refused.code == 9
        assert refused.out == ""
        assert refused.sentence


def test_closed_streams_and_no_colour(program: Program) -> None:
    shell = f'"{sys.executable}" "{LAUNCHER}"'
    without = program.environment()
    del without["EXPLORER_PASSPHRASE"]

    def sh(command: str, environment: dict[str, str]) -> Any:
        return subprocess.run(
            ["sh", "-c", command], env=environment, capture_output=True, text=True, check=False
        )

    asked = sh(f"{shell} info <&-", without)
    assert asked.returncode == 3
    assert "Passphrase" in asked.stderr
    assert sh(f"{shell} info <&-", program.environment()).returncode == 0
    assert sh(f"{shell} note list >&-", program.environment()).returncode == 0
    for colour in ({"NO_COLOR": "1"}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}):
        plain = program("visit", "add", "Nirgends", "X", **colour)
        assert "\x1b[3" not in plain.err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("transcribe", "gibtesnicht"), 4),
        (("note", "add", "gibtesnicht", "Text"), 4),
        (("evidence", "show", "B-999"), 3),
        (("field", "accept", "B-001", "Feld"), 3),
        (("nicht", "vorhanden"), 2),
        (("note", "add"), 2),
    ],
)
def test_wrong_order_and_unknown_ids_are_one_sentence_also_for_machines(
    program: Program, arguments: tuple[str, ...], code: int
) -> None:
    told = program(*arguments, "--json")
    assert told.code == code
    assert told.json["error"]["message"] == told.sentence
    assert "Fehler in Explorer" not in told.sentence
