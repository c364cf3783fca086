"""Read an interview or a table of notes from a file: which kind it is, then the parser of that kind."""

from __future__ import annotations

from pathlib import Path

from explorer_app.domain.errors import InputRejectedError, NotFoundError, StorageError
from explorer_app.services.text_import.decoding import decode
from explorer_app.services.text_import.notes import csv_notes, json_notes
from explorer_app.services.text_import.subtitles import cues
from explorer_app.services.text_import.turns import (
    markdown_turns,
    paragraph_turns,
    plain_turns,
    split_head,
)
from explorer_app.services.text_import.values import (
    FileKind,
    ImportedNotes,
    ImportedText,
    ImportedTurn,
    ImportNotice,
)
from explorer_app.services.text_import.word_file import read_word

MAX_BYTES = 50 * 1024 * 1024
"""Largest file that is read: 50 MB of text is 25,000 pages."""

_SUFFIXES = {
    ".md": FileKind.MARKDOWN,
    ".markdown": FileKind.MARKDOWN,
    ".txt": FileKind.TEXT,
    ".text": FileKind.TEXT,
    ".docx": FileKind.DOCX,
    ".vtt": FileKind.VTT,
    ".srt": FileKind.SRT,
    ".csv": FileKind.CSV,
    ".tsv": FileKind.CSV,
    ".jsonl": FileKind.JSONL,
    ".ndjson": FileKind.JSONL,
}


def read_text_file(path: Path, *, kind_hint: FileKind | None = None) -> ImportedText | ImportedNotes:
    """Read an interview (Markdown, plain text, DOCX, VTT, SRT) or notes (CSV, JSON lines) from `path`.

    Lines that cannot be read are named in `warnings`, by line number; the others are kept.

    Args:
        path: The file; it is only read.
        kind_hint: Its kind; by default told by the file's ending.

    Raises:
        NotFoundError: ``text_import.missing``.
        StorageError: ``text_import.cannot_open`` if the system refuses.
        InputRejectedError: ``text_import.`` + ``too_large``, ``empty``, ``unknown_kind``, ``not_text``,
            ``old_word``, ``not_word``, ``unpacks_too_large``, ``no_turns``, ``no_notes``,
            ``no_text_column`` or ``broken_json``; each names the file.
    """
    name = path.name
    data = _bytes_of(path)
    kind = kind_hint or _SUFFIXES.get(path.suffix.casefold())
    if kind is None:
        raise InputRejectedError("text_import.unknown_kind", name=name)
    if kind is FileKind.DOCX:
        paragraphs, title = read_word(data, name)
        return _text(kind, name, title or path.stem, paragraph_turns(paragraphs), [], {})
    text, guessed = decode(data, name)
    notices = [ImportNotice("text_import.encoding_guessed", {"line": 1})] if guessed else []
    if kind in (FileKind.CSV, FileKind.JSONL):
        notes, found = (csv_notes if kind is FileKind.CSV else json_notes)(text, name)
        if not notes:
            raise InputRejectedError("text_import.no_notes", name=name)
        return ImportedNotes(kind=kind, notes=tuple(notes), warnings=(*notices, *found))
    if kind in (FileKind.VTT, FileKind.SRT):
        turns, found = cues(text, kind)
        return _text(kind, name, path.stem, turns, [*notices, *found], {})
    if kind is FileKind.MARKDOWN:
        head, body = split_head(text)
        heading, turns = markdown_turns(body)
        title = heading or str(head.get("title") or head.get("titel") or path.stem)
        return _text(kind, name, title, turns, notices, head)
    return _text(kind, name, path.stem, plain_turns(text.lstrip("\ufeff")), notices, {})


def _text(
    kind: FileKind,
    name: str,
    title: str,
    turns: list[ImportedTurn],
    notices: list[ImportNotice],
    metadata: dict[str, str | tuple[str, ...]],
) -> ImportedText:
    if not turns:
        raise InputRejectedError("text_import.no_turns", name=name)
    return ImportedText(
        kind=kind, title=title, turns=tuple(turns), metadata=metadata, warnings=tuple(notices)
    )


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise NotFoundError("text_import.missing", name=path.name) from error
    except OSError as error:
        raise StorageError("text_import.cannot_open", name=path.name) from error
    if len(data) > MAX_BYTES:
        raise InputRejectedError("text_import.too_large", name=path.name, limit=MAX_BYTES // 1024 // 1024)
    if not data:
        raise InputRejectedError("text_import.empty", name=path.name)
    return data
