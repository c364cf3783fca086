"""The brief as PDF, read back with other software than the one that wrote it."""

from __future__ import annotations

import ctypes
import io
import re
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pypdf
import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf.generic import DictionaryObject

from explorer_app.domain.brief_content import BriefContent
from explorer_app.reports.brief_pdf import draw_brief, render_brief
from explorer_app.reports.content_json import content_sha256
from explorer_app.reports.palette import BOTTOM, MARGIN, PAGE_HEIGHT, PAGE_WIDTH, TOP
from explorer_app.texts import LANGUAGES, Texts


def _pdf(content: BriefContent, language: str = "de") -> bytes:
    return render_brief(content, texts=Texts(language), sha256=content_sha256(content))


def _read(pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf), strict=True)


def _words(text: str) -> str:
    return " ".join(text.replace("\xad\n", "").split())


def _text(reader: pypdf.PdfReader, *pages: int) -> str:
    return _words("\n".join(reader.pages[number].extract_text() for number in pages))


def _outline(reader: pypdf.PdfReader) -> dict[str, int]:
    found: dict[str, int] = {}

    def walk(entries: list[Any]) -> None:
        for entry in entries:
            if isinstance(entry, list):
                walk(entry)
            else:
                number = reader.get_destination_page_number(entry)
                assert number is not None
                found[str(entry.title)] = number

    walk(reader.outline)
    return found


def test_the_main_part_is_two_a4_pages_whatever_the_content(any_brief: BriefContent) -> None:
    reader = _read(_pdf(any_brief))

    assert _outline(reader)["Anhang: zurück zur Quelle"] == 2
    assert len(reader.pages) >= 3
    for page in reader.pages:
        assert float(page.mediabox.width) == pytest.approx(PAGE_WIDTH, abs=0.1)
        assert float(page.mediabox.height) == pytest.approx(PAGE_HEIGHT, abs=0.1)


def test_no_text_leaves_the_frame_of_its_page(any_brief: BriefContent) -> None:
    document = pypdfium2.PdfDocument(_pdf(any_brief))
    for page in list(document)[:6]:
        text = page.get_textpage()
        boxes = [text.get_rect(number) for number in range(text.count_rects())]
        assert boxes
        for left, bottom, right, top in boxes:
            assert left >= MARGIN - 1.5
            assert right <= PAGE_WIDTH - MARGIN + 1.5
            in_the_margins = top < BOTTOM or bottom > PAGE_HEIGHT - TOP
            assert in_the_margins or (bottom >= BOTTOM - 4 and top <= PAGE_HEIGHT - TOP + 4)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_texts_of_any_length_fit_the_two_pages(data: st.DataObject, realistic_brief: BriefContent) -> None:
    def text() -> str:
        word = data.draw(
            st.sampled_from(["Pflege ", "Übergabegesprächsprotokollvorlage ", "am ", "x" * 70, "„so“ "])
        )
        return word * data.draw(st.sampled_from([0, 1, 3, 12, 60]))

    def texts(most: int) -> tuple[str, ...]:
        return tuple(text() for _ in range(data.draw(st.integers(0, most))))

    full = realistic_brief
    content = replace(
        full,
        title=text(),
        problem=text(),
        idea=text(),
        needs_ai_reason=text(),
        quotes=tuple(replace(quote, wording=text(), facility=text()) for quote in full.quotes),
        today=texts(12),
        tomorrow=texts(12),
        reasons_for=texts(4),
        reasons_against=texts(4),
        criteria=tuple(replace(one, title=text(), evidence=text()) for one in full.criteria),
        lights=tuple(replace(one, answer=text()) for one in full.lights * 2),
        human_role=text(),
        bias=text(),
        effort=text(),
        risks=texts(9),
        open_questions=texts(9),
        next_step=text(),
        by_facility=tuple(replace(bar, name=text()) for bar in full.by_facility * 5),
        coauthors=texts(5),
        trace=(),
    )
    pdf, pen = draw_brief(content, texts=Texts("de"), sha256="0" * 64)

    assert pen.outside == []
    assert _outline(_read(pdf))["Anhang: zurück zur Quelle"] == 2


def test_a_shortened_text_stands_whole_in_the_appendix(realistic_brief: BriefContent) -> None:
    long = " ".join(f"Wort{number}" for number in range(900))
    reader = _read(_pdf(replace(realistic_brief, idea=long)))

    main = _text(reader, 0, 1)
    rest = _text(reader, *range(2, len(reader.pages)))
    assert "Wort0 " in main
    assert "Wort899" not in main
    assert "…" in main
    assert [word for word in rest.split() if word.startswith("Wort") and word[4:].isdigit()] == long.split()


def test_what_has_no_room_in_a_list_stands_in_the_appendix(realistic_brief: BriefContent) -> None:
    many = tuple(f"Punkt Nummer {number}" for number in range(20))
    content = replace(realistic_brief, risks=many, open_questions=many, today=many, reasons_for=many)
    reader = _read(_pdf(content))

    everything = _text(reader, *range(len(reader.pages)))
    for item in many:
        assert len(re.findall(rf"{item}\b", everything)) >= 4


