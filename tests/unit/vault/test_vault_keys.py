from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer_app.domain.errors import AccessDeniedError, DamagedError, InputRejectedError, TooNewError
from explorer_app.vault import KdfSettings, KeyFile, Passphrase, RecoveryCode, SlotKind, Vault
from explorer_app.vault.header import parse_header, read_header, write_header
from explorer_app.vault.key_slots import write_key_file
from explorer_app.vault.recovery_code import new_recovery_code, normalise_recovery_code

_CHARACTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def test_each_credential_opens_its_own_slot_and_a_wrong_one_is_told_apart(
    folder: Path, tmp_path: Path, passphrase: str, cheap: KdfSettings
) -> None:
    vault, code = Vault.create(folder, passphrase, kdf=cheap)
    with vault:
        key_file = vault.add_key_file(tmp_path / "schlüssel.key")
        assert set(vault.slots) == set(SlotKind)
    for credential in (Passphrase(passphrase), RecoveryCode(code), key_file):
        Vault.open(folder, credential).close()
    other_file = write_key_file(tmp_path / "other.key")
    wrong = {
        "vault.wrong_passphrase": Passphrase(passphrase + " "),
        "vault.wrong_recovery_code": RecoveryCode(new_recovery_code()),
        "vault.wrong_key_file": other_file,
    }
    for message_id, credential in wrong.items():
        with pytest.raises(AccessDeniedError) as caught:
            Vault.open(folder, credential)
        assert caught.value.message_id == message_id


def test_a_passphrase_typed_with_combining_marks_is_the_same_passphrase(
    folder: Path, cheap: KdfSettings
) -> None:
    Vault.create(folder, "M\u00fcller", kdf=cheap)[0].close()
    Vault.open(folder, Passphrase("Mu\u0308ller")).close()


def test_a_changed_passphrase_closes_the_old_way_in_also_through_snapshots(
    vault: Vault, passphrase: str, cheap: KdfSettings
) -> None:
    snapshot = vault.make_snapshot()
    vault.change_passphrase("neu und länger", kdf=cheap)
    vault.close()
    with pytest.raises(AccessDeniedError):
        Vault.open(vault.folder, Passphrase(passphrase))
    with pytest.raises(AccessDeniedError):
        read_header(snapshot.path).best.unlock(Passphrase(passphrase))
    Vault.open(vault.folder, Passphrase("neu und länger")).close()


def test_a_replaced_recovery_code_opens_and_the_old_one_does_not(
    folder: Path, passphrase: str, cheap: KdfSettings
) -> None:
    vault, old = Vault.create(folder, passphrase, kdf=cheap)
    with vault:
        new = vault.replace_recovery_code()
    with pytest.raises(AccessDeniedError):
        Vault.open(folder, RecoveryCode(old))
    Vault.open(folder, RecoveryCode(new)).close()


def test_a_key_file_never_overwrites_a_file_and_never_lies_in_the_vault(vault: Vault, tmp_path: Path) -> None:
    existing = tmp_path / "brief.txt"
    existing.write_text("wichtig")
    with pytest.raises(InputRejectedError):
        vault.add_key_file(existing)
    assert existing.read_text() == "wichtig"
    with pytest.raises(InputRejectedError):
        vault.add_key_file(vault.folder / "schlüssel.key")


@pytest.mark.parametrize("content", [b"", b"hello", b"explorer-key-file-1 abc", b"\xff" * 5000])
def test_a_file_that_is_no_key_file_is_named_as_such(vault: Vault, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "foto.jpg"
    path.write_bytes(content)
    vault.close()
    with pytest.raises(InputRejectedError) as caught:
        Vault.open(vault.folder, KeyFile(path))
    assert caught.value.message_id == "vault.not_a_key_file"


def test_an_empty_passphrase_is_refused_before_anything_is_made(folder: Path) -> None:
    with pytest.raises(InputRejectedError):
        Vault.create(folder, "")
    assert not folder.exists()


def test_calibrated_settings_keep_the_floor() -> None:
    small = KdfSettings.calibrated(small_machine=True)
    assert small.memory_kib == 64 * 1024
    assert small.iterations >= 3
    assert small.lanes == 4


def test_cost_of_the_passphrase_is_authenticated(vault: Vault, passphrase: str) -> None:
    vault.close()
    values = json.loads((vault.folder / "vault.json").read_bytes())
    slot = next(slot for slot in values["body"]["slots"] if slot["kind"] == "passphrase")
    assert slot["kdf"] == {"iterations": 1, "lanes": 1, "memory_kib": 64}
    slot["kdf"]["iterations"] = 2
    body = json.dumps(values["body"], sort_keys=True, indent=1).encode() + b"\n"
    values["checksum"] = hashlib.sha256(body).hexdigest()
    content = json.dumps(values, sort_keys=True, indent=1).encode() + b"\n"
    with pytest.raises(AccessDeniedError):
        parse_header(content).unlock(Passphrase(passphrase))


def test_a_header_that_asks_for_absurd_memory_is_refused_before_it_is_used(
    vault: Vault, passphrase: str
) -> None:
    vault.close()
    stored = read_header(vault.folder).best
    slots = stored.header.to_bytes(bytes(32)).replace(b'"memory_kib": 64', b'"memory_kib": 99999999999')
    with pytest.raises(DamagedError):
        parse_header(slots)


def test_a_header_of_a_newer_version_is_refused_with_that_reason(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, passphrase: str
) -> None:
    monkeypatch.setattr("explorer_app.vault.header.FORMAT", 2)
    keyring = vault._keyring
    write_header(vault.folder, keyring.header, keyring.data_key)
    vault.close()
    monkeypatch.undo()
    with pytest.raises(TooNewError):
        Vault.open(vault.folder, Passphrase(passphrase))


def test_a_recovery_code_is_read_forgivingly() -> None:
    code = new_recovery_code()
    plain = normalise_recovery_code(code)
    assert len(plain) == 28
    typed = f"  {code.lower().replace('-', ' ')} "
    assert normalise_recovery_code(typed) == plain
    assert normalise_recovery_code(code.replace("0", "o").replace("1", "l").replace("V", "U")) == plain


@given(place=st.integers(0, 27), character=st.sampled_from(_CHARACTERS))
def test_each_wrong_character_of_a_recovery_code_shows(place: int, character: str) -> None:
    plain = normalise_recovery_code(new_recovery_code())
    typed = plain[:place] + character + plain[place + 1 :]
    if typed == plain:
        assert normalise_recovery_code(typed) == plain
    else:
        with pytest.raises(InputRejectedError):
            normalise_recovery_code(typed)


@given(first=st.integers(0, 27), second=st.integers(0, 27))
def test_each_swap_of_two_characters_of_a_recovery_code_shows(first: int, second: int) -> None:
    plain = normalise_recovery_code(new_recovery_code())
    typed = list(plain)
    typed[first], typed[second] = typed[second], typed[first]
    if "".join(typed) == plain:
        return
    with pytest.raises(InputRejectedError):
        normalise_recovery_code("".join(typed))


def test_keys_never_show_in_a_repr(vault: Vault) -> None:
    shown = repr((vault._keyring, Passphrase("geheim"), RecoveryCode("ABCD")))
    assert "geheim" not in shown
    assert "ABCD" not in shown
    assert vault._keyring.data_key.hex() not in shown
