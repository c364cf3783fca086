from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from explorer_app.domain.errors import AccessDeniedError, NotFoundError
from explorer_app.vault import KdfSettings, Passphrase, Vault, check
from explorer_app.vault.snapshots import is_good

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are forked"),
]


@pytest.fixture
def killer(fixture_module: Callable[[str], ModuleType], fixtures_folder: Path) -> Iterator[Any]:
    with fixture_module("killing").killer(fixtures_folder / "vault_worker.py") as helper:
        yield helper


def test_a_vault_whose_creation_was_killed_can_be_created_again_or_opened(
    killer: Any, tmp_path: Path, passphrase: str, cheap: KdfSettings
) -> None:
    chance = random.Random(1)
    outcomes = set()
    whole = killer.seconds_of("create", str(tmp_path / "probe.exploration"), passphrase)
    for number in range(30):
        folder = tmp_path / f"{number}.exploration"
        seen = killer.run("create", str(folder), passphrase, seconds=chance.uniform(0, 1.5 * whole))
        try:
            vault = Vault.open(folder, Passphrase(passphrase))
            outcomes.add("opened")
        except NotFoundError:
            assert "created" not in seen
            vault, _ = Vault.create(folder, passphrase, kdf=cheap)
            outcomes.add("created again")
        with vault:
            assert vault.facilities.count() == 0
        assert check(folder, Passphrase(passphrase)).ok
    assert outcomes == {"opened", "created again"}


def test_a_killed_writer_loses_nothing_acknowledged_and_leaves_no_half_unit(
    killer: Any, vault: Vault, passphrase: str
) -> None:
    vault.close()
    chance = random.Random(2)
    acknowledged = 0
    for _ in range(30):
        seen = killer.run("write", str(vault.folder), passphrase, seconds=chance.uniform(0.02, 0.25))
        with Vault.open(vault.folder, Passphrase(passphrase)) as opened:
            assert not opened.warnings
            count = opened.facilities.count()
            assert count % 2 == 0
            if len(seen) > 1:
                acknowledged = int(seen[-2]) + 1
            assert acknowledged <= count // 2 <= acknowledged + 1
            acknowledged = count // 2
            if count:
                changes = opened.undo()
                assert changes is not None
                assert len(changes.touched) == 2
                opened.redo()
    assert acknowledged > 30
    assert check(vault.folder, Passphrase(passphrase)).ok


def test_a_killed_migration_is_done_again_at_the_next_opening(
    killer: Any, tmp_path: Path, old_vaults: ModuleType, fixtures_folder: Path
) -> None:
    chance = random.Random(3)
    shutil.copytree(fixtures_folder / "vaults" / "schema-1", tmp_path / "probe")
    whole = killer.seconds_of("open_old", str(tmp_path / "probe"), old_vaults.PASSPHRASE)
    for number in range(20):
        folder = tmp_path / f"{number}.exploration"
        shutil.copytree(fixtures_folder / "vaults" / "schema-1", folder)
        killer.run("open_old", str(folder), old_vaults.PASSPHRASE, seconds=chance.uniform(0, 1.2 * whole))
        with Vault.open(folder, Passphrase(old_vaults.PASSPHRASE)) as vault:
            assert vault.observations.get("o1").text == old_vaults.NOTE
        assert check(folder, Passphrase(old_vaults.PASSPHRASE)).ok


def test_a_killed_snapshot_never_counts(
    killer: Any, vault: Vault, fill: Callable[[Vault], None], passphrase: str
) -> None:
    fill(vault)
    vault.close()
    chance = random.Random(4)
    for _ in range(15):
        seen = killer.run("snapshot", str(vault.folder), passphrase, seconds=chance.uniform(0.05, 0.2))
        with Vault.open(vault.folder, Passphrase(passphrase)) as opened:
            data_key = opened._keyring.data_key
            found = opened.snapshots()
            assert all(is_good(snapshot, data_key) for snapshot in found)
            assert set(seen[-4:-1]) <= {snapshot.name for snapshot in found}
        assert not list((vault.folder / "snapshots").glob("*.pending"))


def test_a_killed_change_of_the_passphrase_leaves_exactly_one_that_opens(
    killer: Any, vault: Vault, passphrase: str
) -> None:
    vault.close()
    chance = random.Random(5)
    current, other = passphrase, "eine ganz andere"
    whole = killer.seconds_of("change_passphrase", str(vault.folder), current, current)
    for _ in range(20):
        seen = killer.run(
            "change_passphrase", str(vault.folder), current, other, seconds=chance.uniform(0, 1.2 * whole)
        )
        opens = [text for text in (current, other) if _opens(vault.folder, text)]
        assert len(opens) == 1
        if "changed" in seen:
            assert opens == [other]
        if opens == [other]:
            current, other = other, current


def test_a_killed_backup_leaves_nothing_under_the_target_name_and_can_be_repeated(
    killer: Any, vault: Vault, fill: Callable[[Vault], None], tmp_path: Path, passphrase: str
) -> None:
    fill(vault)
    vault.close()
    chance = random.Random(6)
    whole = killer.seconds_of("backup", str(vault.folder), passphrase, str(tmp_path / "Probe"))
    for number in range(10):
        target = tmp_path / f"Sicherung {number}"
        seen = killer.run(
            "backup", str(vault.folder), passphrase, str(target), seconds=chance.uniform(0, 1.2 * whole)
        )
        assert target.exists() or "backed up" not in seen
        if not target.exists():
            with Vault.open(vault.folder, Passphrase(passphrase)) as opened:
                opened.backup(target)
        assert check(target, Passphrase(passphrase)).ok


def _opens(folder: Path, text: str) -> bool:
    try:
        Vault.open(folder, Passphrase(text)).close()
    except AccessDeniedError:
        return False
    return True
