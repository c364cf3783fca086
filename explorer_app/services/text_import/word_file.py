"""Word files, read in a child process: they come from strangers.

The parent looks at the table of contents only (sizes, count); unpacking and XML happen in the child, which
gets bytes, returns paragraphs and is ended when it takes too long or too much memory.
"""

from __future__ import annotations

import io
import multiprocessing
import time
import zipfile
from multiprocessing.connection import Connection

import psutil  # type: ignore[import-untyped]

from explorer_app.domain.errors import InputRejectedError

_MOST_FILES = 5_000
_MOST_UNPACKED = 300 * 1024 * 1024
"""Bytes that the whole file may have unpacked; pictures in a Word file hardly shrink when packed."""

_MOST_XML = 60 * 1024 * 1024
"""Bytes that one XML part may have unpacked: a book of 10,000 pages."""

_MOST_MEMORY = 1_500 * 1024 * 1024
_SECONDS = 60.0

Word = tuple[list[str], str]
"""Paragraphs in order and the title from the document's properties."""


def read_word(data: bytes, name: str) -> Word:
    """Return the paragraphs and the title of a .docx file.

    Raises:
        InputRejectedError: ``text_import.not_word``, ``text_import.unpacks_too_large``.
    """
    _check_contents(data, name)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(theirs, data), daemon=True)
    child.start()
    theirs.close()
    try:
        answer = _wait(ours, child.pid)
    finally:
        if child.is_alive():
            child.kill()
        child.join()
        ours.close()
    if answer is None:
        raise InputRejectedError("text_import.not_word", name=name)
    return answer


def _check_contents(data: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise InputRejectedError("text_import.not_word", name=name) from error
    if "word/document.xml" not in {info.filename for info in infos}:
        raise InputRejectedError("text_import.not_word", name=name)
    xml = max(info.file_size for info in infos if info.filename.endswith((".xml", ".rels")))
    if len(infos) > _MOST_FILES or sum(i.file_size for i in infos) > _MOST_UNPACKED or xml > _MOST_XML:
        raise InputRejectedError("text_import.unpacks_too_large", name=name)


def _wait(ours: Connection, pid: int | None) -> Word | None:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        if ours.poll(0.1):
            try:
                answer = ours.recv_bytes()
            except (EOFError, OSError):
                return None
            return _unpacked(answer)
        try:
            if pid is None or psutil.Process(pid).memory_info().rss > _MOST_MEMORY:
                return None
        except psutil.Error:
            return None
    return None


def _packed(word: Word) -> bytes:
    return "\0".join([word[1], *word[0]]).encode()


def _unpacked(answer: bytes) -> Word | None:
    """Read the child's answer: never unpickled, since the child has handled a stranger's bytes."""
    if not answer:
        return None
    title, *paragraphs = answer.decode().split("\0")
    return paragraphs, title


def _child(theirs: Connection, data: bytes) -> None:
    try:
        answer = _packed(_parse(data))
    except Exception:  # noqa: BLE001 - whatever a stranger's file raises means "no Word file"
        answer = b""
    theirs.send_bytes(answer)
    theirs.close()


def _parse(data: bytes) -> Word:
    """Return the paragraphs of the body; a table row becomes one, its first short cell as the speaker.

    Reads the text nodes itself: the library's own `text` leaves out what was typed with tracked changes.
    """
    from docx import Document
    from docx.oxml.ns import qn

    document = Document(io.BytesIO(data))
    fallback = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
    signs = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}

    def text_of(paragraph: object) -> str:
        parts = []
        for node in paragraph.iter():  # type: ignore[attr-defined]
            owner = next(node.iterancestors(qn("w:p")), None)
            if (
                node is paragraph
                or owner is not paragraph
                or next(node.iterancestors(fallback), None) is not None
            ):
                continue
            if node.tag == qn("w:t"):
                parts.append(node.text or "")
            elif node.tag in signs and node.getparent().tag == qn("w:r"):
                parts.append(signs[node.tag])
        return "".join(parts).replace("\0", "").strip()

    paragraphs: list[str] = []
    for block in document.element.body.iterchildren():
        if block.tag == qn("w:tbl"):
            for row in block.iter(qn("w:tr")):
                cells = [
                    "\n".join(t for p in cell.iter(qn("w:p")) if (t := text_of(p)))
                    for cell in row.iterchildren(qn("w:tc"))
                ]
                filled = [cell for cell in cells if cell]
                if len(filled) == 2 and len(filled[0]) <= 40 and not filled[0].endswith(":"):
                    filled[0] += ":"
                paragraphs.append(" ".join(filled))
        else:
            holders = [block] if block.tag == qn("w:p") else []
            paragraphs.extend(text_of(p) for p in [*holders, *block.iterdescendants(qn("w:p"))])
    return [text for text in paragraphs if text], (document.core_properties.title or "").replace("\0", "")
