from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.speech.types import Span
from analysis.speech.windows import MAX_SECONDS, Window, plan_windows


@st.composite
def speech(draw: st.DrawFn) -> tuple[list[Span], float]:
    """Spans of voice with pauses between them, and the length of the recording."""
    steps = draw(st.lists(st.tuples(st.floats(0.16, 40), st.floats(0.1, 90)), max_size=40))
    spans: list[Span] = []
    at = draw(st.floats(0, 5))
    for pause, voice in steps:
        spans.append((at, at + voice))
        at += voice + pause
    end = spans[-1][1] if spans else at
    return spans, end + draw(st.floats(0, 5))


@given(speech())
def test_windows_are_in_order_apart_and_short_enough_for_whisper(
    given_speech: tuple[list[Span], float],
) -> None:
    spans, duration = given_speech
    windows = plan_windows(spans, duration)
    pieces = [piece for window in windows for piece in window.pieces]
    assert [window.index for window in windows] == list(range(len(windows)))
    assert all(window.seconds <= MAX_SECONDS + 1e-6 for window in windows)
    assert all(0 <= start < end <= duration + 1e-6 for start, end in pieces)
    assert all(one[1] <= two[0] + 1e-6 for one, two in itertools.pairwise(pieces))


@given(speech())
def test_no_speech_is_left_out(given_speech: tuple[list[Span], float]) -> None:
    spans, duration = given_speech
    pieces = [piece for window in plan_windows(spans, duration) for piece in window.pieces]
    for start, end in spans:
        inside = sum(max(0.0, min(end, last) - max(start, first)) for first, last in pieces)
        assert inside == pytest.approx(end - start, abs=1e-6)


@given(speech(), st.integers(0, 40))
def test_sound_added_at_the_end_leaves_earlier_windows_alone(
    given_speech: tuple[list[Span], float], cut: int
) -> None:
    spans, duration = given_speech
    cut = min(cut, len(spans))
    if cut == 0:
        return
    until = spans[cut][0] if cut < len(spans) else duration
    shorter = plan_windows(spans[:cut], until)
    longer = plan_windows(spans, duration)
    assert shorter[:-2] == longer[: len(shorter[:-2])]


@given(speech())
def test_two_neighbouring_windows_never_fit_into_half_a_window(
    given_speech: tuple[list[Span], float],
) -> None:
    windows = plan_windows(*given_speech)
    for one, two in itertools.pairwise(windows):
        assert one.seconds + two.seconds > MAX_SECONDS / 2


def test_a_window_ends_at_the_long_pause_rather_than_a_little_later() -> None:
    spans = [(0.0, 12.0), (12.3, 24.0), (27.0, 29.0), (29.2, 50.0)]
    first = plan_windows(spans, 50.0)[0]
    assert first.end == pytest.approx(24.0, abs=0.5)


def test_times_in_a_window_lead_back_to_the_recording() -> None:
    window = Window(0, ((10.0, 12.0), (100.0, 105.0)))
    assert window.seconds == 7.0
    assert window.locate(0.0) == 10.0
    assert window.locate(1.5) == 11.5
    assert window.locate(3.0) == 101.0
    assert window.locate(99.0) == 105.0
