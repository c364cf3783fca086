"""Characters, lines, word differences, colours and messages."""

from __future__ import annotations

import itertools
import string

import polib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.pdfbase import pdfmetrics

from explorer_app.reports import palette
from explorer_app.reports.flow import Strip, paginate
from explorer_app.reports.fonts import printable, register_fonts, text_width
from explorer_app.reports.palette import BODY, Face
from explorer_app.reports.typeset import Run, run, set_lines, shorten
from explorer_app.reports.worddiff import Side, word_diff
from explorer_app.reports.wording import Wording, clock
from explorer_app.texts import LANGUAGES, Texts, resource

WIDTH = 160.0


@pytest.fixture(autouse=True)
def _fonts() -> None:
    register_fonts()


def test_every_cut_holds_the_same_characters_and_tabular_figures() -> None:
    held = [set(pdfmetrics.getFont(face.value).face.charToGlyph) for face in Face]
    assert all(one == held[0] for one in held)
    assert {ord(letter) for letter in "äöüÄÖÜßẞ„“‚‘–—…€§→←×≥·’"} <= held[0]
    for face in Face:
        assert len({text_width(digit, face, 10.0) for digit in string.digits}) == 1


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_whatever_is_typed_can_be_printed(text: str) -> None:
    held = set(pdfmetrics.getFont(Face.REGULAR.value).face.charToGlyph)
    line = printable(text)
    assert {ord(letter) for letter in line} <= held
    assert line == line.strip(" ")
    assert "\n" not in line


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("  zwei\n\tWörter ", "zwei Wörter"),
        ("a\u0308", "ä"),
        ("✔ ja", "✓ ja"),
        ("gut 👍🏽!", "gut [thumbs up sign]!"),
        ("שלום עולם heute", "[Hebrew ×8] heute"),
        ("हिन्दी", "[Devanagari ×3]"),
        ("70 %", "70\u00a0%"),
        ("nach § 203 StGB", "nach §\u00a0203 StGB"),
        ("z. B. so", "z.\u00a0B. so"),
        ("x\x00\u202ey", "xy"),
        ("\U0001d400", "A"),
    ],
)
def test_rare_characters_have_a_plain_stand_in(typed: str, printed: str) -> None:
    assert printable(typed) == printed


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text("abcdeäöüßAW-/.,", min_size=1, max_size=50), max_size=40), st.floats(30, 400))
def test_lines_hold_all_words_and_keep_their_width(words: list[str], width: float) -> None:
    text = " ".join(words)
    lines = set_lines((run(text, BODY),), width, None)
    assert all(line.width <= width + 0.1 for line in lines)
    letters = "".join(line.text for line in lines).replace("\xad", "").replace(" ", "")
    assert letters == text.replace(" ", "")


def test_a_word_wider_than_the_line_is_broken_with_a_hyphen() -> None:
    lines = set_lines((run("Donaudampfschifffahrtsgesellschaftskapitän", BODY),), 60)
    assert len(lines) > 2
    assert all(line.text.endswith("\xad") for line in lines[:-1])


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 6), st.floats(40, 300))
def test_shortened_lines_end_with_an_ellipsis_inside_the_width(limit: int, width: float) -> None:
    whole = set_lines((run("Pflegekräfte schreiben dasselbe dreimal auf, " * 30, BODY),), width)
    cut = shorten(whole, limit, width)
    assert len(cut) == limit
    assert cut[-1].text.endswith("…")
    assert cut[-1].width <= width + 0.1
    assert shorten(whole, len(whole), width) == whole


def test_runs_keep_their_styles_and_the_blanks_between() -> None:
    bold = BODY.cut(Face.BOLD)
    (line,) = set_lines((Run("eins ", BODY), Run("zwei", bold, underlined=True), Run(" drei", BODY)), 300)
    assert line.text == "eins zwei drei"
    assert [piece.run.underlined for piece in line.pieces] == [False, True, False]


def test_a_diff_names_only_the_words_that_differ() -> None:
    diff = word_diff("Und die Kasse will’s dann, nochmal.", "und die Klasse will’s nochmal anders")
    parts = [(part.side, part.words) for part in diff.parts]
    assert parts == [
        (Side.BOTH, "Und die"),
        (Side.CONFIRMED, "Kasse"),
        (Side.FRESH, "Klasse"),
        (Side.BOTH, "will’s"),
        (Side.CONFIRMED, "dann,"),
        (Side.BOTH, "nochmal."),
        (Side.FRESH, "anders"),
    ]
    assert (diff.confirmed_only, diff.fresh_only, diff.confirmed_words) == (2, 2, 6)


