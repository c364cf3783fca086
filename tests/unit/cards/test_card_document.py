from __future__ import annotations

from pathlib import Path

import pytest
from pycrdt import Doc, Map, Text

from explorer_app.cards.document import MAX_BYTES, CardDocument
from explorer_app.cards.schema import FIELDS, MAX_ITEMS, MAX_TEXT, FieldKind
from explorer_app.domain.errors import InputRejectedError, NotFoundError
from explorer_app.texts import Texts

ROOT = Path(__file__).resolve().parents[3]


def texts_of(card: CardDocument, key: str) -> list[str]:
    value = card.values()[key]
    assert isinstance(value, list)
    return [item["text"] for item in value]


def ids_of(card: CardDocument, key: str) -> list[str]:
    value = card.values()[key]
    assert isinstance(value, list)
    return [item["id"] for item in value]


def test_a_new_card_knows_every_field_and_is_empty() -> None:
    card = CardDocument.new()
    assert set(card.values()) == {field.key for field in FIELDS}
    completeness = card.completeness()
    assert completeness.filled == 0
    assert len(completeness.missing) == completeness.total > 10


def test_a_card_reads_the_same_after_being_stored() -> None:
    card = CardDocument.new(
        {
            "title": "Übergabe am Bett 👩🏽‍⚕️",
            "needs_ai": "no",
            "effort_months": 3.5,
            "risks": [{"text": "Zahlen falsch"}, {"text": "Gerät weg"}],
        },
        machine=["title", "risks"],
    )
    again = CardDocument.from_bytes(card.to_bytes())
    assert again.values() == card.values()
    assert again.text_hash() == card.text_hash()
    assert again.machine_fields() == ("title", "risks")
    assert again.completeness().filled == 4


def test_two_people_editing_one_sentence_apart_keep_both_edits() -> None:
    base = CardDocument.new({"problem": "Die Pflegekräfte schreiben alles öfter auf."})
    one, two = (CardDocument.from_bytes(base.to_bytes()) for _ in range(2))
    one.set_text("problem", "Die Pflegekräfte schreiben alles viermal öfter auf.")
    two.set_text("problem", "Die müden Pflegekräfte 😴 schreiben alles öfter auf.")
    one.merge(two.to_bytes())
    two.merge(one.to_bytes())
    assert one.values()["problem"] == "Die müden Pflegekräfte 😴 schreiben alles viermal öfter auf."
    assert one.text_hash() == two.text_hash()


def test_merging_names_the_fields_that_changed_and_doubles_nothing() -> None:
    one = CardDocument.new({"title": "Eins", "risks": [{"text": "a"}]})
    two = CardDocument.from_bytes(one.to_bytes())
    two.set_text("title", "Zwei")
    two.add_item("risks", {"text": "b"})
    assert one.merge(two.to_bytes()) == ("title", "risks")
    assert one.merge(two.to_bytes()) == ()
    assert texts_of(one, "risks") == ["a", "b"]


def test_items_move_and_come_and_go_by_id() -> None:
    card = CardDocument.new({"today": [{"text": t} for t in "abcd"]})
    a, b, _, d = ids_of(card, "today")
    card.move_item("today", d, 0)
    card.move_item("today", a, 99)
    assert texts_of(card, "today") == ["d", "b", "c", "a"]
    card.remove_item("today", b)
    card.update_item("today", d, {"text": "D"})
    card.add_item("today", {"text": "ü"}, index=1)
    assert texts_of(card, "today") == ["D", "ü", "c", "a"]


def test_one_moves_an_item_while_the_other_rewrites_it() -> None:
    one = CardDocument.new({"today": [{"text": t} for t in "abc"]})
    two = CardDocument.from_bytes(one.to_bytes())
    item = ids_of(one, "today")[2]
    one.move_item("today", item, 0)
    two.update_item("today", item, {"text": "c, aber später"})
    one.merge(two.to_bytes())
    two.merge(one.to_bytes())
    assert texts_of(one, "today") == texts_of(two, "today") == ["c, aber später", "a", "b"]


