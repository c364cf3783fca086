"""Interviews as running text: Markdown, plain text and the paragraphs of a Word file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from explorer_app.services.text_import.values import ImportedTurn

_BOLD_SPEAKER = re.compile(r"^\*\*([^*\n]{1,60}?):?\*\*:?[ \t]*")
_SPEAKER = re.compile(
    r"^(?:[\[(#]?(?P<before>(?:\d{1,2}:)?\d{1,3}:\d{2}(?:[.,-]\d{1,3})?)[\])#]?[ \t]+)?"
    r"(?P<name>[^\W\d_][\w .’'\-/&]{0,38}[\w.)]|[^\W\d_])"
    r"(?:[ \t]*[\[(](?P<after>(?:\d{1,2}:)?\d{1,3}:\d{2}(?:[.,-]\d{1,3})?)[\])])?"
    r"[ \t]*:(?=\s|$)[ \t]*"
)
_END_MARK = re.compile(r"[ \t]*#(?P<at>(?:\d{1,2}:)?\d{1,3}:\d{2}(?:[.,-]\d{1,3})?)#[ \t]*$")
"""Time marks at the end of a turn as transcription programs write them: ``#00:01:23-4#``."""

_WORDS_OF_SPEECH = frozenset(
    {"interviewer", "interviewerin", "interviewee", "befragte", "befragter", "explorer", "explorerin"}
)
_CODE = re.compile(r"[A-Z]\d{0,2}")
_MOST_SPEAKERS = 12
_MOST_LINES = 0.7
_FEWEST = 8
"""One line in this many must begin with a name that is not a usual one."""

Metadata = dict[str, str | tuple[str, ...]]


def split_head(text: str) -> tuple[Metadata, str]:
    """Return the YAML head of a Markdown file and the rest.

    Understands ``key: value`` and ``key: [a, b]`` and lists of ``- item`` lines, which is what heads of
    interviews hold; anything deeper is kept as written.
    """
    lines = text.lstrip("\ufeff").split("\n")
    if not lines or lines[0].strip() != "---":
        return {}, text
    end = next((i for i, line in enumerate(lines[1:], 1) if line.strip() in ("---", "...")), None)
    if end is None:
        return {}, text
    head: Metadata = {}
    key = ""
    for line in lines[1:end]:
        item = re.match(r"^\s*-\s+(.*)$", line)
        pair = re.match(r"^([\w .-]+?)\s*:\s*(.*)$", line)
        if item and key:
            so_far = head[key]
            head[key] = (*(so_far if isinstance(so_far, tuple) else ()), _unquoted(item[1]))
        elif pair:
            key = pair[1]
            head[key] = _yaml_value(pair[2])
    return head, "\n".join(lines[end + 1 :])


def _yaml_value(value: str) -> str | tuple[str, ...]:
    value = value.strip()
    if value.startswith("[") and value.endswith("]"):
        return tuple(_unquoted(part) for part in value[1:-1].split(",") if part.strip())
    return _unquoted(value)


def _unquoted(value: str) -> str:
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value


def markdown_turns(body: str) -> tuple[str, list[ImportedTurn]]:
    """Return the first heading (or "") and the turns: paragraphs that begin with ``**Speaker:**``.

    Paragraphs without a speaker belong to the turn before; where no paragraph has one, plain rules hold.
    """
    title = ""
    kept = []
    for paragraph in _paragraphs(body):
        heading = re.match(r"^#{1,6}\s+(.*)$", paragraph)
        if heading:
            title = title or heading[1].strip()
            paragraph = paragraph.partition("\n")[2].strip()
        if paragraph and not re.fullmatch(r"[-*_ ]{3,}", paragraph):
            kept.append(paragraph)
    if not any(_BOLD_SPEAKER.match(paragraph) for paragraph in kept):
        return title, paragraph_turns(kept)
    turns: list[ImportedTurn] = []
    for paragraph in kept:
        marked = _BOLD_SPEAKER.match(paragraph)
        if marked:
            text = paragraph[marked.end() :].strip()
            turns.append(ImportedTurn(speaker=marked[1].strip(), text=text))
        elif turns:
            last = turns.pop()
            turns.append(ImportedTurn(speaker=last.speaker, text=f"{last.text}\n\n{paragraph}".strip()))
        else:
            turns.append(ImportedTurn(text=paragraph))
    return title, [turn for turn in turns if turn.text]


