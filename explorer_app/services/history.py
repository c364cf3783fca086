"""Undo and redo across the app, named by the core."""

from __future__ import annotations

from dataclasses import replace

from explorer_app.cards.document import CardDocument
from explorer_app.domain.outcome import Changes, IdeaCard
from explorer_app.services.session import Session
from explorer_app.vault import Carry


def undo(session: Session) -> Changes | None:
    """Take back the last step; None if there is none.

    Raises:
        InputRejectedError: Something it touched was changed since by what cannot be undone.
    """
    return session.vault.undo({"cards": _CARD})


def redo(session: Session) -> Changes | None:
    """Do the step again that was taken back last; None if there is none.

    Raises:
        InputRejectedError: As for `undo`.
    """
    return session.vault.redo({"cards": _CARD})


def _carry_card(current: IdeaCard, wanted: IdeaCard) -> IdeaCard:
    """Bring back a card's words as a new edit.

    The document itself never goes back: other people's copies hold the edit that is undone, and
    merging with them would bring it back or double it.
    """
    document = CardDocument.from_bytes(current.document)
    goal = CardDocument.from_bytes(wanted.document)
    document.apply_values(goal.values(), machine=goal.machine_fields())
    return replace(wanted, document=document.to_bytes(), text_hash=document.text_hash())


_CARD = Carry(apart=frozenset({"document", "updated_at"}), write=_carry_card)
