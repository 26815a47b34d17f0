"""``torikomi init`` makes a site that loads, and never overwrites."""

from __future__ import annotations

from pathlib import Path

from flows.commands.site import TEMPLATES, create_site
from initiatives.strategy import load_strategy
from records.site import Site, load_site


def test_the_new_site_loads_and_its_written_defaults_are_the_programs(tmp_path: Path) -> None:
    create_site(tmp_path / "office")
    site = load_site(tmp_path / "office")
    assert site == Site(
        folder=(tmp_path / "office").resolve()
    )  # the template shows the real defaults
    assert {"EFF-01", "EFF-02"} <= load_strategy(site.strategy).codes


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    create_site(tmp_path)
    for name in TEMPLATES:
        (tmp_path / name).write_text("mine", encoding="utf-8")
    made, kept = create_site(tmp_path)
    assert made == []
    assert {Path(name) for name in TEMPLATES} <= set(kept)
    assert all((tmp_path / name).read_text(encoding="utf-8") == "mine" for name in TEMPLATES)


def test_what_is_missing_is_added(tmp_path: Path) -> None:
    create_site(tmp_path)
    (tmp_path / "strategy.toml").unlink()
    made, _ = create_site(tmp_path)
    assert made == [Path("strategy.toml")]
