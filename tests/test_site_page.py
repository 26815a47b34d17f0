"""docs/site.md names every key that the loader takes, with its default, and no other."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from records.errors import DefinitionError
from records.site import DeskSettings, IntakeSettings, ReadingSettings, Site, load_site

PAGE = Path(__file__).resolve().parents[1] / "docs" / "site.md"
NO_KEY = "no_such_key"


def tables() -> dict[str, dict[str, str]]:
    """Table of site.toml → key → default as the page has it."""
    found: dict[str, dict[str, str]] = {}
    name = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## ") or re.fullmatch(r"`\[\[.+\]\]`", line):
            told = re.search(r"\[+([a-z.]+)\]+", line)
            name = told[1] if told else line.removeprefix("## ")
        row = re.match(r"\| `(\w+)` \| .+ \| (.+) \|$", line)
        if row is not None:
            found.setdefault(name, {})[row[1]] = row[2]
    return found


def taken(folder: Path, text: str) -> set[str]:
    """The keys that the loader takes where ``text`` has an unknown one."""
    (folder / "site.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError) as error:
        load_site(folder)
    assert error.value.key == NO_KEY
    return set(error.value.allowed)


SECTIONS = ("office", "intake", "reading", "desk", "journal", "folders")


@pytest.mark.parametrize("section", SECTIONS)
def test_the_page_has_the_keys_that_the_loader_takes(tmp_path: Path, section: str) -> None:
    assert set(tables()[section]) == taken(tmp_path, f"[{section}]\n{NO_KEY} = 1\n")


def test_so_it_has_those_of_a_town_and_of_the_whole(tmp_path: Path) -> None:
    town = f'[[office.town]]\npostal_code = "1230045"\nname = "a"\nkana = "a"\n{NO_KEY} = 1\n'
    assert set(tables()["office.town"]) == taken(tmp_path, town)
    assert {*tables()["The whole"], *SECTIONS} == taken(tmp_path, f"{NO_KEY} = 1\n")


@pytest.mark.parametrize(
    ("section", "settings"),
    [("intake", IntakeSettings()), ("reading", ReadingSettings()), ("desk", DeskSettings())],
)
def test_defaults_are_those_of_the_loader(section: str, settings: object) -> None:
    told = tables()[section]
    for item in dataclasses.fields(settings):  # type: ignore[arg-type]
        value = getattr(settings, item.name)
        assert told[item.name] == shown(value), item.name


def shown(value: object) -> str:
    """A default as the page writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(f"`{one}`" for one in value)
    if isinstance(value, str):
        return f"`{value}`" if value else "empty"
    return str(value) if value != {} else "none"


def test_an_empty_file_is_a_site_with_the_folders_of_the_page(tmp_path: Path) -> None:
    (tmp_path / "site.toml").touch()
    site: Site = load_site(tmp_path)
    for name, told in tables()["folders"].items():
        assert getattr(site, name) == tmp_path / told.strip("`")
    assert (f"`{site.zone}`", f"`{site.timezone}`") == tuple(tables()["The whole"].values())
