"""Kinds of sinks that installed packages bring, by their entry points."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from connectors.sinks import GROUP, SINKS, open_sink
from records.errors import DefinitionError
from records.forms import DeliverDef, FormDef

SINK = """
from connectors.sinks import Capabilities


class CoreSink:
    capabilities = Capabilities(accepts_my_number=False, options=("server",))

    def __init__(self, path, server):
        self.path, self.server = path, server

    @classmethod
    def from_definition(cls, path, delivery, form):
        return cls(path, delivery.options["server"])
"""
FORM = FormDef("f", "様式", 1, "EFF-01", Path("forms/f"))
_NUMBERS = itertools.count()


def install(folder: Path, patch: pytest.MonkeyPatch, name: str, source: str) -> None:
    """Put a package with one entry point where Python finds it, as pip does."""
    module = f"an_offices_sink_{next(_NUMBERS)}"
    (folder / f"{module}.py").write_text(source, encoding="utf-8")
    told = folder / f"{module}-1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text(f"[{GROUP}]\n{name} = {module}:CoreSink\n")
    patch.syspath_prepend(folder)


def test_to_names_a_sink_of_an_installed_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, "core", SINK)
    sink = open_sink(DeliverDef("core", "a", options={"server": "s"}), FORM, Path("a"))
    assert (type(sink).__name__, vars(sink)) == ("CoreSink", {"path": Path("a"), "server": "s"})


@pytest.mark.parametrize(
    ("delivery", "told"),
    [
        (DeliverDef("core", "a", options={"sever": "s"}), "「server」のことですか"),
        (DeliverDef("core", "a", my_number=True), "マイナンバーを扱えません"),
        (DeliverDef("kore", "a"), "「core」のことですか"),
    ],
)
def test_the_rules_for_sinks_hold_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, delivery: DeliverDef, told: str
) -> None:
    install(tmp_path, monkeypatch, "core", SINK)
    with pytest.raises(DefinitionError, match=told):
        open_sink(delivery, FORM, Path("a"))


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import no_such_package_anywhere", "No module named"),
        ("class Another: pass", "AttributeError"),
        ("class CoreSink: pass", "capabilities"),
        ("class CoreSink:\n    capabilities = 1\n    from_definition = int", "Capabilities では"),
        ("raise SystemError('half written')", "half written"),
    ],
)
def test_a_package_that_cannot_be_used_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, reason: str
) -> None:
    install(tmp_path, monkeypatch, "core", source)
    with pytest.raises(DefinitionError, match=f"部品.*使えません.*{reason}") as error:
        open_sink(DeliverDef("core", "a"), FORM, Path("a"))
    assert "\n" not in error.value.message


def test_a_sink_that_ships_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, "csv", SINK)
    assert type(open_sink(DeliverDef("csv", "a"), FORM, Path("a"))).__name__ == "CsvSink"
    assert "csv" in SINKS
