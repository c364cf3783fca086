"""Transcripts with times: WebVTT and SubRip."""

from __future__ import annotations

import html
import re

from explorer_app.services.text_import.turns import leading_speaker
from explorer_app.services.text_import.values import FileKind, ImportedTurn, ImportNotice

_STAMP = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
_TIMES = re.compile(rf"^\s*{_STAMP}\s*-->\s*{_STAMP}(?:\s.*)?$")
_VOICE = re.compile(r"^\s*<v(?:\.[^\s>]*)?\s+([^>]+)>", re.IGNORECASE)
_TAG = re.compile(r"</?(?:v|c|i|b|u|ruby|rt|lang|font)\b[^>]*>|<\d[\d:.]*>", re.IGNORECASE)
_SKIPPED = ("NOTE", "STYLE", "REGION")


def cues(text: str, kind: FileKind) -> tuple[list[ImportedTurn], list[ImportNotice]]:
    """Return one turn a cue with its times, and a notice for each cue that could not be read."""
    turns: list[ImportedTurn] = []
    notices: list[ImportNotice] = []
    for first, block in _blocks(text):
        if kind is FileKind.VTT and block[0].split(" ", 1)[0].lstrip("\ufeff") in ("WEBVTT", *_SKIPPED):
            continue
        at = next((i for i, line in enumerate(block[:2]) if "-->" in line), None)
        if at is None:
            notices.append(ImportNotice("text_import.cue_without_time", {"line": first}))
            continue
        times = _TIMES.match(block[at])
        start, end = (_seconds(times.groups()[:4]), _seconds(times.groups()[4:])) if times else (1.0, 0.0)
        if end < start:
            notices.append(ImportNotice("text_import.bad_time", {"line": first + at}))
            continue
        speaker, said = _said("\n".join(block[at + 1 :]))
        if said:
            turns.append(ImportedTurn(speaker=speaker, text=said, start=start, end=end))
    return turns, notices


def _blocks(text: str) -> list[tuple[int, list[str]]]:
    """Return the blocks between empty lines, each with the number of its first line."""
    blocks: list[tuple[int, list[str]]] = []
    block: list[str] = []
    for number, line in enumerate([*text.split("\n"), ""], 1):
        if line.strip():
            block.append(line)
        elif block:
            blocks.append((number - len(block), block))
            block = []
    return blocks


def _said(raw: str) -> tuple[str, str]:
    voice = _VOICE.match(raw)
    plain = html.unescape(_TAG.sub("", raw))
    joined = " ".join(plain.split())
    return (html.unescape(voice[1]).strip(), joined) if voice else leading_speaker(joined)


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = parts
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return whole + float(f"0.{fraction}")