def test_the_pages_say_what_the_content_says(realistic_brief: BriefContent) -> None:
    content = realistic_brief
    reader = _read(_pdf(content))
    one, two = _text(reader, 0), _text(reader, 1)

    for said in (content.title, content.problem, content.idea, content.needs_ai_reason, *content.today):
        assert said in one
    for quote in (*content.quotes, *content.counter_quotes):
        assert quote.wording in one
        assert quote.label in one
    assert "00:17:40–00:17:52" in one
    for said in (
        content.bias,
        content.human_role,
        content.next_step,
        *content.risks,
        *content.open_questions,
    ):
        assert said in two
    for criterion in content.criteria:
        assert criterion.title in two
    assert "34 % Maschine, 66 % Menschen" in two
    assert "16. Juni 2026" in two
    digits = two.replace(" ", "")
    assert content_sha256(content) in digits


def test_text_is_extracted_in_reading_order(realistic_brief: BriefContent) -> None:
    reader = _read(_pdf(realistic_brief))
    order = [
        "Übergabe-Hörbuch",
        "Das Problem in einem Satz",
        "Was Menschen dort sagen",
        "Die Idee",
        "Heute",
        "Mit der",
    ]
    places = [_text(reader, 0).index(said) for said in order]
    assert places == sorted(places)


def test_the_appendix_walks_each_piece_of_evidence_back(realistic_brief: BriefContent) -> None:
    reader = _read(_pdf(realistic_brief))
    rest = _text(reader, *range(2, len(reader.pages)))

    for trace in realistic_brief.trace:
        for said in (trace.label, trace.place, trace.visit, trace.role, trace.decided_by):
            assert said in rest
    assert f"{realistic_brief.trace[0].excerpt.strip()}" in rest
    assert "interview_altenpflege.flac" in rest
    assert "Wortlaut abgehört und bestätigt: Explorerin M. K." in rest


def test_the_appendix_says_how_the_fresh_transcript_differs(realistic_brief: BriefContent) -> None:
    reader = _read(_pdf(realistic_brief))
    rest = _text(reader, *range(2, len(reader.pages)))

    assert "Kasse Klasse" in rest
    assert "2 von 17 Wörtern anders" in rest
    assert "stimmt Wort für Wort" in rest


def test_a_spoken_quote_without_fresh_words_says_so(realistic_brief: BriefContent) -> None:
    quote = replace(realistic_brief.quotes[0], fresh="")
    reader = _read(_pdf(replace(realistic_brief, quotes=(quote,))))
    assert "hat an dieser Stelle keinen Text" in _text(reader, 2)


def test_what_is_not_known_is_called_unknown(empty_brief: BriefContent) -> None:
    reader = _read(_pdf(empty_brief))
    assert _text(reader, 0).count("unbekannt") >= 9
    assert _text(reader, 1).count("unbekannt") >= 12


def test_the_ribbon_stands_on_each_page_of_sample_data_only(realistic_brief: BriefContent) -> None:
    with_ribbon = _read(_pdf(realistic_brief))
    without = _read(_pdf(replace(realistic_brief, sample=False)))

    assert all("Beispieldaten" in page.extract_text() for page in with_ribbon.pages)
    assert not any("Beispieldaten" in page.extract_text() for page in without.pages)


def test_markup_is_plain_text_and_rare_characters_never_become_boxes(hostile_brief: BriefContent) -> None:
    reader = _read(_pdf(hostile_brief))
    one = _text(reader, 0)

    assert "<b>fett</b> & <script>alert('ü')</script> %s {name} \\ (Klammer)" in one
    assert "Київ · Ελλάδα · Łódź · İstanbul" in one
    assert "[Hebrew ×8]" in one
    for page in reader.pages:
        text = page.extract_text()
        assert "\ufffd" not in text
        assert "\x00" not in text


def test_only_embedded_fonts_are_used(any_brief: BriefContent) -> None:
    reader = _read(_pdf(any_brief))
    names = set()
    for page in reader.pages:
        for reference in page["/Resources"]["/Font"].values():
            font = reference.get_object()
            names.add(str(font["/BaseFont"]))
            assert "/FontFile2" in font["/FontDescriptor"]
            assert "/ToUnicode" in font
    assert all("ExplorerSans" in name for name in names)


@pytest.mark.parametrize(("language", "tag"), [("de", "de-DE"), ("en", "en-GB")])
def test_the_document_describes_itself(realistic_brief: BriefContent, language: str, tag: str) -> None:
    reader = _read(_pdf(realistic_brief, language))
    catalogue = reader.trailer["/Root"]
    described = reader.metadata

    assert catalogue["/Lang"] == tag
    assert catalogue["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712 - a PDF boolean
    assert described is not None
    assert described.title == realistic_brief.title
    assert described.author == ", ".join(realistic_brief.coauthors)
    assert described.creation_date is not None
    assert described.creation_date.date() == date(2026, 6, 16)


def test_the_outline_leads_to_every_part(realistic_brief: BriefContent) -> None:
    outline = _outline(_read(_pdf(realistic_brief)))
    expected = {
        "Was Menschen dort sagen": 0,
        "Die Idee": 0,
        "Kriterienprofil": 1,
        "Risiken": 1,
        "Nächster Schritt": 1,
    }
    assert {title: outline.get(title) for title in expected} == expected
    assert outline["Zitate"] == 2
    assert outline["Alle Belege"] >= 2


def test_pages_are_numbered(realistic_brief: BriefContent) -> None:
    reader = _read(_pdf(realistic_brief))
    total = len(reader.pages)
    for number, page in enumerate(reader.pages, 1):
        assert f"Seite {number} von {total}" in page.extract_text()


def _elements(node: DictionaryObject) -> Iterator[DictionaryObject]:
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, list) else [kids]:
        kid = kid.get_object()
        if isinstance(kid, DictionaryObject) and "/S" in kid:
            yield kid
            yield from _elements(kid)


