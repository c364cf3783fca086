"""Briefs for the board: built from a card, gated by consent, frozen with version and hash."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from explorer_app.cards.document import CardDocument
from explorer_app.domain.brief_content import BriefContent
from explorer_app.domain.errors import InputRejectedError
from explorer_app.domain.ids import new_id
from explorer_app.domain.outcome import Brief, Changes
from explorer_app.reports.content_json import content_json, content_sha256
from explorer_app.services import brief_evidence, brief_words
from explorer_app.services.files import write_new_file
from explorer_app.services.session import Session
from explorer_app.texts import Texts

QUOTES_SHOWN = 3


def issue_brief(
    session: Session, card_id: str, *, language: str = "de", to: Path | None = None
) -> tuple[Brief, Changes]:
    """Freeze a card as a two-page brief with appendix; a later issue is a new version.

    Only quotes whose speaker's consent for quoting and for the board holds today are in it, and a
    spoken quote only in a wording that a person confirmed by ear.

    Args:
        session: The open exploration.
        card_id: The card.
        language: ``de`` or ``en``.
        to: File or folder that gets the PDF; the brief only counts when it stands there.

    Raises:
        NotFoundError: If the card does not exist.
        InputRejectedError: If the card has no title or no problem sentence yet, or the file exists.
        StorageError: If the file cannot be written.
    """
    from explorer_app.reports.brief_pdf import render_brief  # draws in ReportLab, slow to import

    content, evidence_ids = _compose(session, card_id, language)
    frozen = content_json(content)
    sha256 = content_sha256(content)
    brief = Brief(
        id=new_id(),
        card_id=card_id,
        version=content.version,
        language=language,
        content=frozen,
        sha256=sha256,
        pdf=render_brief(content, texts=Texts(language), sha256=sha256),
        evidence_ids=evidence_ids,
        created_at=session.now(),
    )
    # The file first: a version that nobody got would still count as issued.
    written = write_new_file(brief_path(brief, to), brief.pdf) if to is not None else None
    try:
        with session.vault.change("undo.brief_issued", undoable=False) as unit:
            unit.add(brief)
    except BaseException:
        if written is not None:
            written.unlink(missing_ok=True)
        raise
    return brief, unit.changes


def brief_path(brief: Brief, target: Path) -> Path:
    """Return the file that a brief goes to: `target` itself, or a name of its own in that folder."""
    if target.is_dir() or not target.suffix:
        target = target / f"Steckbrief-v{brief.version}-{brief.sha256[:8]}.pdf"
    return target.expanduser().absolute()


def export_brief(session: Session, brief_id: str, target: Path) -> Path:
    """Write the PDF of a brief to a new file or into a folder; return its path.

    Raises:
        InputRejectedError: If the file exists already.
        StorageError: If it cannot be written.
    """
    brief = session.vault.briefs.get(brief_id)
    return write_new_file(brief_path(brief, target), brief.pdf)


def brief_content(session: Session, card_id: str, *, language: str) -> BriefContent:
    """Return what a brief of this card says today."""
    return _compose(session, card_id, language)[0]


def _compose(session: Session, card_id: str, language: str) -> tuple[BriefContent, tuple[str, ...]]:
    """Return what a brief says and all evidence that it rests on."""
    texts = Texts(language)
    card = session.vault.cards.get(card_id)
    document = CardDocument.from_bytes(card.document)
    values = brief_words.CardWords(document.values(), texts, document.machine_fields())
    if not values.text("title") or not values.text("problem"):
        raise InputRejectedError("brief.card_incomplete")
    today: date = session.now().date()
    gathered = brief_evidence.gather_for_brief(session, card, today, texts)
    pattern = brief_words.pattern_words(session, card, values, language)
    cluster = session.vault.clusters.find(card.cluster_id) if card.cluster_id else None
    content = BriefContent(
        language=language,
        exploration=session.exploration.title,
        title=values.text("title"),
        problem_name=cluster.name if cluster else "",
        problem=values.text("problem"),
        facility_types=gathered.facility_types,
        affected=values.items("beneficiaries"),
        quote_count=gathered.quote_count,
        people_count=gathered.people_count,
        facility_count=gathered.facility_count,
        note_count=gathered.note_count,
        counter_count=gathered.counter_count,
        quotes=gathered.quotes[:QUOTES_SHOWN],
        counter_quotes=gathered.counter_quotes[:1],
        idea=values.text("idea"),
        needs_ai=values.text("needs_ai"),
        needs_ai_reason=values.text("needs_ai_reason"),
        pattern=pattern.name,
        reasons_for=pattern.reasons_for,
        reasons_against=pattern.reasons_against,
        example=pattern.example,
        today=values.items("today"),
        tomorrow=values.items("tomorrow"),
        criteria=brief_words.criteria_lines(session, card, language),
        lights=values.lights(),
        human_role=values.text("human_role"),
        bias=values.text("bias"),
        effort=values.effort(),
        refinancing=values.text("refinancing"),
        open_source=values.open_source(),
        risks=values.items("risks"),
        open_questions=values.items("open_questions"),
        next_step=values.text("next_step"),
        by_facility=gathered.by_facility,
        by_role=gathered.by_role,
        coauthors=session.exploration.explorers,
        machine_share=values.machine_share(document.machine_fields()),
        version=1 + session.vault.briefs.count(card_id=card.id, language=language),
        issued_on=today,
        trace=gathered.trace,
        sample=bool(session.vault.settings.get("sample", False)),
    )
    return content, gathered.evidence_ids
