"""Every sentence stands in German and in English, with the same placeholders, and is used."""

from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest

from explorer_app.domain.errors import InputRejectedError
from explorer_app.texts import LANGUAGES, Texts, resource

ROOT = Path(__file__).resolve().parents[3]
_ID = re.compile(r'"([a-z_]+(?:\.[a-z_0-9]+)+)"')
_PLACEHOLDER = re.compile(r"\{(\w+)")
_FILES = re.compile(r"\.(txt|tsv|json|toml|db|lock|log|bin|onnx|flac|pdf|po|weight|copy\.json|creating)$")


def catalogue(language: str) -> dict[str, polib.POEntry]:
    entries: dict[str, polib.POEntry] = {}
    for path in sorted(resource("i18n", language).glob("*.po")):
        for entry in polib.pofile(str(path)):
            assert entry.msgid not in entries, f"{entry.msgid} stands twice, again in {path.name}"
            entries[entry.msgid] = entry
    return entries


def wordings(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def test_both_languages_have_the_same_sentences() -> None:
    german, english = catalogue("de"), catalogue("en")
    assert german.keys() == english.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_empty_or_unfinished(language: str) -> None:
    for key, entry in catalogue(language).items():
        assert not entry.fuzzy, key
        assert all(text.strip() for text in wordings(entry)), key


def test_placeholders_are_the_same_in_both_languages() -> None:
    english = catalogue("en")
    for key, entry in catalogue("de").items():
        ours = {name for text in wordings(entry) for name in _PLACEHOLDER.findall(text)}
        theirs = {name for text in wordings(english[key]) for name in _PLACEHOLDER.findall(text)}
        assert ours == theirs, key


def test_every_message_id_in_the_code_has_a_sentence() -> None:
    known = catalogue("de")
    areas = {key.split(".")[0] for key in known}
    missing = set()
    for package in ("analysis", "explorer_app"):
        for path in (ROOT / package).rglob("*.py"):
            for key in _ID.findall(path.read_text("utf-8")):
                if key.split(".")[0] in areas and key not in known and not _FILES.search(key):
                    missing.add(f"{key} ({path.relative_to(ROOT)})")
    assert not missing


def test_a_count_chooses_the_plural() -> None:
    german = Texts("de")
    assert german("cli.consent.given", n=1) != german("cli.consent.given", n=2)
    assert german("brief.months", n=6).startswith("6 Monate")


def test_an_error_becomes_a_sentence_in_each_language() -> None:
    error = InputRejectedError("input.no_such_file", path="Größe.txt")
    sentences = {language: Texts(language).error(error) for language in LANGUAGES}
    assert all("Größe.txt" in sentence for sentence in sentences.values())
    assert sentences["de"] != sentences["en"]
