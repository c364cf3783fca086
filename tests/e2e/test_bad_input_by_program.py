"""Whatever is handed in: one plain sentence, an exit code, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from explorer_program import RATE, Program, Sound

pytestmark = [pytest.mark.models, pytest.mark.slow]


def film(path: Path, pcm: Sound) -> None:
    """Write a small video (Matroska: MPEG-4 and AAC) of the length of the sound."""
    with av.open(str(path), "w", format="matroska") as container:
        picture = container.add_stream("mpeg4", rate=2)
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        voice = container.add_stream("aac", rate=RATE)
        voice.layout = "mono"
        resampler = av.AudioResampler(format=voice.format.name, layout="mono", rate=RATE)
        for second in range(len(pcm) // RATE):
            for half in range(2):
                grey = np.full((48, 64, 3), second * 5 % 255, np.uint8)
                frame = av.VideoFrame.from_ndarray(grey, format="rgb24")
                frame.pts = 2 * second + half
                container.mux(picture.encode(frame))
            piece = pcm[second * RATE : (second + 1) * RATE].reshape(1, -1)
            sound = av.AudioFrame.from_ndarray(piece, format="s16", layout="mono")
            sound.sample_rate, sound.pts = RATE, second * RATE
            for resampled in resampler.resample(sound):
                container.mux(voice.encode(resampled))
        for stream in (picture, voice):
            container.mux(stream.encode(None))


def test_files_without_sound_are_refused_in_one_sentence_and_leave_no_trace(program: Program) -> None:
    program.ok("note", "add", "Frühdienst", "Schon gesichert.")
    empty = program.home / "leer.mp3"
    empty.write_bytes(b"")
    text = program.home / "Einkaufszettel.mp3"
    text.write_text("Milch, Brot, Würfelzucker\n" * 40, "utf-8")
    silent = program.file("null Sekunden.wav", np.zeros(0, np.int16))
    expected = {
        str(empty): ("Die Datei ist leer", "file is empty"),
        str(text): ("keine Ton- oder Videodatei", "not an audio or video file"),
        silent: ("0 Sekunden", "0 seconds"),
    }
    for path, sentences in expected.items():
        for language, words in zip(("de", "en"), sentences, strict=True):
            refused = program("recording", "import", path, "--visit", "Frühdienst", "--lang", language)
            assert (refused.code, refused.out) == (3, "")
            assert words in refused.sentence
    assert program.ok("info")["recordings"] == 0
    assert program.ok("jobs", "list") == []
    assert [note["text"] for note in program.ok("note", "list")] == ["Schon gesichert."]


def test_a_wrong_passphrase_is_told_in_both_languages(program: Program) -> None:
    for language, words in (("de", "Diese Passphrase öffnet den Tresor nicht"), ("en", "passphrase")):
        denied = program("info", "--lang", language, EXPLORER_PASSPHRASE="falsch")
        assert (denied.code, denied.out) == (5, "")
        assert words in denied.sentence


def test_of_a_cut_video_the_readable_part_is_kept_with_a_warning(program: Program, speech: Sound) -> None:
    path = program.home / "Gespräch im Flur.mkv"
    film(path, speech)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 6 // 10])
    done = program("recording", "import", str(path), "--visit", "Frühdienst", "--quiet", "--json")
    assert done.code == 0
    assert "abgeschnitten" in done.sentence
    assert "{" not in done.sentence
    recording = done.json["recording"]
    assert recording["complete"]
    assert 10 < recording["duration"] < 18
    assert str(done.json["warnings"][0]["values"]["seconds"]) in done.sentence


def test_ten_minutes_of_silence_have_no_speech_and_are_no_failure(program: Program) -> None:
    path = program.file("Stille.flac", np.zeros(600 * RATE, np.int16))
    program.ok("recording", "import", path, "--visit", "Frühdienst")
    done = program("transcribe", "Stille", "--quiet", "--lang", "de")
    assert done.code == 0
    told = program("transcribe", "Stille")
    assert told.code == 0
    assert "keine Sprache gefunden" in told.out
    assert "no speech" in program("transcribe", "Stille", "--lang", "en").out.lower()
