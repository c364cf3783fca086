"""A child process for heavy or hostile work, and the frames that pass between it and us.

A frame is one byte that names its kind and a payload: raw samples or JSON. Nothing a child sends
is ever unpickled, so a child that a hostile file has taken over gains nothing by it.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing import connection, resource_tracker
from typing import Any

from analysis.speech.errors import SpeechCancelledError, SpeechError
from analysis.speech.types import Cancel

MAX_FRAME = 64 * 1024 * 1024
"""Longest payload that is accepted, in bytes (a 3-hour table of voice activity is 3 MB)."""

_POLL_SECONDS = 0.1


class Line:
    """Sends and receives frames over a pipe; the child's end of it."""

    def __init__(self, conn: connection.Connection[bytes, bytes]) -> None:
        self._conn = conn

    def send(self, kind: bytes, payload: bytes | memoryview = b"") -> None:
        """Send one frame; `kind` is one byte."""
        self._conn.send_bytes(kind + bytes(payload))

    def send_json(self, kind: bytes, value: object) -> None:
        """Send one frame with a JSON payload."""
        self.send(kind, json.dumps(value).encode())

    def receive(self) -> tuple[bytes, bytes]:
        """Wait for a frame; raises EOFError when the other end is gone."""
        frame = self._conn.recv_bytes(MAX_FRAME)
        return frame[:1], frame[1:]


ChildMain = Callable[..., None]


class Child:
    """Runs `target(line, *args)` in a fresh process (spawn).

    Args:
        target: Importable function.
        args: Picklable arguments.
        death_id: Message id of the error raised when the process dies by itself.
    """

    def __init__(self, target: ChildMain, args: tuple[Any, ...], *, death_id: str) -> None:
        context = multiprocessing.get_context("spawn")
        self._conn, theirs = context.Pipe(duplex=True)
        self._death_id = death_id
        self._process = context.Process(target=_run_child, args=(target, theirs, args), daemon=True)
        with _ctrl_c_held_back():
            self._process.start()
        theirs.close()

    @property
    def pid(self) -> int | None:
        """Process id."""
        return self._process.pid

    def send(self, kind: bytes, payload: bytes | memoryview = b"") -> None:
        """Send one frame; raises SpeechError when the child is dead."""
        try:
            self._conn.send_bytes(kind + bytes(payload))
        except (BrokenPipeError, ConnectionError, OSError) as error:
            raise self._dead() from error

    def send_json(self, kind: bytes, value: object) -> None:
        """Send one frame with a JSON payload."""
        self.send(kind, json.dumps(value).encode())

    def receive(self, cancel: Cancel | None, timeout: float | None = None) -> tuple[bytes, bytes]:
        """Wait for a frame.

        Raises:
            SpeechCancelledError: `cancel` was set; the process tree is gone.
            SpeechError: The child died, or said nothing for `timeout` seconds.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            if cancel is not None and cancel.is_set():
                self.kill()
                raise SpeechCancelledError
            try:
                if self._conn.poll(_POLL_SECONDS):
                    frame = self._conn.recv_bytes(MAX_FRAME)
                    return frame[:1], frame[1:]
            except (EOFError, OSError) as error:
                raise self._dead() from error
            if deadline is not None and time.monotonic() > deadline:
                self.kill()
                raise SpeechError(self._death_id, code="timeout")

    def _dead(self) -> SpeechError:
        self._process.join(5)
        code = self._process.exitcode
        self.kill()
        return SpeechError(self._death_id, code=str(code))

    def kill(self) -> None:
        """End the process and everything it started; safe to call twice."""
        if self._process.is_alive():
            _kill_group(self._process.pid)
            self._process.kill()
        self._process.join(5)
        self._conn.close()


@contextlib.contextmanager
def _ctrl_c_held_back() -> Iterator[None]:
    """Hold Ctrl+C back while a process starts, which inherits this: it must not complain while it imports."""
    if sys.platform == "win32":
        yield
        return
    resource_tracker.ensure_running()  # would lift the block when it starts within
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _kill_group(pid: int | None) -> None:
    """Kill what the child may have started: it leads a process group of its own where such exist."""
    if sys.platform != "win32" and pid is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def _run_child(target: ChildMain, conn: connection.Connection[bytes, bytes], args: tuple[Any, ...]) -> None:
    if sys.platform != "win32":
        os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl+C means
    _die_with_parent()
    try:
        target(Line(conn), *args)
    except (EOFError, BrokenPipeError):
        return  # the parent no longer listens


def _die_with_parent() -> None:
    """End this process at once when the parent is gone, even in the middle of a computation."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    sentinel = parent.sentinel

    def wait() -> None:
        connection.wait([sentinel])
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
