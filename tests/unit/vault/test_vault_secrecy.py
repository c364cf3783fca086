from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polib
import pytest

from explorer_app.domain.material import Observation
from explorer_app.texts import LANGUAGES, resource
from explorer_app.vault import KdfSettings, Passphrase, Vault

Fill = Callable[[Vault], None]
CANARY = "Kanarienvogel Größenwahn 4711"


def test_no_file_shows_a_word_of_what_was_written(
    vault: Vault,
    fill: Fill,
    make_note: Callable[..., Observation],
    tmp_path: Path,
    cheap: KdfSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    temporary = tmp_path / "temp"
    temporary.mkdir()
    for name in ("TMPDIR", "SQLITE_TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(temporary))
    fill(vault)
    with vault.change("undo.test", title=CANARY) as unit:
        for number in range(3_000):
            unit.add(make_note(f"n{number}", f"{CANARY} {number}", tags=(CANARY,)))
    vault._database.rows("SELECT DISTINCT text FROM observations ORDER BY text DESC")
    vault.settings.put("x", CANARY)
    with vault.resume_audio("r1", 8_000) as writer:
        writer.append(np.frombuffer((CANARY * 400).encode("utf-16-le"), np.int16))
        writer.finish()
    vault.undo()
    vault.redo()
    vault.make_snapshot()
    vault.backup(tmp_path / "Sicherung")
    vault.change_passphrase(CANARY, kdf=cheap)
    assert_silent(tmp_path)  # while open: with its write-ahead log
    with vault.change("undo.test") as unit:
        unit.erase("observations", "n1")
    vault.close()
    assert_silent(tmp_path)
    assert list(temporary.iterdir()) == []
    Vault.open(vault.folder, Passphrase(CANARY)).close()


def assert_silent(folder: Path) -> None:
    words = [CANARY.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")] + [
        b"Kanarienvogel",
        b"kanarienvogel",
    ]
    words += [b"SQLite format", b"CREATE TABLE", b"RIFF", b"fLaC"]
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 5
    for path in files:
        content = path.read_bytes()
        assert not any(word in content for word in words), path
        assert "kanarien" not in path.name.lower()


def test_erased_text_is_gone_from_the_database_pages(
    vault: Vault, fill: Fill, make_note: Callable[..., Observation]
) -> None:
    fill(vault)
    with vault.change("undo.test") as unit:
        unit.add(make_note("n1", CANARY * 50))
    with vault.change("undo.test", undoable=False) as unit:
        unit.erase("observations", "n1")
    dump = "".join(
        str(row)
        for table in vault._database.tables.table_names()
        for row in vault._database.rows(f'SELECT * FROM "{table}"')
    )
    assert "Kanarien" not in dump
    assert b"kanarien" not in dump.lower().encode()
    assert vault._database.value("PRAGMA secure_delete") == 1
    assert vault._database.value("PRAGMA synchronous") == 2
    assert vault._database.value("PRAGMA journal_mode") == "wal"
    assert vault._database.value("PRAGMA temp_store") == 2
    assert vault._database.value("SELECT v FROM words_config WHERE k = 'secure-delete'") == 1


def test_every_message_of_the_vault_has_a_sentence_in_each_language() -> None:
    folder = Path(__file__).resolve().parents[3] / "explorer_app" / "vault"
    used = set()
    for path in folder.glob("*.py"):
        used |= set(re.findall(r'"(vault\.[a-z_]+)"', path.read_text("utf-8")))
    used -= {"vault.db", "vault.json", "vault.lock", "vault.creating"}
    placeholders = {}
    for language in LANGUAGES:
        catalogue = polib.pofile(str(resource("i18n", language, "vault.po")))
        sentences = {
            entry.msgid: entry.msgstr or "".join(entry.msgstr_plural.values()) for entry in catalogue
        }
        assert used == set(sentences)
        assert all(sentences.values())
        placeholders[language] = {key: set(re.findall(r"\{(\w+)\}", text)) for key, text in sentences.items()}
    assert placeholders["de"] == placeholders["en"]
