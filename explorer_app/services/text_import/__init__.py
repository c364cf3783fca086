"""Interviews and field notes from files of other programs: parsing only, nothing is stored here."""

from __future__ import annotations

from explorer_app.services.text_import.reader import read_text_file
from explorer_app.services.text_import.values import (
    FileKind,
    ImportedNote,
    ImportedNotes,
    ImportedText,
    ImportedTurn,
    ImportNotice,
)

__all__ = [
    "FileKind",
    "ImportNotice",
    "ImportedNote",
    "ImportedNotes",
    "ImportedText",
    "ImportedTurn",
    "read_text_file",
]
