"""German words: sentences, lemmas, compounds, phrases."""

from __future__ import annotations

import pytest

from analysis.language.compounds import split_compound
from analysis.language.lemmas import content_lemmas, language_of, lemma_parts
from analysis.language.phrases import noun_phrases
from analysis.language.sentences import sentences
from analysis.language.tokens import tokens
from analysis.language.wordlists import stop_words


def test_abbreviations_ordinals_times_and_dates_do_not_end_a_sentence() -> None:
    text = "Sie kam z. B. am 3. Mai um 8.30 Uhr, ggf. am 24.12. mit Dr. Müller. Dann ging sie. Nr. 5 fehlt!"
    assert [s.text for s in sentences(text)] == [
        "Sie kam z. B. am 3. Mai um 8.30 Uhr, ggf. am 24.12. mit Dr. Müller.",
        "Dann ging sie.",
        "Nr. 5 fehlt!",
    ]


def test_quotes_keep_their_closing_mark_and_a_sentence_goes_on_after_them() -> None:
    text = "„Echt?“, fragt er. „Das geht nicht.“ Sie seufzt."
    assert [s.text for s in sentences(text)] == ["„Echt?“, fragt er.", "„Das geht nicht.“", "Sie seufzt."]


@pytest.mark.parametrize("text", ["", "  \n ", "Hallo", "Ä. Ö! ü? 🙂 …", "a\n\nb", "- eins\n- zwei", "„…“"])
def test_sentences_stand_at_their_offsets_and_lose_only_blanks(text: str) -> None:
    found = sentences(text)
    assert all(text[s.start : s.end] == s.text for s in found)
    assert "".join("".join(s.text for s in found).split()) == "".join(text.split())


def test_tokens_stand_at_their_offsets() -> None:
    text = "Ein-Euro-Job: 145/80, müsst's um 8:30 🙂 tun."
    assert [t.text for t in tokens(text)] == ["Ein-Euro-Job", "145/80", "müsst's", "um", "8:30", "tun"]
    assert all(text[t.start : t.end] == t.text for t in tokens(text))


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("Dienstplan", ("dienst", "plan")),
        ("Behördenpost", ("behörde", "post")),
        ("Arbeitsweg", ("arbeit", "weg")),
        ("Pflegefachkraft", ("pflege", "fach", "kraft")),
        ("Ermäßigungsantrag", ("ermäßigung", "antrag")),
        ("P-Konto-Bescheinigung", ("p", "konto", "bescheinigung")),
        ("Verwaltung", ("verwaltung",)),
        ("Donnerstag", ("donnerstag",)),
        ("Bewohnerin", ("bewohnerin",)),
        ("mehrfach", ("mehrfach",)),
        ("", ("",)),
    ],
)
def test_compounds_are_split_and_other_words_stay_whole(word: str, parts: tuple[str, ...]) -> None:
    assert split_compound(word) == parts


def test_lemmas_leave_stop_words_out_and_meet_across_forms_and_compounds() -> None:
    assert content_lemmas("Die Dienstpläne hingen an der Tür.") == ("dienstplan", "hängen", "tür")
    assert {"dienst", "plan"} <= set(lemma_parts("Die Dienstpläne hingen an der Tür."))
    assert content_lemmas("") == ()


def test_the_language_is_guessed_by_its_stop_words() -> None:
    assert language_of("The list is always outdated and nobody knows who is here.") == "en"
    assert language_of("Die Liste ist immer veraltet, und keiner weiß, wer da ist.") == "de"
    assert language_of("") == "de"


def test_noun_phrases_are_nouns_with_what_belongs_to_them() -> None:
    found = {
        p.text for p in noun_phrases("Er überträgt handschriftliche Notizen aufs Deckblatt der Papierakte.")
    }
    assert {"Deckblatt der Papierakte", "Papierakte"} <= found
    assert any(p.endswith("Notizen") for p in found)
    assert not found & {"Er", "der"}


def test_noun_phrases_leave_people_out() -> None:
    found = {
        p.text for p in noun_phrases("Frau Kaplan und Herr Müller warten auf den Bescheid von Gündogan.")
    }
    assert found == {"Bescheid"}


def test_noun_phrases_stand_at_their_offsets() -> None:
    text = "Später. Dann fehlt der Schlüssel im Büro der Leitung."
    assert all(text[p.start : p.end] == p.text for p in noun_phrases(text))


def test_stop_words_of_both_languages_are_lower_case_and_without_blanks() -> None:
    assert all(w == w.lower() and w.strip() for w in stop_words())
    assert "und" in stop_words("de")
    assert "und" not in stop_words("en")
