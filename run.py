"""Start Explorer from a checkout: ``python3 run.py demo | test | app | cli ...``.

The first start makes an environment in the user's data folder, installs the pinned packages and the two
default models, each checked by its hash, and then runs the command inside. Every later start finds all that
ready and uses no network. A start that was broken off is simply begun again.

Standard library only until the environment is entered. The syntax of this file suits every Python since 2.7,
so that a Python that is too old gets a sentence instead of a traceback.
"""

import os
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))
OLDEST, NEWEST = (3, 11), (3, 13)
FIRST_MODELS = ("whisper-base", "multilingual-e5-small")
COMMANDS = ("demo", "test", "app", "cli")


def this_python_suits():
    """Return whether this Python has a wanted version and can make environments with pip."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        return False
    from importlib.util import find_spec

    return find_spec("venv") is not None and find_spec("ensurepip") is not None


def other_pythons():
    """Yield the programs on the PATH that may be a suitable Python, newest first."""
    names = ["python3.{0}".format(minor) for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    ending = ".exe" if sys.platform == "win32" else ""
    for name in names + ["python3", "python"]:
        for folder in os.environ.get("PATH", "").split(os.pathsep):
            program = os.path.join(folder, name + ending)
            if os.path.isfile(program) and os.access(program, os.X_OK):
                yield program


def find_python():
    """Return another Python that suits, or None. Each is asked, never trusted by its name."""
    import subprocess

    question = (
        "import sys; from importlib.util import find_spec as f; "
        "sys.exit(not ({0!r} <= sys.version_info[:2] <= {1!r} and f('venv') and f('ensurepip')))"
    ).format(OLDEST, NEWEST)
    with open(os.devnull, "w") as silent:
        for program in other_pythons():
            try:
                if subprocess.call([program, "-I", "-c", question], stdout=silent, stderr=silent) == 0:
                    return program
            except OSError:
                continue
    return None


def refuse_python():
    """Say that no Python suits, and return the exit code."""
    import io
    import re

    wrong = not OLDEST <= sys.version_info[:2] <= NEWEST
    wish = os.environ.get("EXPLORER_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    language = "en" if wish.lower().startswith("en") else "de"
    with io.open(os.path.join(ROOT, "resources", "i18n", language, "setup.po"), encoding="utf-8") as file:
        sentences = dict(re.findall(r'msgid "(.+)"\nmsgstr "(.+)"', file.read()))
    text = sentences["setup.wrong_python" if wrong else "setup.no_venv"]
    text = text.replace('\\"', '"').format(version="{0}.{1}".format(*sys.version_info[:2])) + "\n"
    getattr(sys.stderr, "buffer", sys.stderr).write(text.encode("utf-8"))
    return 2


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


def start(arguments):
    """Check the command, make the environment if it is missing, and go on inside it."""
    from pathlib import Path

    from explorer_app.setup.home import home_folder
    from explorer_app.setup.ready import inner_settings, python_of, ready_environment, stamp_of

    window = os.path.join(ROOT, "ui", "app.py")
    if (
        not arguments
        or arguments[0] not in COMMANDS
        or (arguments[0] == "app" and not os.path.exists(window))
    ):
        return answer(arguments)
    home, lock_file = home_folder(), Path(ROOT, "requirements.lock")
    folder = ready_environment(stamp_of(home, lock_file)) or set_up(home, lock_file)
    if isinstance(folder, int):
        return folder
    return hand_over(str(python_of(folder)), arguments, inner_settings(home, folder))


def answer(arguments):
    """Say what can be called; return 0 if that was asked for."""
    from explorer_app.setup.sentences import sentence
    from explorer_app.setup.terminal import say

    asked = arguments[:1] in (["-h"], ["--help"], ["help"])
    if asked or not arguments:
        say(sentence("setup.usage"))
    elif arguments[0] == "app":
        say(sentence("setup.no_window"))
    else:
        say(sentence("setup.unknown_command", name=arguments[0]))
    return 0 if asked else 2


def set_up(home, lock_file):
    """Make the environment; return its folder, or the exit code of a failure."""
    from explorer_app.setup.environment import Environment
    from explorer_app.setup.programs import SetupError
    from explorer_app.setup.sentences import sentence
    from explorer_app.setup.terminal import say

    try:
        return Environment(home, lock_file).ensure()
    except SetupError as error:
        say(sentence(error.message_id, **error.values))
        return error.exit_code
    except KeyboardInterrupt:
        say("\n" + sentence("setup.broken_off"))
        return 130


def run_inside(arguments):
    """Run a command inside the environment and return its exit code."""
    command, rest = arguments[0], list(arguments[1:])
    try:
        os.utime(os.environ["EXPLORER_ENV"])  # environments that nobody uses are cleared by a later set-up
    except OSError:
        pass  # a read-only home: then nothing is cleared either
    # help and the care of models must work without models
    if not (command == "cli" and (rest[:1] == ["models"] or "--help" in rest or "-h" in rest or not rest)):
        failed = install_models()
        if failed:
            return failed
    if command == "test":
        return run_tests(rest)
    if command == "app":
        from ui.app import main
    else:
        from explorer_app.cli import main
    sys.argv = ["explorer"] + (["demo"] if command == "demo" else []) + rest
    return main()


def install_models():
    """Install the default models that are missing; return 0, or the exit code of a failure."""
    models = os.path.join(os.environ["EXPLORER_HOME"], "models")
    missing = [m for m in FIRST_MODELS if not os.path.exists(os.path.join(models, m, "installed.json"))]
    if not missing:
        return 0
    from explorer_app.domain.errors import ExplorerError
    from explorer_app.models import ModelStore
    from explorer_app.setup.sentences import language
    from explorer_app.setup.terminal import ProgressLine, say
    from explorer_app.texts import Texts

    texts, store, line = Texts(language()), ModelStore(), ProgressLine()

    def show(fraction, message_id="", **values):
        line.show(message_id, texts(message_id, **values), fraction)

    try:
        for model in missing:
            store.install(model, progress=show)
            line.close()
    except ExplorerError as error:
        line.close()
        say(texts.error(error))
        return error.exit_code
    except KeyboardInterrupt:
        say("\n" + texts("setup.broken_off"))
        return 130
    say(texts("setup.done"))
    return 0


def run_tests(arguments):
    """Run the test suite; its caches stay out of the checkout, which may be read-only."""
    import pytest

    cache = os.path.join(os.environ["EXPLORER_HOME"], "cache")
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = os.path.join(cache, "hypothesis")
    os.chdir(ROOT)
    return int(pytest.main(["-o", "cache_dir=" + os.path.join(cache, "pytest")] + arguments))


def main():
    """Run and return the exit code."""
    arguments = sys.argv[1:]
    inside = os.environ.get("EXPLORER_ENV")
    entered = inside and os.path.realpath(inside) == os.path.realpath(sys.prefix)
    if not entered and not this_python_suits():
        other = find_python()
        return hand_over(other, arguments, dict(os.environ)) if other else refuse_python()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # closed by the caller
            stream.reconfigure(errors="replace")
    sys.path[:1] = [ROOT]  # the checkout, never the current folder
    if entered:
        return run_inside(arguments)
    sys.dont_write_bytecode = True
    return start(arguments)


if __name__ == "__main__":
    sys.exit(main())
