from __future__ import annotations

import itertools

import numpy as np
import pytest

from analysis.speech import guard
from analysis.speech.guard import doubt_of, judge
from analysis.speech.segments import build_segments, in_order
from analysis.speech.types import Segment, Word
from analysis.speech.voice import VoiceTrack


def said(text: str, *, seconds: float | None = None, confidence: float = 0.8, start: float = 0.0) -> Segment:
    parts = text.split()
    each = (seconds or 0.4 * len(parts)) / len(parts)
    words = tuple(
        Word(start + k * each, start + (k + 1) * each, part, confidence) for k, part in enumerate(parts)
    )
    return Segment(words[0].start, words[-1].end, text, words)


def track(*, voice: float, level: float, seconds: float = 60.0) -> VoiceTrack:
    frames = int(seconds / 0.032)
    return VoiceTrack(np.full(frames, voice, np.float32), np.full(frames, level, np.float32), seconds)


CLEAR = track(voice=0.95, level=-25.0)


@pytest.mark.parametrize(
    "text",
    [
        "Untertitel im Auftrag des ZDF für funk, 2017",
        "Untertitelung des ZDF, 2020",
        "Untertitel der Amara.org-Community",
        "Untertitel von Stephanie Geiges",
        "Vielen Dank fürs Zuschauen!",
        "Vielen Dank für Ihre Aufmerksamkeit.",
        "Bis zum nächsten Mal.",
        "Copyright WDR 2021",
        "SWR 2020",
        "Thank you for watching.",
        "Thanks for watching!",
        "Subtitles by the Amara.org community",
        "Please subscribe to my channel.",
    ],
)
def test_sentences_from_under_films_are_doubted(text: str) -> None:
    assert doubt_of(said(text)) == guard.PHRASE


@pytest.mark.parametrize(
    "text",
    [
        "Ja, ja.",
        "Ja, ja, ja, genau.",
        "Nein, nein, nein, das geht nicht.",
        "Vielen Dank.",
        "Vielen Dank für die Hilfe, ohne Sie hätte ich das nicht geschafft.",
        "Die Untertitel auf dem Fernseher kann er nicht lesen.",
        "Das ist sehr, sehr, sehr viel Arbeit.",
        "Und dann, und dann ruft wieder jemand an.",
        "Bis zum nächsten Mal muss der Antrag fertig sein.",
        "Hm.",
    ],
)
def test_what_people_say_in_interviews_is_trusted(text: str) -> None:
    assert doubt_of(said(text), CLEAR) == ""


@pytest.mark.parametrize(
    "text",
    [
        "und so weiter und so weiter und so weiter und so weiter",
        "nein nein nein nein nein nein nein nein",
        "Das ist der Punkt. Das ist der Punkt. Das ist der Punkt.",
    ],
)
def test_loops_are_doubted(text: str) -> None:
    assert doubt_of(said(text), CLEAR) == guard.LOOP


def test_the_same_sentence_three_times_running_is_a_loop() -> None:
    pieces = [said("Das machen wir morgen.", start=4.0 * k) for k in range(3)]
    assert [piece.doubt for piece in judge(pieces, CLEAR)] == [guard.LOOP] * 3


def test_short_answers_may_repeat() -> None:
    assert all(piece.trusted for piece in judge([said("Ja.", start=2.0 * k) for k in range(5)], CLEAR))


def test_silence_noise_speed_and_uncertainty_each_have_their_reason() -> None:
    text = "Wir rufen morgen beim Amt an."
    assert doubt_of(said(text), track(voice=0.9, level=-70)) == guard.TOO_QUIET
    assert doubt_of(said(text), track(voice=0.02, level=-30)) == guard.NO_VOICE
    assert doubt_of(said(text, seconds=0.4), CLEAR) == guard.TOO_FAST
    assert doubt_of(said(text, confidence=0.1), CLEAR) == guard.UNSURE


def test_a_clearly_spoken_film_phrase_is_trusted() -> None:
    assert doubt_of(said("Vielen Dank für Ihre Aufmerksamkeit.", confidence=0.97), CLEAR) == ""


def test_nothing_is_ever_deleted() -> None:
    pieces = [said("Untertitel im Auftrag des ZDF."), said("Ja, ja."), said("so so so so so so so")]
    judged = judge(pieces)
    assert [piece.text for piece in judged] == [piece.text for piece in pieces]
    assert [piece.trusted for piece in judged] == [False, True, False]


def test_segments_end_with_sentences_and_pauses_but_not_with_abbreviations() -> None:
    texts = [*["Am", "3.", "Mai", "kam", "Dr.", "Weber."], "Er", "blieb", "lange", "und", "ging"]
    words = [Word(0.4 * k, 0.4 * k + 0.3, text, 1.0) for k, text in enumerate(texts)]
    words.append(Word(20.0, 20.4, "wieder.", 1.0))
    found = [segment.text for segment in build_segments(words)]
    assert found == ["Am 3. Mai kam Dr. Weber.", "Er blieb lange und ging", "wieder."]


def test_words_end_up_in_order_and_without_overlap() -> None:
    tidy = in_order([Word(2.0, 3.0, "b", 1), Word(0.0, 2.5, "a", 1), Word(2.2, 2.3, "c", 1)])
    assert [word.text for word in tidy] == ["a", "b", "c"]
    assert all(one.end <= two.start for one, two in itertools.pairwise(tidy))
    assert all(word.start <= word.end for word in tidy)
