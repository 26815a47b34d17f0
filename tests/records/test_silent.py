"""[[silent]] in form.toml: places where ink is the office's own, refused where they are unclear."""

from __future__ import annotations

from pathlib import Path

import pytest

from records.errors import DefinitionError
from records.formloading import load_form
from records.forms import FormDef, SilentDef
from records.types import Box

HEAD = 'id = "t"\ntitle = "試験"\ninitiative = "EFF-01"\n[[page]]\nblank = "blank.png"\n'
FIELD = '[[field]]\nname = "a"\nkind = "text"\nbox = [10, 10, 30, 8]\n'


def load(folder: Path, silent: str) -> FormDef:
    (folder / "blank.png").write_bytes(b"")
    (folder / "form.toml").write_text(HEAD + FIELD + silent, encoding="utf-8")
    return load_form(folder)


def test_silent_places_are_read_and_their_page_is_the_first_one_by_default(tmp_path: Path) -> None:
    text = '[[silent]]\nbox = [168, 6, 30, 18]\nreason = "受付印"\n'
    assert load(tmp_path, text).silent == (SilentDef(1, Box(168, 6, 30, 18), "受付印"),)
    assert load(tmp_path, "").silent == ()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('box = [1, 1, 9, 9]\nreason = "印"\nboxes = 1', "boxes"),
        ('box = [1, 1, 9, 9]\nreason = "印"\npages = 1', "pages"),
        ("box = [1, 1, 9, 9]", "reason"),
        ('box = [1, 1, 9, 9]\nreason = " "', "reason"),
        ('reason = "印"', "box"),
        ('box = [1, 1, 0, 9]\nreason = "印"', "box"),
        ('box = [1, 1, 9]\nreason = "印"', "box"),
        ('page = 2\nbox = [1, 1, 9, 9]\nreason = "印"', "page"),
        ('page = 0\nbox = [1, 1, 9, 9]\nreason = "印"', "page"),
    ],
)
def test_an_unclear_silent_place_is_refused_with_its_key(
    tmp_path: Path, text: str, key: str
) -> None:
    with pytest.raises(DefinitionError) as refused:
        load(tmp_path, f"[[silent]]\n{text}\n")
    assert refused.value.key == key
    assert refused.value.line is not None
