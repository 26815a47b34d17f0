"""The examples of docs/extending.md and docs/python.md do what the pages say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = DOCS / "extending.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"# (\S+)\n")


@pytest.mark.parametrize("name", ["extending.md", "python.md"])
def test_the_examples_run_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "samples").symlink_to(DOCS.parent / "samples")
    names: dict[str, object] = {}
    page = (DOCS / name).read_text(encoding="utf-8")
    blocks = list(_BLOCK.finditer(page))
    assert {block[1] for block in blocks} <= {"python", "toml"}
    assert len(blocks) >= 2
    for block in blocks:
        language, text = block[1], block[2]
        if language == "toml":
            named = _NAMED.match(text)
            assert named is not None, "a file's first line says where it lies"
            Path(named[1]).write_text(text, encoding="utf-8")
            continue
        line = page[: block.start(2)].count("\n")
        exec(compile("\n" * line + text, str(DOCS / name), "exec"), names)


@pytest.mark.parametrize("page", [PAGE, DOCS / "kinds.md"], ids=["extending", "kinds"])
def test_every_file_that_a_guide_names_is_there(page: Path) -> None:
    named = re.findall(r"`((?:[a-z]+/)+[\w.]*)`", page.read_text(encoding="utf-8"))
    assert len(named) >= 5
    root = page.parents[1]
    assert [name for name in named if not (root / name).exists()] == []
