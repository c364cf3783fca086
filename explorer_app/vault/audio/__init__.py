"""Encrypted audio: one append-only file a recording, one sealed record a second."""

from explorer_app.vault.audio.findings import (
    AudioReport,
    AudioSummary,
    Damage,
    DamageReason,
    FoundRecording,
    HeaderState,
)
from explorer_app.vault.audio.reader import AudioReader
from explorer_app.vault.audio.store import AudioStore, CutResult
from explorer_app.vault.audio.wav import VirtualWav
from explorer_app.vault.audio.writer import AudioWriter

__all__ = [
    "AudioReader",
    "AudioReport",
    "AudioStore",
    "AudioSummary",
    "AudioWriter",
    "CutResult",
    "Damage",
    "DamageReason",
    "FoundRecording",
    "HeaderState",
    "VirtualWav",
]
