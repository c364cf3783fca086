import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.usecases.signals import WINDOW, find_hits, sentences


def quotes(text: str, *signals: str) -> list[str]:
    return [hit.quote for hit in find_hits(sentences(text), signals)]


@pytest.mark.parametrize(
    ("text", "signal", "quote"),
    [
        ("Das Wohngeldformular ist lang.", "formular", "Wohngeldformular"),
        ("Die ANTRÄGE liegen da.", "antrag", "ANTRÄGE"),
        ("Er stürzte im Flur.", "sturz", "stürzte"),
        ("Große Mühe", "gross", "Große"),
        ("Eine SMS kam.", "=sms", "SMS"),
    ],
)
def test_stems_meet_inflected_words_umlauts_and_compounds(text: str, signal: str, quote: str) -> None:
    assert quotes(text, signal) == [quote]


@pytest.mark.parametrize(
    ("text", "signal"), [("Umsatzsteuer", "satz"), ("smsartig", "=sms"), ("Gesamtplan", "amt")]
)
def test_short_stems_do_not_meet_the_inside_of_words(text: str, signal: str) -> None:
    assert quotes(text, signal) == []


def test_several_stems_meet_in_any_order_and_are_quoted_as_they_stand() -> None:
    assert quotes("Vergessen hat sie den Termin wieder.", "termin vergess") == ["Vergessen … Termin"]


def test_several_stems_must_stand_in_one_sentence() -> None:
    assert quotes("Der Termin war gut. Vergessen habe ich nichts.", "termin vergess") == []


def test_several_stems_must_stand_near_each_other() -> None:
    far = "Termin " + "und " * (WINDOW + 1) + "vergessen"
    assert quotes(far, "termin vergess") == []


def test_one_word_does_not_meet_two_stems() -> None:
    assert quotes("Terminvergessenheit", "termin vergessen") == []


@given(st.text(max_size=300), st.sampled_from(["formular", "termin vergess", "=sms", "ä ß"]))
def test_quoted_words_always_stand_in_the_text(text: str, signal: str) -> None:
    for hit in find_hits(sentences(text), [signal]):
        assert all(word in text for word in hit.words)
