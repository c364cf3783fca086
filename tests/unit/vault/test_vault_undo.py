from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer_app.domain.errors import InputRejectedError, NotFoundError
from explorer_app.domain.material import Observation
from explorer_app.domain.outcome import Action, Touched
from explorer_app.vault import KdfSettings, Passphrase, Vault
from explorer_app.vault.history import History

Fill = Callable[[Vault], None]
MakeNote = Callable[..., Observation]

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_STEP = st.lists(
    st.tuples(st.sampled_from(["put", "remove", "index"]), st.integers(0, 3), _TEXT), min_size=1, max_size=5
)


def state(vault: Vault) -> dict[str, Any]:
    """Everything that undo must bring back: rows and the index over them."""
    texts = vault._database.rows("SELECT kind, id, text FROM texts ORDER BY kind, id")
    words = vault._database.rows(
        "SELECT kind, id, body FROM texts JOIN words ON words.rowid = number ORDER BY kind, id"
    )
    return {"notes": vault.observations.list(order_by="id"), "texts": texts, "words": words}


def apply_step(vault: Vault, step: list[tuple[str, int, str]], make_note: MakeNote) -> None:
    with vault.change("undo.test_step", what="ein Schritt") as unit:
        for verb, number, text in step:
            note_id = f"n{number}"
            if verb == "put":
                unit.put(make_note(note_id, text, tags=(text,)))
            elif verb == "index":
                unit.index_text("themes", note_id, text)
            elif vault.observations.find(note_id) is not None:
                unit.remove("observations", note_id)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(_STEP, max_size=6))
def test_undo_and_redo_walk_through_exactly_the_states_that_were(
    steps: list[list[tuple[str, int, str]]], vault: Vault, fill: Fill, make_note: MakeNote
) -> None:
    if not vault.visits.count():
        fill(vault)
    vault._database.execute("DELETE FROM undo_steps")
    states = [state(vault)]
    for step in steps:
        apply_step(vault, step, make_note)
        if state(vault) != states[-1]:
            states.append(state(vault))
    for expected in reversed(states[:-1]):
        assert vault.undo() is not None
        assert state(vault) == expected
    assert vault.undo() is None
    for expected in states[1:]:
        assert vault.redo() is not None
        assert state(vault) == expected
    assert vault.redo() is None
    for _ in states[1:]:
        vault.undo()


def test_a_failing_unit_leaves_nothing_behind(vault: Vault, fill: Fill, make_note: MakeNote) -> None:
    fill(vault)
    before, label = state(vault), vault.undo_label()

    def fail() -> None:
        with vault.change("undo.test") as unit:
            unit.add(make_note("n1", "weg"))
            unit.remove("observations", "o1")
            unit.next_number("evidence")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert state(vault) == before
    assert vault.undo_label() == label
    assert not vault.search_text("weg")
    with vault.change("undo.test") as unit:
        assert unit.next_number("evidence") == 1


def test_changes_name_each_touched_thing_once(vault: Vault, fill: Fill, make_note: MakeNote) -> None:
    fill(vault)
    with vault.change("undo.test", title="Ä") as unit:
        unit.add(make_note("n1", "neu"))
        unit.put(make_note("n1", "neu und anders"))
        unit.put(make_note("o1", "geändert"))
        unit.remove("segments", "s2")
        unit.add(make_note("n2", "gleich wieder weg"))
        unit.remove(Observation, "n2")
        unit.put(vault.segments.get("s1"))
    assert unit.changes.touched == (
        Touched("observations", "n1", Action.ADDED),
        Touched("observations", "o1", Action.CHANGED),
        Touched("segments", "s2", Action.REMOVED),
    )
    assert unit.changes.label == "undo.test"
    assert unit.changes.values == {"title": "Ä"}
    undone = vault.undo()
    assert undone is not None
    assert set(undone.touched) == {
        Touched("observations", "n1", Action.REMOVED),
        Touched("observations", "o1", Action.CHANGED),
        Touched("segments", "s2", Action.ADDED),
    }


def test_undo_survives_a_restart_and_names_itself(
    vault: Vault, fill: Fill, make_note: MakeNote, passphrase: str
) -> None:
    fill(vault)
    with vault.change("undo.note_added", title="Frühdienst") as unit:
        unit.add(make_note("n1", "neu"))
    vault.close()
    with Vault.open(vault.folder, Passphrase(passphrase)) as opened:
        assert opened.undo_label() == ("undo.note_added", {"title": "Frühdienst"})
        assert opened.redo_label() is None
        opened.undo()
        assert opened.redo_label() == ("undo.note_added", {"title": "Frühdienst"})
        assert opened.observations.find("n1") is None


def test_undo_refuses_what_a_machine_changed_since_and_skips_that_step(
    vault: Vault, fill: Fill, make_note: MakeNote
) -> None:
    fill(vault)
    with vault.change("undo.first") as unit:
        unit.add(make_note("n1", "eins"))
    with vault.change("undo.second") as unit:
        unit.put(make_note("o1", "zwei"))
    with vault.change("machine", undoable=False) as unit:
        unit.put(replace(vault.observations.get("o1"), role="Pflege"))
    before = state(vault)
    with pytest.raises(InputRejectedError) as caught:
        vault.undo()
    assert caught.value.message_id == "vault.changed_since"
    assert state(vault) == before
    assert vault.undo_label() == ("undo.first", {})
    assert vault.undo() is not None


