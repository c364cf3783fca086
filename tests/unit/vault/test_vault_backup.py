from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from explorer_app.domain.errors import (
    AccessDeniedError,
    BusyError,
    CancelledError,
    DamagedError,
    InputRejectedError,
    NotFoundError,
)
from explorer_app.domain.material import Observation
from explorer_app.vault import Passphrase, RecoveryCode, Vault, check, restore

Fill = Callable[[Vault], None]
MakeNote = Callable[..., Observation]


@pytest.fixture
def filled(vault: Vault, fill: Fill) -> Vault:
    """An open vault with notes and a stopped recording."""
    fill(vault)
    with vault.resume_audio("r1", 8_000) as writer:
        writer.append(np.arange(20_000, dtype=np.int16))
        summary = writer.finish()
    with vault.change("undo.test", undoable=False) as unit:
        vault.sign_audio(unit, "r1", summary)
    return vault


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_backup_is_a_whole_vault_that_opens_elsewhere(
    filled: Vault, tmp_path: Path, passphrase: str
) -> None:
    steps: list[tuple[int, int]] = []
    target = tmp_path / "Stick Ä" / "Sicherung 1"
    report = filled.backup(target, lambda done, total: steps.append((done, total)))
    assert report.ok
    assert report.recordings_readable == 1
    assert steps[-1][0] == steps[-1][1] > 0
    assert steps == sorted(steps)
    with Vault.open(target, Passphrase(passphrase)) as copy:
        assert copy.observations.list() == filled.observations.list()
        assert copy.undo_label() == filled.undo_label()
        with copy.open_audio("r1") as reader, filled.open_audio("r1") as original:
            np.testing.assert_array_equal(reader.read(0, 3), original.read(0, 3))


def test_a_backup_may_be_made_between_two_units_and_holds_the_first_only(
    filled: Vault, tmp_path: Path, passphrase: str, make_note: MakeNote
) -> None:
    with filled.change("undo.test") as unit:
        unit.add(make_note("n1", "davor"))
    filled.backup(tmp_path / "b")
    with filled.change("undo.test") as unit:
        unit.add(make_note("n2", "danach"))
    with Vault.open(tmp_path / "b", Passphrase(passphrase)) as copy:
        assert copy.observations.find("n1") is not None
        assert copy.observations.find("n2") is None


def test_nothing_is_ever_overwritten(filled: Vault, tmp_path: Path, passphrase: str) -> None:
    existing = tmp_path / "da"
    existing.mkdir()
    (existing / "brief.txt").write_text("wichtig")
    beside = tmp_path / "neu.pending"
    beside.mkdir()
    (beside / "fremd.txt").write_text("auch wichtig")
    with pytest.raises(InputRejectedError):
        filled.backup(existing)
    with pytest.raises(InputRejectedError):
        filled.backup(tmp_path / "neu")
    with pytest.raises(InputRejectedError):
        filled.backup(filled.folder / "innen")
    filled.backup(tmp_path / "gut")
    filled.close()
    with pytest.raises(InputRejectedError):
        restore(tmp_path / "gut", existing, Passphrase(passphrase))
    assert (existing / "brief.txt").read_text() == "wichtig"
    assert (beside / "fremd.txt").read_text() == "auch wichtig"
    assert not (tmp_path / "neu").exists()


def test_a_cancelled_backup_leaves_nothing(filled: Vault, tmp_path: Path) -> None:
    def cancel(done: int, total: int) -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        filled.backup(tmp_path / "b", cancel)
    assert not list(tmp_path.glob("b*"))


def test_a_backup_of_a_damaged_database_is_refused(filled: Vault, tmp_path: Path, passphrase: str) -> None:
    page = filled._database.value("SELECT rootpage FROM sqlite_master WHERE name = 'segments'")
    filled.close()
    content = bytearray((filled.folder / "vault.db").read_bytes())
    content[(page - 1) * 4096 + 77] ^= 1
    (filled.folder / "vault.db").write_bytes(content)
    with Vault.open(filled.folder, Passphrase(passphrase)) as vault:
        with pytest.raises(DamagedError):
            vault.backup(tmp_path / "b")
        assert not list(tmp_path.glob("b*"))
        snapshots = vault.snapshots()
        vault.settings.put("a", 1)
    assert vault.snapshot_error is not None
    assert vault.snapshots() == snapshots


