"""The sample appears whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer_app.domain.errors import BusyError, InputRejectedError
from explorer_app.services.sample import create_sample
from explorer_app.vault import KdfSettings, Vault

CHEAP = KdfSettings(memory_kib=64, iterations=1, lanes=1)


def test_a_copy_that_another_process_is_making_is_left_alone(tmp_path: Path) -> None:
    half_made = tmp_path / ".Beispiel.pending.exploration"
    vault, _ = Vault.create(half_made, "geheim", kdf=CHEAP)
    with vault:
        with pytest.raises(BusyError):
            create_sample(tmp_path / "Beispiel", "geheim", kdf=CHEAP)
        assert vault.facilities.count() == 0
        assert (half_made / "vault.db").is_file()
    assert not (tmp_path / "Beispiel.exploration").exists()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    taken = tmp_path / "Beispiel.exploration"
    taken.mkdir()
    (taken / "wichtig.txt").write_text("bleibt", "utf-8")
    with pytest.raises(InputRejectedError):
        create_sample(tmp_path / "Beispiel", "geheim", kdf=CHEAP)
    assert [path.name for path in tmp_path.iterdir()] == ["Beispiel.exploration"]
    assert (taken / "wichtig.txt").read_text("utf-8") == "bleibt"
