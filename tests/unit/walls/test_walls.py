"""The walls of the house hold: a forbidden import breaks a contract."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

RUN = "from importlinter.cli import lint_imports_command as run; run()"

PLANTED = [
    ("analysis/language/tokens.py", "import explorer_app.domain.ids", "Imports run one way"),
    ("explorer_app/services/notes.py", "import ui", "Imports run one way"),
    ("explorer_app/vault/rows.py", "import explorer_app.services.notes", "Inside explorer_app"),
    ("explorer_app/reports/pen.py", "import explorer_app.vault", "Inside explorer_app"),
    ("explorer_app/services/notes.py", "import PySide6.QtCore", "No screen below ui"),
    ("ui/__init__.py", "import explorer_app.vault", "The screen never touches the vault"),
    ("analysis/themes/types.py", "import sqlite3", "Analysis has no storage"),
]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as run; run()",
            "--no-cache",
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    for package in ("analysis", "explorer_app", "ui"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_the_house_as_it_stands_breaks_no_contract(house: Path) -> None:
    done = lint(house)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_each_planted_import_breaks_the_contract_that_forbids_it(house: Path) -> None:
    for place, statement, contract in PLANTED:
        file = house / place
        before = file.read_text("utf-8")
        file.write_text(f"{before}\n{statement}\n", "utf-8")
        done = lint(house)
        file.write_text(before, "utf-8")
        broken = [line for line in done.stdout.splitlines() if line.endswith("BROKEN")]
        assert done.returncode != 0, f"{statement} in {place} went unnoticed"
        assert any(line.startswith(contract) for line in broken), (place, broken)


def test_a_new_package_must_find_its_place(house: Path) -> None:
    (house / "explorer_app" / "novel").mkdir()
    (house / "explorer_app" / "novel" / "__init__.py").write_text('"""New."""\n', "utf-8")
    done = lint(house)
    shutil.rmtree(house / "explorer_app" / "novel")
    assert done.returncode != 0