def test_undo_refuses_to_take_away_what_a_machine_has_built_upon(
    vault: Vault, fill: Fill, make_note: MakeNote
) -> None:
    fill(vault)
    transcript = replace(vault.transcripts.get("t1"), id="t2")
    with vault.change("undo.transcript_added") as unit:
        unit.add(transcript)
    with vault.change("machine", undoable=False) as unit:
        unit.add(replace(vault.segments.get("s1"), id="s9", transcript_id="t2"))
    with pytest.raises(InputRejectedError):
        vault.undo()
    assert vault.transcripts.get("t2") == transcript
    assert vault.segments.get("s9").transcript_id == "t2"


def test_a_new_step_ends_what_could_be_redone(vault: Vault, fill: Fill, make_note: MakeNote) -> None:
    fill(vault)
    vault.undo()
    fill(vault)
    assert vault.redo_label() is None


def test_history_is_bounded(vault: Vault, fill: Fill, make_note: MakeNote) -> None:
    fill(vault)
    vault._history = History(vault._database, kept=5)
    for number in range(9):
        with vault.change("undo.test", number=number) as unit:
            unit.put(make_note("o1", str(number)))
    undone = 0
    while vault.undo() is not None:
        undone += 1
    assert undone == 5
    assert vault.observations.get("o1").text == "3"
    assert vault._database.value("SELECT count(DISTINCT seq) FROM undo_images") == 5


def test_history_is_bounded_in_size_too(vault: Vault, fill: Fill, make_note: MakeNote) -> None:
    fill(vault)
    vault._history = History(vault._database, characters=10_000)
    for number in range(6):
        with vault.change("undo.test") as unit:
            unit.put(make_note("o1", f"{number}" * 2_000))
    with vault.change("undo.large") as unit:
        unit.put(make_note("o1", "x" * 50_000))
    assert vault._database.value("SELECT count(*) FROM undo_steps") == 1
    assert vault.undo() is not None
    assert vault.observations.get("o1").text == "5" * 2_000


def test_erased_things_leave_history_index_and_vectors(vault: Vault, fill: Fill, make_note: MakeNote) -> None:
    fill(vault)
    with vault.change("undo.note_added") as unit:
        unit.add(make_note("n1", "Erdbeerkuchen"))
        unit.index_text("observations", "n1", "Erdbeerkuchen")
    with vault.change("undo.erased") as unit:
        unit.erase("observations", "n1")
    assert not vault.search_text("Erdbeerkuchen")
    images = vault._database.rows("SELECT before, after FROM undo_images")
    assert not any("Erdbeerkuchen" in str(image) for image in images)


def test_links_are_checked_at_the_end_of_the_unit(vault: Vault, fill: Fill) -> None:
    fill(vault)
    with pytest.raises(InputRejectedError) as caught, vault.change("undo.test") as unit:
        unit.remove("visits", "v1")
    assert caught.value.message_id == "vault.still_linked"
    with vault.change("undo.test") as unit:
        unit.remove("visits", "v1")
        unit.remove("observations", "o1")
        for number in range(3):
            unit.remove("segments", f"s{number}")
        unit.remove("transcripts", "t1")
    assert vault.visits.count() == 0
    vault.undo()
    assert vault.segments.count(transcript_id="t1") == 3


def test_adding_twice_and_removing_nothing_are_refused(vault: Vault, fill: Fill, make_note: MakeNote) -> None:
    fill(vault)
    with pytest.raises(InputRejectedError), vault.change("undo.test") as unit:
        unit.add(make_note("o1", "noch einmal"))
    with pytest.raises(NotFoundError), vault.change("undo.test") as unit:
        unit.remove("observations", "nie")
    with pytest.raises(NotFoundError):
        vault.observations.get("nie")


def test_a_unit_cannot_be_used_after_its_end_nor_inside_another(
    vault: Vault, fill: Fill, make_note: MakeNote
) -> None:
    fill(vault)
    with vault.change("undo.test") as unit, pytest.raises(RuntimeError), vault.change("undo.inner"):
        pass
    with pytest.raises(RuntimeError):
        unit.put(make_note("n1", "zu spät"))


def test_numbers_are_never_given_out_twice(vault: Vault, fill: Fill, make_note: MakeNote) -> None:
    fill(vault)
    with vault.change("undo.test") as unit:
        unit.add(make_note("n1", "x"))
        assert [unit.next_number("evidence") for _ in range(3)] == [1, 2, 3]
    vault.undo()
    with vault.change("undo.test") as unit:
        assert unit.next_number("evidence") == 4
        assert unit.next_number("other") == 1


def test_old_images_are_undone_after_a_migration(
    tmp_path: Path, old_vaults: Any, fixtures_folder: Path, cheap: KdfSettings
) -> None:
    folder = tmp_path / "alt.exploration"
    shutil.copytree(fixtures_folder / "vaults" / "schema-1", folder)
    with Vault.open(folder, Passphrase(old_vaults.PASSPHRASE)) as vault:
        assert vault.undo_label() == ("undo.note_added", {})
        vault.undo()
        assert vault.observations.count() == vault.evidence.count() == 0
        vault.redo()
        assert vault.evidence.get("e1").label == "B-001"
