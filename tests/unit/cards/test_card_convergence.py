"""Random edits on several replicas, merged in any order, end in the same text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from explorer_app.cards.document import CardDocument
from explorer_app.cards.order import between, is_place, spread
from explorer_app.cards.text_edits import clusters, edits

PIECES = [
    *("a", "ß", "Ä", "u\u0308", "é", "e\u0301\u0323", " ", "\n", "水", "\U0001d518"),
    *("😀", "👩🏽‍⚕️", "👨‍👩‍👧", "🇩🇪", "🇩", "\u200d", "\ufe0f"),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
ACTIONS = st.tuples(
    st.sampled_from(["text", "text", "text", "choice", "add", "change", "remove", "move", "undo", "merge"]),
    st.integers(0, 2),
    st.integers(0, 12),
    st.integers(0, 12),
    TEXTS,
)


def act(cards: list[CardDocument], kept: list[dict], action: tuple[str, int, int, int, str]) -> None:  # type: ignore[type-arg]
    kind, who, at, to, text = action
    card = cards[who % len(cards)]
    items = card.values()["risks"]
    assert isinstance(items, list)
    if kind == "text":
        key = ("title", "problem")[at % 2]
        now = clusters(str(card.values()[key]))
        low, high = sorted((min(at, len(now)), min(to, len(now))))
        card.set_text(key, "".join(now[:low]) + text + "".join(now[high:]))
    elif kind == "choice":
        card.set_choice("needs_ai", (None, "yes", "no")[at % 3])
    elif kind == "add":
        card.add_item("risks", {"text": text}, index=at)
    elif kind == "change" and items:
        card.update_item("risks", items[at % len(items)]["id"], {"text": text})
    elif kind == "remove" and items:
        card.remove_item("risks", items[at % len(items)]["id"])
    elif kind == "move" and items:
        card.move_item("risks", items[at % len(items)]["id"], to)
    elif kind == "undo":
        card.apply_values(kept[at % len(kept)])
    elif kind == "merge":
        card.merge(cards[at % len(cards)].to_bytes())
    kept.append(card.values())


@settings(max_examples=300, deadline=None)
@given(start=TEXTS, replicas=st.integers(2, 3), actions=st.lists(ACTIONS, max_size=25), data=st.data())
def test_replicas_converge_whatever_the_order(start: str, replicas: int, actions, data) -> None:  # type: ignore[no-untyped-def]
    base = CardDocument.new(
        {"title": start, "problem": "Übergabe 😀", "risks": [{"text": "a"}, {"text": "ä"}]}
    )
    cards = [CardDocument.from_bytes(base.to_bytes()) for _ in range(replicas)]
    kept = [base.values()]
    for action in actions:
        act(cards, kept, action)
    updates = [card.to_bytes() for card in cards]
    for card in cards:
        for update in data.draw(st.permutations([*updates, updates[0]])):
            card.merge(update)
    hashes = {card.text_hash() for card in cards}
    assert len(hashes) == 1
    assert {CardDocument.from_bytes(card.to_bytes()).text_hash() for card in cards} == hashes


@settings(max_examples=400, deadline=None)
@given(old=TEXTS, new=TEXTS)
def test_edits_turn_the_old_text_into_the_new_one(old: str, new: str) -> None:
    data = bytearray(old.encode())
    for edit in edits(old, new):
        data[edit.at : edit.at + edit.removed] = edit.inserted.encode()
    assert data.decode() == new
    card = CardDocument.new({"title": old})
    card.set_text("title", new)
    assert card.values()["title"] == new


@given(TEXTS)
def test_clusters_joined_are_the_text(text: str) -> None:
    assert "".join(clusters(text)) == text


def test_what_people_see_as_one_character_stays_whole() -> None:
    assert clusters("u\u0308👩🏽‍⚕️🇩🇪🇫🇷é\r\n") == ["u\u0308", "👩🏽‍⚕️", "🇩🇪", "🇫🇷", "é", "\r\n"]


def test_one_changed_word_in_a_long_text_is_one_small_edit() -> None:
    old = "Die Pflegekraft schreibt. " * 200 + "😀 Ende"
    new = old.replace("schreibt", "diktiert", 120).replace("Ende", "Anfang")
    assert sum(edit.removed for edit in edits(old, new)) < len(old.encode()) // 2


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=60))
def test_there_is_always_room_between_two_places(positions: list[int]) -> None:
    places: list[str] = []
    for position in positions:
        at = position % (len(places) + 1)
        place = between(places[at - 1] if at else "", places[at] if at < len(places) else None)
        assert is_place(place)
        places.insert(at, place)
    assert places == sorted(set(places))


@given(st.integers(1, 400))
def test_spread_places_are_in_order(count: int) -> None:
    places = spread(count)
    assert len(places) == count
    assert places == sorted(set(places))
    assert all(is_place(place) for place in places)
