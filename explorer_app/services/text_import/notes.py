"""Field notes as a table: CSV and JSON lines."""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from explorer_app.domain.errors import InputRejectedError
from explorer_app.domain.material import ObservationKind, SourceKind
from explorer_app.services.text_import.values import ImportedNote, ImportNotice

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "external_id": ("id", "nr", "nummer", "number", "kennung", "externalid"),
    "facility": ("facility", "einrichtung", "haus", "ort"),
    "visit": ("visit", "besuch", "termin"),
    "date": ("date", "datum", "tag", "day"),
    "time": ("time", "uhrzeit", "zeit", "zeitpunkt", "at", "timestamp"),
    "source": ("source", "quelle"),
    "kind": ("kind", "art", "typ", "type"),
    "role": ("speakerrole", "role", "rolle", "sprecher", "sprecherin", "speaker", "wer", "person", "who"),
    "text": (
        "text",
        "notiz",
        "note",
        "beobachtung",
        "observation",
        "inhalt",
        "content",
        "schnipsel",
        "zitat",
    ),
    "interpretation": ("interpretation", "deutung"),
    "activity": ("activity", "taetigkeit", "aktivitaet"),
    "tool": ("tool", "werkzeug", "hilfsmittel"),
}
"""Names of columns, German and English, lower case without umlauts, blanks and signs."""

_SOURCES = {
    SourceKind.NOTE: ("note", "notiz", "feldnotiz", "beobachtung", "observation"),
    SourceKind.INTERVIEW: ("interview", "gespraech"),
    SourceKind.WORKSHOP: ("workshop", "werkstatt", "klebezettel", "zettel"),
}
_KINDS = {
    ObservationKind.OBSERVATION: ("observation", "beobachtung", "notiz", "note"),
    ObservationKind.QUOTE: ("quote", "zitat"),
    ObservationKind.PAIN_POINT: ("painpoint", "problem", "schmerzpunkt"),
    ObservationKind.IDEA: ("idea", "idee"),
    ObservationKind.QUESTION: ("question", "frage"),
    ObservationKind.WORKAROUND: ("workaround", "umweg", "notloesung", "behelf"),
}
_NIGHT = timedelta(hours=6)
"""A time that falls back by this much is past midnight; by less, a note written down late."""

_MOST_LINES = 200
"""Most lines that one row of a table may span."""

Row = Mapping[str, str]
_Meaning = TypeVar("_Meaning")


def csv_notes(text: str, name: str) -> tuple[list[ImportedNote], list[ImportNotice]]:
    """Return the notes of a CSV table with a head line, and a notice for each line left out.

    Raises:
        InputRejectedError: ``text_import.no_text_column`` if no column holds the notes.
    """
    text = text.lstrip("\ufeff")
    first = 1
    hint = re.match(r"sep=(.)\n", text, re.IGNORECASE)
    if hint:
        text, first = text[hint.end() :], 2
    lines = text.split("\n")
    notices: list[ImportNotice] = []
    table = _csv_rows(lines, hint[1] if hint else _delimiter(text), first, notices)
    head = next(table, (first, []))[1]
    columns = _known_columns(head)
    if "text" not in columns:
        found = ", ".join(cell.strip()[:30] for cell in head[:12])
        raise InputRejectedError("text_import.no_text_column", name=name, columns=found)

    def rows() -> Iterator[tuple[int, Row]]:
        for line, cells in table:
            if len(cells) > len(head) and any(cell.strip() for cell in cells[len(head) :]):
                notices.append(ImportNotice("text_import.too_many_cells", {"line": line}))
                continue
            yield line, {key: cells[at] for key, at in columns.items() if at < len(cells)}

    return _notes(rows(), notices), _by_line(notices)


