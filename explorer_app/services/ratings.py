"""Ratings of idea cards by the criteria of the board."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from statistics import median
from typing import cast

from explorer_app.domain.errors import InputRejectedError
from explorer_app.domain.findings import Rating
from explorer_app.domain.ids import new_id
from explorer_app.domain.outcome import Changes
from explorer_app.services.session import Session
from explorer_app.texts import resource


@functools.cache
def criteria() -> tuple[dict[str, object], ...]:
    """Return the criteria as they stand in the resources, in order."""
    loaded = json.loads(resource("criteria", "criteria.json").read_text("utf-8"))
    return tuple(loaded["criteria"])


def criterion_keys() -> tuple[str, ...]:
    """Return the keys of the criteria, in order."""
    return tuple(str(criterion["key"]) for criterion in criteria())


def criterion_title(key: str, language: str) -> str:
    """Return the title of a criterion."""
    for criterion in criteria():
        if criterion["key"] == key:
            titles = cast(dict[str, str], criterion["title"])
            return titles.get(language) or titles["de"]
    raise InputRejectedError("input.unknown_choice", value=key, known=", ".join(criterion_keys()))


@dataclass(frozen=True, slots=True)
class Score:
    """What the raters say on one criterion; `median` is None when nobody is sure."""

    key: str
    median: float | None
    low: int | None
    high: int | None
    raters: int
    reasons: tuple[str, ...]


def rate(
    session: Session, card_id: str, criterion: str, rater: str, score: int | None, reason: str = ""
) -> tuple[Rating, Changes]:
    """Note a rating; a second one by the same person on the same criterion replaces the first.

    Raises:
        InputRejectedError: If the criterion is unknown, the score is not 1 to 5 or nobody rates.
    """
    card = session.vault.cards.get(card_id)
    if criterion not in criterion_keys():
        raise InputRejectedError("input.unknown_choice", value=criterion, known=", ".join(criterion_keys()))
    if score is not None and not 1 <= score <= 5:
        raise InputRejectedError("rating.out_of_range", score=score)
    if not rater.strip():
        raise InputRejectedError("input.empty_name")
    rating = Rating(
        id=new_id(),
        card_id=card.id,
        criterion_key=criterion,
        rater=rater.strip(),
        score=score,
        reason=reason.strip(),
        created_at=session.now(),
    )
    with session.vault.change("undo.rated", title=card.title) as unit:
        for old in session.vault.ratings.list(card_id=card.id, criterion_key=criterion, rater=rating.rater):
            unit.remove("ratings", old.id)
        unit.add(rating)
    return rating, unit.changes


def scores(session: Session, card_id: str) -> tuple[Score, ...]:
    """Return median and spread for each criterion, in the order of the criteria."""
    ratings = session.vault.ratings.list(card_id=card_id)
    result = []
    for key in criterion_keys():
        on_key = [rating for rating in ratings if rating.criterion_key == key]
        sure = [rating.score for rating in on_key if rating.score is not None]
        result.append(
            Score(
                key=key,
                median=float(median(sure)) if sure else None,
                low=min(sure, default=None),
                high=max(sure, default=None),
                raters=len(on_key),
                reasons=tuple(rating.reason for rating in on_key if rating.reason),
            )
        )
    return tuple(result)
