"""run.py: what it says, and that every Python can at least read it."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
RUN = ROOT / "run.py"


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("EXPLORER_ENV", "LC_ALL", "LANG")}
    environment |= {"EXPLORER_LANG": "de", "PYTHONUTF8": "1"} | settings
    return subprocess.run(
        [sys.executable, RUN, *arguments], env=environment, capture_output=True, text=True, encoding="utf-8"
    )


def test_the_oldest_pythons_can_read_it() -> None:
    tree = ast.parse(RUN.read_text(encoding="utf-8"), feature_version=(3, 4))
    newer = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.AsyncFunctionDef, ast.Nonlocal)
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, newer)]
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            assert node.returns is None, "Python 2 knows no annotations"
            assert not node.args.kwonlyargs


def test_it_is_pure_ascii_for_pythons_that_need_a_coding_line() -> None:
    assert RUN.read_text(encoding="utf-8").isascii()


@pytest.mark.parametrize("arguments", [(), ("--help",), ("help",)])
def test_without_a_command_it_lists_the_commands(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert all(command in done.stderr for command in ("demo", "test", "app", "cli"))
    assert done.returncode == (0 if arguments else 2)


def test_an_unknown_command_is_named() -> None:
    done = run("dmeo")
    assert done.returncode == 2
    assert "„dmeo“" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_answers_in_english_when_asked_to() -> None:
    assert "There is no command “x”" in run("x", EXPLORER_LANG="en").stderr


@pytest.mark.skipif((ROOT / "ui" / "app.py").exists(), reason="the window is there")
def test_the_window_that_is_not_there_yet_is_a_plain_sentence(tmp_path: Path) -> None:
    done = run("app", EXPLORER_HOME=str(tmp_path / "home"))
    assert done.returncode != 0
    assert "Das Fenster gehört noch nicht zu dieser Fassung" in done.stderr
    assert not (tmp_path / "home").exists(), "nothing is set up for a window that is not there"


def load() -> dict[str, object]:
    """Return run.py's names as another Python would see them."""
    names: dict[str, object] = {"__name__": "run", "__file__": str(RUN)}
    exec(compile(RUN.read_text(encoding="utf-8"), RUN, "exec"), names)
    return names


@pytest.mark.parametrize(
    ("version", "language", "words"),
    [
        ((3, 10), "de", "dies ist Python 3.10"),
        ((2, 7), "en", "this is Python 2.7"),
        ((3, 14), "en", "this is Python 3.14"),
    ],
)
def test_a_wrong_python_is_told_in_one_sentence(
    version: tuple[int, int],
    language: str,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "version_info", (*version, 0, "final", 0))
    monkeypatch.setenv("EXPLORER_LANG", language)
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("EXPLORER_ENV", raising=False)
    monkeypatch.setattr(sys, "argv", ["run.py", "demo"])
    assert load()["main"]() == 2  # type: ignore[operator]
    told = capfd.readouterr().err
    assert words in told
    assert told.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="programs are no scripts there")
def test_another_suitable_python_on_the_path_is_found_and_a_broken_one_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, script in (
        ("python3.13", "exit 127"),
        ("python3.12", f'exec "{sys.executable}" "$@"'),
    ):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert load()["find_python"]() == str(tmp_path / "python3.12")  # type: ignore[operator]
