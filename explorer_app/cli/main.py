"""Start of the command line: language, commands, and the one place where errors become sentences."""

import os
import sys
import traceback
from pathlib import Path

import typer

from analysis.errors import AnalysisError
from explorer_app import __version__
from explorer_app.cli import (
    card_commands,
    field_commands,
    fieldwork_commands,
    lab_commands,
    material_commands,
    model_commands,
    start_commands,
    transcript_commands,
    vault_commands,
)
from explorer_app.cli.access import Access
from explorer_app.cli.console import Console
from explorer_app.domain.errors import CancelledError, ExplorerError, InputRejectedError
from explorer_app.texts import LANGUAGES, Texts

_GROUPS = (
    start_commands,
    vault_commands,
    fieldwork_commands,
    material_commands,
    transcript_commands,
    field_commands,
    card_commands,
    model_commands,
    lab_commands,
)


def chosen_language(arguments: list[str], environment: dict[str, str]) -> str:
    """Return the language from ``--lang``, else ``EXPLORER_LANG``, else the locale, else German."""
    for index, argument in enumerate(arguments):
        if argument.startswith("--lang="):
            return argument.removeprefix("--lang=")
        if argument == "--lang" and index + 1 < len(arguments):
            return arguments[index + 1]
    for name in ("EXPLORER_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        code = environment.get(name, "")[:2].lower()
        if code in LANGUAGES:
            return code
    return LANGUAGES[0]


_GLOBAL_FLAGS = ("--json", "--quiet", "-q", "--recovery-code")
_GLOBAL_VALUES = ("--lang", "--vault", "-v", "--passphrase-file", "--key-file")


def hoisted(arguments: list[str]) -> list[str]:
    """Return the arguments with the global options first: people put them last."""
    front: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            rest += [argument, *waiting]
        elif argument in _GLOBAL_FLAGS or argument.startswith(
            tuple(f"{o}=" for o in _GLOBAL_VALUES if o[1] == "-")
        ):
            front.append(argument)
        elif argument in _GLOBAL_VALUES:
            front += [argument, *[value for value in [next(waiting, None)] if value is not None]]
        else:
            rest.append(argument)
    return front + rest


_CALL_ERROR: type[Exception] = next(
    kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException"
)
"""What a wrong call raises: typer carries a click of its own, or uses the installed one, by its version."""


def build_app(console: Console) -> typer.Typer:
    """Return the whole command tree in the console's language."""
    t = console.t
    access = Access(console)
    app = typer.Typer(
        name="explorer",
        help=t("cli.help"),
        epilog=t("cli.epilog"),
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    def tell_version(wanted: bool) -> None:
        if wanted:
            console.say_plain(f"Explorer {__version__}")
            console.result({"version": __version__})
            raise typer.Exit

    @app.callback(help=t("cli.help"))
    def options(
        vault: Path | None = typer.Option(None, "--vault", "-v", help=t("cli.option.vault"), metavar="PATH"),
        passphrase_file: Path | None = typer.Option(
            None, help=t("cli.option.passphrase_file"), metavar="PATH"
        ),
        key_file: Path | None = typer.Option(None, help=t("cli.option.key_file"), metavar="PATH"),
        recovery_code: bool = typer.Option(False, "--recovery-code", help=t("cli.option.recovery_code")),
        lang: str = typer.Option("", "--lang", help=t("cli.option.lang"), metavar="de|en"),
        as_json: bool = typer.Option(False, "--json", help=t("cli.option.json")),
        quiet: bool = typer.Option(False, "--quiet", "-q", help=t("cli.option.quiet")),
        version: bool = typer.Option(
            False, "--version", help=t("cli.option.version"), is_eager=True, callback=tell_version
        ),
    ) -> None:
        if lang and lang not in LANGUAGES:
            raise InputRejectedError("cli.unknown_language", language=lang)
        console.as_json, console.quiet = console.as_json or as_json, quiet
        access.folder, access.passphrase_file = vault, passphrase_file
        access.key_file, access.recovery = key_file, recovery_code

    for group in _GROUPS:
        group.register(app, console, access)
    return app


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # The flag is read before parsing, so that a wrong call is answered in JSON as well.
    console = Console(Texts(chosen_language(given, dict(os.environ))), as_json="--json" in given)
    sys.exit(run(hoisted(given), console))


def run(arguments: list[str], console: Console) -> int:
    """Run one command; return its exit code."""
    try:
        result = build_app(console)(args=arguments, standalone_mode=False, prog_name="explorer")
    except (CancelledError, KeyboardInterrupt, typer.Abort):
        console.fail("job.cancelled", {})
        return CancelledError.exit_code
    except _CALL_ERROR as error:
        console.fail_usage(error)
        return int(getattr(error, "exit_code", 2))
    except ExplorerError as error:
        console.fail(error.message_id, error.values)
        return error.exit_code
    except AnalysisError as error:
        console.fail(error.message_id, error.values)
        return 3
    except OSError as error:
        console.fail("error.system", {"reason": error.strerror or type(error).__name__})
        return 9
    except Exception as error:  # noqa: BLE001 - the last line of defence: a bug becomes a report, not a crash
        console.fail("error.bug", {"details": _where(error)})
        return 70
    return result if isinstance(result, int) else 0


def _where(error: Exception) -> str:
    """Return the kind of a bug and its lines of code, without any value that could be personal."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = [f"{frame.filename.replace(chr(92), '/').rsplit('/', 1)[-1]}:{frame.lineno}" for frame in frames]
    return f"{type(error).__name__} · {' · '.join(places)}"
