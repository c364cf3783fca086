"""Doubt about invented text: mark it, never delete it.

In silence and noise Whisper writes phrases it saw under films, or repeats itself. Each rule below
names its reason as a message id; a person decides what to do with the piece.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from analysis.speech.types import Segment
from analysis.speech.voice import VoiceTrack

LOOP = "speech.doubt_loop"
PHRASE = "speech.doubt_phrase"
TOO_FAST = "speech.doubt_too_fast"
TOO_QUIET = "speech.doubt_too_quiet"
NO_VOICE = "speech.doubt_no_voice"
UNSURE = "speech.doubt_unsure"

FILM_PHRASES = (
    r"untertitel(ung)?( (im auftrag|der|des|von|by)\b.*)?( \d{4})?",
    r"(zdf|ard|wdr|ndr|swr|mdr|rbb|hr|br|orf|srf)( für funk)?( \d{4})?",
    r"copyright\b.*",
    r"(vielen|herzlichen) dank (fürs|für das|für ihr|für eure?) zu(schauen|sehen|hören)",
    r"(vielen|herzlichen) dank für (die|ihre|eure) aufmerksamkeit",
    r"danke(schön)? (fürs|für das) (zuschauen|zusehen|zuhören)",
    r"bis zum nächsten (mal|video)",
    r"(bitte )?(abonniert|abonnieren sie|abonniere)\b.*\bkanal\b.*",
    r"(wir sehen uns|bis bald) (im|beim) nächsten (video|mal)",
    r"das war'?s für heute",
    r"(subtitles?|captions?|transcription|transcript|translation)( \w+)? by\b.*",
    r"thank(s| you)( so| very)?( much)? for (watching|listening|viewing)",
    r"(please )?(like and )?subscribe\b.*",
    r"see you (in the )?next (time|video|one)",
    r"(www\.)?\w+\.(com|org|de|tv)",
)
"""Whole sentences that stand under films and videos and that Whisper writes where nobody speaks."""

_PHRASES = re.compile("|".join(f"(?:{phrase})" for phrase in FILM_PHRASES))

_SPOKEN_CONFIDENCE = 0.85
"""Above this mean confidence and with a clear voice a film phrase counts as spoken."""

_MAX_WORDS_PER_SECOND = 7.0
"""Fast German speech reaches about five words a second; alignment errors need some room."""

_MIN_WORDS_FOR_SPEED = 4
_LOOP_REPEATS = 5
_LOOP_PHRASE_REPEATS = 3
_LOOP_MAX_LENGTH = 8
"""A loop is one word five times running, or a phrase of two to eight words three times running."""

_QUIET_DBFS = -55.0
"""Below this level at its loudest nobody can be understood."""

_BLUR = 0.3
"""Seconds by which word times may be off, given to either side before sound is judged."""

_VOICE = 0.15
"""Mean probability of a voice under a piece below which the detector heard nobody."""

_UNSURE = 0.3
"""Mean word confidence below which most words are wrong."""

_PUNCTUATION = re.compile(r"[^\w\s'.]|(?<!\w)\.|\.(?!\w)")


def judge(segments: Sequence[Segment], track: VoiceTrack | None = None) -> tuple[Segment, ...]:
    """Return the segments, those in doubt with ``trusted=False`` and the reason.

    Args:
        segments: Pieces of one window, in order.
        track: Voice activity and level of the recording; without it only the text is judged.
    """
    looping = _looping([segment.text for segment in segments])
    return tuple(
        _marked(segment, LOOP if number in looping else doubt_of(segment, track))
        for number, segment in enumerate(segments)
    )


def doubt_of(segment: Segment, track: VoiceTrack | None = None) -> str:
    """Return the reason to doubt one segment, or an empty text."""
    words = _plain(segment.text).split()
    if not words:
        return ""
    confidence = sum(word.confidence for word in segment.words) / max(1, len(segment.words))
    start, end = segment.start - _BLUR, segment.end + _BLUR
    voice = track.voice(start, end) if track else 1.0
    if _loops(words):
        return LOOP
    if _is_phrase(words) and not (track and confidence >= _SPOKEN_CONFIDENCE and voice >= 0.8):
        return PHRASE
    if track and track.loudest(start, end) < _QUIET_DBFS:
        return TOO_QUIET
    if voice < _VOICE:
        return NO_VOICE
    seconds = max(segment.end - segment.start, 0.02)
    if len(words) >= _MIN_WORDS_FOR_SPEED and len(words) / seconds > _MAX_WORDS_PER_SECOND:
        return TOO_FAST
    return UNSURE if segment.words and confidence < _UNSURE else ""


def _marked(segment: Segment, doubt: str) -> Segment:
    return replace(segment, trusted=False, doubt=doubt) if doubt else segment


def _plain(text: str) -> str:
    return " ".join(_PUNCTUATION.sub(" ", text.lower()).split())


def _is_phrase(words: Sequence[str]) -> bool:
    return _PHRASES.fullmatch(" ".join(words)) is not None


def _loops(words: Sequence[str]) -> bool:
    """Tell whether the text repeats itself as no speaker does; "ja, ja" and "nein, nein, nein" do not."""
    for length in range(1, _LOOP_MAX_LENGTH + 1):
        needed = _LOOP_REPEATS if length == 1 else _LOOP_PHRASE_REPEATS
        run = 0
        for at in range(length, len(words)):
            run = run + 1 if words[at] == words[at - length] else 0
            if run >= length * (needed - 1):
                return True
    return False


def _looping(texts: Sequence[str]) -> set[int]:
    """Return the positions of sentences of three words or more that come three times running."""
    plain = [_plain(text) for text in texts]
    found: set[int] = set()
    for at in range(2, len(plain)):
        same = plain[at] == plain[at - 1] == plain[at - 2]
        if same and len(plain[at].split()) >= 3:
            found.update((at - 2, at - 1, at))
    return found
