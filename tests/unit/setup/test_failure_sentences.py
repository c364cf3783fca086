"""Each way a set-up can fail is one sentence in both languages."""

import errno
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from explorer_app.domain.errors import CancelledError
from explorer_app.setup import sentences
from explorer_app.setup.lock import FileLock
from explorer_app.setup.programs import PIP_MANNERS, SetupError, disk_error, failure_of, run_program
from explorer_app.texts import LANGUAGES, Texts, resource

WORDS = {
    "setup.no_network": "WARNING: Retrying (Retry(total=1)) after connection broken by 'NewConnectionError("
    "'<HTTPSConnection object>: Failed to establish a new connection: [Errno -3] Temporary failure in name "
    "resolution')'\nERROR: No matching distribution found for av==1.0",
    "setup.no_package": "ERROR: No matching distribution found for av==18.1.0",
    "setup.disk_full": "ERROR: Could not install packages due to an OSError: [Errno 28] No space left",
    "setup.hash_wrong": "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you\n"
    "    av==18.1.0 from file:///av.whl (from -r lock (line 3)):\n        Expected sha256 0\n",
    "setup.no_venv": "The virtual environment was not created because ensurepip is not\navailable.",
    "setup.not_writable": "ERROR: Could not install packages: [Errno 13] Permission denied: '/x'",
    "setup.unknown": "Something nobody ever saw",
}


@pytest.mark.parametrize("message_id", WORDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_pip_says_becomes_one_sentence(
    message_id: str, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failure = failure_of(WORDS[message_id], tmp_path / "setup.log", needed_mb=1300)
    assert failure.message_id == message_id
    monkeypatch.setenv("EXPLORER_LANG", language)
    told = sentences.sentence(failure.message_id, **failure.values)
    assert "\n" not in told
    assert told == Texts(language).error(failure), (
        "before and after the packages are there it is the same sentence"
    )
    assert "{" not in told


def test_a_real_pip_without_a_network_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # nothing listens on the discard port
    monkeypatch.setenv("NO_PROXY", "*")
    pip = [sys.executable, "-I", "-m", "pip", "download", "--no-deps", *PIP_MANNERS, "tiny-one==1.0"]
    if subprocess.run([sys.executable, "-I", "-m", "pip", "--version"], capture_output=True).returncode:
        pytest.skip("this Python has no pip")
    with pytest.raises(SetupError) as failure:
        run_program(pip, log=tmp_path / "setup.log", scratch=tmp_path)
    assert failure.value.message_id == "setup.no_network"
    assert "127.0.0.1" in (tmp_path / "setup.log").read_text(), "the details stand in the log"


def test_a_cancel_ends_the_program_at_once(tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(CancelledError):
        run_program(
            [sys.executable, "-c", "import time; time.sleep(60)"],
            log=tmp_path / "log",
            scratch=tmp_path,
            cancel=lambda: time.monotonic() - started > 0.5,
        )
    assert time.monotonic() - started < 20


@pytest.mark.parametrize(
    ("number", "message_id"),
    [
        (errno.ENOSPC, "setup.disk_full"),
        (errno.EROFS, "setup.not_writable"),
        (errno.EACCES, "setup.not_writable"),
    ],
)
def test_a_failing_disk_has_a_sentence(number: int, message_id: str, tmp_path: Path) -> None:
    known = disk_error(OSError(number, "x"), tmp_path, 1300)
    assert known is not None
    assert known.message_id == message_id


def test_an_unknown_system_error_stays_one(tmp_path: Path) -> None:
    assert disk_error(OSError(errno.EIO, "x"), tmp_path, 1) is None


def test_both_languages_have_the_same_sentences_with_the_same_places() -> None:
    for area in ("setup", "models"):
        catalogues = [
            dict(
                re.findall(
                    r'^msgid "(.+)"\nmsgstr "(.+)"$',
                    resource("i18n", language, f"{area}.po").read_text(encoding="utf-8"),
                    re.MULTILINE,
                )
            )
            for language in LANGUAGES
        ]
        assert catalogues[0].keys() == catalogues[1].keys()
        for key, german in catalogues[0].items():
            assert set(re.findall(r"{\w+}", german)) == set(re.findall(r"{\w+}", catalogues[1][key])), key


def test_the_language_comes_from_the_locale_and_is_german_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("EXPLORER_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert sentences.language() == "de"
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    assert sentences.language() == "en"
    monkeypatch.setenv("EXPLORER_LANG", "de")
    assert sentences.language() == "de"


def test_the_second_of_two_set_ups_says_that_it_waits(tmp_path: Path) -> None:
    waited = threading.Event()
    order: list[str] = []

    def second() -> None:
        with FileLock(tmp_path / "lock", waited.set):
            order.append("second")

    with FileLock(tmp_path / "lock"):
        thread = threading.Thread(target=second)
        thread.start()
        assert waited.wait(10)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


def test_a_lock_whose_holder_was_killed_is_free(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from pathlib import Path; from explorer_app.setup.lock import FileLock\n"
            "with FileLock(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)",
            tmp_path / "lock",
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[3],
    )
    assert holder.stdout is not None
    with holder.stdout:
        assert holder.stdout.readline() == "held\n"
        holder.kill()
        holder.wait()
    with FileLock(tmp_path / "lock", lambda: pytest.fail("nobody holds it any more")):
        pass


def test_waiting_can_be_given_up(tmp_path: Path) -> None:
    with (
        FileLock(tmp_path / "lock"),
        pytest.raises(InterruptedError),
        FileLock(tmp_path / "lock", cancel=lambda: True),
    ):
        pytest.fail("taken twice")
