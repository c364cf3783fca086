from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from explorer_app.domain.errors import DamagedError
from explorer_app.texts import Texts
from explorer_app.vault import CheckReport, Passphrase, Vault, check, restore
from explorer_app.vault.write_ahead import scan_log

Fill = Callable[[Vault], None]


@pytest.fixture
def closed(vault: Vault, fill: Fill) -> Path:
    """A closed vault with notes, one snapshot and a recording of three seconds."""
    fill(vault)
    with vault.resume_audio("r1", 8_000) as writer:
        writer.append(np.random.default_rng(1).integers(-9_000, 9_000, 20_000).astype(np.int16))
        summary = writer.finish()
    with vault.change("undo.test", undoable=False) as unit:
        vault.sign_audio(unit, "r1", summary)
    vault.close()
    return vault.folder


def vault_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)


def flip(path: Path, bit: int) -> bytes:
    """Flip one bit and return what was there before."""
    content = path.read_bytes()
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    path.write_bytes(changed)
    return content


def names(report: CheckReport) -> set[str]:
    return {finding.part for finding in report.findings}


def test_an_undamaged_vault_has_no_findings(closed: Path, passphrase: str) -> None:
    report = check(closed, Passphrase(passphrase))
    assert report.ok
    assert not report.hints
    assert report.database_readable
    assert report.recordings == report.recordings_readable == 1
    assert report.snapshot is not None


def test_one_flipped_bit_in_any_file_is_found_and_named(closed: Path, passphrase: str) -> None:
    chance = random.Random(7)
    files = vault_files(closed)
    assert {path.name for path in files} == {"vault.json", "vault.copy.json", "vault.db", "r1.audio"}
    for path in files:
        bits = path.stat().st_size * 8
        for bit in [0, bits - 1, *(chance.randrange(bits) for _ in range(10))]:
            before = flip(path, bit)
            report = check(closed, Passphrase(passphrase))
            assert names(report) == {path.relative_to(closed).as_posix()}, (path, bit)
            for finding in (*report.findings, *report.hints):
                assert (
                    finding.part in Texts("de")(finding.message_id, **finding.values)
                    or finding in report.hints
                )
            path.write_bytes(before)
    assert check(closed, Passphrase(passphrase)).ok


