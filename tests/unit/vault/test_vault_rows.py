from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from explorer_app.domain.errors import DamagedError, InputRejectedError
from explorer_app.domain.fieldwork import Consent, Exploration, Participant, Visit
from explorer_app.domain.material import Observation, Recording, Segment, Transcript, Word
from explorer_app.domain.outcome import Brief, IdeaCard, Job
from explorer_app.vault import Vault
from explorer_app.vault.repository import KINDS
from explorer_app.vault.rows import from_row, row_from_json, row_to_json, to_row

Fill = Callable[[Vault], None]
MakeNote = Callable[..., Observation]

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
_JSON = st.dictionaries(
    _TEXT,
    st.none() | st.booleans() | st.integers(-(2**50), 2**50) | _TEXT | st.lists(_TEXT, max_size=3),
    max_size=4,
)
_VALUES: dict[Any, st.SearchStrategy[Any]] = {
    "options": _JSON,
    "message_values": _JSON,
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_has_a_column(vault: Vault, kind: str) -> None:
    stored = {column.name for column in vault._database.tables.table(kind).columns}
    assert stored == {field.name for field in dataclasses.fields(KINDS[kind])}


@pytest.mark.parametrize(
    "cls", [Exploration, Visit, Consent, Observation, Recording, Transcript, Segment, IdeaCard, Brief, Job]
)
@given(data=st.data())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
def test_a_thing_comes_back_from_its_row_as_it_was(cls: type, data: st.DataObject) -> None:
    own = {f.name: _VALUES[f.name] for f in dataclasses.fields(cls) if f.name in _VALUES}
    thing = data.draw(st.builds(cls, **own))
    try:
        row = to_row(thing)
    except InputRejectedError:
        assume(False)
    assert all(value is None or type(value) in (int, float, str, bytes) for value in row.values())
    assert from_row(cls, row) == thing
    assert row_from_json(row_to_json(row)) == row


def test_rows_survive_the_database(vault: Vault, fill: Fill) -> None:
    fill(vault)
    words = (Word(start=0.25, end=0.5, text="Größe 🙂", confidence=0.1 + 0.2),)
    segment = dataclasses.replace(
        vault.segments.get("s0"), words=words, start=0.1, confirmed_at=datetime(2026, 1, 1, 12, tzinfo=UTC)
    )
    card = IdeaCard(
        id="k1",
        title="",
        status="draft",
        document=bytes(range(256)),
        text_hash="",
        updated_at=segment.created_at,
        created_at=segment.created_at,
    )
    with vault.change("undo.test") as unit:
        unit.put(segment)
        unit.add(card)
    assert vault.segments.get("s0") == segment
    assert vault.cards.get("k1") == card
    vault.undo()
    vault.redo()
    assert vault.cards.get("k1") == card


@pytest.mark.parametrize(
    "values",
    [
        {"text": "\ud800"},
        {"minutes": float("nan")},
        {"minutes": float("inf")},
        {"revision": 2**64},
        {"tags": ("\ud800",)},
    ],
)
def test_what_cannot_be_stored_is_refused_and_nothing_is_lost(
    vault: Vault, fill: Fill, make_note: MakeNote, values: dict[str, Any]
) -> None:
    fill(vault)
    note = dataclasses.replace(make_note("n1", "gut"), **values)
    with pytest.raises(InputRejectedError), vault.change("undo.test") as unit:
        unit.add(note)
    assert vault.observations.count() == 1


def test_lists_are_filtered_and_ordered(vault: Vault, fill: Fill, make_note: MakeNote) -> None:
    fill(vault)
    with vault.change("undo.test") as unit:
        for number in (3, 1, 2):
            unit.add(make_note(f"n{number}", "x", minutes=float(number), interruption=number == 2))
    notes = vault.observations
    assert [n.id for n in notes.list(order_by="-minutes", text="x")] == ["n3", "n2", "n1"]
    assert [n.id for n in notes.list(order_by="minutes", limit=2, text="x")] == ["n1", "n2"]
    assert notes.count(interruption=True) == 1
    assert notes.count(minutes=None) == 1
    assert notes.count(id=("n1", "o1", "nie")) == 2
    assert notes.count(id=[]) == 0
    assert list(notes.get_many(["n2", "nie", "o1", "n2"])) == ["n2", "o1"]
    with pytest.raises(KeyError):
        notes.list(order_by="id; DROP TABLE segments")
    with pytest.raises(KeyError):
        notes.list(**{"1=1 --": 1})


def test_vectors_come_back_and_go_with_their_text(vault: Vault, fill: Fill, make_note: MakeNote) -> None:
    fill(vault)
    first, second = np.linspace(-1, 1, 384, dtype=np.float32), np.zeros(3, np.float32)
    vault.vectors.put("e5", "observations", {"o1": ("h1", first)})
    vault.vectors.put("e5", "segments", {"s0": ("h2", second), "s1": ("h3", second)})
    loaded = vault.vectors.load("e5", "observations")
    assert loaded["o1"][0] == "h1"
    np.testing.assert_array_equal(loaded["o1"][1], first)
    assert loaded["o1"][1].dtype == np.float32
    assert vault.vectors.load("other", "observations") == {}
    with vault.change("undo.test") as unit:
        unit.put(dataclasses.replace(vault.observations.get("o1"), role="Leitung"))
    assert set(vault.vectors.load("e5", "observations")) == {"o1"}
    with vault.change("undo.test") as unit:
        unit.put(make_note("o1", "anders"))
        unit.remove("segments", "s0")
    assert vault.vectors.load("e5", "observations") == {}
    assert set(vault.vectors.load("e5", "segments")) == {"s1"}


def test_real_names_stand_apart_and_settings_keep_json(vault: Vault, fill: Fill) -> None:
    fill(vault)
    with pytest.raises(InputRejectedError):
        vault.pseudonyms.set("nie", "Erika")
    with vault.change("undo.test") as unit:
        unit.add(
            Participant(
                id="p1", facility_id="f1", pseudonym="Linde", created_at=datetime(2026, 1, 1, tzinfo=UTC)
            )
        )
        unit.add(
            Participant(
                id="p2", facility_id="f1", pseudonym="Esche", created_at=datetime(2026, 1, 1, tzinfo=UTC)
            )
        )
    vault.pseudonyms.set("p1", "Erika Müller-Lüdenscheidt")
    assert vault.pseudonyms.get("p1") == "Erika Müller-Lüdenscheidt"
    assert vault.pseudonyms.get("p2") is None
    sealed = vault._database.value("SELECT sealed FROM pseudonyms")
    assert b"Erika" not in sealed
    vault._database.execute("INSERT INTO pseudonyms VALUES ('p2', ?)", (sealed,))
    with pytest.raises(DamagedError):
        vault.pseudonyms.get("p2")
    with vault.change("undo.test") as unit:
        unit.remove("participants", "p1")
    assert vault.pseudonyms.get("p1") is None
    assert vault.settings.get("fehlt", 7) == 7
    vault.settings.put("ö", {"a": [1, None, "ß"]})
    assert vault.settings.get("ö") == {"a": [1, None, "ß"]}


def test_threads_wait_for_each_other(vault: Vault, fill: Fill, make_note: MakeNote) -> None:
    fill(vault)
    problems: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for number in range(25):
                with vault.change("undo.test") as unit:
                    unit.add(make_note(f"{name}{number}", "x"))
                vault.observations.list(text="x")
                vault.search_text("x")
        except BaseException as error:  # noqa: BLE001 - shown below
            problems.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert vault.observations.count(text="x") == 100
