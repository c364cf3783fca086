# -*- coding: utf-8 -*-
"""Start Explorer from a checkout: ``python3 run.py demo | test | app | cli ...``.

The first start makes an environment in the user's data folder, installs the pinned packages and the two
default models, each checked by its hash, and then runs the command inside. Every later start only finds
the environment ready and uses no network. A start that was broken off is simply begun again: the file that
names a finished environment is written last, and an environment without it is thrown away.

Standard library only, and no syntax newer than Python 2.7, so that a Python that is too old gets a sentence
instead of a traceback. The sentences stand in ``resources/i18n/<language>/setup.po``.
"""

import hashlib
import io
import os
import re
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))
LOCK_FILE = os.path.join(ROOT, "requirements.lock")
OLDEST, NEWEST = (3, 11), (3, 13)
FIRST_MODELS = ("whisper-base", "multilingual-e5-small")
NEEDED_MB = 1400
COMMANDS = ("demo", "test", "app", "cli")
NO_NETWORK = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}
# settings of the user's own Python and pip that would lead an isolated environment astray
STRAY_SETTINGS = (
    "PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONUSERBASE PIP_TARGET PIP_PREFIX PIP_ROOT PIP_CONSTRAINT "
    "PIP_REQUIREMENT PIP_NO_BINARY PIP_REQUIRE_VIRTUALENV PIP_DRY_RUN PIP_REPORT __PYVENV_LAUNCHER__"
).split()
_SENTENCES = {}


class SetupError(Exception):
    """A set-up that cannot go on, told in one sentence.

    Args:
        message_id: Key of the sentence in ``setup.po``.
        values: Values for its placeholders.
    """

    def __init__(self, message_id, **values):
        Exception.__init__(self, message_id)
        self.message_id = message_id
        self.values = values


def language():
    """Return ``de`` or ``en``: ``EXPLORER_LANG``, else the locale, else German."""
    chosen = os.environ.get("EXPLORER_LANG", "")
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        chosen = chosen or os.environ.get(name, "")
    return "en" if chosen.lower().startswith("en") else "de"


def sentence(message_id, **values):
    """Return the sentence of `message_id` in the person's language."""
    if not _SENTENCES:
        path = os.path.join(ROOT, "resources", "i18n", language(), "setup.po")
        with io.open(path, encoding="utf-8") as catalogue:
            _SENTENCES.update(re.findall(r'^msgid "(.+)"\nmsgstr "(.*)"$', catalogue.read(), re.MULTILINE))
    return _SENTENCES[message_id].replace('\\"', '"').replace("\\n", "\n").format(**values)


def say(text, end="\n"):
    """Print `text` to standard error at once; standard output belongs to the command."""
    sys.stderr.write(text + end)
    sys.stderr.flush()


