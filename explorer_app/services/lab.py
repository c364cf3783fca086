"""The lab: one stage of the analysis on plain files, without a vault."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from analysis.language.embedding import OnnxEmbedder
from analysis.speech.lab import lab_transcribe
from analysis.usecases.lab import lab_patterns
from explorer_app.domain.errors import InputRejectedError
from explorer_app.models import ModelStore
from explorer_app.services.candidates import patterns
from explorer_app.services.progress import Progress, no_progress
from explorer_app.services.session import EMBEDDING_MODEL
from explorer_app.services.transcription import (
    DEFAULT_ENGINE,
    DEFAULT_MODEL,
    find_recogniser,
    speech_progress,
)
from explorer_app.texts import Texts

Line = dict[str, Any]


def transcribe_file(
    path: Path,
    *,
    models: ModelStore,
    model: str = DEFAULT_MODEL,
    engine: str = DEFAULT_ENGINE,
    folder: str = "",
    language: str = "de",
    progress: Progress = no_progress,
) -> Line:
    """Transcribe an audio or video file to the lab's JSON form; the engine as in `find_recogniser`."""
    if not path.is_file():
        raise InputRejectedError("input.no_such_file", path=str(path))
    settings = find_recogniser(models, model=model, engine=engine, folder=folder).settings
    report = speech_progress(progress)
    return lab_transcribe(path, settings.model_dir, language, settings=settings, progress=report)


def sort_file(snippets: Path, *, models: ModelStore, seed: int = 0) -> Line:
    """Sort snippets into problem fields."""
    from analysis.themes.lab import lab_sort  # seconds to import

    return lab_sort(read_lines(snippets), _embedder(models), seed=seed)


def gather_file(snippets: Path, fields: Path, *, models: ModelStore) -> list[Line]:
    """Rank the fields for each snippet."""
    from analysis.themes.lab import lab_gather  # seconds to import

    return lab_gather(read_lines(snippets), read_lines(fields), _embedder(models))


def problems_file(snippets: Path, decisions: Path | None, *, models: ModelStore) -> list[Line]:
    """Tell how likely each snippet is to speak of a problem."""
    from analysis.themes.lab import lab_problems  # seconds to import

    decided = read_lines(decisions) if decisions is not None else []
    return lab_problems(read_lines(snippets), decided, _embedder(models))


def patterns_file(
    fields: Path, *, models: ModelStore, say: Texts, snippets: Path | None = None
) -> list[Line]:
    """Rank the use-case patterns for each field; accepted snippets count where their texts are given."""
    texts = (
        {str(line.get("id")): str(line.get("text", "")) for line in read_lines(snippets)} if snippets else {}
    )
    return lab_patterns(read_lines(fields), patterns(), _embedder(models), say=say, snippets=texts)


def read_lines(path: Path) -> list[Line]:
    """Read a JSONL file.

    Raises:
        InputRejectedError: If the file is missing, is no text or a line is no JSON object; the line is
            named.
    """
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise InputRejectedError("input.no_such_file", path=str(path)) from error
    except UnicodeDecodeError as error:
        raise InputRejectedError("input.not_utf8", path=str(path)) from error
    lines: list[Line] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError as error:
            raise InputRejectedError("input.bad_json_line", path=str(path), line=number) from error
        if not isinstance(value, dict):
            raise InputRejectedError("input.bad_json_line", path=str(path), line=number)
        lines.append(value)
    return lines


def _embedder(models: ModelStore) -> OnnxEmbedder:
    return OnnxEmbedder(models.path(EMBEDDING_MODEL))
