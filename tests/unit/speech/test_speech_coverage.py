from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from analysis.speech.coverage import check_coverage
from analysis.speech.holes import fill_holes, hole_windows
from analysis.speech.types import Word
from analysis.speech.windows import Window


def words(*spans: tuple[float, float], text: str = "Wort") -> list[Word]:
    return [Word(start, end, text, 0.9) for start, end in spans]


def running(start: float, end: float) -> list[Word]:
    count = int((end - start) / 0.5)
    return words(*((start + 0.5 * k, start + 0.5 * k + 0.4) for k in range(count)))


def test_speech_full_of_words_has_no_hole() -> None:
    found = check_coverage([(0, 10), (12, 20)], running(0, 10) + running(12, 20))
    assert found.holes == ()
    assert found.covered_seconds > 0.95 * found.speech_seconds


def test_a_skipped_turn_is_a_hole_from_its_first_to_its_last_voice() -> None:
    found = check_coverage([(0, 5), (6, 9), (9.5, 14), (15, 20)], running(0, 5) + running(15, 20))
    assert len(found.holes) == 1
    start, end = found.holes[0]
    assert 5.9 <= start <= 6.5
    assert 13.5 <= end <= 14.0


def test_a_word_stretched_over_a_gap_does_not_hide_it() -> None:
    stretched = [*running(0, 5), Word(5.0, 15.0, "und", 0.5), *running(15, 20)]
    assert check_coverage([(0, 20)], stretched).holes


def test_a_breath_between_words_is_no_hole() -> None:
    assert check_coverage([(0, 10)], running(0, 4) + running(5.5, 10)).holes == ()


def test_two_skipped_turns_with_words_between_are_two_holes() -> None:
    found = check_coverage([(0, 30)], running(0, 3) + running(12, 15) + running(27, 30))
    assert len(found.holes) == 2


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 20)), max_size=20))
def test_covered_and_uncovered_add_up(pairs: list[tuple[float, float]]) -> None:
    spoken = [Word(start, start + length, "x", 1.0) for start, length in pairs]
    found = check_coverage([(0, 40), (50, 100)], spoken)
    assert found.speech_seconds == 90
    assert -1e-6 <= found.covered_seconds <= 90 + 1e-6
    missing = sum(end - start for start, end in found.holes)
    assert found.covered_seconds + missing <= 100 + 1e-6  # a hole may span the pause between spans


def test_a_long_hole_is_split_into_windows_that_whisper_can_take() -> None:
    window = Window(3, ((0.0, 29.0), (40.0, 90.0)))
    found = hole_windows([(5.0, 85.0)], window)
    assert len(found) == 3
    assert all(part.seconds <= 29.5 for part in found)


def test_second_words_join_without_doubling_those_at_the_edge() -> None:
    first = [Word(0.0, 0.5, "Guten", 0.9), Word(0.5, 6.0, "Tag,", 0.6), Word(6.0, 6.5, "danke", 0.9)]
    fresh = [
        Word(0.6, 1.0, "Tag,", 0.9),
        Word(1.2, 1.6, "wie", 0.9),
        Word(1.7, 2.5, "geht's?", 0.9),
        Word(6.1, 6.5, "danke", 0.8),
    ]
    hole = Window(0, ((0.6, 6.4),))
    assert [word.text for word in fill_holes(first, hole, fresh)] == [
        "Guten",
        "Tag,",
        "wie",
        "geht's?",
        "danke",
    ]