def plain_turns(text: str) -> list[ImportedTurn]:
    """Return the turns of a plain text: a turn begins where a line begins with a speaker's name.

    Without names each paragraph is one turn; without empty lines each line is.
    """
    lines = [line.strip() for line in text.split("\n")]
    if _speakers(lines):
        return paragraph_turns(lines)
    paragraphs = _paragraphs(text)
    if len(paragraphs) == 1:
        paragraphs = [line for line in lines if line]
    return paragraph_turns(paragraphs)


def paragraph_turns(paragraphs: Sequence[str]) -> list[ImportedTurn]:
    """Return the turns of paragraphs in order; see `plain_turns`."""
    speakers = _speakers(paragraphs)
    turns: list[ImportedTurn] = []
    for paragraph in paragraphs:
        if not paragraph.strip():
            continue
        text, end = _end_mark(paragraph.strip())
        match = _SPEAKER.match(text)
        name = match["name"].strip() if match else ""
        if match and name in speakers:
            start = _clock_seconds(match["before"] or match["after"])
            turns.append(ImportedTurn(speaker=name, text=text[match.end() :].strip(), start=start, end=end))
        elif speakers and turns:
            last = turns.pop()
            turns.append(
                ImportedTurn(
                    speaker=last.speaker,
                    text=f"{last.text}\n{text}".strip(),
                    start=last.start,
                    end=end if end is not None else last.end,
                )
            )
        else:
            turns.append(ImportedTurn(text=text, end=end))
    return [turn for turn in _with_starts(turns) if turn.text]


def leading_speaker(text: str) -> tuple[str, str]:
    """Return the speaker's name that `text` begins with, or "", and the rest."""
    match = _SPEAKER.match(text)
    if match and not match["before"]:
        return match["name"].strip(), text[match.end() :].strip()
    return "", text


def _speakers(lines: Sequence[str]) -> frozenset[str]:
    """Return the names that are taken for speakers.

    A line such as "Fazit: …" in a running text is no speaker. So names count if they are usual ones
    (Interviewerin, I1, B), if two or more occur of which some speak again, or if most lines have one.
    """
    found: Counter[str] = Counter()
    for line in lines:
        match = _SPEAKER.match(line.strip())
        if match:
            found[match["name"].strip()] += 1
    usual = {name for name in found if name.casefold() in _WORDS_OF_SPEECH}
    codes = {name for name in found if _CODE.fullmatch(name)}
    usual |= codes if len(codes) > 1 or usual else set()
    if not found or len(found) > _MOST_SPEAKERS:
        return frozenset(usual)
    filled = sum(1 for line in lines if line.strip())
    if len(found) > 1 and sum(found.values()) >= _MOST_LINES * filled:
        return frozenset(found)
    again = {name for name, count in found.items() if count > 1} if len(found) > 1 else set()
    if not usual and sum(found[name] for name in again) * _FEWEST < filled:
        return frozenset()
    return frozenset(again | usual)


def _with_starts(turns: list[ImportedTurn]) -> list[ImportedTurn]:
    """Give turns that have an end but no start the end of the turn before."""
    timed: list[ImportedTurn] = []
    before: float | None = 0.0 if any(turn.end is not None for turn in turns) else None
    for turn in turns:
        start = turn.start
        if start is None and turn.end is not None and before is not None and before <= turn.end:
            start = before
        timed.append(ImportedTurn(speaker=turn.speaker, text=turn.text, start=start, end=turn.end))
        before = turn.end
    return timed


def _end_mark(text: str) -> tuple[str, float | None]:
    match = _END_MARK.search(text)
    return (text[: match.start()].rstrip(), _clock_seconds(match["at"])) if match else (text, None)


def _clock_seconds(clock: str | None) -> float | None:
    """Return seconds of ``1:02:03``, ``02:03``, each with tenths or thousandths after ``-``, ``.``, ``,``."""
    if not clock:
        return None
    whole, _, part = re.sub("[,-]", ".", clock).partition(".")
    seconds = 0.0
    for number in whole.split(":"):
        seconds = seconds * 60 + int(number)
    return seconds + (float(f"0.{part}") if part else 0.0)


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"\n[ \t]*\n", text) if part.strip()]
