"""Addresses and postal codes: the office's own towns first."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence

from rapidfuzz import fuzz

from ocr.weigh.priors.asked import FOREIGN, WRONG, Asked, Expected
from ocr.weigh.spelling import smoothed, spelled
from records.site import Office

_DOT = re.compile(r"(?<=[0-9])[.,·・](?=[0-9])")
"""Between the numbers of an address a dot is a dash."""


def postal_expected(asked: Asked) -> Expected:
    """The office's own codes; a code from elsewhere is possible but rarer."""
    part, office = asked.part, asked.office
    if not office.towns:
        return [], lambda text: FOREIGN
    codes = [t.postal_code for t in office.towns] + [office.other_postal_code]
    codes = [code for code in codes if code]
    shapes: dict[str, float] = {}
    for code in codes:
        for shape in (
            [code[:3]]
            if part == "first"
            else [code[3:]]
            if part == "second"
            else [code, f"{code[:3]}-{code[3:]}"]
        ):
            shapes[shape] = 0.0

    def prior(text: str) -> float:
        return 0.0 if text in shapes else FOREIGN

    return list(shapes), prior


def address_expected(asked: Asked) -> Expected:
    """The text with its town, city and 大字 as the office writes them."""
    office = asked.office
    extra = [t for text in spelled(asked.read) for t in (_DOT.sub("-", text), text)]
    for text in list(extra[:4]):
        extra += _town_spelled(text, office)
    extra += _stems_spelled(extra, office)

    def prior(text: str) -> float:
        town = any(t.name in text for t in office.towns)
        long = sum(
            len(run) - _LONGEST_NUMBER
            for run in re.findall(r"[0-9]+", text)
            if len(run) > _LONGEST_NUMBER
        )
        odd = (
            2.0 * (text != smoothed(text)) + 3.0 * bool(_DOT.search(text)) + 1.5 * ("大宇" in text)
        )  # 大字 looks like it
        odd += 2.0 * any(text[place - 1] in _NO_STEMS for place in _numbers_of_towns(text, office))
        return (
            (0.0 if town else FOREIGN)
            - odd
            - WRONG * _beheaded(text, office.city)
            - TOO_LONG * long
        )

    return extra, prior


_LONGEST_NUMBER, TOO_LONG = 4, 2.0
"""Digits that a house number has at most as a rule; each further one costs so much (natural log):
丁3083 looks like 73083, and of 4267-10 the dash is easily lost."""

_STEMS = {
    "甲": "申由田市中早里",
    "乙": "2ZzLこてし",
    "丙": "内西両肉而",
    "丁": "17TJ了下フIて",
    "戊": "成戍",
    "己": "已巳2",
}
"""The stems that many towns part their land with, and what the engine takes them for."""

_NO_STEMS = frozenset("".join(_STEMS.values())) - frozenset("0123456789")


def _numbers_of_towns(text: str, office: Office) -> list[int]:
    """Where a number begins that follows a town with one character between."""
    ends = [text.find(t.name) + len(t.name) for t in office.towns if t.name in text]
    return [end + 1 for end in ends if text[end + 1 : end + 2].isdecimal()]


def _stems_spelled(texts: Sequence[str], office: Office) -> list[str]:
    """Between a town and its number a 甲, 乙, 丙, 丁 … in place of what looks like it."""
    made = [
        text[: place - 1] + stem + text[place:]
        for text in texts[:8]
        for place in _numbers_of_towns(text, office)
        for stem, alike in _STEMS.items()
        if text[place - 1] in alike
    ]
    return list(dict.fromkeys(made))


def _town_spelled(text: str, office: Office) -> list[str]:
    """Replace what looks like the city, 大字 and a town by their right spelling."""
    fixed = re.sub(
        r"(?<=[^0-9A-Za-z])T(?=[0-9])", "丁", text.replace("大宇", "大字").replace("大学", "大字")
    )
    scored: list[tuple[float, str]] = []
    for start in range(min(len(fixed), 12)):
        for name in _sharing(fixed[start:], office):
            piece = fixed[start : start + len(name)]
            if piece != name and len(piece) == len(name) and _half_same(piece, name):
                alike = sum(map(str.__eq__, piece, name)) / len(name)
                scored.append((alike, fixed[:start] + name + fixed[start + len(name) :]))
    # of a thousand towns many have one character of two; the nearest come first
    made = [spelt for _, spelt in sorted(scored, key=lambda pair: -pair[0])[:_MOST_TOWNS]]
    city = office.city
    for base in [fixed, *made]:
        head = base[: len(city)]
        if head != city and len(city) >= 3 and fuzz.ratio(head, city) >= 60:
            made += [
                city + base[len(city) :],
                *([city + base[len(city) - 1 :]] if _beheaded(base, city) else []),
            ]
    return [fixed, *made][:10]


def _sharing(text: str, office: Office) -> list[str]:
    """The towns that have a character where the start of ``text`` has it, in the table's order: of
    1,000 towns a few."""
    found: dict[int, str] = {}
    for place, character in enumerate(text[:_LONGEST_TOWN]):
        found |= _towns_by_character(office).get((place, character), {})
    return [found[number] for number in sorted(found)]


_LONGEST_TOWN, _MOST_TOWNS = 20, 10


@functools.lru_cache(maxsize=4)
def _towns_by_character(office: Office) -> Mapping[tuple[int, str], Mapping[int, str]]:
    """Names of two and more characters by place and character, each with its number in the
    table."""
    made: dict[tuple[int, str], dict[int, str]] = {}
    for number, town in enumerate(office.towns):
        for place, character in enumerate(town.name if len(town.name) > 1 else ""):
            made.setdefault((place, character), {})[number] = town.name
    return made


def _beheaded(text: str, city: str) -> bool:
    """The city's first character is missing: 島市大字森."""
    return len(city) >= 3 and text.startswith(city[1:])


def _half_same(a: str, b: str) -> bool:
    return 2 * sum(x == y for x, y in zip(a, b, strict=True)) >= len(b)
