from __future__ import annotations

import hashlib
import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analysis.language.anchors import Anchor, make_anchor, refind

TEXT = (
    "Also ich schreibe den Blutdruck auf den Zettel. Dann schreibe ich ihn auf die Tafel, "
    "und später noch einmal in den Rechner. Das ist müßig 😅, aber so läuft’s. Ja, ja."
)


def anchor_of(quote: str, text: str = TEXT, nth: int = 0) -> Anchor:
    at = -1
    for _ in range(nth + 1):
        at = text.index(quote, at + 1)
    return make_anchor(text, at, at + len(quote), 1)


def test_an_anchor_counts_characters_and_knows_its_surroundings() -> None:
    anchor = anchor_of("müßig 😅")
    assert TEXT[anchor.start : anchor.end] == anchor.quote == "müßig 😅"
    assert anchor.quote_hash == hashlib.sha256("müßig 😅".encode()).hexdigest()
    assert anchor.before.endswith("Das ist ")
    assert anchor.after.startswith(", aber")
    assert len(anchor.before) == 40


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (3, 3), (5, 2), (0, 10_000)])
def test_a_range_outside_the_text_is_an_error(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="no range"):
        make_anchor(TEXT, start, end, 1)


@pytest.mark.parametrize("known", [True, False])
def test_an_unchanged_text_gives_the_same_place_with_the_new_revision(known: bool) -> None:
    found = refind(anchor_of("den Zettel"), TEXT, 7, old_text=TEXT if known else None)
    assert found == make_anchor(TEXT, TEXT.index("den Zettel"), TEXT.index("den Zettel") + 10, 7)


@pytest.mark.parametrize("known", [True, False])
def test_edits_before_and_after_shift_it(known: bool) -> None:
    new = TEXT.replace("Also ich", "😀 Äh, also ich").replace("Rechner", "Computer im Dienstzimmer")
    found = refind(anchor_of("schreibe ich ihn auf die Tafel"), new, 2, old_text=TEXT if known else None)
    assert found is not None
    assert new[found.start : found.end] == "schreibe ich ihn auf die Tafel"
    assert not found.changed


def test_of_two_equal_words_the_right_one_stays() -> None:
    second = anchor_of("ja", nth=0)
    new = TEXT.replace("Ja, ja.", "Ja, aber ja.")
    found = refind(second, new, 2, old_text=TEXT)
    assert found is not None
    assert found.start == new.rindex("ja")
    schreibe = anchor_of("schreibe", nth=1)
    found = refind(schreibe, TEXT.replace("Also ich", "Ich schreibe, also ich"), 2)
    assert found is not None
    assert found.before.endswith("Dann ")


@pytest.mark.parametrize("known", [True, False])
def test_a_correction_inside_updates_quote_and_hash_and_says_so(known: bool) -> None:
    old = "Ich messe den Blutstruck am Bett und schreibe ihn auf einen Zellen."
    anchor = anchor_of("den Blutstruck am Bett", old)
    new = "Gut. Ich messe den Blutdruck am Bett und schreibe ihn auf einen Zettel."
    found = refind(anchor, new, 3, old_text=old if known else None)
    assert found is not None
    assert found.quote == "den Blutdruck am Bett"
    assert found.changed
    assert found.quote_hash == hashlib.sha256(b"den Blutdruck am Bett").hexdigest()
    assert found.revision == 3


def test_a_corrected_last_word_is_taken_whole() -> None:
    old = "schreibe ihn auf einen Zellen."
    found = refind(anchor_of("auf einen Zellen", old), "schreibe ihn auf einen Zettel.", 2, old_text=old)
    assert found is not None
    assert found.quote == "auf einen Zettel"


@pytest.mark.parametrize("known", [True, False])
def test_another_spelling_of_the_same_letters_is_a_changed_wording(known: bool) -> None:
    new = TEXT.replace("später", "spa\u0308ter")
    found = refind(anchor_of("und später noch"), new, 2, old_text=TEXT if known else None)
    assert found is not None
    assert found.quote == "und spa\u0308ter noch"
    assert found.changed


@pytest.mark.parametrize("known", [True, False])
def test_a_quote_that_was_deleted_is_lost(known: bool) -> None:
    new = TEXT.replace("Dann schreibe ich ihn auf die Tafel, und später noch einmal in den Rechner. ", "")
    assert refind(anchor_of("ihn auf die Tafel"), new, 2, old_text=TEXT if known else None) is None
    assert refind(anchor_of("Tafel"), new, 2, old_text=TEXT if known else None) is None
    assert refind(anchor_of("Tafel"), "", 2, old_text=TEXT if known else None) is None


def test_a_deleted_short_word_does_not_jump_to_the_same_word_elsewhere() -> None:
    old = "Ja, das stimmt. Wir schreiben zu viel auf, und zwar jeden Tag. Das sagen alle, ja."
    anchor = anchor_of("ja", old.lower())
    new = old.lower().removeprefix("ja, ")
    assert refind(anchor, new, 2, old_text=old.lower()) is None
    assert refind(anchor, new, 2) is None


