"""The words of a brief that come from the card, the pattern and the ratings."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from explorer_app.cards.schema import CardValues
from explorer_app.domain.brief_content import BriefCriterion, BriefLight, Light
from explorer_app.domain.errors import NotFoundError
from explorer_app.domain.outcome import IdeaCard
from explorer_app.services import ratings
from explorer_app.services.candidates import pattern as library_pattern
from explorer_app.services.candidates import reasons_without_evidence
from explorer_app.services.session import Session
from explorer_app.texts import Texts

_EXISTS = {"yes": Light.GREEN, "partly": Light.AMBER, "no": Light.RED}
_KI_ACT = {
    "minimal": Light.GREEN,
    "transparency": Light.AMBER,
    "high": Light.RED,
    "prohibited": Light.RED,
}
_ASKED = {"asked": Light.GREEN, "not_needed": Light.GREEN, "not_asked": Light.AMBER}


@dataclass(frozen=True, slots=True)
class CardWords:
    """Reads a card's values for the brief; what is not filled in is an empty text."""

    values: CardValues
    t: Texts
    drafted: Collection[str] = ()

    def text(self, key: str) -> str:
        """Return a text or choice."""
        value = self.values.get(key)
        return value.strip() if isinstance(value, str) else ""

    def items(self, key: str) -> tuple[str, ...]:
        """Return the texts of a list."""
        return tuple(item["text"] for item in self._list(key) if item.get("text", "").strip())

    def effort(self) -> str:
        """Return the months to a first usable version, with the note beside."""
        months = self.values.get("effort_months")
        stated = self.t("brief.months", n=round(months)) if isinstance(months, int | float) else ""
        return " – ".join(part for part in (stated, self.text("effort_note")) if part)

    def open_source(self) -> str:
        """Return whether the result can be open source, with the note beside."""
        choice = self.text("open_source")
        answer = self.t(f"cards.option.open_source.{choice}") if choice else ""
        return " – ".join(part for part in (answer, self.text("open_source_note")) if part)

    def lights(self) -> tuple[BriefLight, ...]:
        """Return data, data protection, KI-Verordnung and co-determination as traffic lights."""
        lights = [
            BriefLight(
                title=item.get("name", ""),
                light=_EXISTS.get(item.get("exists", ""), Light.UNKNOWN),
                answer=self._data_answer(item),
            )
            for item in self._list("data")
            if item.get("name")
        ]
        lights += [
            BriefLight(
                title=item.get("question", ""),
                light=Light(item.get("status") or "unknown"),
                answer=item.get("answer", ""),
            )
            for item in self._list("privacy")
            if item.get("question")
        ]
        lights.append(self._choice_light("ki_act", _KI_ACT, "ki_act_reason"))
        lights.append(self._choice_light("codetermination", _ASKED, "codetermination_whom"))
        return tuple(lights)

    def machine_share(self, machine_fields: Collection[str]) -> float | None:
        """Return the share of filled fields that still stand as the machine drafted them."""
        filled = [key for key, value in self.values.items() if value and key not in ("title", "status")]
        if not filled:
            return None
        return sum(key in machine_fields for key in filled) / len(filled)

    def _choice_light(self, key: str, lights: Mapping[str, Light], reason: str) -> BriefLight:
        choice = self.text(key)
        words = self.t(f"cards.option.{key}.{choice}") if choice else ""
        answer = " – ".join(part for part in (words, self.text(reason)) if part)
        # What only the machine suspects is an open question, whatever colour it would have.
        light = Light.AMBER if choice and key in self.drafted else lights.get(choice, Light.UNKNOWN)
        return BriefLight(title=self.t(f"cards.field.{key}"), light=light, answer=answer)

    def _data_answer(self, item: Mapping[str, str]) -> str:
        parts = [self.t(f"brief.exists.{item['exists']}")] if item.get("exists") else []
        parts += [self.t("brief.owner", owner=item["owner"])] if item.get("owner") else []
        parts += [self.t(f"brief.{key}") for key in ("personal", "art9") if item.get(key) == "yes"]
        return " · ".join(parts)

    def _list(self, key: str) -> list[dict[str, str]]:
        value = self.values.get(key)
        return value if isinstance(value, list) else []


@dataclass(frozen=True, slots=True)
class PatternWords:
    """Name of the pattern, what speaks for and against it, and who has done it."""

    name: str = ""
    reasons_for: tuple[str, ...] = ()
    reasons_against: tuple[str, ...] = ()
    example: str = ""


def pattern_words(session: Session, card: IdeaCard, words: CardWords, language: str) -> PatternWords:
    """Return what the library says about the card's pattern; empty without a pattern."""
    candidate = session.vault.candidates.find(card.candidate_id) if card.candidate_id else None
    pattern_id = words.text("pattern") or (candidate.pattern_id if candidate else "")
    try:
        pattern = library_pattern(pattern_id)
    except NotFoundError:
        return PatternWords()
    reasons: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    if card.cluster_id is not None:
        reasons = reasons_without_evidence(session, card.cluster_id, pattern.id, language)
    return PatternWords(
        name=pattern.text(language).name,
        reasons_for=reasons[0],
        reasons_against=reasons[1],
        example=pattern.example_line(language),
    )


def criteria_lines(session: Session, card: IdeaCard, language: str) -> tuple[BriefCriterion, ...]:
    """Return each criterion with its ratings, unrated ones included."""
    return tuple(
        BriefCriterion(
            key=score.key,
            title=ratings.criterion_title(score.key, language),
            score=score.median,
            low=score.low,
            high=score.high,
            raters=score.raters,
            evidence=" / ".join(score.reasons),
        )
        for score in ratings.scores(session, card.id)
    )
