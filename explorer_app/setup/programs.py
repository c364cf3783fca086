"""Runs venv and pip, keeps their words in a log and turns a failure into one known error."""

from __future__ import annotations

import contextlib
import errno
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from explorer_app.domain.errors import CancelledError, ExplorerError
from explorer_app.setup.ready import STRAY_SETTINGS

PIP_MANNERS = (
    "--disable-pip-version-check",
    "--no-input",
    "--progress-bar=off",
    "--retries=2",
)
_SIGNS = (
    ("setup.disk_full", r"Errno 28|No space left|WinError 112|Errno 122|Disk quota"),
    ("setup.hash_wrong", r"DO NOT MATCH THE HASHES|HashMismatch|Hashes are required"),
    ("setup.no_venv", r"ensurepip is not|No module named '?(?:ensurepip|venv)"),
    (
        "setup.no_network",
        r"NewConnectionError|NameResolutionError|Failed to establish|getaddrinfo|ConnectTimeout|ReadTimeout"
        r"|Read timed out|Network is unreachable|ProxyError|SSLError|ConnectionError|Connection aborted"
        r"|ProtocolError|Connection refused|IncompleteRead|Temporary failure|HTTPSConnectionPool",
    ),
    ("setup.not_writable", r"Errno 13|Errno 30|Permission denied|Read-only file system"),
)


class SetupError(ExplorerError):
    """A set-up that cannot go on."""

    exit_code = 2


def disk_error(error: OSError, folder: Path, needed_mb: int) -> SetupError | None:
    """Return the SetupError for a full or closed disk, or None if `error` is something else."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT) or getattr(error, "winerror", 0) == 112:
        return SetupError("setup.disk_full", needed=needed_mb, free=free_mb(folder))
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
        return SetupError("setup.not_writable", home=str(folder))
    return None


def free_mb(folder: Path) -> int:
    """Return the free megabytes where `folder` is or will be."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free // 1_000_000


def run_program(
    command: Sequence[str | Path],
    *,
    log: Path,
    scratch: Path,
    needed_mb: int = 0,
    on_line: Callable[[str], None] | None = None,
    on_tick: Callable[[], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> None:
    """Run a program to its end.

    Args:
        command: Program and arguments.
        log: File that its words are added to.
        scratch: Its current and temporary folder.
        needed_mb: What the sentence about a full disk says.
        on_line: Called with each line it prints.
        on_tick: Called some times a second.
        cancel: Asked some times a second; True ends the program.

    Raises:
        SetupError: With the reason found in its words.
        CancelledError: If `cancel` said so.
    """
    environment = {name: value for name, value in os.environ.items() if name not in STRAY_SETTINGS}
    temporary = str(scratch)
    environment |= {"TMPDIR": temporary, "TEMP": temporary, "TMP": temporary, "PYTHONUTF8": "1"}
    words: list[str] = []
    with (
        log.open("a", encoding="utf-8") as written,
        subprocess.Popen(
            [os.fspath(part) for part in command],
            cwd=scratch,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as child,
    ):
        try:
            for line in _lines(child, on_tick, cancel):
                words.append(line)
                written.write(line)
                if on_line:
                    on_line(line.rstrip())
        except BaseException:
            child.kill()
            raise
    if child.returncode != 0:
        raise failure_of("".join(words), log, needed_mb)


def _lines(
    child: subprocess.Popen[str], on_tick: Callable[[], None] | None, cancel: Callable[[], bool] | None
) -> Iterator[str]:
    """Yield the lines of a program as they come; in between tick and ask for a cancel."""
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def read() -> None:
        assert child.stdout is not None
        for line in child.stdout:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    while True:
        if cancel and cancel():
            raise CancelledError
        if on_tick:
            on_tick()
        with contextlib.suppress(queue.Empty):
            line = lines.get(timeout=0.2)
            if line is None:
                return
            yield line


def failure_of(words: str, log: Path, needed_mb: int = 0) -> SetupError:
    """Return the SetupError that the words of venv or pip tell of."""
    for message_id, pattern in _SIGNS:
        if re.search(pattern, words):
            named = re.search(r"(?m)^ {4}(?:unknown package|(\S+?)(?:[=~<>]=\S+)?) (?:from|\()", words)
            return SetupError(
                message_id,
                needed=needed_mb,
                free=free_mb(log.parent),
                home=str(log.parent),
                package=(named and named.group(1)) or "?",
            )
    missing = re.search(r"No matching distribution found for ([\w.-]+)", words)
    if missing:
        return SetupError("setup.no_package", package=missing.group(1), log=str(log))
    return SetupError("setup.unknown", log=str(log))


def pip_command(python: str | Path = sys.executable) -> list[str | Path]:
    """Return the start of a pip command that ignores the user's own Python settings."""
    return [python, "-I", "-m", "pip"]
