"""Idea cards in the vault: each is a document that several people can edit and merge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from explorer_app.cards.document import CardDocument
from explorer_app.cards.schema import BY_KEY, FieldKind
from explorer_app.domain.errors import InputRejectedError
from explorer_app.domain.ids import new_id
from explorer_app.domain.outcome import Changes, IdeaCard
from explorer_app.services.session import Session
from explorer_app.vault import Unit


def stored_card(
    session: Session,
    document: CardDocument,
    *,
    cluster_id: str | None = None,
    candidate_id: str | None = None,
    evidence_ids: tuple[str, ...] = (),
) -> IdeaCard:
    """Return a new card row for a document."""
    values = document.values()
    return IdeaCard(
        id=new_id(),
        title=str(values.get("title") or ""),
        status=str(values.get("status") or "idea"),
        document=document.to_bytes(),
        text_hash=document.text_hash(),
        cluster_id=cluster_id,
        candidate_id=candidate_id,
        evidence_ids=evidence_ids,
        updated_at=session.now(),
        created_at=session.now(),
    )


def new_card(session: Session, title: str, *, cluster_id: str | None = None) -> tuple[IdeaCard, Changes]:
    """Create an empty card with a title.

    Raises:
        InputRejectedError: If the title is empty.
    """
    if not title.strip():
        raise InputRejectedError("input.empty_title")
    document = CardDocument.new({"title": title.strip(), "status": "idea"})
    card = stored_card(session, document, cluster_id=cluster_id)
    with session.vault.change("undo.card_created", title=card.title) as unit:
        unit.add(card)
        _index(unit, card, document)
    return card, unit.changes


def document_of(session: Session, card_id: str) -> CardDocument:
    """Return the document of a card."""
    return CardDocument.from_bytes(session.vault.cards.get(card_id).document)


def set_field(session: Session, card_id: str, field: str, value: str) -> Changes:
    """Set a text, a choice, or a whole list (one line an item) of a card.

    Raises:
        InputRejectedError: If the field does not exist or does not take the value.
    """
    schema = BY_KEY.get(field)
    if schema is None:
        raise InputRejectedError("cards.unknown_field", field=field)

    def write(document: CardDocument) -> None:
        if schema.kind is FieldKind.TEXT:
            document.set_text(field, value)
        elif schema.kind is FieldKind.CHOICE:
            document.set_choice(field, _number(value) if schema.number and value else value)
        else:
            first = next(iter(schema.parts or {"text": ()}))
            lines = [line.strip() for line in value.splitlines() if line.strip()]
            document.apply_values({field: [{first: line} for line in lines]})

    return edit_card(session, card_id, write)


def edit_card(session: Session, card_id: str, write: Callable[[CardDocument], None]) -> Changes:
    """Run `write` on the document of a card and store the result as one undoable step."""
    card = session.vault.cards.get(card_id)
    document = CardDocument.from_bytes(card.document)
    write(document)
    with session.vault.change("undo.card_edited", title=card.title) as unit:
        put_document(session, unit, card, document)
    return unit.changes


def put_document(session: Session, unit: Unit, card: IdeaCard, document: CardDocument) -> IdeaCard:
    """Store a changed document within a running change."""
    values = document.values()
    changed = replace(
        card,
        title=str(values.get("title") or card.title),
        status=str(values.get("status") or card.status),
        document=document.to_bytes(),
        text_hash=document.text_hash(),
        updated_at=session.now(),
    )
    unit.put(changed)
    _index(unit, changed, document)
    return changed


def _index(unit: Unit, card: IdeaCard, document: CardDocument) -> None:
    texts: list[str] = []
    for value in document.values().values():
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, list):
            texts += [text for item in value for key, text in item.items() if key != "id"]
    unit.index_text("cards", card.id, "\n".join(text for text in texts if text))


def _number(value: str) -> float:
    try:
        return float(value.replace(",", "."))
    except ValueError as error:
        raise InputRejectedError("input.not_a_number", value=value) from error
