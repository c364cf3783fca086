"""One flipped bit anywhere in a vault is found and named; what is not hit stays readable."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from explorer_program import CHEAP, PASSPHRASE, RATE, Program, Sound

from explorer_app.models import ModelStore
from explorer_app.services import fieldwork, notes
from explorer_app.services.recordings import import_recording
from explorer_app.services.session import Session, create_exploration, open_exploration
from explorer_app.services.upkeep import check_exploration
from explorer_app.vault import Passphrase

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="a killed process leaves its log behind"),
]
KEY = Passphrase(PASSPHRASE)
FLIPS = 25


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, speech: Sound) -> Path:
    """A vault with notes, recordings and snapshots; its last process was killed, so its log is there."""
    folder = tmp_path_factory.mktemp("ganz")
    sound = folder / "Gespräch.flac"
    soundfile.write(sound, speech[: 6 * RATE], RATE, subtype="PCM_16")
    session, _ = create_exploration(folder / "Ganz", "Ganz", PASSPHRASE, kdf=CHEAP)
    with session:
        place, _ = fieldwork.add_facility(session, "Haus Föhre")
        first = fieldwork.add_visit(session, place.id, "Früh")[0].id
        second = fieldwork.add_visit(session, place.id, "Spät")[0].id
        import_recording(session, sound, first)
    with open_exploration(session.vault.folder, KEY) as session:
        import_recording(session, sound, second)
    _killed_while_writing(session.vault.folder, first)
    return session.vault.folder


def _killed_while_writing(folder: Path, visit_id: str) -> None:
    worker = os.fork()
    if worker == 0:
        session = open_exploration(folder, KEY)
        for number in range(20):
            notes.add_note(session, visit_id, f"Notiz {number}, gesichert vor dem Absturz.")
        os._exit(9)
    os.waitpid(worker, 0)
    assert (folder / "vault.db-wal").stat().st_size > 20_000


@pytest.fixture
def vault(whole: Path, tmp_path: Path) -> Path:
    return shutil.copytree(whole, tmp_path / whole.name)


def flip(path: Path, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)


def content_files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and path.stat().st_size)


def test_every_kind_of_file_is_there(whole: Path) -> None:
    names = {path.name for path in content_files(whole)}
    assert {"vault.json", "vault.copy.json", "vault.db", "vault.db-wal"} <= names
    assert len(list(whole.glob("audio/*.audio"))) == 2
    assert len(list(whole.glob("snapshots/*/vault.db"))) >= 2


def test_a_flipped_bit_in_any_file_is_found_and_its_file_named(whole: Path, tmp_path: Path) -> None:
    chance = random.Random(11)
    missed = []
    folded = shutil.copytree(whole, tmp_path / "gefaltet")
    assert check_exploration(folded, KEY).ok
    for path in content_files(whole):
        bits = 8 * path.stat().st_size
        for bit in [0, bits - 1, *(chance.randrange(bits) for _ in range(FLIPS))]:
            copy = shutil.copytree(whole, tmp_path / "kopie")  # checking folds an undamaged log in
            part = path.relative_to(whole)
            flip(copy / part, bit)
            report = check_exploration(copy, KEY)
            # What the log replaces anyway is healed by folding it in, to the last byte.
            healed = report.ok and (copy / part).read_bytes() == (folded / part).read_bytes()
            if {finding.part for finding in report.findings} != {part.as_posix()} and not (
                healed and path.name == "vault.db" and path.parent == whole
            ):
                missed.append((part.as_posix(), bit, [finding.part for finding in report.findings]))
            shutil.rmtree(copy)
    assert not missed


def _heard(session: Session) -> list[bool]:
    """Return for each recording whether every second of it can be heard."""
    result = []
    for recording in session.vault.recordings.list():
        with session.vault.open_audio(recording.id) as reader:
            result.append(not reader.damaged and reader.duration == recording.duration)
    return result


@pytest.mark.parametrize("name", ["vault.json", "vault.copy.json", "audio", "snapshots", "vault.db-wal"])
def test_everything_else_stays_readable(vault: Path, name: str) -> None:
    chance = random.Random(name)
    path = vault / name if (vault / name).is_file() else next((vault / name).rglob("*.audio"), None)
    path = path or next((vault / name).rglob("vault.db"))
    flip(path, chance.randrange(80_000 if name == "audio" else 800, 8 * path.stat().st_size))
    with open_exploration(vault, KEY) as session:
        assert session.vault.visits.count() == 2
        assert sorted(_heard(session)) == ([False, True] if name == "audio" else [True, True])
        texts = [note.text for note in session.vault.observations.list()]
        if name == "vault.db-wal":
            assert [warning.message_id for warning in session.vault.warnings] == ["vault.log_damaged"]
            assert set(texts) <= {f"Notiz {number}, gesichert vor dem Absturz." for number in range(20)}
        else:
            assert len(texts) == 20


def test_beyond_reading_the_snapshot_is_offered_and_the_sound_comes_out(
    vault: Path, tmp_path: Path, models: ModelStore, speech: Sound
) -> None:
    program = Program(tmp_path / "Jürgen Groß", models.root)
    program.vault = vault
    (vault / "vault.db").write_bytes(b"\xff" * (vault / "vault.db").stat().st_size)

    refused = program("info")
    assert refused.code == 6
    assert "vault restore" in refused.sentence
    assert "snapshots/" in refused.sentence
    found = program("vault", "check", "--json")
    assert found.code == 6
    assert found.json["snapshot"]["path"]
    assert (found.json["recordings"], found.json["recordings_readable"]) == (2, 2)
    assert "salvage-audio" in found.err

    saved = program.ok("vault", "salvage-audio", str(program.home / "gerettet"))
    assert len(saved) == 2
    for recording in saved:
        pcm, rate = soundfile.read(recording["path"], dtype="int16")
        assert rate == RATE
        assert np.array_equal(pcm, speech[: 6 * RATE])
    inside = program("vault", "salvage-audio", str(vault / "hier"))
    assert inside.code == 3
    assert "Tresor" in inside.sentence

    back = program.ok("vault", "restore", found.json["snapshot"]["path"], str(program.home / "Zurück"))
    program.vault = Path(back["path"])
    assert len(program.ok("visit", "list")) == 2
    assert [recording["complete"] for recording in program.ok("recording", "list")] == [True, True]