def test_a_thousand_moves_to_the_same_gap_keep_the_order_right() -> None:
    card = CardDocument.new({"today": [{"text": t} for t in "abc"]})
    order = ids_of(card, "today")
    for _ in range(1000):
        card.move_item("today", order[2], 1)
        order = [order[0], order[2], order[1]]
        assert ids_of(card, "today") == order


def test_a_persons_edit_takes_the_machines_mark_away() -> None:
    card = CardDocument.new({"idea": "vom Rechner", "bias": "auch"}, machine=["idea", "bias"])
    card.set_text("idea", "von mir")
    assert card.machine_fields() == ("bias",)
    card.set_text("idea", "wieder vom Rechner", machine=True)
    assert card.machine_fields() == ("idea", "bias")


def test_undo_sets_back_what_differs_and_brings_an_item_back_as_itself() -> None:
    card = CardDocument.new(
        {"title": "Vorher", "status": "idea", "risks": [{"text": "a"}, {"text": "b"}]}, machine=["title"]
    )
    before, marks, fingerprint = card.values(), card.machine_fields(), card.text_hash()
    card.set_text("title", "Nachher")
    card.set_choice("status", "pilot")
    card.remove_item("risks", ids_of(card, "risks")[0])
    card.add_item("risks", {"text": "c"}, index=0)
    card.apply_values(before, machine=marks)
    assert card.values() == before
    assert card.text_hash() == fingerprint


def test_applying_values_without_marks_clears_only_those_of_changed_fields() -> None:
    card = CardDocument.new({"idea": "x", "bias": "y"}, machine=["idea", "bias"])
    card.apply_values({"idea": "neu", "bias": "y"})
    assert card.machine_fields() == ("bias",)


def test_a_deleted_name_is_not_in_the_stored_bytes() -> None:
    card = CardDocument.new({"problem": "Frau Kanarienvogel schreibt alles doppelt."})
    item = card.add_item("risks", {"text": "Herr Zaunkönig ist dagegen"})
    card.set_text("problem", "Eine Pflegekraft schreibt alles doppelt.")
    card.update_item("risks", item, {"text": "Jemand ist dagegen"})
    card.set_choice("pattern", "zaunkoenig")
    card.set_choice("pattern", None)
    stored = card.to_bytes()
    for word in ("Kanarien", "Zaunk", "zaunk"):
        assert word.encode() not in stored


def test_a_deleted_name_stays_away_after_a_merge() -> None:
    one = CardDocument.new({"problem": "Frau Kanarienvogel schreibt."})
    two = CardDocument.from_bytes(one.to_bytes())
    two.set_text("problem", "Jemand schreibt.")
    one.merge(two.to_bytes())
    assert b"Kanarien" not in one.to_bytes()


@pytest.mark.parametrize("data", [b"", b"\0", b"\xff" * 40, b"keine Karte", b"PK\x03\x04" + b"\0" * 50])
def test_foreign_bytes_are_refused_with_one_sentence(data: bytes) -> None:
    card = CardDocument.new({"title": "bleibt"})
    with pytest.raises(InputRejectedError) as caught:
        card.merge(data)
    assert caught.value.message_id == "cards.unreadable"
    assert card.values()["title"] == "bleibt"


def test_every_cut_and_flip_of_a_card_is_refused_or_harmless() -> None:
    card = CardDocument.new({"title": "Übergabe 😀", "risks": [{"text": "a"}], "needs_ai": "yes"})
    data = card.to_bytes()
    before = card.values()
    damaged = [data[:cut] for cut in range(len(data))]
    damaged += [
        data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :] for at in range(len(data)) for bit in (1, 128)
    ]
    for foreign in damaged:
        mine = CardDocument.from_bytes(data)
        try:
            mine.merge(foreign)
        except InputRejectedError:
            assert mine.values() == before
        else:
            mine.text_hash()


def test_a_huge_update_is_refused_before_it_is_read() -> None:
    with pytest.raises(InputRejectedError) as caught:
        CardDocument.from_bytes(b"\0" * (MAX_BYTES + 1))
    assert caught.value.message_id == "cards.too_large"


