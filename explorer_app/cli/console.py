"""What the command line prints: plain sentences, tables, progress, or JSON for machines.

Results go to standard output; progress and errors go to standard error.
"""

import contextlib
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from pathlib import Path

from rich.console import Console as RichConsole
from rich.markup import escape
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress
from rich.table import Table

from explorer_app.services.progress import Progress, TimeLeft, no_progress
from explorer_app.texts import Texts


class Console:
    """Prints for people or for machines.

    Args:
        texts: Sentences in the chosen language.
        as_json: Print one JSON value on standard output instead of sentences and tables.
    """

    def __init__(self, texts: Texts, *, as_json: bool = False) -> None:
        self.t = texts
        self.as_json = as_json
        self.quiet = False
        self._out = RichConsole(highlight=False, soft_wrap=True)
        self._err = RichConsole(stderr=True, highlight=False, soft_wrap=True)

    def say(self, message_id: str, /, **values: object) -> None:
        """Print a sentence (not in JSON mode)."""
        if not self.as_json and not self.quiet:
            self._out.print(escape(self.t(message_id, **values)))

    def say_plain(self, text: str) -> None:
        """Print a line that needs no translation."""
        if not self.as_json:
            self._out.print(escape(text))

    def warn(self, message_id: str, /, **values: object) -> None:
        """Print a warning on standard error."""
        self._err.print(f"[yellow]{escape(self.t(message_id, **values))}[/yellow]")

    def result(self, value: object) -> None:
        """Print the result of a command in JSON mode."""
        if self.as_json:
            self.json(value)

    def json(self, value: object) -> None:
        """Print one JSON value on standard output."""
        sys.stdout.write(json.dumps(plain(value), ensure_ascii=False, indent=2) + "\n")
        sys.stdout.flush()

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> None:
        """Print a table whose column titles are message ids, or the sentence `empty`."""
        if self.as_json:
            return
        if not rows:
            self.say(empty)
            return
        table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
        for column in columns:
            table.add_column(self.t(column), overflow="fold", no_wrap=column == "col.id")
        for row in rows:
            table.add_row(*(escape(self._cell(cell)) for cell in row))
        RichConsole(highlight=False).print(table)

    def fail(self, message_id: str, values: Mapping[str, object]) -> None:
        """Print the one sentence of a failure on standard error."""
        sentence = self.t(message_id, **values)
        if self.as_json:
            self.json({"error": {"id": message_id, "message": sentence}})
        self._err.print(f"[red]{escape(sentence)}[/red]")

    def fail_usage(self, error: Exception) -> None:
        """Print what is wrong with the call and where its help is; a bare group shows its help."""
        kind = type(error).__name__
        context = getattr(error, "ctx", None)
        if kind == "NoArgsIsHelpError" and context is not None:
            self._err.print(escape(context.get_help()))
            return
        sentence = f"{self._wrong(kind, error)} {self.t('cli.see_help', command=_path(context))}"
        if self.as_json:
            self.json({"error": {"id": "cli.usage", "message": sentence}})
        self._err.print(f"[red]{escape(sentence)}[/red]")

    def _wrong(self, kind: str, error: Exception) -> str:
        """Return what typer complains of, in the person's language."""
        parameter = getattr(error, "param", None)
        name = str(getattr(error, "param_hint", None) or "")
        if parameter is not None and not name:
            is_option = parameter.param_type_name == "option"
            name = parameter.opts[0] if is_option else parameter.metavar or str(parameter.name).upper()
        message = str(getattr(error, "message", error))
        if kind == "MissingParameter":
            return self.t("cli.usage.missing", name=name)
        if kind == "NoSuchOption":
            return self.t("cli.usage.option", name=getattr(error, "option_name", ""))
        if kind == "BadParameter":
            return self.t("cli.usage.value", name=name)
        if kind == "UsageError" and message.startswith("No such command"):
            return self.t("cli.usage.command", name=message.split("'")[1])
        if message.startswith("Got unexpected extra argument"):
            return self.t("cli.usage.extra", words=message[message.rfind("(") + 1 : -1])
        return self.t("cli.usage.other", message=message)

    @contextlib.contextmanager
    def progress(self) -> Iterator[Progress]:
        """Show a bar with time left on standard error; plain lines where it is no terminal."""
        if self.quiet:
            yield no_progress
        elif self._err.is_terminal:
            with self._bar() as report:
                yield report
        else:
            yield self._lines()

    @contextlib.contextmanager
    def _bar(self) -> Iterator[Progress]:
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        with RichProgress(*columns, console=self._err, transient=True) as bar:
            task = bar.add_task("", total=1.0)

            def report(fraction: float, message_id: str = "", /, **values: object) -> None:
                if message_id:
                    bar.update(task, description=escape(self.t(message_id, **values)))
                bar.update(task, completed=fraction)

            yield report

    def _lines(self) -> Progress:
        last: dict[str, int] = {}
        left: defaultdict[str, TimeLeft] = defaultdict(TimeLeft)

        def report(fraction: float, message_id: str = "", /, **values: object) -> None:
            tenth = int(fraction * 10)
            seconds = left[message_id].update(fraction)
            if last.get(message_id) == tenth:
                return
            last[message_id] = tenth
            rest = f", {self.t('progress.left', seconds=round(seconds))}" if seconds else ""
            step = self.t(message_id, **values) if message_id else ""
            self._err.print(escape(f"{step} {fraction:.0%}{rest}"))

        return report

    def _cell(self, value: object) -> str:
        if value is None:
            return "–"
        if isinstance(value, bool):
            return self.t("yes" if value else "no")
        if isinstance(value, datetime):
            return self.t.moment(value)
        if isinstance(value, date):
            return self.t.day(value)
        return str(value)


def plain(value: object) -> object:
    """Turn dataclasses, dates, paths, bytes and tuples into what JSON knows."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if isinstance(value, date | Path):
        return str(value) if isinstance(value, Path) else value.isoformat()
    return value


def _path(context: object) -> str:
    """Return the command that a wrong call meant."""
    return str(getattr(context, "command_path", "explorer"))
