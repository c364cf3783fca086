"""Makes the environment: a venv in the data folder with exactly the packages of the lock.

An environment is named by Python version and hash of the lock. Each try works in a folder of its own, and a
small file that names a finished folder is written last. So a try that was broken off, even by force, is never
taken for a finished one, and what it left running cannot disturb the next.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

from explorer_app.setup.lock import FileLock
from explorer_app.setup.programs import PIP_MANNERS, SetupError, disk_error, free_mb, pip_command, run_program
from explorer_app.setup.ready import READY, python_of, ready_environment, stamp_of
from explorer_app.setup.sentences import sentence
from explorer_app.setup.terminal import ProgressLine, say

NEEDED_MB = 1300
"""Room that the packages and the default models need while they are installed."""
_IDLE_DAYS = 60


class Environment:
    """The environment of one lock in one data folder.

    Args:
        home: The data folder.
        lock_file: The pinned packages with their hashes.
    """

    def __init__(self, home: Path, lock_file: Path) -> None:
        self._home = home
        self._lock_file = lock_file
        self._place = home / "env"
        self._stamp = stamp_of(home, lock_file)

    def ensure(self) -> Path:
        """Make the environment if no other set-up just did, and return its folder.

        Raises:
            SetupError: With the reason why it cannot be made.
        """
        try:
            self._place.mkdir(parents=True, exist_ok=True)
            with FileLock(self._home / "setup.lock", lambda: say(sentence("setup.waiting"))):
                return ready_environment(self._stamp) or self._make()
        except OSError as error:
            known = disk_error(error, self._home, NEEDED_MB)
            if known:
                raise known from error
            raise

    def _make(self) -> Path:
        self._clear()
        free = free_mb(self._home)
        if free < NEEDED_MB:
            raise SetupError("setup.disk_full", needed=NEEDED_MB, free=free)
        say(sentence("setup.first_use", home=self._home))
        folder = Path(tempfile.mkdtemp(prefix=self._stamp.stem + "-", dir=self._place))
        scratch = folder / "tmp"
        scratch.mkdir()
        log = self._home / "setup.log"
        run_program(
            [sys.executable, "-I", "-m", "venv", folder], log=log, scratch=scratch, needed_mb=NEEDED_MB
        )
        self._install(folder, scratch, log)
        shutil.rmtree(scratch, ignore_errors=True)
        new = self._stamp.with_suffix(".new")
        with new.open("w", encoding="utf-8") as file:
            file.write(folder.name)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._stamp)
        return folder

    def _install(self, folder: Path, scratch: Path, log: Path) -> None:
        """Install the lock: hashes required, wheels only, nothing resolved anew."""
        line = ProgressLine()
        packages = _PackageCount(self._lock_file, folder, line)
        # bytecode is compiled at the first import instead, and only of what is used: a quarter of the time
        manners = ["--require-hashes", "--no-deps", "--only-binary=:all:", "--no-compile"]
        command = [*pip_command(python_of(folder)), "install", *manners, *PIP_MANNERS]
        try:
            run_program(
                [*command, "--no-warn-script-location", "-r", self._lock_file],
                log=log,
                scratch=scratch,
                needed_mb=NEEDED_MB,
                on_line=packages.read,
                on_tick=packages.look,
            )
        finally:
            line.close()

    def _clear(self) -> None:
        """Remove unfinished environments and those that nobody used for two months."""
        kept = set()
        for stamp in self._place.glob("*" + READY):
            folder = stamp.parent / stamp.read_text(encoding="utf-8").strip()
            # other checkouts with their own lock may share this data folder; a use renews the folder's time
            if stamp == self._stamp or not folder.is_dir() or _idle_days(folder) > _IDLE_DAYS:
                stamp.unlink()
            else:
                kept.add(folder.name)
        for folder in self._place.iterdir():
            if folder.is_dir() and folder.name not in kept:
                shutil.rmtree(folder, ignore_errors=True)


def _idle_days(folder: Path) -> float:
    return (time.time() - folder.stat().st_mtime) / 86400


class _PackageCount:
    """Follows pip: packages fetched by its words, packages installed by what appears in the environment."""

    def __init__(self, lock_file: Path, folder: Path, line: ProgressLine) -> None:
        self._wanted = len(re.findall(r"(?m)^[A-Za-z0-9][\w.-]*==", lock_file.read_text(encoding="utf-8")))
        self._folder = folder
        self._line = line
        self._fetched = 0
        self._installing = False

    def read(self, words: str) -> None:
        """Take a line of pip."""
        if words.startswith("Ignoring "):
            self._wanted -= 1
        elif words.startswith("Collecting "):
            self._fetched += 1
            self._show("setup.fetching", self._fetched)
        elif words.startswith("Installing collected"):
            self._installing = True

    def look(self) -> None:
        """Count what is installed so far."""
        if self._installing:
            pattern = "Lib/site-packages" if sys.platform == "win32" else "lib/python*/site-packages"
            found = sum(1 for _ in self._folder.glob(pattern + "/*.dist-info/METADATA"))
            self._show("setup.installing", max(found - 1, 0))  # without pip itself

    def _show(self, step: str, done: int) -> None:
        done = min(done, self._wanted)
        self._line.show(step, sentence(step, done=done, total=self._wanted), done / max(self._wanted, 1))
