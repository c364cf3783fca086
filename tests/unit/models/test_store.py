"""Installing models: real wheels from a local folder through real pip, and everything that can go wrong."""

import errno
import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from explorer_app.domain.errors import (
    CancelledError,
    InputRejectedError,
    ModelError,
    NotFoundError,
    StorageError,
)
from explorer_app.models import Catalogue, ModelState, ModelStore, Proof
from explorer_app.models import files as files_module
from explorer_app.texts import Texts

WEIGHTS = bytes(range(256)) * 40
CONFIG = b'{"tiny": true}'
Shelf = Callable[..., Path]


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def wheel(folder: Path, name: str, members: dict[str, bytes]) -> Path:
    """Write a real wheel that carries `members`."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in members.items():
            archive.writestr(f"{name}/data/{member}", content)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


def carrier(path: Path, members: list[tuple[str, str]]) -> dict[str, object]:
    name = path.name.split("-")[0]
    content = path.read_bytes()
    return {
        "package": name,
        "version": "1.0",
        "wheel": path.name,
        "size": len(content),
        "sha256": sha(content),
        "members": [[f"{name}/data/{member}", target] for member, target in members],
    }


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that pip takes wheels from; it sees nothing else."""
    folder = tmp_path / "shop"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


@pytest.fixture
def store(shop: Path, tmp_path: Path) -> ModelStore:
    """Return a store for one tiny model in two wheels and a second carrier, below "Käthe Groß"."""
    first = wheel(shop, "tiny_part_a", {"model.bin.part1": WEIGHTS[:5000], "config.json": CONFIG})
    second = wheel(shop, "tiny_part_b", {"model.bin.part2": WEIGHTS[5000:]})
    other = wheel(shop, "tiny_other", {"model.bin": WEIGHTS[::-1], "config.json": CONFIG})
    config = {"name": "config.json", "size": len(CONFIG), "sha256": sha(CONFIG)}
    entry = {
        "id": "tiny",
        "kind": "speech",
        "name": "Tiny",
        "licence": "CC0-1.0",
        "languages": ["de"],
        "size": len(WEIGHTS),
        "variants": [
            {
                "name": "first",
                "files": [{"name": "model.bin", "size": len(WEIGHTS), "sha256": sha(WEIGHTS)}, config],
                "carriers": [
                    carrier(first, [("model.bin.part1", "model.bin"), ("config.json", "config.json")]),
                    carrier(second, [("model.bin.part2", "model.bin")]),
                ],
            },
            {
                "name": "second",
                "files": [{"name": "model.bin", "size": len(WEIGHTS), "sha256": sha(WEIGHTS[::-1])}, config],
                "carriers": [carrier(other, [("model.bin", "model.bin"), ("config.json", "config.json")])],
            },
        ],
    }
    folder = dict(
        entry, id="by-folder", aliases=["folder"], variants=[], hub="somebody/by-folder", network=[4]
    )
    path = tmp_path / "catalogue.json"
    path.write_text(json.dumps({"models": [entry, folder]}))
    return ModelStore(tmp_path / "Käthe Groß", Catalogue.load(path))


def test_joined_parts_become_a_whole_model_in_a_path_with_umlauts(store: ModelStore) -> None:
    seen: list[str] = []
    report = store.install("tiny", lambda fraction, step="", **_values: seen.append(step))
    assert report.state is ModelState.INSTALLED
    assert (store.path("tiny") / "model.bin").read_bytes() == WEIGHTS
    assert report.record is not None
    assert report.record.proof is Proof.CATALOGUE
    assert {"models.step.download", "models.step.unpack"} <= set(seen)
    assert sorted(p.name for p in store.root.iterdir()) == [".lock", "tiny"], "the wheels are dropped"


def test_a_model_that_is_not_there_is_asked_for_in_a_sentence(store: ModelStore) -> None:
    with pytest.raises(ModelError) as failure:
        store.path("tiny")
    assert "explorer models install tiny" in Texts("de").error(failure.value)
    assert failure.value.exit_code


def test_when_the_first_carrier_is_gone_the_second_serves(store: ModelStore, shop: Path) -> None:
    (shop / "tiny_part_b-1.0-py3-none-any.whl").unlink()
    report = store.install("tiny")
    assert report.record is not None
    assert report.record.variant == "second"
    assert store.check("tiny").state is ModelState.INSTALLED


def test_an_uploader_who_changes_a_wheel_is_not_trusted(store: ModelStore, shop: Path) -> None:
    for name in ("tiny_part_b", "tiny_other"):
        wheel(shop, name, {"model.bin": b"something else"})
    with pytest.raises(ModelError) as failure:
        store.install("tiny")
    assert failure.value.message_id == "models.wrong_hash"
    assert not (store.root / "tiny").exists()


def test_without_any_carrier_the_sentence_names_the_package(store: ModelStore, shop: Path) -> None:
    shutil.rmtree(shop)
    shop.mkdir()
    with pytest.raises(ModelError) as failure:
        store.install("tiny")
    assert "tiny_part_a" in Texts("de").error(failure.value)


