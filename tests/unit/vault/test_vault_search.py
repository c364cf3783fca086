from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer_app.domain.findings import Theme
from explorer_app.domain.material import Observation, Segment
from explorer_app.vault import Vault
from explorer_app.vault.search import MARK_END, MARK_START

Fill = Callable[[Vault], None]
MakeNote = Callable[..., Observation]


@pytest.fixture
def texts(vault: Vault, fill: Fill, make_note: MakeNote) -> Vault:
    fill(vault)
    with vault.change("undo.test") as unit:
        unit.remove("observations", "o1")
        unit.add(make_note("n1", "Die Größe der Formulare überfordert Frau Müller in der Schuldnerberatung."))
        unit.add(make_note("n2", "Zwölf Straßen weiter", interpretation="Der Weg zum Café ist zu weit."))
        unit.add(make_note("n3", "Die Steuer ist neu; genau wie das Wetter. Dreimal tippen wir alles."))
        unit.add(make_note("n4", "🙂 Emoji und İstanbul und ﬁnden"))
    return vault


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("größe", "n1"),
        ("GROESSE", "n1"),
        ("grosse", "n1"),
        ("Mueller", "n1"),
        ("muller", "n1"),
        ("Mu\u0308ller", "n1"),
        ("beratung", "n1"),
        ("formul frau", "n1"),
        ("strassen", "n2"),
        ("Straße", "n2"),
        ("zwoelf", "n2"),
        ("cafe", "n2"),
        ("neu steuer", "n3"),
        ("istanbul", "n4"),
        ("finden", "n4"),
    ],
)
def test_german_words_are_found_however_they_are_typed(texts: Vault, query: str, expected: str) -> None:
    assert [hit.id for hit in texts.search_text(query)] == [expected]


@pytest.mark.parametrize(
    "query",
    [
        "",
        " ",
        '"',
        "*",
        "NEAR(",
        "a AND",
        "größe OR unsinn",
        "text:größe",
        "-größe^2",
        "(" * 500,
        "\x00",
        "'; DROP TABLE texts",
    ],
)
def test_odd_queries_are_only_words(texts: Vault, query: str) -> None:
    texts.search_text(query)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(max_size=60))
def test_no_query_fails(texts: Vault, query: str) -> None:
    for hit in texts.search_text(query, limit=3):
        assert hit.kind in ("observations", "segments")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_an_excerpt_is_a_piece_of_the_text(texts: Vault, make_note: MakeNote, text: str) -> None:
    text = text.replace(MARK_START, "").replace(MARK_END, "").replace("…", "")
    with texts.change("undo.test") as unit:
        unit.put(make_note("n9", f"{text} Nadelöhr {text}"))
    (hit,) = texts.search_text("nadeloehr")
    plain = hit.excerpt.replace(MARK_START, "").replace(MARK_END, "").strip("…")
    assert plain in f"{text} Nadelöhr {text}"
    assert f"{MARK_START}Nadelöhr{MARK_END}" in hit.excerpt


def test_whole_words_come_before_parts_of_words(texts: Vault, make_note: MakeNote) -> None:
    with texts.change("undo.test") as unit:
        unit.add(make_note("n5", "Beratung heute"))
    hits = texts.search_text("beratung")
    assert [hit.id for hit in hits] == ["n5", "n1"]
    assert hits[0].rank < 0 == hits[1].rank
    assert [hit.id for hit in texts.search_text("beratung", limit=1)] == ["n5"]
    assert texts.search_text("beratung", limit=0) == []


def test_edited_removed_and_extra_texts_follow(texts: Vault, make_note: MakeNote) -> None:
    with texts.change("undo.test") as unit:
        unit.put(make_note("n1", "ganz anders"))
        unit.remove("observations", "n3")
        unit.add(Theme(id="k1", name="x", created_at=datetime(2026, 1, 1, tzinfo=UTC)))
        unit.index_text("themes", "k1", "Sprachlernkarte")
    assert not texts.search_text("größe")
    assert not texts.search_text("dreimal")
    assert [(hit.kind, hit.id) for hit in texts.search_text("sprachlern")] == [("themes", "k1")]
    with texts.change("undo.test") as unit:
        unit.remove("themes", "k1")
    assert not texts.search_text("sprachlern")
    texts.undo()
    assert texts.search_text("sprachlern")


def test_an_answer_from_ten_thousand_texts_takes_under_a_tenth_of_a_second(vault: Vault, fill: Fill) -> None:
    fill(vault)
    when = datetime(2026, 1, 1, tzinfo=UTC)
    with vault.change("test", undoable=False) as unit:
        for number in range(10_000):
            text = f"Satz {number} über Wohngeld, Anträge und Wartezeiten im Amt {number % 97}"
            unit.add(
                Segment(id=f"x{number}", transcript_id="t1", position=number, text=text, created_at=when)
            )
    for query in ("wohngeld", "antrag amt 96", "zeiten", "gibtesnicht"):
        started = time.perf_counter()
        hits = vault.search_text(query)
        taken = time.perf_counter() - started
        assert bool(hits) == (query != "gibtesnicht")
        assert taken < 0.1, (query, taken)