def test_a_rewritten_quote_is_lost_and_not_guessed() -> None:
    new = TEXT.replace("Das ist müßig 😅, aber so läuft’s.", "Mir reicht die Zeit nie.")
    assert refind(anchor_of("Das ist müßig 😅, aber so läuft’s"), new, 2, old_text=TEXT) is None
    assert refind(anchor_of("Das ist müßig 😅, aber so läuft’s"), new, 2) is None


def test_a_sentence_that_was_cut_and_put_elsewhere_is_found_there() -> None:
    sentence = "Dann schreibe ich ihn auf die Tafel, "
    new = TEXT.replace(sentence, "") + " " + sentence.strip()
    found = refind(anchor_of(sentence.strip()), new, 2, old_text=TEXT)
    assert found is not None
    assert found.quote == sentence.strip()


def test_a_quote_joined_from_two_segments_is_found_behind_the_first() -> None:
    first = "Wie lange dauert das?"
    found = refind(anchor_of("Ja, ja"), f"{first} {TEXT}", 2, old_text=TEXT)
    assert found is not None
    assert found.start == len(first) + 1 + TEXT.index("Ja, ja")


def test_a_text_of_many_pages_is_searched_in_a_moment() -> None:
    old = "".join(f"Satz {n} über den Dienst 😀 und die Übergabe am Morgen. " for n in range(3000))
    anchor = anchor_of("Satz 1500 über den Dienst", old)
    new = "Neu. " + old.replace("Satz 1500 über den Dienst", "Satz 1500 über den Dinst").replace("2900", "x")
    began = time.monotonic()
    with_old = refind(anchor, new, 2, old_text=old)
    without = refind(anchor, new, 2)
    assert time.monotonic() - began < 10
    assert with_old is not None
    assert with_old.quote == "Satz 1500 über den Dinst"
    # Three thousand sentences differ in their number only: without the old text it is not guessed.
    assert without is None or without.quote == "Satz 1500 über den Dinst"


WORDS = [
    "ja",
    "nein",
    "und",
    "die",
    "Übergabe",
    "schreibe",
    "Zettel",
    "müde",
    "😅",
    "👩🏽‍⚕️",
    "u\u0308ber",
    "ß",
    ",",
    ".",
]
TEXTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=30).map(" ".join)


@st.composite
def texts_with_a_quote(draw: st.DrawFn) -> tuple[str, str, str]:
    text = draw(TEXTS)
    start = draw(st.integers(0, len(text) - 1))
    end = draw(st.integers(start + 1, min(len(text), start + 40)))
    return text[:start], text[start:end], text[end:]


def times(quote: str, text: str) -> int:
    return sum(text.startswith(quote, at) for at in range(len(text)))


def edited(draw: st.DrawFn, text: str, most: int) -> str:
    for _ in range(draw(st.integers(0, most))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 15)))
        text = text[:start] + draw(st.one_of(st.just(""), TEXTS, st.text(max_size=5))) + text[end:]
    return text


@settings(max_examples=300, deadline=None)
@given(parts=texts_with_a_quote(), left=st.booleans(), data=st.data())
def test_one_edit_outside_the_quote_never_loses_it(
    parts: tuple[str, str, str], left: bool, data: st.DataObject
) -> None:
    before, quote, after = parts
    old = before + quote + after
    if left:
        new_before, new_after = edited(data.draw, before, 1), after  # type: ignore[arg-type]
    else:
        new_before, new_after = before, edited(data.draw, after, 1)  # type: ignore[arg-type]
    new = new_before + quote + new_after
    found = refind(make_anchor(old, len(before), len(before) + len(quote), 1), new, 2, old_text=old)
    assert found is not None
    assert found.quote == quote
    assert not found.changed
    # The place is the true one, or the edit can be read as having happened on the other side of it.
    outside = new[: found.start], new[found.end :]
    assert found.start == len(new_before) or before == outside[0] or after == outside[1]


@settings(max_examples=300, deadline=None)
@given(parts=texts_with_a_quote(), known=st.booleans(), data=st.data())
def test_many_edits_outside_a_quote_that_occurs_once_never_lose_or_move_it(
    parts: tuple[str, str, str], known: bool, data: st.DataObject
) -> None:
    before, quote, after = parts
    old = before + quote + after
    new_before, new_after = edited(data.draw, before, 4), edited(data.draw, after, 4)  # type: ignore[arg-type]
    new = new_before + quote + new_after
    assume(times(quote, old) == times(quote, new) == 1)
    assume(len(quote) >= (2 if known else 12) and len(quote.strip()) > 1)
    found = refind(
        make_anchor(old, len(before), len(before) + len(quote), 1), new, 2, old_text=old if known else None
    )
    assert found is not None
    assert (found.start, found.quote, found.changed) == (len(new_before), quote, False)


@settings(max_examples=300, deadline=None)
@given(parts=texts_with_a_quote(), known=st.booleans(), data=st.data())
def test_whatever_is_found_is_sound(parts: tuple[str, str, str], known: bool, data: st.DataObject) -> None:
    before, quote, after = parts
    old = before + quote + after
    new = edited(data.draw, old, 6)  # type: ignore[arg-type]
    found = refind(
        make_anchor(old, len(before), len(before) + len(quote), 1), new, 2, old_text=old if known else None
    )
    if found is not None:
        assert found == make_anchor(new, found.start, found.end, 2, changed=found.quote != quote)