def test_a_download_that_was_broken_off_goes_on_with_what_is_there(store: ModelStore, shop: Path) -> None:
    def cancel_at_second() -> bool:
        return (store.root / ".wheels" / "tiny_part_a-1.0-py3-none-any.whl").exists()

    with pytest.raises(CancelledError):
        store.install("tiny", cancel=cancel_at_second)
    (shop / "tiny_part_a-1.0-py3-none-any.whl").unlink()  # it is not fetched again
    report = store.install("tiny")
    assert report.record is not None
    assert report.record.variant == "first"


def test_what_a_killed_install_left_is_cleared_and_never_taken_for_a_model(store: ModelStore) -> None:
    left = store.root / ".pending-tiny-abc"
    left.mkdir(parents=True)
    (left / "model.bin").write_bytes(WEIGHTS[:100])
    assert store.list()[0].state is ModelState.MISSING
    store.install("tiny")
    assert not left.exists()


def test_a_shortened_file_is_named_and_the_model_refused(store: ModelStore) -> None:
    store.install("tiny")
    (store.root / "tiny" / "model.bin").write_bytes(WEIGHTS[:-1])
    with pytest.raises(ModelError) as failure:
        store.path("tiny")
    assert failure.value.values == {"model": "tiny", "file": "model.bin"}
    assert store.list()[0].damaged == ("model.bin",)


def test_one_flipped_bit_is_found_by_the_check_and_mended_by_an_install(store: ModelStore) -> None:
    store.install("tiny")
    path = store.root / "tiny" / "model.bin"
    content = bytearray(WEIGHTS)
    content[777] ^= 1
    path.write_bytes(content)
    report = store.check("tiny")
    assert (report.state, report.damaged, report.checked) == (ModelState.DAMAGED, ("model.bin",), True)
    store.install("tiny")
    assert path.read_bytes() == WEIGHTS


def test_a_right_model_laid_there_by_hand_is_recorded_after_one_full_check(store: ModelStore) -> None:
    folder = store.root / "tiny"
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(WEIGHTS)
    (folder / "config.json").write_bytes(CONFIG)
    assert store.path("tiny") == folder
    record = store.list()[0].record
    assert record is not None
    assert record.origin == "found"


def test_a_half_copy_laid_there_by_hand_is_refused(store: ModelStore) -> None:
    folder = store.root / "tiny"
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(WEIGHTS[:4000])
    (folder / "config.json").write_bytes(CONFIG)
    with pytest.raises(ModelError) as failure:
        store.path("tiny")
    assert failure.value.values["file"] == "model.bin"
    assert store.list()[0].state is ModelState.DAMAGED


def test_a_model_without_a_package_says_where_it_is_published(store: ModelStore) -> None:
    with pytest.raises(ModelError) as failure:
        store.install("folder")
    assert "somebody/by-folder" in Texts("en").error(failure.value)
    with pytest.raises(NotFoundError):
        store.install("nonsense")


def test_a_full_disk_is_a_sentence_and_leaves_nothing_half(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files_module.os, "fsync", full)
    with pytest.raises(StorageError) as failure:
        store.install("tiny")
    assert failure.value.message_id == "models.disk_full"
    monkeypatch.undo()
    assert not list(store.root.glob(".pending*"))
    assert store.list()[0].state is ModelState.MISSING


def test_downloaded_wheels_on_a_stick_are_enough(store: ModelStore, shop: Path, tmp_path: Path) -> None:
    stick = tmp_path / "USB Stick ä"
    shutil.copytree(shop, stick)
    shutil.rmtree(shop)
    report = store.import_folder(stick)
    assert report.record is not None
    assert (report.record.origin, report.record.proof) == ("folder", Proof.CATALOGUE)
    assert (store.path("tiny") / "model.bin").read_bytes() == WEIGHTS
    assert len(list(stick.iterdir())) == 3, "the stick stays as it was"


def test_a_damaged_wheel_on_a_stick_is_named(store: ModelStore, shop: Path) -> None:
    bad = shop / "tiny_part_b-1.0-py3-none-any.whl"
    content = bytearray(bad.read_bytes())
    content[60] ^= 1
    bad.write_bytes(content)
    with pytest.raises(ModelError) as failure:
        store.import_folder(shop)
    assert failure.value.values["file"] == bad.name


def test_files_on_a_stick_are_taken_when_every_hash_is_right(store: ModelStore, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "model.bin").write_bytes(WEIGHTS)
    (stick / "config.json").write_bytes(CONFIG)
    assert store.import_folder(stick).state is ModelState.INSTALLED
    (stick / "model.bin").write_bytes(WEIGHTS[:-1] + b"!")
    with pytest.raises(ModelError) as failure:
        store.import_folder(stick)
    assert failure.value.message_id == "models.damaged"
    assert (store.path("tiny") / "model.bin").read_bytes() == WEIGHTS, "the good one stays"


def test_a_folder_without_a_model_and_no_folder_are_told_apart(store: ModelStore, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputRejectedError) as failure:
        store.import_folder(tmp_path / "empty")
    assert failure.value.message_id == "models.not_recognised"
    with pytest.raises(InputRejectedError) as failure:
        store.import_folder(tmp_path / "nothing")
    assert failure.value.message_id == "models.not_a_folder"
