"""The command line, called as people and machines call it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from explorer_app.cli.console import Console
from explorer_app.cli.main import build_app, chosen_language, hoisted, run
from explorer_app.texts import LANGUAGES, Texts
from explorer_app.vault import KdfSettings

PASSPHRASE = "Würfel & Tür"
CHEAP = KdfSettings(memory_kib=64, iterations=1, lanes=1)


class Shell:
    """Runs commands in this process, as `explorer …` would."""

    def __init__(self, capsys: pytest.CaptureFixture[str], vault: Path) -> None:
        self._capsys = capsys
        self.vault = vault

    def __call__(self, *arguments: str, language: str = "de") -> tuple[int, str, str]:
        given = list(arguments)
        console = Console(Texts(language), as_json="--json" in given)
        code = run(hoisted(given), console)
        captured = self._capsys.readouterr()
        return code, captured.out, captured.err

    def json(self, *arguments: str) -> Any:
        code, out, err = self(*arguments, "--json")
        assert code == 0, err
        return json.loads(out)


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    # A passphrase that costs a second would make each of these commands cost one.
    monkeypatch.setattr(KdfSettings, "calibrated", classmethod(lambda cls, small_machine=None: CHEAP))
    vault = tmp_path / "Köln Süd.exploration"
    monkeypatch.setenv("EXPLORER_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("EXPLORER_VAULT", str(vault))
    opened = Shell(capsys, vault)
    created = opened.json("new", str(vault), "--title", "Köln Süd")
    assert created["path"] == str(vault)
    assert len(created["recovery_code"]) > 20
    return opened


def test_from_a_facility_to_a_note_and_back(shell: Shell) -> None:
    shell.json("facility", "add", "Haus Föhre", "--law", "kdg")
    shell.json("visit", "add", "föhre", "Frühdienst", "--from", "02.03.2026 06:00")
    shell.json("person", "add", "Haus Föhre", "Nora", "--role", "Pflegefachkraft")
    given = shell.json("consent", "give", "Nora", "quote", "board", "--until", "31.12.2027")
    assert [c["purpose"] for c in given] == ["quote", "board"]
    note = shell.json("note", "add", "Frühdienst", "Schreibt es dreimal ab 😮‍💨", "--person", "nora")
    assert note["role"] == "Pflegefachkraft"

    code, out, _ = shell("note", "list")
    assert code == 0
    assert "dreimal" in out

    code, out, _ = shell("undo")
    assert (code, "Notiz schreiben" in out) == (0, True)
    assert shell.json("note", "list") == []
    assert shell("redo")[0] == 0
    assert shell.json("note", "list")[0]["text"] == "Schreibt es dreimal ab 😮‍💨"
    assert shell.json("info")["notes"] == 1


@pytest.mark.parametrize(
    ("arguments", "code", "german"),
    [
        (("visit", "add", "Nirgendwo", "Titel"), 4, "wurde nicht gefunden"),
        (("facility", "add", "  "), 3, "Der Name ist leer"),
        (("facility", "add", "A", "--law", "zpo"), 3, "ist nicht bekannt"),
        (("evidence", "show", "B-999"), 3, "gibt es nicht"),
        (("transcribe", "nichts"), 4, "wurde nicht gefunden"),
        (("field", "gather"), 3, "Noch ist kein Problemfeld beschrieben"),
        (("undo",), 3, "nichts zurückzunehmen"),
        (("lab", "sort", "/gibt/es/nicht.jsonl"), 3, "gibt es nicht"),
        (("search", " "), 3, "Die Suche ist leer"),
    ],
)
def test_each_failure_is_one_sentence_in_both_languages(
    shell: Shell, arguments: tuple[str, ...], code: int, german: str
) -> None:
    if arguments[0] == "undo":
        while shell("undo")[0] == 0:
            pass
    got, out, err = shell(*arguments)
    assert (got, out) == (code, "")
    assert german in err
    assert len(err.strip().splitlines()) == 1
    got, _, english = shell(*arguments, language="en")
    assert got == code
    assert english.strip()
    assert english != err
    got, out, _ = shell(*arguments, "--json")
    assert got == code
    assert json.loads(out)["error"]["message"] == err.strip()


def test_a_wrong_passphrase_is_told_and_changes_nothing(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_PASSPHRASE", "falsch")
    code, _, err = shell("info")
    assert code == 5
    assert "Passphrase" in err
    monkeypatch.setenv("EXPLORER_PASSPHRASE", PASSPHRASE)
    assert shell("info")[0] == 0


def test_keys_can_be_changed_and_the_old_ones_open_nothing(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_NEW_PASSPHRASE", "Ganz neu")
    assert shell("vault", "change-passphrase")[0] == 0
    assert shell("info")[0] == 5
    monkeypatch.setenv("EXPLORER_PASSPHRASE", "Ganz neu")
    code = shell.json("vault", "new-recovery-code")["recovery_code"]
    key = tmp_path / "schlüssel.key"
    assert shell("vault", "add-key-file", str(key))[0] == 0
    monkeypatch.delenv("EXPLORER_PASSPHRASE")
    assert shell("info", "--key-file", str(key))[0] == 0
    monkeypatch.setenv("EXPLORER_RECOVERY_CODE", code.lower())
    assert shell("info", "--recovery-code")[0] == 0


def test_backup_check_and_restore(shell: Shell, tmp_path: Path) -> None:
    shell.json("facility", "add", "Haus Föhre")
    assert shell.json("vault", "check")["findings"] == []
    copy = shell.json("vault", "backup", str(tmp_path / "Sicherung"))["path"]
    back = shell.json("vault", "restore", copy, str(tmp_path / "Zurück"))["path"]
    found = shell.json("facility", "list", "--vault", back)
    assert [facility["name"] for facility in found] == ["Haus Föhre"]
    code, _, err = shell("vault", "restore", copy, str(tmp_path / "Zurück"))
    assert code != 0
    assert err.strip()


def test_global_options_may_stand_anywhere() -> None:
    given = ["note", "list", "--vault", "x", "--json", "--visit", "y"]
    assert hoisted(given) == ["--vault", "x", "--json", "note", "list", "--visit", "y"]
    assert hoisted(["note", "add", "v", "--", "--json"]) == ["note", "add", "v", "--", "--json"]


def test_the_language_is_chosen_at_the_edge() -> None:
    assert chosen_language(["--lang", "en", "info"], {"LANG": "de_DE"}) == "en"
    assert chosen_language([], {"EXPLORER_LANG": "en"}) == "en"
    assert chosen_language([], {"LANG": "en_GB.UTF-8"}) == "en"
    assert chosen_language([], {"LANG": "fr_FR.UTF-8"}) == "de"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_has_help_and_each_doing_one_an_example(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import typer

    tree = typer.main.get_command(build_app(Console(Texts(language))))

    def walk(command: Any, path: str) -> None:
        assert command.help, path
        assert not command.help.startswith("cli."), path
        for parameter in command.params:
            text = getattr(parameter, "help", None)
            if parameter.name != "help":
                assert text, f"{path} {parameter.name}"
                assert not str(text).startswith("cli."), f"{path} {parameter.name}"
        for name, below in getattr(command, "commands", {}).items():
            walk(below, f"{path} {name}")

    walk(tree, "explorer")


def test_an_interview_from_a_text_file_becomes_a_transcript(shell: Shell, tmp_path: Path) -> None:
    shell.json("facility", "add", "Haus Föhre")
    shell.json("visit", "add", "Haus Föhre", "Gespräch")
    text = tmp_path / "Größe.md"
    text.write_text("**Explorerin:** Wie läuft es?\n\n**Nora:** Ich schreibe alles dreimal auf.\n", "utf-8")
    done = shell.json("note", "import", str(text), "--visit", "Gespräch")
    assert (done["notes"], done["segments"]) == (0, 2)
    code, _, err = shell("note", "import", str(text))
    assert (code, "Besuch" in err) == (3, True)
    shown = shell.json("transcript", "show", done["transcript_id"])
    assert [s["text"] for s in shown] == ["Wie läuft es?", "Ich schreibe alles dreimal auf."]


def test_a_typed_interview_gets_its_speaker(shell: Shell) -> None:
    shell.json("facility", "add", "Haus Föhre")
    shell.json("visit", "add", "Haus Föhre", "Gespräch")
    shell.json("person", "add", "Haus Föhre", "Nora")
    begun = shell.json("transcript", "new", "Gespräch", "Getippt")
    shell.json("transcript", "add", "Getippt", "Explorerin", "Wie läuft es?")
    shell.json("transcript", "add", "Getippt", "Befragte", "Alles dreimal.")
    shell.json("evidence", "collect")
    shell.json("transcript", "speaker", "Getippt", "Nora", "--label", "Befragte")
    turns = shell.json("transcript", "show", begun["id"])
    assert [turn["participant_id"] is not None for turn in turns] == [False, True]
    spoken = [e for e in shell.json("evidence", "list") if e["participant_id"]]
    assert [e["quote"] for e in spoken] == ["Alles dreimal."]
    code, _, err = shell("transcript", "confirm", "Getippt", "0", "1", "Anders", "--by", "Mira")
    assert (code, "keinen Ton" in err) == (3, True)
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("call", "german"),
    [
        ("note add", "Hier fehlt eine Angabe: VISIT."),
        ("recording import ton.wav", "Hier fehlt eine Angabe: --visit."),
        ("fisch", "Den Befehl „fisch“ gibt es nicht."),
        ("note --farbe", "Die Option --farbe gibt es hier nicht."),
        ("search x --limit viele", "Der Wert für --limit passt nicht."),
        ("search x --limit 0", "Der Wert für --limit passt nicht."),
        ("undo a b", "Hier steht etwas zu viel: a b."),
    ],
)
def test_a_wrong_call_is_told_in_the_persons_language(shell: Shell, call: str, german: str) -> None:
    code, out, err = shell(*call.split())
    assert (code, out) == (2, "")
    assert german in err
    assert "--help" in err
    _, _, english = shell(*call.split(), language="en")
    assert german not in english


def test_a_group_without_a_command_shows_its_help(shell: Shell) -> None:
    code, out, err = shell("note")
    assert code == 2
    assert "Eine Feldnotiz schreiben" in out + err


def test_a_person_withdraws_everything_at_once(shell: Shell) -> None:
    shell.json("facility", "add", "Haus Föhre")
    shell.json("person", "add", "Haus Föhre", "Nora")
    shell.json("consent", "give", "Nora", "quote", "board", "record")
    assert shell("consent", "withdraw", "Nora")[0] == 0
    assert all(consent["withdrawn_on"] for consent in shell.json("consent", "list"))
    code, _, err = shell("consent", "withdraw", "Nora")
    assert (code, "schon widerrufen" in err) == (3, True)
    assert shell("undo")[0] == 0
    assert not any(consent["withdrawn_on"] for consent in shell.json("consent", "list"))
