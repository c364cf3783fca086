"""Making the environment: with a tiny lock and real pip, broken off and begun again."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from explorer_app.setup import environment as environment_module
from explorer_app.setup.environment import Environment
from explorer_app.setup.programs import SetupError
from explorer_app.setup.ready import python_of, ready_environment, stamp_of

ROOT = Path(__file__).resolve().parents[3]
MakeLock = Callable[..., Path]


def make_wheel(folder: Path, name: str, content: str) -> Path:
    """Write a real wheel of one module."""
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{name}.py", content)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(
            f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"
        )
    return wheel


@pytest.fixture
def make_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeLock:
    """Return a maker of locks whose packages lie in a local folder, and let pip see only that."""
    packages = tmp_path / "packages"
    packages.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(packages))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)

    def make(*names: str, digest: str = "") -> Path:
        lines = []
        for name in names:
            wheel = make_wheel(packages, name, f"NAME = {name!r}\n")
            right = hashlib.sha256(wheel.read_bytes()).hexdigest()
            lines.append(f"{name}==1.0 \\\n    --hash=sha256:{digest or right}\n")
        lock = tmp_path / "requirements.lock"
        lock.write_text("".join(lines), encoding="utf-8")
        return lock

    return make


@pytest.mark.slow
def test_the_environment_holds_the_packages_in_a_path_with_umlauts_and_blanks(
    make_lock: MakeLock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # the stray settings and the stray module of a person's own work must not get in
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PIP_TARGET", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("PIP_REQUIRE_VIRTUALENV", "0")
    home = tmp_path / "Käthe Groß 🙂"
    lock = make_lock("tiny_one", "tiny_two")
    folder = Environment(home, lock).ensure()
    found = subprocess.run(
        [python_of(folder), "-I", "-c", "import tiny_one, tiny_two; print(tiny_two.NAME)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == "tiny_two"
    assert ready_environment(stamp_of(home, lock)) == folder
    assert not (tmp_path / "elsewhere").exists()
    assert not (folder / "tmp").exists()
    assert "2" in capsys.readouterr().err
    assert Environment(home, lock).ensure() == folder, "a finished environment is not made again"


@pytest.mark.slow
def test_a_wrong_hash_is_refused_and_nothing_counts_as_ready(make_lock: MakeLock, tmp_path: Path) -> None:
    lock = make_lock("tiny_one", digest="0" * 64)
    with pytest.raises(SetupError) as failure:
        Environment(tmp_path / "home", lock).ensure()
    assert failure.value.message_id == "setup.hash_wrong"
    assert ready_environment(stamp_of(tmp_path / "home", lock)) is None


@pytest.mark.slow
def test_a_set_up_killed_at_any_moment_is_begun_again(make_lock: MakeLock, tmp_path: Path) -> None:
    lock, home = make_lock("tiny_one"), tmp_path / "home"
    command = (
        "import sys; from pathlib import Path; from explorer_app.setup.environment import Environment; "
        "Environment(Path(sys.argv[1]), Path(sys.argv[2])).ensure()"
    )
    for seconds in (0.6, 2.0):
        child = subprocess.Popen(
            [sys.executable, "-c", command, home, lock],
            cwd=ROOT,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(seconds)
        if sys.platform == "win32":
            child.kill()
        else:
            os.kill(child.pid, signal.SIGKILL)  # only the parent: what it started may go on
        child.wait()
    left = {path.name for path in (home / "env").iterdir()} if (home / "env").exists() else set()
    folder = Environment(home, lock).ensure()
    subprocess.run([python_of(folder), "-I", "-c", "import tiny_one"], check=True)
    names = {path.name for path in (home / "env").iterdir() if path.is_dir()}
    assert names == {folder.name} or not (names - {folder.name}) & left


@pytest.mark.slow
def test_an_environment_whose_python_is_gone_is_made_anew(make_lock: MakeLock, tmp_path: Path) -> None:
    lock, home = make_lock("tiny_one"), tmp_path / "home"
    first = Environment(home, lock).ensure()
    shutil.rmtree(python_of(first).parent)
    assert Environment(home, lock).ensure() != first
    assert not first.exists()


def test_a_full_disk_is_told_before_anything_is_fetched(
    make_lock: MakeLock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment_module, "NEEDED_MB", 10**9)
    with pytest.raises(SetupError) as failure:
        Environment(tmp_path / "home", make_lock("tiny_one")).ensure()
    assert failure.value.message_id == "setup.disk_full"
    assert failure.value.values["needed"] == 10**9


def test_a_home_that_is_a_file_is_told_in_a_sentence(make_lock: MakeLock, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("no folder")
    with pytest.raises(SetupError) as failure:
        Environment(tmp_path / "home", make_lock("tiny_one")).ensure()
    assert failure.value.message_id == "setup.not_writable"


def test_outdated_environments_go_and_used_ones_stay(make_lock: MakeLock, tmp_path: Path) -> None:
    home, lock = tmp_path / "home", make_lock("tiny_one")
    place = home / "env"
    for name, days in (("used", 3), ("idle", 90)):
        (place / name).mkdir(parents=True)
        (place / f"py311-{name}.ready").write_text(name)
        moment = time.time() - days * 86400
        os.utime(place / name, (moment, moment))
    (place / "half").mkdir()
    Environment(home, lock)._clear()
    assert sorted(path.name for path in place.iterdir()) == ["py311-used.ready", "used"]
