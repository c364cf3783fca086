"""Finds the finished environment. Every start comes through here, so it loads as little as it can."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

READY = ".ready"
STRAY_SETTINGS = frozenset(
    {
        "PYTHONPATH",
        "PYTHONHOME",
        "PYTHONSTARTUP",
        "PYTHONUSERBASE",
        "__PYVENV_LAUNCHER__",
        "PIP_CONSTRAINT",
        "PIP_DRY_RUN",
        "PIP_NO_BINARY",
        "PIP_PREFIX",
        "PIP_REPORT",
        "PIP_REQUIREMENT",
        "PIP_REQUIRE_VIRTUALENV",
        "PIP_ROOT",
        "PIP_TARGET",
        "PIP_USER",
    }
)
"""Settings of the user's own Python and pip that would lead an isolated environment astray."""
_NO_NETWORK = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
}


def stamp_of(home: Path, lock_file: Path) -> Path:
    """Return the file that names the finished environment of this Python and this lock."""
    digest = hashlib.sha256(lock_file.read_bytes()).hexdigest()[:12]
    return home / "env" / f"py{sys.version_info[0]}{sys.version_info[1]}-{digest}{READY}"


def ready_environment(stamp: Path) -> Path | None:
    """Return the folder of the finished environment that `stamp` names, or None."""
    try:
        folder = stamp.parent / stamp.read_text(encoding="utf-8").strip()
    except OSError:
        return None
    # a missing interpreter means that the Python it was made with is gone
    return folder if python_of(folder).exists() else None


def python_of(folder: Path) -> Path:
    """Return the interpreter of an environment."""
    return folder / "Scripts" / "python.exe" if sys.platform == "win32" else folder / "bin" / "python"


def inner_settings(home: Path, folder: Path) -> dict[str, str]:
    """Return the process environment for what runs inside: no hub is asked, the checkout stays clean."""
    settings = {name: value for name, value in os.environ.items() if name not in STRAY_SETTINGS}
    return (
        settings
        | _NO_NETWORK
        | {
            "EXPLORER_HOME": str(home),
            "EXPLORER_ENV": str(folder),
            # bytecode goes to the environment, as the checkout may be read-only
            "PYTHONPYCACHEPREFIX": str(folder / "pycache"),
            "PYTHONNOUSERSITE": "1",
            "PYTHONUTF8": "1",
        }
    )
