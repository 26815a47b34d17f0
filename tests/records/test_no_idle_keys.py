"""No key does nothing: what a loader reads from form.toml, site.toml or strategy.toml is used by
something that is no loader."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from initiatives import register
from records import formloading, forms, site

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("records", "ocr", "connectors", "initiatives", "desk", "flows")

LOADERS = (
    "records/forms.py",
    "records/formloading.py",
    "records/formplaces.py",
    "records/formfiles.py",
    "records/sound.py",
    "records/soundchecks.py",
    "records/soundplaces.py",
    "records/site.py",
    "initiatives/strategy.py",
    "initiatives/planvalues.py",
    "initiatives/officesections.py",
    "initiatives/costsections.py",
    "flows/formcheck.py",
)
"""What reads and checks keys. Having been checked is no use."""

NO_USERS = ("ocr/practice/",)
"""Practice sheets are made as a form says; a key that only they follow reads nothing."""

LOADED: tuple[type, ...] = (
    forms.FormDef,
    forms.PageDef,
    forms.FieldDef,
    forms.Part,
    forms.Cells,
    forms.Era,
    forms.Find,
    forms.CheckDef,
    forms.DeliverDef,
    forms.SilentDef,
    site.Site,
    site.Office,
    site.Town,
    site.IntakeSettings,
    site.ReadingSettings,
    site.DeskSettings,
    register.Strategy,
    register.Pillar,
    register.ActionPlanPeriod,
    register.Department,
    register.SystemEra,
    register.Rate,
    register.Grade,
    register.Initiative,
    register.InitiativePeriod,
    register.Milestone,
    register.KPI,
    register.Actual,
    register.CostItem,
    register.Baseline,
    register.Handling,
)

LATER = {
    "FormDef.retention_years": "it comes with the disposal of what is no longer kept",
}
"""Keys that load and have no user yet, each with its reason."""


def keys() -> list[str]:
    return [f"{kind.__name__}.{made.name}" for kind in LOADED for made in dataclasses.fields(kind)]


@lru_cache(maxsize=1)
def used() -> frozenset[str]:
    """Every attribute that is read in the rooms, outside of the loaders, and in templates."""
    found: set[str] = set()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            if name in LOADERS:
                found |= set(attributes(path, of="self"))  # what a property makes something of
            elif not name.startswith(NO_USERS):
                found |= set(attributes(path))
        for path in (ROOT / room).rglob("*.html"):
            found |= set(re.findall(r"\.([a-z_]+)", path.read_text(encoding="utf-8")))
    return frozenset(found)


def attributes(path: Path, of: str = "") -> Iterator[str]:
    """Every attribute that a file reads; only those of one name, where it is given."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load):
            continue
        if not of or (isinstance(node.value, ast.Name) and node.value.id == of):
            yield node.attr


@pytest.mark.parametrize("key", [key for key in keys() if key not in LATER])
def test_a_key_that_loads_is_used(key: str) -> None:
    assert key.partition(".")[2] in used()


def test_every_class_that_a_loader_makes_is_looked_at() -> None:
    """A new table of a definition cannot be forgotten here."""
    made = {kind.__name__ for kind in LOADED}
    for module in (forms, site, register):
        for name, kind in vars(module).items():
            here = isinstance(kind, type) and kind.__module__ == module.__name__
            if here and dataclasses.is_dataclass(kind):
                assert name in made, name


def test_a_reason_that_has_gone_is_taken_out() -> None:
    assert set(LATER) <= set(keys())


def test_a_parameter_of_a_rule_is_used() -> None:
    texts: set[str] = set()
    for name in ("checks", "sumchecks", "datechecks", "listchecks"):
        texts |= texts_in(ROOT / "records" / f"{name}.py")
    for name, parameters in formloading.RULES.items():
        assert set(parameters) <= texts, name


def texts_in(path: Path) -> set[str]:
    """Every text constant of a file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return found


def test_the_search_tells_a_key_that_nobody_uses() -> None:
    assert "a_key_that_nobody_uses" not in used()
    assert {"vision", "continued_from", "lexicon", "municipality_code"} <= used()
