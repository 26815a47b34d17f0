"""What is in the wheel: everything that the program reads at run time, and a small sample office."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from flows.samplefolder import INSTALLED, sample_folder
from torikomi import __version__
from torikomi.rooms import ROOMS

ROOT = Path(__file__).resolve().parents[1]

SOURCES = ("torikomi", *ROOMS, "samples", "pyproject.toml", "README.md", "LICENSE", "NOTICE")
"""What the wheel is built from."""


def tracked(*folders: str) -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *folders],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel as pip builds it, out of a copy of what is under version control."""
    folder = tmp_path_factory.mktemp("source")
    for name in tracked(*SOURCES):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    build = "from setuptools import build_meta; build_meta.build_wheel('.')"
    subprocess.run([sys.executable, "-c", build], cwd=folder, check=True, capture_output=True)
    made = f"torikomi-{__version__}-py3-none-any.whl"
    return zipfile.ZipFile(folder / made)


def test_all_files_of_the_rooms_are_in_it(wheel: zipfile.ZipFile) -> None:
    assert sorted(set(tracked("torikomi", *ROOMS)) - set(wheel.namelist())) == []


def test_nothing_else_comes_to_lie_in_everyones_environment(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/", 1)[0] for name in wheel.namelist()}
    own = f"torikomi-{__version__}"
    assert tops == {"torikomi", *ROOMS, f"{own}.dist-info", f"{own}.data"}


def test_the_command_is_there(wheel: zipfile.ZipFile) -> None:
    told = wheel.read(f"torikomi-{__version__}.dist-info/entry_points.txt").decode()
    assert "torikomi = torikomi.__main__:main" in told


def test_the_sample_office_in_it_is_whole_and_small(wheel: zipfile.ZipFile) -> None:
    start = f"torikomi-{__version__}.data/data/{INSTALLED}/"
    inside = {n.removeprefix(start): n for n in wheel.namelist() if n.startswith(start)}
    there = {name for name in inside if not name.startswith(("scans/", "truth/"))}
    wanted = tracked("samples/forms", "samples/site.toml", "samples/strategy.toml")
    assert there == {name.removeprefix("samples/") for name in wanted}
    scans = {name.removeprefix("scans/") for name in inside if name.startswith("scans/")}
    truth = {name.removeprefix("truth/") for name in inside if name.startswith("truth/")}
    assert truth == {f"{name}.json" for name in scans}
    assert len(scans) >= 10
    assert sum(wheel.getinfo(name).file_size for name in inside.values()) < 2_000_000
    same = [
        wheel.read(kept) == (ROOT / "samples" / name).read_bytes() for name, kept in inside.items()
    ]
    assert all(same)


def test_the_source_tree_shows_all_of_its_samples() -> None:
    assert sample_folder() == ROOT / "samples"


def test_the_image_is_built_from_the_same() -> None:
    """The image's build would stop at a file that is not there."""
    steps = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = {name for step in steps if step.startswith("COPY ") for name in step.split()[1:-1]}
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    assert copied == let_in == {*SOURCES, "constraints.txt"}
