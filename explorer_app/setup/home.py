"""Where Explorer keeps environments and models: the data folder of the user."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def home_folder() -> Path:
    """Return the user's data folder of Explorer.

    ``EXPLORER_HOME`` overrides the place that the system has for such data.
    """
    given = os.environ.get("EXPLORER_HOME", "")
    if given:
        return Path(given).absolute()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "Explorer"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Explorer"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "explorer"