def test_the_pdf_is_tagged_with_headings_lists_tables_and_described_pictures(
    realistic_brief: BriefContent,
) -> None:
    reader = _read(_pdf(realistic_brief))
    root = reader.trailer["/Root"]
    found = list(_elements(root["/StructTreeRoot"]))
    roles = {str(element["/S"]) for element in found}

    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - a PDF boolean
    assert {"/H1", "/H2", "/P", "/L", "/LI", "/Table", "/TR", "/TH", "/TD", "/Figure", "/BlockQuote"} <= roles
    figures = [str(element["/Alt"]) for element in found if element["/S"] == "/Figure"]
    assert any("Haus am Anger, Gründelheim: 12 stützen, 2 sprechen dagegen" in alt for alt in figures)


def test_every_piece_of_content_is_tagged_or_decoration(realistic_brief: BriefContent) -> None:
    reader = _read(_pdf(realistic_brief))
    parents = reader.trailer["/Root"]["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    for number, page in enumerate(reader.pages):
        code = page.get_contents().get_data().decode("latin-1")
        marked = [int(found) for found in re.findall(r"/MCID (\d+)>> BDC", code)]
        assert marked == list(range(len(marked)))
        assert page["/StructParents"] == number
        assert len(parents[2 * number + 1].get_object()) == len(marked)
        depth = 0
        for line in code.splitlines():
            if line.endswith(("BDC", "BMC")):
                depth += 1
            elif line == "EMC":
                depth -= 1
            elif "Tj" in line:
                assert depth >= 1
        assert depth == 0


def test_another_reader_finds_the_structure_tree(realistic_brief: BriefContent) -> None:
    document = pypdfium2.PdfDocument(_pdf(realistic_brief))
    for page in document:
        tree = pdfium.FPDF_StructTree_GetForPage(page.raw)
        assert pdfium.FPDF_StructTree_CountChildren(tree) >= 1
        first = pdfium.FPDF_StructTree_GetChildAtIndex(tree, 0)
        size = pdfium.FPDF_StructElement_GetType(first, None, 0)
        buffer = ctypes.create_string_buffer(size)
        pdfium.FPDF_StructElement_GetType(first, buffer, size)
        assert buffer.raw.decode("utf-16-le").rstrip("\0") in ("Document", "Part", "Sect")
        pdfium.FPDF_StructTree_Close(tree)


def test_a_screen_reader_hears_what_is_struck_and_what_is_bold(realistic_brief: BriefContent) -> None:
    reader = _read(_pdf(realistic_brief))
    code = reader.pages[2].get_contents().get_data().decode("latin-1")
    said = [
        bytes.fromhex(found).decode("utf-16").lstrip("\ufeff")
        for found in re.findall(r"/Span <</ActualText <([0-9A-F]+)>>> BDC", code)
    ]
    assert "[nur bestätigt: Kasse]" in said
    assert "[nur im frischen Transkript: Klasse]" in said


def test_the_same_content_gives_the_same_bytes(
    any_brief: BriefContent, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _pdf(any_brief)
    _pdf(replace(any_brief, title="Etwas anderes"))
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    assert _pdf(any_brief) == first
    assert _pdf(replace(any_brief, version=any_brief.version + 1)) != first


def test_nothing_is_written_to_disk(
    realistic_brief: BriefContent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    _pdf(realistic_brief)
    assert list(tmp_path.iterdir()) == []


def test_the_words_of_a_brief_are_forgotten_after_setting(realistic_brief: BriefContent) -> None:
    from explorer_app.reports.fonts import printable, text_width
    from explorer_app.reports.typeset import set_lines, set_within

    _pdf(realistic_brief)
    assert [cache.cache_info().currsize for cache in (printable, text_width, set_lines, set_within)] == [
        0,
        0,
        0,
        0,
    ]


def test_progress_rises_to_the_end(realistic_brief: BriefContent) -> None:
    told: list[float] = []
    render_brief(realistic_brief, texts=Texts("de"), sha256="0" * 64, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated(any_brief: BriefContent, language: str) -> None:
    reader = _read(_pdf(any_brief, language))
    everything = "".join(page.extract_text() for page in list(reader.pages)[:8])
    assert "reports." not in everything
    other = "Kriterienprofil" if language == "en" else "Criteria profile"
    assert other not in everything
