"""The documentation against the program: commands, options, links, numbers, and both languages."""

from __future__ import annotations

import re
import shlex
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from explorer_app.cli.console import Console
from explorer_app.cli.main import build_app, hoisted
from explorer_app.models import Catalogue
from explorer_app.services.candidates import patterns
from explorer_app.services.ratings import criterion_keys
from explorer_app.texts import Texts

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted([ROOT / "README.md", ROOT / "ARCHITECTURE.md", *(ROOT / "docs").rglob("*.md")])
PAIRS = {
    "anleitung.md": "guide.md",
    "bedrohungsmodell.md": "threat-model.md",
    "modelle.md": "models.md",
    "dateiformat.md": "file-format.md",
}
CALL_ERROR: type[Exception] = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")
CALL = re.compile(r"^(?:EXPLORER_LANG=\w+ )?(?:explorer(?! vault 1:)|python3 run\.py cli)(?: |$)")
RUN = re.compile(r"python3 run\.py (\S+)")


def blocks(text: str) -> Iterator[str]:
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        yield from block.splitlines()


def inline_code(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def commands(text: str) -> list[list[str]]:
    lines = [*blocks(text), *inline_code(text)]
    return [shlex.split(CALL.sub("", line)) for line in lines if CALL.match(line) and "…" not in line]


def root_command() -> Any:
    return typer.main.get_command(build_app(Console(Texts("de"))))


def parse(command: Any, arguments: list[str]) -> None:
    """Follow the subcommands as a real call does; nothing is run."""
    context = command.make_context("explorer", hoisted(arguments))
    while hasattr(context.command, "resolve_command"):
        rest = [*context._protected_args, *context.args]
        assert rest, f"{context.command_path} is no complete command"
        name, found, rest = context.command.resolve_command(context, rest)
        assert found is not None, name
        context = found.make_context(name, rest, parent=context)


def headings(path: Path) -> list[int]:
    text = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)
    return [len(mark) for mark in re.findall(r"^(#+) ", text, re.MULTILINE)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_command_of_a_page_exists_with_its_options(page: Path) -> None:
    text = page.read_text("utf-8")
    root = root_command()
    shown = set(blocks(text))
    for line in [*shown, *inline_code(text)]:
        if not CALL.match(line) or "…" in line:
            continue
        try:
            parse(root, shlex.split(CALL.sub("", line)))
        except typer.Exit:
            continue  # --help
        except CALL_ERROR as error:
            # a command named in passing may leave its arguments out, one to copy may not
            if line in shown or type(error).__name__ not in ("MissingParameter", "NoArgsIsHelpError"):
                pytest.fail(f"{page.name}: {line}: {error}")


def test_the_guides_hold_commands_and_a_wrong_one_would_be_noticed() -> None:
    root = root_command()
    for name in ("anleitung.md", "en/guide.md"):
        assert len(commands((ROOT / "docs" / name).read_text("utf-8"))) > 40
    for wrong in ("field collect", "field gather X --most 3", "recording import a.wav"):
        with pytest.raises(CALL_ERROR):
            parse(root, shlex.split(wrong))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_run_py_knows_what_a_page_calls(page: Path) -> None:
    known = re.search(r"COMMANDS = \((.*)\)", (ROOT / "run.py").read_text("utf-8"))
    assert known
    for name in RUN.findall(page.read_text("utf-8")):
        assert f'"{name.strip("`")}"' in known.group(1)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_linked_files_and_headings_exist(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if target.startswith(("https:", "http:")):
            continue
        name, _, heading = target.partition("#")
        goal = page.parent / urllib.parse.unquote(name) if name else page
        assert goal.exists(), f"{page.name} links to {target}"
        if heading:
            titles = re.findall(r"^#+ (.+)$", goal.read_text("utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
            assert heading in slugs, f"{page.name} links to {target}"


@pytest.mark.parametrize(("german", "english"), PAIRS.items())
def test_both_languages_have_the_same_headings_and_commands(german: str, english: str) -> None:
    first, second = ROOT / "docs" / german, ROOT / "docs" / "en" / english
    assert headings(first) == headings(second)
    ours = [line for line in blocks(first.read_text("utf-8")) if "EXPLORER_LANG" not in line]
    theirs = [line for line in blocks(second.read_text("utf-8")) if "EXPLORER_LANG" not in line]
    assert ours == theirs


def test_no_page_lacks_its_other_language() -> None:
    assert {path.name for path in (ROOT / "docs").glob("*.md")} == set(PAIRS)
    assert {path.name for path in (ROOT / "docs" / "en").glob("*.md")} == set(PAIRS.values())


@pytest.mark.parametrize("name", ["modelle.md", "en/models.md"])
def test_ids_sizes_and_hashes_of_models_are_those_of_the_catalogue(name: str) -> None:
    text = (ROOT / "docs" / name).read_text("utf-8")
    for entry in Catalogue.load().entries:
        assert f"`{entry.id}`" in text
        assert f"{entry.size / 1e6:.0f}" in text
    written = dict(re.findall(r"`whisper-base/([\w.]+)` \| `([0-9a-f]{64})`", text))
    assert written == {f.name: f.sha256 for f in Catalogue.load().entry("whisper-base").variants[0].files}


@pytest.mark.parametrize("name", ["anleitung.md", "en/guide.md"])
def test_criteria_and_number_of_patterns_are_those_of_the_program(name: str) -> None:
    text = (ROOT / "docs" / name).read_text("utf-8")
    assert all(f"`{key}`" in text for key in criterion_keys())
    assert f" {len(patterns())} " in text


def test_pictures_are_small_and_load_nothing_from_elsewhere() -> None:
    pictures = [p for p in (ROOT / "docs" / "bilder").rglob("*") if p.is_file()]
    assert {p.name for p in pictures} >= {
        "steckbrief-seite-1.png",
        "steckbrief-seite-2.png",
        "terminal.svg",
    }
    for picture in pictures:
        assert picture.stat().st_size < 300_000
        if picture.suffix == ".svg":
            drawn = picture.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
            assert "http" not in drawn


def test_files_and_folders_that_the_architecture_names_exist() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    named = re.findall(r"`((?:analysis|explorer_app|ui|resources|tests|docs)/[\w./-]+)`", text)
    assert len(named) > 20
    for path in named:
        assert (ROOT / path).exists(), path