def test_a_document_with_what_no_field_may_hold_is_refused() -> None:
    def bytes_with(change: str) -> bytes:
        doc: Doc[object] = Doc()
        with doc.transaction():
            if change == "choice":
                doc.get("choices", type=Map)["needs_ai"] = "vielleicht"
            if change == "long":
                doc.get("t.title", type=Text).insert(0, "x" * (MAX_TEXT + 1))
            if change == "embedded":
                doc.get("t.title", type=Text).insert_embed(0, {"image": "x"})
            if change == "items":
                items = doc.get("l.risks", type=Map)
                for number in range(MAX_ITEMS + 1):
                    items[f"i{number}"] = Map({"text": "x", "place": "V"})
        return doc.get_update()

    for change in ("choice", "long", "embedded", "items"):
        with pytest.raises(InputRejectedError):
            CardDocument.from_bytes(bytes_with(change))


def test_foreign_places_of_any_kind_still_leave_a_list_that_can_be_ordered() -> None:
    doc: Doc[object] = Doc()
    with doc.transaction():
        items = doc.get("l.risks", type=Map)
        for number, place in enumerate(["", "V", "V", "ä", 7, "0", "z" * 500]):
            items[f"i{number}"] = Map({"text": str(number), "place": place})
    card = CardDocument.from_bytes(doc.get_update())
    order = ids_of(card, "risks")
    for index in range(len(order)):
        card.move_item("risks", order[0], index)
        card.move_item("risks", order[0], len(order))
        card.move_item("risks", order[0], index)
        assert ids_of(card, "risks") == [*order[1 : index + 1], order[0], *order[index + 1 :]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: c.set_text("gibtsnicht", "x"), "cards.unknown_field"),
        (lambda c: c.set_text("status", "x"), "cards.unknown_field"),
        (lambda c: c.set_text("title", "x" * (MAX_TEXT + 1)), "cards.text_too_long"),
        (lambda c: c.set_text("title", "halb \ud83d"), "cards.not_text"),
        (lambda c: c.set_choice("needs_ai", "vielleicht"), "cards.bad_choice"),
        (lambda c: c.set_choice("effort_months", -1), "cards.bad_choice"),
        (lambda c: c.set_choice("effort_months", float("nan")), "cards.bad_choice"),
        (lambda c: c.set_choice("next_step_on", "morgen"), "cards.bad_choice"),
        (lambda c: c.add_item("data", {"exists": "ja"}), "cards.bad_choice"),
        (lambda c: c.add_item("risks", {"wer": "x"}), "cards.unknown_field"),
        (lambda c: c.apply_values({"title": "neu", "risks": [{"id": "1"}, {"id": "1"}]}), "cards.bad_choice"),
    ],
)
def test_wrong_input_changes_nothing_and_has_a_sentence(call, message: str) -> None:  # type: ignore[no-untyped-def]
    card = CardDocument.new({"title": "bleibt"})
    before = card.text_hash()
    with pytest.raises(InputRejectedError) as caught:
        call(card)
    assert caught.value.message_id == message
    assert card.text_hash() == before
    for language in ("de", "en"):
        assert Texts(language).error(caught.value) != message


def test_an_item_that_is_gone_is_named() -> None:
    with pytest.raises(NotFoundError):
        CardDocument.new().move_item("risks", "weg", 0)


def test_every_field_part_and_option_has_a_label_in_both_languages() -> None:
    keys = [f"cards.field.{field.key}" for field in FIELDS]
    for field in FIELDS:
        keys += [f"cards.option.{field.key}.{option}" for option in field.options]
        if field.kind is FieldKind.LIST and field.parts is not None and set(field.parts) != {"text"}:
            keys += [f"cards.part.{field.key}.{part}" for part in field.parts]
            keys += [
                f"cards.option.{field.key}.{part}.{option}"
                for part, options in field.parts.items()
                for option in options
            ]
    for language in ("de", "en"):
        assert [key for key in keys if Texts(language)(key) == key] == []


def test_only_the_document_module_touches_the_crdt_library() -> None:
    found = [
        path.relative_to(ROOT).as_posix()
        for top in ("analysis", "explorer_app", "ui")
        for path in sorted((ROOT / top).rglob("*.py"))
        if "pycrdt" in path.read_text(encoding="utf-8")
    ]
    assert found == ["explorer_app/cards/document.py"]
