"""The demo: the whole chain from interview audio and notes to a PDF brief, in an encrypted vault."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from explorer_app.services.briefs import export_brief, issue_brief
from explorer_app.services.fields import gather_evidence, suggest_fields
from explorer_app.services.progress import CancelToken, Progress, no_progress
from explorer_app.services.sample import create_sample
from explorer_app.services.themes import find_themes


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What the demo made.

    Attributes:
        vault: Folder of the encrypted exploration, which stays and can be worked on.
        brief: Path of the PDF.
        segments: Pieces of freshly transcribed speech.
        quarantined: Pieces among them that the guard does not trust.
        notes: Notes in the exploration.
        gathered: Pieces of evidence proposed for the described problem fields.
        drafts: Problem fields of the machine's first sort.
        themes: Key phrases that recur.
        seconds: Wall time.
    """

    vault: Path
    brief: Path
    segments: int
    quarantined: int
    notes: int
    gathered: int
    drafts: int
    themes: tuple[str, ...]
    seconds: float


def run_demo(
    folder: Path,
    passphrase: str,
    *,
    language: str = "de",
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> DemoResult:
    """Run the chain once in a new folder.

    Args:
        folder: Where the vault and the PDF go; made if it does not exist.
        passphrase: Passphrase of the vault.
        language: Language of the brief.
        progress: Told each step.
        cancel: Stops at the next safe place.

    Raises:
        ModelError: If a model is missing.
        StorageError: If the folder cannot be written.
    """
    started = time.monotonic()
    copy = create_sample(folder / "Beispiel", passphrase, progress=progress, cancel=cancel)
    with copy.session as session:
        progress(0.0, "progress.gathering")
        _, gathered = gather_evidence(session, progress=progress, cancel=cancel)
        drafted = suggest_fields(session, progress=progress, cancel=cancel)
        themes = find_themes(session, progress=progress, cancel=cancel)
        progress(0.9, "progress.brief")
        brief, _ = issue_brief(session, copy.card_id, language=language)
        path = export_brief(session, brief.id, folder)
        return DemoResult(
            vault=session.vault.folder,
            brief=path,
            segments=copy.segments,
            quarantined=copy.quarantined,
            notes=session.vault.observations.count(),
            gathered=len(gathered.ids("memberships")),
            drafts=len(drafted.ids("clusters")),
            themes=tuple(theme.name for theme in themes),
            seconds=time.monotonic() - started,
        )