def _csv_rows(
    lines: list[str], delimiter: str, first: int, notices: list[ImportNotice]
) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that is not empty with the line it begins at; rows that cannot be read are noticed.

    A quotation mark that is never closed would swallow the rest of the table, so a row may span
    `_MOST_LINES` lines; what is beyond is read as rows of its own again.
    """
    at = 0
    while at < len(lines):
        reader = csv.reader(
            (line + "\n" for line in lines[at : at + _MOST_LINES]), delimiter=delimiter, strict=True
        )
        row, span = None, 1
        try:
            row = next(reader)
            span = reader.line_num
        except csv.Error as error:
            if "end of data" not in str(error):
                row = _forgiving(lines[at], delimiter)
        if row is None:
            notices.append(ImportNotice("text_import.bad_line", {"line": at + first}))
        elif any(cell.strip() for cell in row):
            yield at + first, row
        at += span


def _forgiving(line: str, delimiter: str) -> list[str] | None:
    """Return the cells of one line with quotation marks in odd places, or None if one is left open."""
    if line.count('"') % 2:
        return None
    try:
        return next(csv.reader([line], delimiter=delimiter), None)
    except csv.Error:
        return None


def json_notes(text: str, name: str) -> tuple[list[ImportedNote], list[ImportNotice]]:
    """Return the notes of JSON lines, one object a line, and a notice for each line left out.

    Raises:
        InputRejectedError: ``text_import.broken_json`` if no line holds a note.
    """
    notices: list[ImportNotice] = []

    def rows() -> Iterator[tuple[int, Row]]:
        for line, raw in enumerate(text.lstrip("\ufeff").split("\n"), 1):
            if not raw.strip():
                continue
            try:
                value = json.loads(raw)
            except (ValueError, RecursionError):
                value = None
            if not isinstance(value, dict):
                notices.append(ImportNotice("text_import.bad_line", {"line": line}))
                continue
            columns = _known_columns(list(value))
            cells = list(value.values())
            yield line, {key: _cell(cells[at]) for key, at in columns.items()}

    notes = _notes(rows(), notices)
    if not notes:
        raise InputRejectedError("text_import.broken_json", name=name)
    return notes, _by_line(notices)


def _cell(value: object) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _by_line(notices: list[ImportNotice]) -> list[ImportNotice]:
    return sorted(notices, key=lambda notice: int(str(notice.values["line"])))


def _delimiter(text: str) -> str:
    """Return the sign that cuts the head line into the most known columns, then into the most cells."""
    head = text.lstrip("\n").split("\n", 1)[0]

    def worth(sign: str) -> tuple[int, int]:
        cells = next(csv.reader([head], delimiter=sign), [])
        return len(_known_columns(cells)), len(cells)

    return max((";", ",", "\t", "|"), key=worth)


def _known_columns(head: list[str]) -> dict[str, int]:
    """Return the place of each known column; where two mean the same, the first name of ours wins."""
    places: dict[str, int] = {}
    for at, cell in reversed(list(enumerate(head))):
        places[_plain(cell)] = at
    found: dict[str, int] = {}
    for key, names in _COLUMNS.items():
        for name in names:
            if name in places:
                found[key] = places[name]
                break
    return found


def _plain(text: str) -> str:
    text = text.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    return "".join(c for c in unicodedata.normalize("NFKD", text) if c.isalnum())


def _notes(rows: Iterator[tuple[int, Row]], notices: list[ImportNotice]) -> list[ImportedNote]:
    notes: list[ImportedNote] = []
    seen: set[str] = set()
    for line, row in rows:
        said = row.get("text", "").strip()
        if not said or "\0" in said:
            notices.append(ImportNotice("text_import.no_text", {"line": line}))
            continue
        note = _note(row, said, line, notices)
        if note.external_id in seen:
            notices.append(ImportNotice("text_import.same_id", {"line": line, "id": note.external_id}))
            note = replace(note, external_id="")
        elif note.external_id:
            seen.add(note.external_id)
        notes.append(note)
    return _over_midnight(notes)


def _note(row: Row, said: str, line: int, notices: list[ImportNotice]) -> ImportedNote:
    source = _meant(row, "source", _SOURCES, line, notices) or SourceKind.NOTE
    kind = _meant(row, "kind", _KINDS, line, notices)
    if kind is None:
        kind = ObservationKind.QUOTE if source is SourceKind.INTERVIEW else ObservationKind.OBSERVATION
    day, clock, right = _moment(row.get("date", ""), row.get("time", ""))
    if not right:
        notices.append(ImportNotice("text_import.bad_clock", {"line": line}))
    return ImportedNote(
        text=said,
        external_id=row.get("external_id", "").strip(),
        facility=row.get("facility", "").strip(),
        visit=row.get("visit", "").strip(),
        source=source,
        kind=kind,
        role=row.get("role", "").strip(),
        day=day,
        clock=clock,
        interpretation=row.get("interpretation", "").strip(),
        activity=row.get("activity", "").strip(),
        tool=row.get("tool", "").strip(),
    )


def _meant(
    row: Row,
    key: str,
    words: Mapping[_Meaning, tuple[str, ...]],
    line: int,
    notices: list[ImportNotice],
) -> _Meaning | None:
    """Return what the word in the cell `key` means; an unknown word is noticed."""
    value = _plain(row.get(key, ""))
    found = next((meaning for meaning, names in words.items() if value in names), None)
    if value and found is None:
        notices.append(
            ImportNotice("text_import.unknown_word", {"line": line, "word": row[key].strip()[:40]})
        )
    return found


def _moment(day_cell: str, clock_cell: str) -> tuple[date | None, time | None, bool]:
    """Return day and time of a note, each None if not given, and whether what was given could be read."""
    whole = clock_cell.strip()
    if re.match(r"^\d{4}-\d{2}-\d{2}", whole):
        try:
            moment = datetime.fromisoformat(whole)
        except ValueError:
            return None, None, False
        return moment.date(), moment.time().replace(tzinfo=None) if len(whole) > 10 else None, True
    both = re.fullmatch(r"(\d{1,2}\.\s?\d{1,2}\.\s?\d{2,4}),?\s+(.+)", whole)
    if both:
        day_cell, whole = both[1], both[2]
    day, day_right = _day(day_cell.strip())
    clock, clock_right = _clock(whole)
    return day, clock, day_right and clock_right


def _day(text: str) -> tuple[date | None, bool]:
    if not text:
        return None, True
    german = re.fullmatch(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})", text)
    try:
        if german:
            year = int(german[3]) + (2000 if len(german[3]) == 2 else 0)
            return date(year, int(german[2]), int(german[1])), True
        return date.fromisoformat(text[:10]), True
    except ValueError:
        return None, False


def _clock(text: str) -> tuple[time | None, bool]:
    if not text:
        return None, True
    match = re.fullmatch(r"(\d{1,2})(?:[:.h](\d{2}))?(?:[:.](\d{2}))?(?:\s*Uhr)?", text, re.IGNORECASE)
    if not match or (match[2] is None and "uhr" not in text.casefold()):
        return None, False
    try:
        return time(
            int(match[1]) % 24 if match[1] != "24" else 0, int(match[2] or 0), int(match[3] or 0)
        ), True
    except ValueError:
        return None, False


def _over_midnight(notes: list[ImportedNote]) -> list[ImportedNote]:
    """Count the midnights that pass within each visit (and, where the file has dates, each day)."""
    last: dict[tuple[str, str, date | None], tuple[timedelta, int]] = {}
    moved = []
    for note in notes:
        if note.clock is None:
            moved.append(note)
            continue
        group = (note.facility, note.visit, note.day)
        now = timedelta(hours=note.clock.hour, minutes=note.clock.minute, seconds=note.clock.second)
        before, days = last.get(group, (now, 0))
        if before - now >= _NIGHT:
            days += 1
        last[group] = (now, days)
        moved.append(replace(note, days_later=days))
    return moved