def test_a_damaged_page_takes_only_what_stood_on_it(closed: Path, passphrase: str) -> None:
    database = closed / "vault.db"
    good = database.read_bytes()
    kinds = ("facilities", "visits", "observations", "transcripts", "segments", "jobs")
    lost_kinds, refusals = set(), set()
    for page in range(2, len(good) // 4096 + 1):
        flip(database, ((page - 1) * 4096 + 1000) * 8)
        try:
            vault = Vault.open(closed, Passphrase(passphrase))
        except DamagedError as error:
            refusals.add(error.message_id)
        else:
            lost = [kind for kind in kinds if not _readable(vault, kind)]
            assert len(lost) <= 1
            lost_kinds.update(lost)
            vault.close()
        database.write_bytes(good)
    assert lost_kinds >= {"facilities", "observations", "segments"}
    assert refusals == {"vault.database_damaged"}


def test_a_database_beyond_reading_names_the_snapshot_that_brings_it_back(
    closed: Path, passphrase: str, tmp_path: Path
) -> None:
    flip(closed / "vault.db", 100 * 8)
    with pytest.raises(DamagedError) as caught:
        Vault.open(closed, Passphrase(passphrase))
    assert caught.value.message_id == "vault.database_damaged"
    snapshot = str(caught.value.values["snapshot"])
    for language in ("de", "en"):
        sentence = Texts(language).error(caught.value)
        assert snapshot in sentence
        assert "vault restore" in sentence
    report = check(closed, Passphrase(passphrase))
    assert not report.database_readable
    assert report.recordings_readable == 1
    assert {hint.message_id for hint in report.hints} == {"vault.hint_restore", "vault.hint_audio_readable"}
    target = tmp_path / "zurück.exploration"
    assert restore(closed / snapshot, target, Passphrase(passphrase)).ok
    with Vault.open(target, Passphrase(passphrase)) as vault:
        assert vault.segments.count() == 3
        with vault.open_audio("r1") as reader:
            assert reader.seconds == 3


def test_a_damaged_snapshot_is_not_offered(closed: Path, passphrase: str) -> None:
    for path in closed.glob("snapshots/*/vault.db"):
        flip(path, 5000 * 8)
    flip(closed / "vault.db", 100 * 8)
    with pytest.raises(DamagedError) as caught:
        Vault.open(closed, Passphrase(passphrase))
    assert caught.value.message_id == "vault.database_damaged_no_snapshot"


@pytest.mark.parametrize("damage", ["empty", "gone", "cut", "foreign", "noise"])
def test_a_database_that_is_gone_or_foreign_is_told_and_left_alone(
    closed: Path, passphrase: str, damage: str
) -> None:
    database = closed / "vault.db"
    good = database.read_bytes()
    contents = {
        "empty": b"",
        "cut": good[:50_000],
        "foreign": b"SQLite format 3\0" * 512,
        "noise": os.urandom(8192),
    }
    if damage == "gone":
        database.unlink()
    else:
        database.write_bytes(contents[damage])
    report = check(closed, Passphrase(passphrase))
    assert "vault.db" in names(report)
    assert report.snapshot is not None
    with pytest.raises(DamagedError) as caught:
        Vault.open(closed, Passphrase(passphrase))
    assert caught.value.message_id == "vault.database_damaged"
    assert database.exists() == (damage != "gone")


@pytest.mark.parametrize("bad", [["vault.json"], ["vault.copy.json"], ["vault.json", "vault.copy.json"]])
def test_a_damaged_header_falls_back_to_its_copies_and_is_healed(
    closed: Path, passphrase: str, bad: list[str]
) -> None:
    good = {name: (closed / name).read_bytes() for name in ("vault.json", "vault.copy.json")}
    for name in bad:
        flip(closed / name, 4000)
    assert names(check(closed, Passphrase(passphrase))) == set(bad)
    Vault.open(closed, Passphrase(passphrase)).close()
    assert {name: (closed / name).read_bytes() for name in good} == good


def test_all_headers_gone_says_so(closed: Path, passphrase: str) -> None:
    for path in closed.rglob("vault*.json"):
        path.write_bytes(b"{}")
    with pytest.raises(DamagedError) as caught:
        Vault.open(closed, Passphrase(passphrase))
    assert caught.value.message_id == "vault.header_damaged"


def test_a_missing_recording_is_named(closed: Path, passphrase: str) -> None:
    (closed / "audio" / "r1.audio").unlink()
    report = check(closed, Passphrase(passphrase))
    assert [finding.message_id for finding in report.findings] == ["vault.check_audio_missing"]


@pytest.fixture
def killed(
    closed: Path, passphrase: str, fixture_module: Callable[[str], ModuleType], fixtures_folder: Path
) -> tuple[Path, int]:
    """A vault whose writer was killed, so that its log holds work, and how many units it wrote."""
    if not hasattr(os, "fork"):
        pytest.skip("workers are forked")
    with fixture_module("killing").killer(fixtures_folder / "vault_worker.py") as helper:
        written = 0
        for _ in range(20):
            written += len(helper.run("write", str(closed), passphrase, seconds=0.3)) - 1
            # A kill right after the log was folded leaves nothing in it to damage.
            if written > 3 and scan_log(closed / "vault.db-wal").frames:
                break
    return closed, written


def test_a_flipped_bit_in_the_log_of_a_killed_writer_is_found_named_and_put_aside(
    killed: tuple[Path, int], passphrase: str, tmp_path: Path
) -> None:
    folder, written = killed
    log = folder / "vault.db-wal"
    assert written > 3
    assert scan_log(log).damaged_frame is None
    chance = random.Random(8)
    last = 32 + scan_log(log).frames * (4096 + 24)
    whole = (folder / "vault.db").read_bytes(), log.read_bytes()
    for number, bit in enumerate([0, 200, *(chance.randrange(last * 8) for _ in range(25))]):
        work = tmp_path / f"Versuch {number}"
        shutil.copytree(folder, work)
        flip(work / "vault.db-wal", bit)
        assert "vault.db-wal" in names(check(work, Passphrase(passphrase))), bit
        with Vault.open(work, Passphrase(passphrase)) as vault:
            assert [warning.message_id for warning in vault.warnings] == ["vault.log_damaged"]
            assert vault.facilities.count() % 2 == 1
            kept = work / str(vault.warnings[0].values["kept"])
        assert (kept / "vault.db").read_bytes() == whole[0]
        assert len((kept / "vault.db-wal").read_bytes()) == len(whole[1])
    with Vault.open(folder, Passphrase(passphrase)) as vault:
        assert vault.warnings == ()
        assert vault.facilities.count() >= 2 * written + 1


def _readable(vault: Vault, kind: str) -> bool:
    repository: Any = getattr(vault, kind)
    try:
        repository.list()
    except DamagedError:
        return False
    return True
