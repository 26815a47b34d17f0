"""Who the office is: its lines in site.toml and its table of towns, made from one code, and what it
is told where they are missing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from records.places import Municipality
from records.site import Office

TOWNS_FILE = "towns.csv"


def office_toml(place: Municipality) -> str:
    """The table ``[office]`` of site.toml for a municipality."""
    lines = (
        ("name", place.name, "画面に出す役所の名前"),
        ("prefecture", place.prefecture, "都道府県"),
        ("city", place.city, "住所に書くとおりの市区町村"),
        ("municipality_code", place.code, "全国地方公共団体コード(検査数字つき6桁)"),
        (
            "area_code",
            place.area_code,
            "市外局番なしで書かれた電話番号に補います。合っているか確かめてください",
        ),
        ("other_postal_code", place.other_postal_code, "町域の表にない所の郵便番号"),
        ("towns", TOWNS_FILE, f"町域の表({len(place.towns)}行)"),
    )
    written = [
        f'{key} = "{value}"'.ljust(33) + f"# {words}"
        if value
        else f'# {key} = ""'.ljust(33) + f"# {words}"
        for key, value, words in lines
    ]
    return "\n".join(["[office]", *written])


def with_office(template: str, place: Municipality) -> str:
    """site.toml as it ships, with its ``[office]`` filled in; what may be added is kept."""
    before, found, rest = template.partition("[office]\n")
    assert found
    _, blank, after = rest.partition("\n\n")
    assert blank
    return f"{before}{office_toml(place)}\n\n{after}"


def missing_evidence(office: Office, folder: Path) -> Iterator[str]:
    """What the office has not told and therefore does not help in reading, each with the remedy."""
    code = office.municipality_code or "市区町村コード"
    command = f"torikomi init {folder} --municipality {code}"
    if not office.towns:
        yield (
            "この役所の町域の表がないので、住所と郵便番号を確かめる手がかりがありません(確認する項目が増えます)。"
            f"作るには: {command}"
        )
    if not office.area_code:
        yield (
            "この役所の市外局番がないので、市外局番なしで書かれた電話番号は確認に回ります。"
            "site.toml の [office] に area_code を書いてください"
        )