class Progress(object):
    """A line that tells how far it is: rewritten on a terminal, now and then a new line elsewhere."""

    def __init__(self):
        self.live = sys.stderr.isatty()
        self.last = (None, -1)

    def show(self, message_id, done, total, **values):
        """Show that `done` of `total` steps of `message_id` are done."""
        tenth = (message_id, sorted(values.items()), 10 * done // max(total, 1))
        if not self.live and tenth == self.last:
            return
        self.last = tenth
        text = sentence(message_id, done=done, total=total, **values)
        say("\r\033[K" + text if self.live else text, end="" if self.live else "\n")

    def close(self):
        """End a line that is still being rewritten."""
        if self.live and self.last[0] is not None:
            say("")
        self.last = (None, -1)


def home_folder():
    """Return the user's data folder of Explorer; ``EXPLORER_HOME`` overrides the system's own place."""
    given = os.environ.get("EXPLORER_HOME", "")
    if given:
        return os.path.abspath(given)
    user = os.path.expanduser("~")
    if sys.platform == "win32":
        return os.path.join(os.environ.get("LOCALAPPDATA") or os.path.join(user, "AppData", "Local"), "Explorer")
    if sys.platform == "darwin":
        return os.path.join(user, "Library", "Application Support", "Explorer")
    return os.path.join(os.environ.get("XDG_DATA_HOME") or os.path.join(user, ".local", "share"), "explorer")


def this_python_suits():
    """Return whether this Python has a wanted version and can make environments with pip."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        return False
    from importlib.util import find_spec

    return find_spec("venv") is not None and find_spec("ensurepip") is not None


def other_pythons():
    """Yield the programs on the PATH that may be a suitable Python, newest first."""
    names = ["python3.{0}".format(minor) for minor in range(NEWEST[1], OLDEST[1] - 1, -1)] + ["python3", "python"]
    ending = ".exe" if sys.platform == "win32" else ""
    for name in names:
        for folder in os.environ.get("PATH", "").split(os.pathsep):
            program = os.path.join(folder, name + ending)
            if os.access(program, os.X_OK) and os.path.isfile(program):
                yield program


def find_python():
    """Return another Python that suits, or None. Each candidate is asked, never trusted by its name."""
    import subprocess

    question = (
        "import sys; from importlib.util import find_spec as f; "
        "sys.exit(not ({0!r} <= sys.version_info[:2] <= {1!r} and f('venv') and f('ensurepip')))"
    ).format(OLDEST, NEWEST)
    for program in other_pythons():
        try:
            with open(os.devnull, "w") as silent:
                if subprocess.call([program, "-I", "-c", question], stdout=silent, stderr=silent) == 0:
                    return program
        except OSError:
            continue
    return None


def hand_over(program, arguments, environment):
    """Go on in another Python: replaces this process, or waits for it where Windows cannot."""
    command = [program, os.path.join(ROOT, "run.py")] + list(arguments)
    if sys.platform != "win32":
        os.execve(program, command, environment)
    import subprocess

    child = subprocess.Popen(command, env=environment)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue  # the child got it too and ends by itself


class SetupLock(object):
    """Holds the set-up of one data folder; a second set-up says so and waits for the first."""

    def __init__(self, home):
        self.path = os.path.join(home, "setup.lock")

    def __enter__(self):
        import time

        self.file = open(self.path, "a+")
        told = False
        while not self._take():
            if not told:
                say(sentence("setup.waiting"))
                told = True
            time.sleep(0.3)
        return self

    def __exit__(self, *_details):
        self.file.close()

    def _take(self):
        try:
            if sys.platform == "win32":
                import msvcrt

                self.file.seek(0)
                msvcrt.locking(self.file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (IOError, OSError):
            return False
        return True


def environment_key():
    """Return the name of the environment: Python version and hash of the lock."""
    with open(LOCK_FILE, "rb") as lock:
        digest = hashlib.sha256(lock.read()).hexdigest()[:12]
    return "py{0}{1}-{2}".format(sys.version_info[0], sys.version_info[1], digest)


def python_of(folder):
    """Return the interpreter inside an environment folder."""
    parts = ("Scripts", "python.exe") if sys.platform == "win32" else ("bin", "python")
    return os.path.join(folder, *parts)


def ready_environment(home):
    """Return the finished environment's folder, or None. The small file that names it is written last."""
    try:
        with io.open(os.path.join(home, "env", environment_key() + ".ready"), encoding="utf-8") as stamp:
            folder = os.path.join(home, "env", stamp.read().strip())
    except (IOError, OSError):
        return None
    return folder if os.path.exists(python_of(folder)) else None


def remove_unfinished(place):
    """Remove environments that no stamp names: broken-off set-ups and those of outdated locks."""
    import shutil

    current = environment_key()
    kept = set()
    for name in os.listdir(place):
        stamp = os.path.join(place, name)
        if name.endswith(".ready"):
            with io.open(stamp, encoding="utf-8") as content:
                folder = content.read().strip()
            # another checkout may still use its own lock: only what lies idle for two months goes
            if name == current + ".ready" or _idle_days(stamp) > 60:
                os.remove(stamp)
            else:
                kept.add(folder)
    for name in os.listdir(place):
        folder = os.path.join(place, name)
        if name not in kept and os.path.isdir(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _idle_days(path):
    import time

    return (time.time() - os.path.getmtime(path)) / 86400


def make_environment(home):
    """Make the environment with all pinned packages and return its folder.

    Each try works in a folder of its own, so that what a killed try left running cannot disturb the next.
    """
    import tempfile

    place = os.path.join(home, "env")
    if not os.path.isdir(place):
        os.makedirs(place)
    remove_unfinished(place)
    check_space(home)
    key = environment_key()
    folder = tempfile.mkdtemp(prefix=key + "-", dir=place)
    scratch = os.path.join(folder, "tmp")
    os.mkdir(scratch)
    say(sentence("setup.first_use", home=home))
    run_quietly([sys.executable, "-I", "-m", "venv", folder], home, scratch)
    install_packages(folder, home, scratch)
    import shutil

    shutil.rmtree(scratch, ignore_errors=True)
    stamp = os.path.join(place, key + ".ready")
    with io.open(stamp + ".new", "w", encoding="utf-8") as new:
        new.write(u"" + os.path.basename(folder))
        new.flush()
        os.fsync(new.fileno())
    os.replace(stamp + ".new", stamp)
    return folder


def check_space(home):
    """Refuse early when the disk cannot hold packages and models."""
    import shutil

    free = shutil.disk_usage(home).free // 1000000
    if free < NEEDED_MB:
        raise SetupError("setup.disk_full", needed=NEEDED_MB, free=free)


def child_environment(scratch):
    """Return the process environment for venv and pip, without the user's own Python settings."""
    environment = dict((k, v) for k, v in os.environ.items() if k not in STRAY_SETTINGS)
    environment.update(TMPDIR=scratch, TEMP=scratch, TMP=scratch, PIP_USER="0", PYTHONUTF8="1")
    return environment


def run_quietly(command, home, scratch, on_line=None):
    """Run a program, keep its words in ``setup.log`` and turn a failure into a SetupError."""
    import subprocess

    child = subprocess.Popen(
        command,
        cwd=scratch,
        env=child_environment(scratch),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    lines = []
    try:
        with io.open(os.path.join(home, "setup.log"), "a", encoding="utf-8") as log:
            for raw in child.stdout:
                line = raw.decode("utf-8", "replace").rstrip()
                lines.append(line)
                log.write(line + u"\n")
                if on_line:
                    on_line(line)
        if child.wait() != 0:
            raise failure_of("\n".join(lines), home)
    finally:
        if child.poll() is None:
            child.kill()
        child.stdout.close()
        child.wait()


def failure_of(words, home):
    """Return the SetupError that says in one sentence why venv or pip failed, from pip's own words."""
    free = _free_mb(home)
    signs = (
        ("setup.disk_full", r"Errno 28|No space left|WinError 112|Errno 122|Disk quota"),
        ("setup.hash_wrong", r"DO NOT MATCH THE HASHES|HashMismatch|Hashes are required"),
        ("setup.no_venv", r"ensurepip is not|No module named '?(ensurepip|venv)"),
        (
            "setup.no_network",
            r"NewConnectionError|NameResolutionError|Failed to establish|getaddrinfo|ConnectTimeout|ReadTimeout"
            r"|Read timed out|Network is unreachable|ProxyError|SSLError|ConnectionError|Connection aborted"
            r"|ProtocolError|Connection refused|IncompleteRead|Temporary failure|HTTPSConnectionPool",
        ),
        ("setup.not_writable", r"Errno 13|Errno 30|Permission denied|Read-only file system"),
    )
    log = os.path.join(home, "setup.log")
    for message_id, pattern in signs:
        if re.search(pattern, words):
            package = re.search(r"(?m)^\s+(?:unknown package|(\S+)==\S+|(\S+) from) ", words)
            name = next((g for g in package.groups() if g), "?") if package else "?"
            return SetupError(message_id, needed=NEEDED_MB, free=free, home=home, package=name)
    missing = re.search(r"No matching distribution found for (\S+?)==", words)
    if missing:
        return SetupError("setup.no_package", package=missing.group(1), log=log)
    return SetupError("setup.unknown", log=log)


def _free_mb(home):
    import shutil

    try:
        return shutil.disk_usage(home).free // 1000000
    except OSError:
        return 0


def install_packages(folder, home, scratch):
    """Install the lock into an environment folder: hashes required, wheels only, nothing resolved anew."""
    import glob
    import threading

    with io.open(LOCK_FILE, encoding="utf-8") as lock:
        wanted = len(re.findall(r"(?m)^[A-Za-z0-9][\w.-]*==", lock.read()))
    count = {"fetched": 0, "wanted": wanted, "all": False}
    done = threading.Event()
    progress = Progress()

    def on_line(line):
        if line.startswith("Ignoring "):
            count["wanted"] -= 1
        elif line.startswith("Collecting "):
            count["fetched"] += 1
            progress.show("setup.fetching", count["fetched"], count["wanted"])
        elif line.startswith("Installing collected"):
            count["all"] = True

    def watch():
        pattern = os.path.join(glob.escape(folder), "**", "site-packages", "*.dist-info")
        while not done.wait(0.5):
            if count["all"]:
                found = len(glob.glob(pattern, recursive=True)) - 1  # pip itself
                progress.show("setup.installing", min(found, count["wanted"]), count["wanted"])

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        pip = [python_of(folder), "-I", "-m", "pip", "install", "--require-hashes", "--no-deps"]
        pip += ["--only-binary=:all:", "--no-compile", "--no-input", "--disable-pip-version-check"]
        pip += ["--progress-bar=off", "--no-warn-script-location", "--retries=2", "-r", LOCK_FILE]
        run_quietly(pip, home, scratch, on_line)
    finally:
        done.set()
        watcher.join()
        progress.close()


def set_up(home):
    """Return the folder of the ready environment; make it first where it is missing."""
    folder = ready_environment(home)
    if folder:
        return folder
    try:
        if not os.path.isdir(home):
            os.makedirs(home)
        with SetupLock(home):
            return ready_environment(home) or make_environment(home)
    except OSError as error:
        if error.errno in (28, 122):
            raise SetupError("setup.disk_full", needed=NEEDED_MB, free=_free_mb(home))
        if error.errno in (1, 13, 30):
            raise SetupError("setup.not_writable", home=home)
        raise


def inner_environment(home, folder):
    """Return the process environment for the command: no network for hubs, no bytecode in the checkout."""
    environment = dict((k, v) for k, v in os.environ.items() if k not in STRAY_SETTINGS)
    environment.update(NO_NETWORK)
    environment.update(
        EXPLORER_HOME=home,
        EXPLORER_ENV=folder,
        PYTHONPYCACHEPREFIX=os.path.join(folder, "pycache"),
        PYTHONUTF8="1",
        PYTHONNOUSERSITE="1",
    )
    return environment


def install_models(home):
    """Install the default models that are missing (inside the environment)."""
    missing = [m for m in FIRST_MODELS if not os.path.exists(os.path.join(home, "models", m, "installed.json"))]
    if not missing:
        return
    from pathlib import Path

    from explorer_app.domain.errors import ExplorerError
    from explorer_app.models.catalogue import Catalogue
    from explorer_app.models.store import ModelStore
    from explorer_app.texts import Texts

    texts = Texts(language())
    store = ModelStore(Path(home) / "models", Catalogue.load())
    progress = Progress()

    def show(step, done, total):
        progress.show("setup.model_" + step, done // 1000000, total // 1000000, model=model)

    for model in missing:
        try:
            store.install(model, progress=show)
        except ExplorerError as error:
            raise SetupError("setup.model_failed", reason=texts.error(error), model=model)
        finally:
            progress.close()
    say(sentence("setup.done"))


def run_tests(home, arguments):
    """Run the test suite; its caches stay out of the checkout, which may be read-only."""
    import pytest

    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = os.path.join(home, "cache", "hypothesis")
    os.chdir(ROOT)
    return pytest.main(["-o", "cache_dir=" + os.path.join(home, "cache", "pytest")] + arguments)


def run_command(arguments):
    """Run a command inside the environment and return its exit code."""
    home = os.environ["EXPLORER_HOME"]
    command, rest = arguments[0], list(arguments[1:])
    sys.path[:1] = [ROOT]  # never the current folder
    # help and the care of models must work without models
    if not (command == "cli" and (rest[:1] == ["models"] or "--help" in rest or not rest)):
        install_models(home)
    if command == "test":
        return run_tests(home, rest)
    if command == "app":
        from ui.app import main
    else:
        from explorer_app.cli import main
    sys.argv = ["explorer"] + (["demo"] if command == "demo" else []) + rest
    return main()


def start(arguments):
    """Check the command and this Python, set up what is missing, and go on inside the environment."""
    if not arguments or arguments[0] not in COMMANDS:
        asked = arguments and arguments[0] in ("-h", "--help", "help")
        say(sentence("setup.usage") if asked or not arguments else sentence("setup.unknown_command", name=arguments[0]))
        return 0 if asked else 2
    if arguments[0] == "app" and not os.path.exists(os.path.join(ROOT, "ui", "app.py")):
        raise SetupError("setup.no_window")
    folder = os.environ.get("EXPLORER_ENV", "")
    if folder and os.path.realpath(folder) == os.path.realpath(sys.prefix):
        return run_command(arguments)
    if not this_python_suits():
        other = find_python()
        if other is None:
            wrong = not OLDEST <= sys.version_info[:2] <= NEWEST
            version = "{0}.{1}".format(*sys.version_info[:2])
            raise SetupError("setup.wrong_python" if wrong else "setup.no_venv", version=version)
        return hand_over(other, arguments, dict(os.environ))
    home = home_folder()
    folder = set_up(home)
    return hand_over(python_of(folder), arguments, inner_environment(home, folder))


def main():
    """Run and return the exit code; a known failure ends in one sentence."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        return start(sys.argv[1:])
    except SetupError as failure:
        say(sentence(failure.message_id, **failure.values))
        return 2
    except KeyboardInterrupt:
        say("\n" + sentence("setup.broken_off"))
        return 130


if __name__ == "__main__":
    sys.exit(main())
