"""A first draft of an idea card from a problem field and a pattern.

Only what the field or the library says is written down. What neither knows (effect, refinancing,
consent of staff, who is responsible …) stays out, so that people see the gap and fill it. Keys are
those of the idea card.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from analysis.usecases.ai_need import AiVerdict
from analysis.usecases.matching import ProblemText
from analysis.usecases.patterns import KiActClass, Pattern

_LONGEST_TITLE = 120
_KI_ACT: dict[KiActClass, str] = {
    "none": "minimal",  # the card knows no class for "no AI system"; the reason says it
    "minimal": "minimal",
    "transparency": "transparency",
    "high": "high",
    "depends": "unclear",
}
_WITHOUT_AI = {"de": "Ohne KI ginge: {way}", "en": "Without AI: {way}"}


@dataclass(frozen=True, slots=True)
class CardDraft:
    """Values of a card by field key; every key of `values` is also in `machine_fields`."""

    values: dict[str, object]
    machine_fields: tuple[str, ...]


def draft_card(
    field: ProblemText, pattern: Pattern, language: str = "de", *, verdict: AiVerdict | None = None
) -> CardDraft:
    """Draft an idea card.

    Args:
        field: The problem field; its name and description are taken over word for word.
        pattern: The pattern that is to answer it.
        language: ``de`` or ``en``.
        verdict: The answer on AI for this field, else the pattern's usual one.

    Returns:
        Values for the fields that the field or the library can fill; privacy questions stand as
        open (``unknown``), data as not yet checked (``unclear``).
    """
    key = "en" if language == "en" else "de"
    text = pattern.text(key)
    without = _WITHOUT_AI[key].format(way=text.plain_alternative)
    reason = verdict.reason if verdict is not None else text.ai_answer
    values: dict[str, object] = {
        "title": _title(text.name, field.name),
        "problem": " ".join((field.description or field.name).split()),
        "beneficiaries": _items(text.benefits),
        "idea": text.summary,
        "today": _items(text.today),
        "tomorrow": _items(text.tomorrow),
        "needs_ai": verdict.need if verdict is not None else pattern.ai,
        "needs_ai_reason": f"{reason} {without}",
        "pattern": pattern.id,
        "data": [
            {"name": _capital(need.text[key]), "exists": "unclear", "personal": "unclear", "art9": "unclear"}
            for need in pattern.data
        ],
        "privacy": [{"question": question, "status": "unknown"} for question in text.privacy],
        "human_role": text.oversight,
        "bias": text.bias,
        "digital_divide": text.divide,
        "ki_act": _KI_ACT[pattern.ki_act],
        "ki_act_reason": text.ki_act,
        "effort_months": float(pattern.effort_months[1]),
        "effort_note": text.effort,
        "risks": _items(text.risks),
        "open_questions": _items(text.questions),
        "next_step": text.next_step,
    }
    filled = {name: value for name, value in values.items() if value not in ("", [])}
    return CardDraft(filled, tuple(filled))


def _items(texts: Iterable[str]) -> list[dict[str, str]]:
    return [{"text": text} for text in texts]


def _title(pattern: str, field: str) -> str:
    name = " ".join(field.split())
    title = f"{pattern}: {name}" if name else pattern
    return title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1].rstrip() + "…"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
