from __future__ import annotations

import contextlib
import csv
import io
import json
import multiprocessing
import random
import time as clock_time
import zipfile
from datetime import date, datetime, time
from pathlib import Path

import pytest
from docx import Document
from docx.oxml import parse_xml
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer_app.domain.errors import ExplorerError, InputRejectedError, NotFoundError, StorageError
from explorer_app.domain.material import ObservationKind, SourceKind
from explorer_app.services.text_import import (
    FileKind,
    ImportedNotes,
    ImportedText,
    read_text_file,
)
from explorer_app.services.text_import.reader import MAX_BYTES
from explorer_app.texts import Texts

ROOT = Path(__file__).resolve().parents[3]
SAMPLE = ROOT / "resources" / "sample"


@pytest.fixture
def write(tmp_path: Path):  # type: ignore[no-untyped-def]
    def write(name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = tmp_path / "Ordner mit Blank und ü" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


def text_of(path: Path, kind_hint: FileKind | None = None) -> ImportedText:
    result = read_text_file(path, kind_hint=kind_hint)
    assert isinstance(result, ImportedText)
    return result


def notes_of(path: Path) -> ImportedNotes:
    result = read_text_file(path)
    assert isinstance(result, ImportedNotes)
    return result


def refused(path: Path) -> str:
    with pytest.raises(ExplorerError) as caught:
        read_text_file(path)
    for language in ("de", "en"):
        sentence = Texts(language).error(caught.value)
        assert sentence != caught.value.message_id
        assert path.name in sentence
    return caught.value.message_id


def test_an_interview_in_markdown_keeps_every_word_its_speakers_and_its_head() -> None:
    path = SAMPLE / "interviews" / "I1_schuldnerberatung.md"
    read = text_of(path)
    assert len(read.turns) == 30
    assert read.speakers == ("Interviewerin", "Befragte")
    assert read.metadata["pseudonym"] == "Karla"
    assert read.metadata["problems"] == ("P01", "P02", "P03", "P04", "P05")
    body = path.read_text(encoding="utf-8").split("---\n", 2)[2]
    spoken = body.replace("**Interviewerin:**", "").replace("**Befragte:**", "")
    assert " ".join(turn.text for turn in read.turns).split() == spoken.split()
    assert read.warnings == ()


def test_markdown_without_speakers_gives_a_title_and_paragraphs(write) -> None:  # type: ignore[no-untyped-def]
    read = text_of(write("a.md", "# Gespräch am Ofen\n\nErster Absatz.\n\nZweiter **wichtiger** Absatz.\n"))
    assert read.title == "Gespräch am Ofen"
    assert [turn.text for turn in read.turns] == ["Erster Absatz.", "Zweiter **wichtiger** Absatz."]


def test_a_paragraph_without_speaker_belongs_to_the_one_before(write) -> None:  # type: ignore[no-untyped-def]
    read = text_of(write("a.md", "**A:** Eins.\n\nUnd noch etwas.\n\n**B**: Zwei.\n"))
    assert [(turn.speaker, turn.text) for turn in read.turns] == [
        ("A", "Eins.\n\nUnd noch etwas."),
        ("B", "Zwei."),
    ]


@pytest.mark.parametrize(
    ("encoding", "guessed"),
    [
        ("utf-8", False), ("utf-8-sig", False), ("utf-16", False), ("utf-16-le", False),
        ("utf-16-be", False), ("utf-32", False), ("cp1252", True),
    ],
)  # fmt: skip
def test_plain_text_in_any_usual_encoding_reads_the_same(write, encoding: str, guessed: bool) -> None:  # type: ignore[no-untyped-def]
    text = (
        "Interviewerin: Wie läuft die Übergabe?\r\n"
        "Pflegekraft: „Schnell“ – zwölf Minuten für alle, das heißt: hastig.\r\n" * 3
    )
    read = text_of(write("gespräch.txt", text, encoding))
    assert read.speakers == ("Interviewerin", "Pflegekraft")
    assert read.turns[1].text == "„Schnell“ – zwölf Minuten für alle, das heißt: hastig."
    assert [w.message_id for w in read.warnings] == (["text_import.encoding_guessed"] if guessed else [])


def test_plain_text_without_names_keeps_paragraphs_and_takes_no_word_for_a_speaker(write) -> None:  # type: ignore[no-untyped-def]
    read = text_of(write("a.txt", "Heute war viel los.\nSehr viel.\n\nFazit: Es fehlt Zeit.\n\nEnde 😀\n"))
    assert [turn.text for turn in read.turns] == [
        "Heute war viel los.\nSehr viel.",
        "Fazit: Es fehlt Zeit.",
        "Ende 😀",
    ]
    assert read.speakers == ()


@pytest.mark.parametrize(
    ("text", "speakers"),
    [
        ("I1: Hallo?\nB1: Ja.\nI1: Gut.\n", ("I1", "B1")),
        ("Interviewerin: Nur eine Frage?\n", ("Interviewerin",)),
        (
            "Frau Dr. Meyer: Hallo?\nHerr Öz: Ja.\nFrau Dr. Meyer: Gut.\nund weiter\n",
            ("Frau Dr. Meyer", "Herr Öz"),
        ),
        ("Um 15:00: Ende.\nUm 16:00: nochmal.\n", ()),
        ("Wichtig: eins\n\nLange Rede.\n\nWichtig: zwei\n\nnoch\n\nmehr\n", ()),
        ("Zutaten: Mehl\n" + "Ein Satz ohne Namen.\n" * 30 + "Zutaten: Ei\nFazit: gut\n", ()),
    ],
)
def test_names_before_a_colon_are_speakers_only_in_a_conversation(
    write, text: str, speakers: tuple[str, ...]
) -> None:  # type: ignore[no-untyped-def]
    read = text_of(write("a.txt", text))
    assert read.speakers == speakers
    words = " ".join(f"{turn.speaker}: {turn.text}" if turn.speaker else turn.text for turn in read.turns)
    assert words.split() == text.split()


def test_turns_over_several_lines_with_times_before_and_after(write) -> None:  # type: ignore[no-untyped-def]
    read = text_of(
        write("a.txt", "[00:00:02] I: Guten Tag.\n[00:00:05] B: Guten\nTag auch.\n[00:01:07] I: Und?\n")
    )
    assert [(t.speaker, t.text, t.start) for t in read.turns] == [
        ("I", "Guten Tag.", 2.0), ("B", "Guten\nTag auch.", 5.0), ("I", "Und?", 67.0),
    ]  # fmt: skip
    marks = text_of(
        write("b.txt", "I: Guten Tag. #00:00:02-5#\n\nB: Ja. #00:00:04-0#\n\nI: Gut. #00:01:00-0#\n")
    )
    assert [(t.text, t.start, t.end) for t in marks.turns] == [
        ("Guten Tag.", 0.0, 2.5), ("Ja.", 2.5, 4.0), ("Gut.", 4.0, 60.0),
    ]  # fmt: skip


def test_vtt_keeps_times_and_voices_and_names_bad_cues(write) -> None:  # type: ignore[no-untyped-def]
    read = text_of(
        write(
            "a.vtt",
            "WEBVTT - Titel\n\nNOTE\nnur ein Hinweis\n\n1\n00:00:01.500 --> 00:00:04.000 align:start\n"
            "<v Frau Ä>Guten <i>Tag</i> &amp; hallo</v>\n\n00:05.000 --> 00:06.000\nB: Ja.\n\n"
            "kaputt\nkein Zeitpunkt\n\n00:09.000 --> 00:08.000\nrückwärts\n",
        )
    )
    assert [(t.speaker, t.text, t.start, t.end) for t in read.turns] == [
        ("Frau Ä", "Guten Tag & hallo", 1.5, 4.0), ("B", "Ja.", 5.0, 6.0),
    ]  # fmt: skip
    assert [(w.message_id, w.values["line"]) for w in read.warnings] == [
        ("text_import.cue_without_time", 13), ("text_import.bad_time", 16),
    ]  # fmt: skip


def test_srt_keeps_times(write) -> None:  # type: ignore[no-untyped-def]
    read = text_of(
        write(
            "a.srt",
            "1\n00:00:01,000 --> 00:00:02,250\nErste Zeile\nzweite Zeile\n\n"
            "2\n01:00:00,000 --> 01:00:01,000\nEnde\n",
        )
    )
    assert [(t.text, t.start, t.end) for t in read.turns] == [
        ("Erste Zeile zweite Zeile", 1.0, 2.25),
        ("Ende", 3600.0, 3601.0),
    ]


def word_bytes(*paragraphs: str, extra_xml: str = "", table: list[tuple[str, str]] | None = None) -> bytes:
    document = Document()
    document.core_properties.title = "Gespräch 😀"
    for text in paragraphs:
        document.add_paragraph(text)
    for row in table or []:
        cells = document.add_table(rows=1, cols=2).rows[0].cells
        cells[0].text, cells[1].text = row
    if extra_xml:
        document.element.body.insert(len(paragraphs), parse_xml(extra_xml))
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def test_a_word_file_gives_turns_also_from_tables_and_tracked_changes(write) -> None:  # type: ignore[no-untyped-def]
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    tracked = (
        f"<w:p {space}><w:r><w:t xml:space='preserve'>B: Das ist </w:t></w:r>"
        "<w:ins w:id='1' w:author='x'><w:r><w:t>neu</w:t></w:r></w:ins>"
        "<w:del w:id='2' w:author='x'><w:r><w:delText>geheim</w:delText></w:r></w:del></w:p>"
    )
    data = word_bytes(
        "I: Wie läuft’s?", "B: Müde.", extra_xml=tracked, table=[("I", "Warum?"), ("B", "Zu viel Papier.")]
    )
    read = text_of(write("Gespräch.docx", data))
    assert read.title == "Gespräch 😀"
    assert [(t.speaker, t.text) for t in read.turns] == [
        ("I", "Wie läuft’s?"), ("B", "Müde."), ("B", "Das ist neu"),
        ("I", "Warum?"), ("B", "Zu viel Papier."),
    ]  # fmt: skip


def test_a_damaged_or_renamed_word_file_is_refused(write) -> None:  # type: ignore[no-untyped-def]
    data = word_bytes("Text")
    assert refused(write("a.docx", data[: len(data) // 2])) == "text_import.not_word"
    assert refused(write("b.docx", b"nur Text")) == "text_import.not_word"
    assert (
        refused(write("c.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)) == "text_import.not_word"
    )
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("word/document.xml", "<kein-xml")
    assert refused(write("d.docx", other.getvalue())) == "text_import.not_word"


def test_a_word_file_that_takes_too_long_is_given_up_and_its_process_ended(write, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("explorer_app.services.text_import.word_file._SECONDS", 0.0)
    assert refused(write("lang.docx", word_bytes("Text"))) == "text_import.not_word"
    assert multiprocessing.active_children() == []


def test_a_word_file_that_unpacks_to_gigabytes_is_refused_at_once(write) -> None:  # type: ignore[no-untyped-def]
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        with archive.open("word/document.xml", "w") as part:
            for _ in range(80):
                part.write(b" " * (1 << 20))
    began = clock_time.monotonic()
    assert refused(write("bombe.docx", bomb.getvalue())) == "text_import.unpacks_too_large"
    assert clock_time.monotonic() - began < 5


def test_a_word_file_whose_xml_refers_to_itself_is_refused_or_read_without_growing(write) -> None:  # type: ignore[no-untyped-def]
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "lol" * 10}">' for n in range(10))
    plain = zipfile.ZipFile(io.BytesIO(word_bytes("x")))
    evil = io.BytesIO()
    with zipfile.ZipFile(evil, "w") as archive:
        for info in plain.infolist():
            data = plain.read(info)
            if info.filename == "word/document.xml":
                data = data.replace(b"<w:document", f"<!DOCTYPE d [{entities}]><w:document".encode(), 1)
                data = data.replace(b"<w:t>x</w:t>", b"<w:t>&e9;</w:t>")
                assert b"&e9;" in data
            archive.writestr(info.filename, data)
    assert refused(write("lol.docx", evil.getvalue())) in ("text_import.not_word", "text_import.no_turns")


def test_the_benchmark_notes_read_whole_and_the_night_shift_passes_midnight() -> None:
    path = SAMPLE / "notes.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    read = notes_of(path)
    assert [note.text for note in read.notes] == [row["text"] for row in rows]
    assert [note.external_id for note in read.notes] == [row["id"] for row in rows]
    assert [note.at(None) for note in read.notes] == [datetime.fromisoformat(row["at"]) for row in rows]
    assert [note.kind for note in read.notes] == [ObservationKind(row["kind"]) for row in rows]
    assert read.warnings == ()


def test_in_a_night_shift_a_quarter_past_midnight_is_the_next_day(write) -> None:  # type: ignore[no-untyped-def]
    times = ["20:20", "23:52", "23:40", "00:25", "05:40"]
    lines = [
        json.dumps({"id": f"S{n}", "facility": "F2", "visit": "v2", "time": t, "text": "x"})
        for n, t in enumerate(times)
    ]
    lines.append(
        json.dumps(
            {"id": "Z", "facility": "F2", "visit": "v3", "time": "09:10", "text": "x", "source": "interview"}
        )
    )
    read = notes_of(write("a.jsonl", "\n".join(lines)))
    assert [note.days_later for note in read.notes] == [0, 0, 0, 1, 1, 0]
    assert read.notes[3].at(date(2025, 4, 8)) == datetime(2025, 4, 9, 0, 25)
    assert read.notes[3].at(None) is None
    assert read.notes[5].kind is ObservationKind.QUOTE


CSV_ROWS = [
    ("Kennung", "Einrichtung", "Besuch", "Datum", "Uhrzeit", "Quelle", "Rolle", "Notiz"),
    (
        "S1",
        "F2",
        "v1",
        "08.04.2025",
        "8:30 Uhr",
        "Feldnotiz",
        "Nachtwache",
        'Sie sagt: "Schreib’s auf"; dann geht sie.',
    ),
    ("S2", "F2", "v1", "", "8.4.25, 23.52", "Gespräch", "Leitung", "Zwei\nZeilen, mit Komma"),
    ("S3", "F2", "v1", "2025-04-08", "00:25", "Klebezettel", "Köchin", "Müde 😴"),
]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_with_german_columns_reads_with_any_delimiter(write, delimiter: str, encoding: str) -> None:  # type: ignore[no-untyped-def]
    target = io.StringIO()
    csv.writer(target, delimiter=delimiter).writerows(CSV_ROWS)
    read = notes_of(write("notizen.csv", target.getvalue(), encoding))
    assert [note.text for note in read.notes] == [row[7] for row in CSV_ROWS[1:]]
    assert [note.source for note in read.notes] == [
        SourceKind.NOTE,
        SourceKind.INTERVIEW,
        SourceKind.WORKSHOP,
    ]
    assert [note.clock for note in read.notes] == [time(8, 30), time(23, 52), time(0, 25)]
    assert [note.day for note in read.notes] == [date(2025, 4, 8)] * 3
    assert read.notes[2].at(None) == datetime(2025, 4, 9, 0, 25)
    assert read.warnings == ()


def test_bad_lines_of_a_table_are_named_and_the_good_ones_kept(write) -> None:  # type: ignore[no-untyped-def]
    table = (
        "id;text;time;kind\n"
        "S1;gut;08:00;idea\n"
        "S2;;08:01;\n"
        "S3;zu;08:02;;viel\n"
        "S1;doppelt;25:99;unsinn\n"
        '"S5;nie geschlossen;;\n'
        'S6;"Ja", sagt sie;09:00;\n'
        "\n"
        "S7;auch gut;;\n"
    )
    read = notes_of(write("a.csv", table))
    assert [(n.external_id, n.text) for n in read.notes] == [
        ("S1", "gut"), ("", "doppelt"), ("S6", "Ja, sagt sie"), ("S7", "auch gut"),
    ]  # fmt: skip
    assert [(w.message_id.removeprefix("text_import."), w.values["line"]) for w in read.warnings] == [
        ("no_text", 3), ("too_many_cells", 4), ("unknown_word", 5), ("bad_clock", 5), ("same_id", 5),
        ("bad_line", 6),
    ]  # fmt: skip
    for language in ("de", "en"):
        for warning in read.warnings:
            assert str(warning.values["line"]) in Texts(language)(warning.message_id, **warning.values)


def test_a_table_for_a_spreadsheet_with_its_separator_line_counts_lines_right(write) -> None:  # type: ignore[no-untyped-def]
    read = notes_of(write("a.csv", "sep=;\r\nText;Zeit\r\neins;08:00\r\n;\r\n;08:01\r\n"))
    assert [note.text for note in read.notes] == ["eins"]
    assert [w.values["line"] for w in read.warnings] == [5]


def test_bad_json_lines_are_named_and_the_good_ones_kept(write) -> None:  # type: ignore[no-untyped-def]
    deep = "[" * 100_000
    lines = ['{"id": "S1", "text": "gut"}', '{"id": "S2", "text"', "[1]", '{"id": "S4"}', '{"text": 5}', deep]
    read = notes_of(write("a.jsonl", "\n".join(lines)))
    assert [note.text for note in read.notes] == ["gut", "5"]
    assert [w.values["line"] for w in read.warnings] == [2, 3, 4, 6]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("leer.txt", b"", "empty"),
        ("leer.md", b"\xef\xbb\xbf \n\n", "empty"),
        ("leer.csv", b"   \n", "empty"),
        ("ton.txt", bytes(random.Random(1).randbytes(5000)), "not_text"),
        ("pdf.txt", b"%PDF-1.7\n" + b"text " * 100, "not_text"),
        ("alt.txt", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_word"),
        ("null.md", b"abc\0def", "not_text"),
        ("kaputt.jsonl", b"{kaputt\n{auch", "broken_json"),
        ("zahlen.csv", b"a;b\n1;2\n", "no_text_column"),
        ("kopf.csv", b"text;zeit\n", "no_notes"),
        ("nur.md", b"---\nid: I1\n---\n", "no_turns"),
        ("leer.vtt", b"WEBVTT\n", "no_turns"),
        ("bild.xyz", b"abc", "unknown_kind"),
    ],
)
def test_what_cannot_be_used_is_refused_with_one_sentence(
    write, name: str, content: bytes, message: str
) -> None:  # type: ignore[no-untyped-def]
    assert refused(write(name, content)) == f"text_import.{message}"


def test_missing_folder_and_huge_files_are_refused(tmp_path: Path, write) -> None:  # type: ignore[no-untyped-def]
    assert refused(tmp_path / "fehlt.txt") == "text_import.missing"
    with pytest.raises(NotFoundError):
        read_text_file(tmp_path / "fehlt.txt")
    folder = tmp_path / "ordner.txt"
    folder.mkdir()
    with pytest.raises(StorageError):
        read_text_file(folder)
    huge = tmp_path / "riesig.txt"
    with huge.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert refused(huge) == "text_import.too_large"


def test_a_long_interview_reads_in_seconds(write) -> None:  # type: ignore[no-untyped-def]
    began = clock_time.monotonic()
    read = text_of(
        write(
            "lang.txt",
            "Interviewer: Frage?\nBefragte: " + "Antwort 😀 " * 50 + "\n" + "Interviewer: Ja\n" * 60_000,
        )
    )
    assert len(read.turns) == 60_002
    assert clock_time.monotonic() - began < 20


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=400), kind=st.sampled_from([k for k in FileKind if k is not FileKind.DOCX]))
def test_any_bytes_are_read_or_refused_in_order(tmp_path_factory, data: bytes, kind: FileKind) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path_factory.mktemp("x") / "x.bin"
    path.write_bytes(data)
    with contextlib.suppress(InputRejectedError):
        read_text_file(path, kind_hint=kind)


@settings(max_examples=150, deadline=None)
@given(
    text=st.text(alphabet="aä😀:;,\"'|\n\t #[]-*<>&{}0123", max_size=300),
    kind=st.sampled_from([k for k in FileKind if k is not FileKind.DOCX]),
)
def test_any_text_is_read_or_refused_in_order(tmp_path_factory, text: str, kind: FileKind) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path_factory.mktemp("x") / "x.bin"
    path.write_text("text;id\n" + text, encoding="utf-8")
    with contextlib.suppress(InputRejectedError):
        read_text_file(path, kind_hint=kind)
