from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from explorer_app.domain.errors import (
    BusyError,
    DamagedError,
    InputRejectedError,
    NotFoundError,
    TooNewError,
)
from explorer_app.vault import KdfSettings, Passphrase, Vault, check
from explorer_app.vault.migrations import LATEST

Fill = Callable[[Vault], None]
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are forked")


@pytest.fixture
def killer(fixture_module: Callable[[str], ModuleType], fixtures_folder: Path) -> Iterator[Any]:
    with fixture_module("killing").killer(fixtures_folder / "vault_worker.py") as helper:
        yield helper


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_was_written_is_there_after_opening_again(vault: Vault, fill: Fill, passphrase: str) -> None:
    fill(vault)
    segments = vault.segments.list(order_by="position")
    vault.close()
    vault.close()
    with Vault.open(vault.folder, Passphrase(passphrase)) as opened:
        assert opened.segments.list(order_by="position") == segments
        assert opened.warnings == ()


def test_a_second_opening_is_refused_until_the_first_is_closed(vault: Vault, passphrase: str) -> None:
    with pytest.raises(BusyError) as caught:
        Vault.open(vault.folder, Passphrase(passphrase))
    assert caught.value.values == {"name": vault.folder.name}
    with pytest.raises(BusyError):
        check(vault.folder, Passphrase(passphrase))
    vault.close()
    Vault.open(vault.folder, Passphrase(passphrase)).close()


@needs_fork
def test_the_lock_of_a_killed_process_does_not_block(killer: Any, vault: Vault, passphrase: str) -> None:
    vault.close()
    assert killer.run("hold", str(vault.folder), passphrase, seconds=0.3) == ["open", "killed"]
    Vault.open(vault.folder, Passphrase(passphrase)).close()


@needs_fork
def test_a_folder_that_may_not_be_written_gets_a_sentence(
    killer: Any, passphrase: str, cheap: KdfSettings
) -> None:
    home = Path(tempfile.mkdtemp(prefix="nur lesen "))
    try:
        folder = home / "da.exploration"
        Vault.create(folder, passphrase, kdf=cheap)[0].close()
        before = files_of(folder)
        for path in (home, folder):
            path.chmod(0o555)
        seen = killer.run("open_unprivileged", str(folder), passphrase, seconds=None)
        assert seen == ["StorageError vault.read_only", "StorageError vault.read_only", "done"]
        assert files_of(folder) == before
    finally:
        for path in (home, home / "da.exploration"):
            path.chmod(0o755)
        shutil.rmtree(home)


@needs_fork
def test_a_full_disk_gets_a_sentence_and_loses_nothing_acknowledged(
    killer: Any, tmp_path: Path, passphrase: str
) -> None:
    seen = killer.run("fill_disk", str(tmp_path), passphrase, seconds=None)
    if seen[0] == "skip":
        pytest.skip("no rights to mount a small file system")
    assert seen == ["vault.disk_full", "vault.disk_full", "intact", "done"]


def test_nothing_that_exists_is_overwritten_by_create(
    tmp_path: Path, vault: Vault, passphrase: str, cheap: KdfSettings
) -> None:
    (tmp_path / "datei").write_text("x")
    (tmp_path / "voll").mkdir()
    (tmp_path / "voll" / "brief.txt").write_text("wichtig")
    vault.close()
    before = files_of(vault.folder)
    for path, message_id in (
        (tmp_path / "datei", "vault.folder_is_file"),
        (tmp_path / "voll", "vault.folder_not_empty"),
        (vault.folder, "vault.exists"),
    ):
        with pytest.raises(InputRejectedError) as caught:
            Vault.create(path, passphrase, kdf=cheap)
        assert caught.value.message_id == message_id
    assert files_of(vault.folder) == before
    assert (tmp_path / "voll" / "brief.txt").read_text() == "wichtig"


def test_a_vault_that_lost_both_headers_is_never_taken_for_a_half_created_one(
    vault: Vault, passphrase: str, cheap: KdfSettings
) -> None:
    vault.close()
    for name in ("vault.json", "vault.copy.json"):
        (vault.folder / name).unlink()
    before = files_of(vault.folder)
    with pytest.raises(DamagedError) as caught:
        Vault.open(vault.folder, Passphrase(passphrase))
    assert caught.value.message_id == "vault.header_missing"
    with pytest.raises(InputRejectedError):
        Vault.create(vault.folder, passphrase, kdf=cheap)
    assert files_of(vault.folder) == before


def test_no_vault_is_named_as_such(tmp_path: Path, passphrase: str) -> None:
    (tmp_path / "leer").mkdir()
    for name in ("leer", "fehlt"):
        with pytest.raises(NotFoundError):
            Vault.open(tmp_path / name, Passphrase(passphrase))
        with pytest.raises(NotFoundError):
            check(tmp_path / name, Passphrase(passphrase))
    assert not (tmp_path / "fehlt").exists()


@pytest.mark.parametrize("schema", range(1, LATEST + 1))
def test_stored_vaults_of_each_schema_open_with_all_they_held(
    schema: int, tmp_path: Path, old_vaults: ModuleType, fixtures_folder: Path
) -> None:
    folder = tmp_path / "alt.exploration"
    shutil.copytree(fixtures_folder / "vaults" / f"schema-{schema}", folder)
    assert check(folder, Passphrase(old_vaults.PASSPHRASE)).ok
    with Vault.open(folder, Passphrase(old_vaults.PASSPHRASE)) as vault:
        assert vault.observations.get("o1").text == old_vaults.NOTE
        assert vault.segments.get("s1").words[0].text == "Wir"
        assert vault.evidence.get("e1").quote == "Größe"
        assert vault.pseudonyms.get("p1") == "Erika Beispiel"
        assert vault.settings.get("theme") == "dark"
        assert [hit.id for hit in vault.search_text("meldung")] == ["s1"]
        assert bool(vault.snapshots()) == (schema < LATEST)
        assert vault._database.value("PRAGMA user_version") == LATEST
    assert check(folder, Passphrase(old_vaults.PASSPHRASE)).ok


def test_a_newer_vault_is_refused_and_left_as_it_is(vault: Vault, fill: Fill, passphrase: str) -> None:
    fill(vault)
    vault._database.execute(f"PRAGMA user_version = {LATEST + 1}")
    vault._database.execute("CREATE TABLE future (id TEXT)")
    vault.close()
    before = files_of(vault.folder)
    with pytest.raises(TooNewError):
        Vault.open(vault.folder, Passphrase(passphrase))
    assert files_of(vault.folder) == before


def test_header_and_files_are_private_to_the_user(vault: Vault, fill: Fill) -> None:
    fill(vault)
    vault.close()
    if os.name == "nt":
        pytest.skip("Windows has no such modes")
    assert vault.folder.stat().st_mode & 0o077 == 0
