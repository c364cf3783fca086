"""From sound to text, window by window, in a child process.

Each window is decoded on its own, so that a run that was broken off goes on with the windows it
lacks and ends with the same text.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Sequence
from types import TracebackType

import numpy as np

from analysis.speech.coverage import check_coverage
from analysis.speech.guard import judge
from analysis.speech.holes import fill_holes, hole_windows
from analysis.speech.progress import Pace
from analysis.speech.segments import build_segments, in_order
from analysis.speech.types import (
    SAMPLE_RATE,
    AudioSource,
    Cancel,
    Coverage,
    Pcm,
    ProgressReport,
    SpeechSettings,
    WindowResult,
    Word,
)
from analysis.speech.voice import VoiceTrack
from analysis.speech.windows import Window, plan_windows
from analysis.speech.worker import SpeechWorker

_BLOCK_SECONDS = 30.0
"""Seconds read at once for voice activity; bounds memory."""

_SEED = 20_011
"""Start of the random seeds; window n uses this plus n. Any fixed number does."""


class Transcription(Iterator[WindowResult]):
    """A run over one recording: iterate it for the windows, in order, those in `skip` left out.

    Use it in a ``with`` block (or exhaust it) so that the child process ends.

    Attributes:
        language: Language code; set before the first window comes. None when nobody speaks.
        language_probability: How sure the model was; 1.0 when the language was given.
        windows: The plan; set before the first window comes. Empty when nobody speaks.
        track: Voice activity and level; set before the first window comes.
    """

    def __init__(
        self,
        audio: AudioSource,
        settings: SpeechSettings,
        skip: Collection[int],
        language: str | None,
        progress: ProgressReport | None,
        cancel: Cancel | None,
        worker: SpeechWorker | None,
    ) -> None:
        self.language = language
        self.language_probability = 1.0
        self.windows: tuple[Window, ...] = ()
        self.track: VoiceTrack | None = None
        self._audio = audio
        self._settings = settings
        self._skip = frozenset(skip)
        self._progress = progress
        self._cancel = cancel
        self._worker = worker
        self._owned: SpeechWorker | None = None
        self._results = self._run()

    def __enter__(self) -> Transcription:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __next__(self) -> WindowResult:
        return next(self._results)

    def close(self) -> None:
        """End the run and, if it was started here, the child process."""
        self._results.close()
        if self._owned is not None:
            self._owned.close()

    def coverage(self, words: Sequence[Word]) -> Coverage:
        """Compare the words of the whole recording with the voice that was heard."""
        return check_coverage(self.track.spans if self.track else (), words)

    def _run(self) -> Generator[WindowResult, None, None]:
        worker = self._worker
        if worker is None:
            worker = self._owned = SpeechWorker(self._settings)
        try:
            self.track = self._listen(worker)
            self.windows = plan_windows(self.track.spans, self.track.duration)
            if self.windows:
                yield from self._write(worker, self.track)
        finally:
            if self._owned is not None:
                self._owned.close()

    def _listen(self, worker: SpeechWorker) -> VoiceTrack:
        pace = Pace("listening", self._audio.duration, self._progress)

        def blocks() -> Iterator[Pcm]:
            at = 0.0
            while at < self._audio.duration:
                end = min(at + _BLOCK_SECONDS, self._audio.duration)
                yield self._audio.read(at, end)
                pace.add(end - at)
                at = end

        return worker.listen(blocks(), self._cancel)

    def _write(self, worker: SpeechWorker, track: VoiceTrack) -> Iterator[WindowResult]:
        groups = self._groups()
        already = sum(window.seconds for window in self.windows) - sum(w.seconds for g in groups for w in g)
        pace = Pace("writing", sum(w.seconds for w in self.windows), self._progress, already=already)
        if self.language is None:
            longest = max(self.windows[:3], key=lambda window: window.seconds)
            self.language, self.language_probability = worker.detect_language(
                self._sound(longest), self._cancel
            )
        sounds = self._sounds(groups[0]) if groups else []
        if groups:
            self._ask(worker, groups[0], sounds)
        for number, group in enumerate(groups):
            following = groups[number + 1] if number + 1 < len(groups) else ()
            sounds = self._sounds(following)  # read while the child is busy
            heard = worker.answer(self._cancel)
            words = [_placed(window, found.words) for window, found in zip(group, heard, strict=True)]
            results = self._filled(worker, track, group, words)
            if following:
                self._ask(worker, following, sounds)  # before handing out, so that the child never waits
            for window, result in zip(group, results, strict=True):
                pace.add(window.seconds)
                if window.index not in self._skip:
                    yield result

    def _groups(self) -> list[tuple[Window, ...]]:
        """Return the windows that go through the model together.

        A group is decoded whole even if a part of it is known already: neighbours in a group
        may touch the last digit of a score, and the text must not depend on where a run broke off.
        """
        size = max(1, self._settings.batch)
        groups = [self.windows[at : at + size] for at in range(0, len(self.windows), size)]
        return [group for group in groups if any(window.index not in self._skip for window in group)]

    def _ask(self, worker: SpeechWorker, group: Sequence[Window], sounds: Sequence[Pcm]) -> None:
        worker.ask(sounds, self.language or "", [_SEED + window.index for window in group])

    def _filled(
        self, worker: SpeechWorker, track: VoiceTrack, group: Sequence[Window], words: list[tuple[Word, ...]]
    ) -> list[WindowResult]:
        """Decode the holes of a group again, on their own, and build its results."""
        speech = [_within(track, window) for window in group]
        holes = [check_coverage(s, w).holes for s, w in zip(speech, words, strict=True)]
        again = [(at, hole) for at, found in enumerate(holes) for hole in hole_windows(found, group[at])]
        size = max(1, self._settings.batch)
        for begin in range(0, len(again), size):
            part = again[begin : begin + size]
            self._ask(worker, [hole for _, hole in part], self._sounds([hole for _, hole in part]))
            for (at, hole), heard in zip(part, worker.answer(self._cancel), strict=True):
                words[at] = fill_holes(words[at], hole, _placed(hole, heard.words))
        return [
            WindowResult(
                window.index,
                window.start,
                window.end,
                judge(build_segments(words[at]), track),
                bool(holes[at]),
                check_coverage(speech[at], words[at]).holes,
            )
            for at, window in enumerate(group)
        ]

    def _sounds(self, windows: Sequence[Window]) -> list[Pcm]:
        return [self._sound(window) for window in windows]

    def _sound(self, window: Window) -> Pcm:
        parts = [self._audio.read(start, end) for start, end in window.pieces]
        limit = 30 * SAMPLE_RATE
        return np.concatenate(parts)[:limit] if len(parts) > 1 else parts[0][:limit]


def transcribe(
    audio: AudioSource,
    settings: SpeechSettings,
    *,
    skip: Collection[int] = (),
    language: str | None = None,
    progress: ProgressReport | None = None,
    cancel: Cancel | None = None,
    worker: SpeechWorker | None = None,
) -> Transcription:
    """Transcribe a recording in a child process.

    Args:
        audio: The sound; read in the caller's thread, 30 s or less at a time.
        settings: Model and options.
        skip: Indices of windows that an earlier run has delivered.
        language: Language code, or None to detect it. A run that goes on passes what the first
            run detected.
        progress: Receives how far the run is.
        cancel: Ends the child process when set; the run then raises SpeechCancelledError.
        worker: A running worker to use (it stays open); None starts one for this run.

    Returns:
        The run; iterate it. No windows come when nobody speaks.

    Raises:
        SpeechError: While iterating: the model cannot be loaded, or the child died.
    """
    return Transcription(audio, settings, skip, language, progress, cancel, worker)


def _placed(window: Window, words: Sequence[Word]) -> tuple[Word, ...]:
    """Move words from the time of a window to the time of the recording."""
    moved = []
    for word in words:
        middle = (word.start + word.end) / 2
        offset = window.locate(middle) - middle  # one piece for the whole word
        start, end = word.start + offset, word.end + offset
        moved.append(
            Word(max(window.start, start), min(max(window.end, start), end), word.text, word.confidence)
        )
    return in_order(moved)


def _within(track: VoiceTrack, window: Window) -> tuple[tuple[float, float], ...]:
    """Return the voice inside a window."""
    return tuple(
        (max(start, window.start), min(end, window.end))
        for start, end in track.spans
        if end > window.start and start < window.end
    )
