"""The package ``torikomi``: a few names that hold, however Python was started."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import torikomi
from torikomi.rooms import HOME, ROOMS

ROOT = Path(__file__).resolve().parents[1]


def python(*arguments: str, folder: Path, path: str = "") -> subprocess.CompletedProcess[str]:
    """Python in ``folder``, with Torikomi found as an installed package is: behind everything that
    comes from ``folder``."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [path, str(HOME)]))},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def crowded(tmp_path: Path) -> Path:
    """A folder in which an office has modules of its own under all names of Torikomi's."""
    for name in ROOMS:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"raise SystemExit('not ours: {name}')\n")
    return tmp_path


def test_every_public_name_says_what_it_is() -> None:
    for name in torikomi.__all__:
        assert name == "__version__" or getattr(torikomi, name).__doc__, name


def test_docs_list_every_public_name() -> None:
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)", page, re.MULTILINE)) == set(torikomi.__all__)


def test_the_version_is_the_changelogs() -> None:
    page = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## \[(\d[\d.]*)\]", page, re.MULTILINE)
    assert released[0] == torikomi.__version__
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "torikomi.__version__"}


def test_the_rooms_are_the_packages_of_the_wheel() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shipped = settings["tool"]["setuptools"]["packages"]["find"]["include"]
    assert {name.rstrip("*") for name in shipped} == {"torikomi", *ROOMS}


def test_modules_of_the_same_names_where_one_stands_do_not_break_the_command(
    crowded: Path,
) -> None:
    done = python("-m", "torikomi", "--help", folder=crowded, path=".")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("使い方: torikomi")


def test_nor_a_script_that_imports_torikomi_first(crowded: Path) -> None:
    (crowded / "own.py").write_text("NAME = 'own'\n")
    program = "import torikomi, own, flows.cli; print(own.NAME, flows.cli.__file__)"
    done = python("-c", program, folder=crowded, path=".")
    assert done.stdout.split() == ["own", str(HOME / "flows" / "cli.py")], done.stderr


def test_one_that_was_imported_before_is_named_with_what_to_do(crowded: Path) -> None:
    (crowded / "flows" / "__init__.py").write_text("")
    done = python("-c", "import flows, torikomi", folder=crowded, path=".")
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: 「flows」という別の部品が先に")
    assert "load_by_path" in last


def test_a_file_of_the_office_is_loaded_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "records.py").write_text("COUNT = []\nCOUNT.append(1)\n")
    own = torikomi.load_by_path(tmp_path / "records.py")
    assert torikomi.load_by_path(str(tmp_path / "records.py")) is own
    assert own.COUNT == [1]
    assert Path(sys.modules["records"].__file__ or "").parent.parent == HOME


def test_a_folder_of_the_office_may_import_within(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "__init__.py").write_text("from .nightly import run\n")
    (tmp_path / "flows" / "nightly.py").write_text("def run():\n    return 'done'\n")
    assert torikomi.load_by_path(tmp_path / "flows").run() == "done"


@pytest.mark.parametrize("name", ["gone.py", "empty", "notes.txt"])
def test_what_is_no_python_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("notes")
    with pytest.raises(FileNotFoundError, match=name):
        torikomi.load_by_path(tmp_path / name)


def test_half_a_module_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "own.py"
    path.write_text("raise ValueError('not yet')\n")
    with pytest.raises(ValueError, match="not yet"):
        torikomi.load_by_path(path)
    path.write_text("READY = True\n")
    assert torikomi.load_by_path(path).READY
