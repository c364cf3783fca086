"""The catalogue says what is known, and nothing more."""

import pytest

from explorer_app.domain.errors import NotFoundError
from explorer_app.models import Catalogue
from explorer_app.texts import LANGUAGES, Texts

CATALOGUE = Catalogue.load()


def test_a_short_name_finds_the_model() -> None:
    assert CATALOGUE.entry("base").id == "whisper-base"
    assert CATALOGUE.entry("Whisper-Base").id == "whisper-base"


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(NotFoundError) as failure:
        CATALOGUE.entry("gigantic")
    assert "whisper-large-v3-turbo" in Texts("de").error(failure.value)


def test_names_are_never_ambiguous() -> None:
    names = [name for entry in CATALOGUE.entries for name in (entry.id, *entry.aliases)]
    assert len(names) == len(set(names))


def test_the_first_set_up_gets_one_speech_and_one_embedding_model() -> None:
    assert {(e.id, e.kind) for e in CATALOGUE.entries if e.default} == {
        ("whisper-base", "speech"),
        ("multilingual-e5-small", "embedding"),
    }


@pytest.mark.parametrize("entry", CATALOGUE.entries, ids=lambda entry: entry.id)
def test_whatever_comes_as_a_package_is_pinned_by_hash(entry: object) -> None:
    entry = CATALOGUE.entry(entry.id)  # type: ignore[attr-defined]
    for variant in entry.variants:
        assert all(len(f.sha256) == 64 and f.size for f in (*variant.files, *variant.material))
        for carrier in variant.carriers:
            assert len(carrier.sha256) == 64
            brought = {target for _member, target in carrier.members}
            assert brought <= {f.name for f in variant.material or variant.files}
    assert entry.verified == entry.installable
    assert entry.licence
    assert entry.size > 1_000_000
    assert entry.installable or entry.hub, "it can be had somewhere"


def test_a_figure_is_only_there_with_its_source() -> None:
    for entry in CATALOGUE.entries:
        for figure in (entry.wer_de, entry.memory):
            assert figure is None or (figure.value > 0 and figure.source and figure.unit)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_note_is_written_in_both_languages(language: str) -> None:
    for entry in CATALOGUE.entries:
        assert not entry.note or Texts(language)(entry.note) != entry.note