def test_restoring_a_backup_needs_a_credential_and_checks_the_result(
    filled: Vault, tmp_path: Path, passphrase: str
) -> None:
    code = filled.replace_recovery_code()
    filled.backup(tmp_path / "b")
    before = files_of(tmp_path / "b")
    with pytest.raises(AccessDeniedError):
        restore(tmp_path / "b", tmp_path / "neu", Passphrase("falsch"))
    assert not list(tmp_path.glob("neu*"))
    assert restore(tmp_path / "b", tmp_path / "neu", RecoveryCode(code)).ok
    assert files_of(tmp_path / "b") == before
    Vault.open(tmp_path / "neu", Passphrase(passphrase)).close()
    with pytest.raises(NotFoundError):
        restore(tmp_path, tmp_path / "neu 2", Passphrase(passphrase))


def test_an_open_backup_is_not_restored_from(filled: Vault, tmp_path: Path, passphrase: str) -> None:
    filled.backup(tmp_path / "b")
    with Vault.open(tmp_path / "b", Passphrase(passphrase)), pytest.raises(BusyError):
        restore(tmp_path / "b", tmp_path / "neu", Passphrase(passphrase))


def test_restoring_a_damaged_backup_keeps_what_is_readable_or_says_no(
    filled: Vault, tmp_path: Path, passphrase: str
) -> None:
    filled.backup(tmp_path / "b")
    audio = tmp_path / "b" / "audio" / "r1.audio"
    content = bytearray(audio.read_bytes())
    content[-2_000] ^= 8
    audio.write_bytes(content)
    report = restore(tmp_path / "b", tmp_path / "neu", Passphrase(passphrase))
    assert {finding.part for finding in report.findings} == {"audio/r1.audio"}
    Vault.open(tmp_path / "neu", Passphrase(passphrase)).close()
    database = tmp_path / "b" / "vault.db"
    content = bytearray(database.read_bytes())
    content[random.Random(1).randrange(4096, len(content))] ^= 8
    database.write_bytes(content)
    with pytest.raises(DamagedError):
        restore(tmp_path / "b", tmp_path / "neu 2", Passphrase(passphrase))
    assert not list(tmp_path.glob("neu 2*"))


def test_closing_makes_a_checked_snapshot_only_if_something_was_written(
    filled: Vault, passphrase: str
) -> None:
    filled.close()
    first = filled.snapshots()
    assert len(first) == 1
    Vault.open(filled.folder, Passphrase(passphrase)).close()
    assert filled.snapshots() == first
    for number in range(6):
        with Vault.open(filled.folder, Passphrase(passphrase)) as vault:
            vault.settings.put("n", number)
    kept = filled.snapshots()
    assert len(kept) == 4
    assert kept == sorted(kept, key=lambda snapshot: snapshot.made_at, reverse=True)
    assert first[0] not in kept


def test_an_earlier_state_comes_back_from_its_snapshot(
    filled: Vault, tmp_path: Path, passphrase: str
) -> None:
    snapshot = filled.make_snapshot()
    with filled.change("undo.test") as unit:
        unit.remove("segments", "s1")
    filled.close()
    assert restore(snapshot.path, tmp_path / "früher.exploration", Passphrase(passphrase)).ok
    with Vault.open(tmp_path / "früher.exploration", Passphrase(passphrase)) as earlier:
        assert earlier.segments.count() == 3


def test_an_erased_recording_is_gone_from_vault_and_remade_snapshots(
    filled: Vault, tmp_path: Path, passphrase: str
) -> None:
    filled.make_snapshot()
    filled.backup(tmp_path / "alt")
    kept = filled.audio.store.path("r1").read_bytes()
    filled.erase_audio("r1")
    filled.remake_snapshots()
    with pytest.raises(NotFoundError):
        filled.open_audio("r1")
    assert filled.audio_seconds("r1") == 0
    assert len(filled.snapshots()) == 1
    # A file that comes back, from a copy or an erasure that was killed, is erased at the next opening.
    filled.audio.store.path("r1").write_bytes(kept)
    filled.close()
    with Vault.open(filled.folder, Passphrase(passphrase)) as again:
        assert again.audio_seconds("r1") == 0
        assert not again.audio.recordings()
    assert check(filled.folder, Passphrase(passphrase)).ok


def test_a_cut_recording_keeps_its_new_summary(filled: Vault, passphrase: str) -> None:
    before = filled.audio.summary("r1")
    filled.audio.rewrite_without("r1", [(0.5, 1.0)])
    after = filled.audio.summary("r1")
    assert before is not None
    assert after is not None
    assert after.header != before.header
    filled.close()
    assert check(filled.folder, Passphrase(passphrase)).ok