def test_case_and_marks_are_no_difference() -> None:
    diff = word_diff("„Ja“, sagt sie: 70 %!", "ja sagt sie 70")
    assert diff.same
    assert diff.parts[0].words == "„Ja“, sagt sie: 70 %!"


@given(st.lists(st.sampled_from("abcde"), max_size=12), st.lists(st.sampled_from("abcde"), max_size=12))
def test_a_diff_contains_both_texts(left: list[str], right: list[str]) -> None:
    diff = word_diff(" ".join(left), " ".join(right))
    confirmed = [w for part in diff.parts if part.side is not Side.FRESH for w in part.words.split()]
    fresh = [w for part in diff.parts if part.side is not Side.CONFIRMED for w in part.words.split()]
    assert (confirmed, fresh) == (left, right)


def _strip(height: float, *, keep: bool = False) -> Strip:
    return Strip(height, (), keep=keep)


@given(st.lists(st.tuples(st.floats(1, 60), st.booleans()), max_size=80))
def test_flowing_strips_fill_pages_without_overflow_or_loss(sizes: list[tuple[float, bool]]) -> None:
    strips = [_strip(height, keep=keep) for height, keep in sizes]
    pages = paginate(strips, 100)
    assert list(itertools.chain.from_iterable(pages)) == strips
    assert all(sum(strip.height for strip in page) <= 100 + 1e-6 for page in pages)


def test_a_heading_stays_with_its_text() -> None:
    pages = paginate([_strip(90), _strip(8, keep=True), _strip(10)], 100)
    assert [len(page) for page in pages] == [1, 2]


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *itertools.product(
            (
                palette.INK,
                palette.QUIET,
                palette.PETROL,
                palette.GREEN,
                palette.VIOLET,
                palette.AMBER,
                palette.RED,
            ),
            (palette.PAPER,),
        ),
        *itertools.product((palette.INK, palette.QUIET, palette.GREEN), (palette.SUNKEN,)),
        *itertools.product((palette.INK, palette.PETROL, palette.QUIET), (palette.PETROL_SOFT,)),
        (palette.AMBER, palette.AMBER_SOFT),
        (palette.GREEN, palette.GREEN_SOFT),
        (palette.RED, palette.RED_SOFT),
        (palette.PAPER, palette.PETROL),
    ],
)
def test_text_contrasts_with_its_ground(text: str, ground: str) -> None:
    lighter, darker = sorted((_luminance(text), _luminance(ground)), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def _messages(language: str) -> dict[str, polib.POEntry]:
    path = resource("i18n", language, "reports.po")
    return {entry.msgid: entry for entry in polib.pofile(str(path), encoding="utf-8")}


def _placeholders(text: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}


def test_both_languages_have_all_messages_with_the_same_values() -> None:
    german, english = (_messages(language) for language in LANGUAGES)
    assert german.keys() == english.keys()
    for key, entry in german.items():
        other = english[key]
        mine = [entry.msgstr, *entry.msgstr_plural.values()]
        theirs = [other.msgstr, *other.msgstr_plural.values()]
        assert any(mine)
        assert any(theirs)
        assert _placeholders(" ".join(mine)) == _placeholders(" ".join(theirs)), key


def test_numbers_dates_and_quotation_marks_follow_the_language() -> None:
    german, english = Wording(Texts("de")), Wording(Texts("en"))
    assert (german.number(3.5), english.number(3.5), german.number(4.0)) == ("3,5", "3.5", "4")
    assert german.quoted('"schon zitiert"') == "„schon zitiert“"
    assert english.quoted("so") == "“so”"
    assert german.quoted("„Nein“, sagt er, „nie“") == "„„Nein“, sagt er, „nie““"
    assert german.span(1060.0, 1072.4) == "00:17:40–00:17:52"
    assert clock(3 * 3600 + 59.9) == "03:00:59"
    assert german("strip_quotes", n=1) == "Zitat"
    assert german("strip_quotes", n=2) == "Zitate"
