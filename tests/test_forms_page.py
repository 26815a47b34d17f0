"""docs/forms.md names what the loader takes, and its first form is one."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
from PIL import Image

from connectors.sinks import SINKS, Capabilities
from records.errors import DefinitionError
from records.formloading import DELIVERY_KEYS, RULES, load_form
from records.kinds import KINDS

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "forms.md").read_text(encoding="utf-8")
NO_KEY = "no_such_key"
FIRST = re.search(r"```toml\n(# forms/parking.+?)```", PAGE, re.DOTALL)


def named(text: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", text))


def rows(header: str) -> dict[str, list[str]]:
    """First name of each row of a table → its cells."""
    below = PAGE.partition(f"\n{header}\n")[2].partition("\n\n")[0].splitlines()[1:]
    made = {}
    for line in below:
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        made[cells[0].strip("`")] = cells
    assert made, header
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a blank of A4."""
    Image.new("L", (1240, 1754), 255).save(tmp_path / "blank.pdf", resolution=150)
    return tmp_path


def taken(folder: Path, before: str, after: str) -> set[str]:
    """The keys that the loader takes in the table of the first form where an unknown one stands."""
    assert FIRST is not None
    text = FIRST[1].replace(before, after, 1)
    (folder / "form.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError) as error:
        load_form(folder)
    assert error.value.key == NO_KEY
    return set(error.value.allowed)


def test_the_first_form_is_one(folder: Path) -> None:
    assert FIRST is not None
    (folder / "form.toml").write_text(FIRST[1], encoding="utf-8")
    form = load_form(folder)
    assert [field.kind for field in form.fields.values()] == ["name", "choice"]
    assert len(form.deliveries) == 1


def test_the_form_has_the_keys_of_the_page(folder: Path) -> None:
    tables = {"page", "field", "table", "check", "deliver", "silent", "joining"}
    assert all(f"[[{name}]]" in PAGE or f"[{name}]" in PAGE for name in tables)
    told = rows("| key | meaning | default |")
    assert {*told, *tables} == taken(folder, "id =", f"{NO_KEY} = 1\nid =")


def test_a_field_has_the_keys_of_the_page(folder: Path) -> None:
    told = named("\n".join(cells[0] for cells in rows("| key of `[[field]]` | meaning |").values()))
    told |= {"label", "box", "cells", "options", "find"}  # told within a row
    found: set[str] = set()
    for kind in ("name", "date", "code"):  # some keys are of one kind
        found |= taken(folder, 'kind = "name"', f'kind = "{kind}"\n{NO_KEY} = 1')
    parts = {part for kind in KINDS.values() for part in kind.parts}
    assert told == found - parts


def test_every_kind_and_its_parts_are_told() -> None:
    told = named("\n".join(cells[0] for cells in rows("| kind | reads | keeps |").values()))
    assert told == set(KINDS)
    parts = {
        kind: named(cells[1])
        for cells in rows("| kind | parts |").values()
        for kind in named(cells[0])
    }
    for name, kind in KINDS.items():
        if kind.parts:
            assert set(kind.parts) <= parts[name] | named(" ".join(parts[name])), name


def test_every_rule_is_told_with_its_keys() -> None:
    told = {
        rule: named(cells[1])
        for rule, cells in rows("| rule | further keys | holds where |").items()
    }
    assert told == {rule: set(keys) for rule, keys in RULES.items()}


def test_every_sink_is_told_with_its_keys() -> None:
    assert set(rows("| key of `[[deliver]]` | meaning |")) == set(DELIVERY_KEYS)
    told = rows("| `to` | further keys | what is written |")
    for name, where in SINKS.items():
        module, _, kind = where.partition(":")
        able: Capabilities = getattr(importlib.import_module(module), kind).capabilities
        assert named(told[name][1]) == set(able.options)
    assert set(told) == set(SINKS)
