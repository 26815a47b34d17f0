"""Addresses: kept as written, with half-width 番地 and the office's own towns recognised."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from records.forms import FieldDef
from records.normalise.common import DASHES, Normalised, empty, problem, tidy
from records.normalise.names import fold
from records.site import Office, Town
from records.types import Problem

PREFECTURES = (
    "北海道",
    "青森県",
    "岩手県",
    "宮城県",
    "秋田県",
    "山形県",
    "福島県",
    "茨城県",
    "栃木県",
    "群馬県",
    "埼玉県",
    "千葉県",
    "東京都",
    "神奈川県",
    "新潟県",
    "富山県",
    "石川県",
    "福井県",
    "山梨県",
    "長野県",
    "岐阜県",
    "静岡県",
    "愛知県",
    "三重県",
    "滋賀県",
    "京都府",
    "大阪府",
    "兵庫県",
    "奈良県",
    "和歌山県",
    "鳥取県",
    "島根県",
    "岡山県",
    "広島県",
    "山口県",
    "徳島県",
    "香川県",
    "愛媛県",
    "高知県",
    "福岡県",
    "佐賀県",
    "長崎県",
    "熊本県",
    "大分県",
    "宮崎県",
    "鹿児島県",
    "沖縄県",
)
NEAR_TOWN = 50.0
NEAR_PLACE = 60.0
MARGIN = 15.0
"""Similarity (0–100) from which a misread town or city is taken for a known one, and its lead over
the next town. A two-letter town with one letter misread has 50, the city with one of three 66.7;
both always come with a problem."""

_FULL_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_DASH = re.compile(rf"(?<=[0-9甲乙丙丁戊己])\s*[{DASHES}]\s*(?=[0-9])")
_KANJI_DASH = re.compile(r"(?<=[0-9])[一ニ二](?=[0-9])")
_OTHER_PLACE = re.compile(r"[^0-9]{1,6}?[市区]|[^0-9]{1,5}郡[^0-9]{1,5}?[町村]")
_BUILDING = re.compile(r"(?<=[0-9号地])[\s]+(?=[^\s0-9\-番号丁目地のノ])")
_AFTER_SHORT_TOWN = re.compile(r"$|[0-9甲乙丙丁戊己番丁字大\-]")


@dataclass(frozen=True, slots=True)
class Address:
    """An address in its pieces.

    Attributes:
        place: prefecture and city as written, 大字 included; empty where the writer left them out.
        town: the office's own town that was recognised, or None.
        written_town: the town as it was written.
        rest: what follows the town (番地, building), or everything behind ``place`` where no town
        was recognised.
        exact: False where the place or the town was only similar.
        outside: True where the address names another municipality.
    """

    place: str
    town: Town | None
    written_town: str
    rest: str
    exact: bool = True
    outside: bool = False


def address(
    field: FieldDef, text: str, office: Office, parts: Mapping[str, str] = {}
) -> Normalised:
    """The address as written, digits of the 番地 in half width, blanks only before a building's
    name.

    A misread town or city of the office is replaced by the similar one that is in its table, with
    the problem ``town_guess`` that shows what was read. Other problems: ``unknown_town``,
    ``no_number`` (no 番地), ``dash_guess``.
    """
    raw = tidy(text)
    if not raw:
        return empty(field)
    line, problems = _line(raw)
    found = split_address(line, office)
    if found.outside or not office.towns:  # without a table of towns nothing can be compared
        return Normalised(line, tuple(problems))
    if found.town is None:
        problems.append(
            problem(
                "unknown_town",
                f"「{line}」に{office.city}の町名が見つかりません。用紙を確認してください",
            )
        )
        return Normalised(line, tuple(problems))
    if not found.exact:
        value = _place(found, office) + found.town.name + found.rest
        problems.append(
            problem(
                "town_guess",
                f"「{found.place}{found.written_town}」を「{value}」と読みました。用紙を確認してください",
            )
        )
        line = value
    if not re.search("[0-9一二三四五六七八九十]", found.rest):
        problems.append(
            problem("no_number", f"「{line}」に番地がありません。用紙を確認してください")
        )
    return Normalised(line, tuple(problems))


def _line(raw: str) -> tuple[str, list[Problem]]:
    """One line with half-width digits, one kind of dash, and at most the blank before a
    building."""
    problems: list[Problem] = []
    line = _DASH.sub("-", raw.translate(_FULL_DIGITS))
    if _KANJI_DASH.search(line):
        line = _KANJI_DASH.sub("-", line)
        problems.append(
            problem(
                "dash_guess",
                f"番地の中の漢数字を「-」と読みました(「{line}」)。用紙を確認してください",
            )
        )
    street, *building = _BUILDING.split(line, maxsplit=1)
    pieces = ["".join(street.split())]
    for part in building:
        pieces.append(" ".join(part.split()))
    return "\u3000".join(piece for piece in pieces if piece), problems


def split_address(text: str, office: Office) -> Address:
    """Take an address apart; prefecture, city and 大字 may be missing.

    Args:
        text: an address, best as :func:`address` gives it.
        office: whose towns are looked for.
    """
    if not office.towns or not office.city:
        return Address("", None, "", text)
    start, near, other = _prefecture(text, office)
    rest = text[start:]
    city = len(office.city)
    if not other and fold(rest[:city]) == fold(office.city):
        start += city
    elif (
        not other
        and rest[city - 1 : city] == office.city[-1]
        and fuzz.ratio(rest[:city], office.city) >= NEAR_PLACE
    ):
        start = start + city
        near = True
    elif other or (_OTHER_PLACE.match(rest) and _exact_town(rest, office) is None):
        return Address("", None, "", text, outside=True)
    named = start > 0
    if text.startswith(("大字", "字"), start):
        start += text[start:].index("字") + 1
    town = _exact_town(text[start:], office)
    if town is not None:
        size = len(town.name)
        return Address(
            text[:start], town, text[start : start + size], text[start + size :], not near
        )
    town, size = _similar_town(text[start:], office) if named else (None, 0)
    return Address(
        text[:start],
        town,
        text[start : start + size],
        text[start + size :],
        town is None and not near,
    )


def _prefecture(text: str, office: Office) -> tuple[int, bool, bool]:
    """How long the prefecture at the start is, whether it was only similar, whether it is another
    one."""
    for name in PREFECTURES:
        if text.startswith(name):
            return len(name), False, name != office.prefecture
    size = len(office.prefecture)
    # A city or a district that is spelled like the prefecture is no misread prefecture.
    if text[size - 1 : size] in ("市", "区", "町", "村", "郡"):
        return (0, False, False)
    if fuzz.ratio(text[:size], office.prefecture) >= NEAR_PLACE:
        return (size, True, False)
    return (0, False, False)


def _exact_town(text: str, office: Office) -> Town | None:
    folded = fold(text[:12])
    for name, town in _towns(office):
        if not folded.startswith(name):
            continue
        # A town of one letter is one only where what follows can follow a town.
        if len(name) > 1 or _AFTER_SHORT_TOWN.match(text[1:]):
            return town
    return None


@lru_cache(maxsize=8)
def _towns(office: Office) -> tuple[tuple[str, Town], ...]:
    """The office's towns by folded name, the longest first."""
    towns = [(fold(town.name), town) for town in office.towns]
    towns.sort(key=lambda pair: -len(pair[0]))
    return tuple(towns)


def _similar_town(text: str, office: Office) -> tuple[Town | None, int]:
    """The one town that the start of ``text`` resembles, and how many letters it takes; none where
    two are alike."""
    scored = sorted(
        (
            (fuzz.ratio(fold(text[: len(name)]), name), town)
            for name, town in _towns(office)
            if len(name) > 1
        ),
        key=lambda pair: -pair[0],
    )
    if (
        not scored
        or scored[0][0] < NEAR_TOWN
        or (len(scored) > 1 and scored[0][0] - scored[1][0] < MARGIN)
    ):
        return None, 0
    return scored[0][1], len(scored[0][1].name)


def _place(found: Address, office: Office) -> str:
    """Prefecture and city as they are really called, as far as the writer named them."""
    tail = next((t for t in ("大字", "字") if found.place.endswith(t)), "")
    named = len(found.place) - len(tail) > len(office.city)
    return (office.prefecture if named else "") + office.city + tail
