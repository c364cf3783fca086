from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parents[3]
CODE = [*(ROOT / "explorer_app/vault/audio").glob("*.py"), ROOT / "explorer_app/vault/sealing.py"]
USED = {
    found for path in CODE for found in re.findall(r'"((?:audio|sealing)\.[a-z_]+)"', path.read_text("utf-8"))
}


def sentences(language: str) -> dict[str, str]:
    entries = polib.pofile(str(ROOT / "resources/i18n" / language / "audio.po"), encoding="utf-8")
    return {entry.msgid: entry.msgstr for entry in entries}


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_failure_has_a_sentence_and_every_sentence_a_failure(language: str) -> None:
    assert len(USED) > 10
    assert sentences(language).keys() == USED
    assert all(sentences(language).values())


def test_both_languages_name_the_same_values() -> None:
    german, english = sentences("de"), sentences("en")
    for key in USED:
        assert set(re.findall(r"{\w+}", german[key])) == set(re.findall(r"{\w+}", english[key])), key
