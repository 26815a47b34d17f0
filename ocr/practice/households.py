"""Made-up people of the office's towns: names with their furigana, families, addresses, phones and
accounts.

Nobody here exists: names are combined from common ones, numbers are drawn, and check digits are
then made right.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import TypeVar

import numpy as np

from records.normalise.zengin import YUCHO, bank_title, banks, branch_title, branches
from records.site import Office, Town

Rng = np.random.Generator
T = TypeVar("T")

NAME_GAP = "\u3000"
"""Between family and given name in a truth; on paper it is a gap of the writer's own width."""

BANKS = (
    "0179",
    "0179",
    "0179",
    "0583",
    "0181",
    "0177",
    "0190",
    "1931",
    "1933",
    "8762",
    "8762",
    "9900",
    "0005",
    "0009",
    "0033",
)
"""Bank codes (全銀) that people of Saga use, the commoner ones more often."""


def pick(rng: Rng, items: Sequence[T]) -> T:
    """One of ``items``, each as likely."""
    return items[int(rng.integers(len(items)))]


def chance(rng: Rng, p: float) -> bool:
    return bool(rng.random() < p)


@dataclass(frozen=True, slots=True)
class Person:
    """One made-up person; ``sex`` is ``男`` or ``女``."""

    family: str
    given: str
    family_kana: str
    given_kana: str
    sex: str
    born: dt.date
    my_number: str

    @property
    def name(self) -> str:
        return f"{self.family}{NAME_GAP}{self.given}"

    @property
    def kana(self) -> str:
        return f"{self.family_kana}{NAME_GAP}{self.given_kana}"


@dataclass(frozen=True, slots=True)
class Account:
    """A bank account; ``bank`` and ``branch`` in full (みずほ銀行, 丸の内支店), ``short`` the two as
    the 全銀 master has them."""

    bank_code: str
    bank: str
    branch_code: str
    branch: str
    short: tuple[str, str]
    kind: str
    number: str
    symbol: str = ""


@dataclass(frozen=True, slots=True)
class Household:
    """An applicant and whoever else a form may ask about."""

    applicant: Person
    spouse: Person
    children: tuple[Person, ...]
    parent: Person
    agent: Person
    town: Town
    address: str
    former_address: str
    phone: str
    mobile: str
    email: str
    account: Account
    today: dt.date
    others: tuple[Person, ...] = field(default=())


@lru_cache(maxsize=4)
def _table(name: str) -> tuple[tuple[str, ...], ...]:
    """Rows of ``data/<name>.txt``: entries apart by ``|`` or line ends, their words by blanks; #
    begins a comment."""
    text = (
        resources.files("ocr.practice").joinpath("data", f"{name}.txt").read_text(encoding="utf-8")
    )
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return tuple(tuple(entry.split()) for line in lines for entry in line.split("|") if entry)


def surnames() -> tuple[tuple[str, str], ...]:
    """(kanji, katakana) of a few hundred family names, common ones and those of the region."""
    return tuple((row[0], row[1]) for row in _table("surnames"))


def given_names() -> tuple[tuple[str, str], ...]:
    """(kanji, ``m`` or ``f``) of a few hundred given names."""
    return tuple((row[0], row[2]) for row in _table("given"))


def _given(rng: Rng, sex: str, born: dt.date) -> tuple[str, str]:
    era = "s" if born.year < 1983 else "h" if born.year < 2010 else "r"
    rows = [
        row for row in _table("given") if row[2] == ("m" if sex == "男" else "f") and row[3] == era
    ]
    row = pick(rng, rows)
    return row[0], row[1]


def my_number(rng: Rng) -> str:
    """Twelve digits with the right check digit (平成26年総務省令第85号 第5条)."""
    digits = [int(d) for d in rng.integers(0, 10, 11)]
    total = sum(p * (n + 1 if n <= 6 else n - 5) for n, p in enumerate(reversed(digits), 1))
    rest = total % 11
    return "".join(map(str, digits)) + str(0 if rest <= 1 else 11 - rest)


def corporate_number(rng: Rng) -> str:
    """Thirteen digits with the right leading check digit (平成26年財務省令第70号 第2条)."""
    digits = [int(d) for d in rng.integers(0, 10, 12)]
    total = sum(p * (1 if n % 2 else 2) for n, p in enumerate(reversed(digits), 1))
    return str(9 - total % 9) + "".join(map(str, digits))


def person(rng: Rng, born: dt.date, family: tuple[str, str] | None = None, sex: str = "") -> Person:
    """A person of that birth date; of that family, where one is given."""
    family = family or pick(rng, surnames())
    sex = sex or pick(rng, ("男", "女"))
    given, kana = _given(rng, sex, born)
    return Person(family[0], given, family[1], kana, sex, born, my_number(rng))


def day_between(rng: Rng, first: dt.date, last: dt.date) -> dt.date:
    """A day from ``first`` to ``last``, both included; ``first`` where they cross."""
    return first + dt.timedelta(days=int(rng.integers(max((last - first).days, 0) + 1)))


def years_before(day: dt.date, years: int) -> dt.date:
    return day.replace(year=day.year - years, day=min(day.day, 28))


_CHOME = ("", "", "甲", "乙", "丙", "丁")
_NO_CITY = "架空市"
_NOWHERE = (Town("9990001", "中町", "ナカマチ"), Town("9990002", "本町", "ホンマチ"))
"""Where people live who write to an office that has no table of towns; no such postal codes are in
use."""


def address(rng: Rng, office: Office) -> tuple[Town, str]:
    """A town of the office and an address in it, written in one of the ways that people write
    it."""
    town = pick(rng, office.towns or _NOWHERE)
    lot = int(rng.integers(1, 30)) if chance(rng, 0.2) else int(rng.integers(30, 6000))
    branch = int(rng.integers(1, 40))
    aza = "大字" if chance(rng, 0.35) else ""
    letter = pick(rng, _CHOME) if not aza else ""
    number = pick(
        rng,
        (f"{lot}番地{branch}", f"{lot}番地", f"{lot}-{branch}", f"{lot}", f"{lot}番地の{branch}"),
    )
    house = ""
    if chance(rng, 0.12):
        name = pick(rng, ("コーポ", "ハイツ", "メゾン", "サンシャイン")) + pick(
            rng, (office.city[:-1] or "中央", "中川", "有明", "若葉", "桜")
        )
        house = f"{name}{int(rng.integers(1, 4))}0{int(rng.integers(1, 9))}号"
    prefecture = office.prefecture if chance(rng, 0.3) else ""
    return town, f"{prefecture}{office.city or _NO_CITY}{aza}{town.name}{letter}{number}{house}"


def phone(rng: Rng, office: Office) -> str:
    """A land line of the office's area code, written out in full with hyphens; a mobile where the
    area code is not known."""
    if not office.area_code:
        return mobile(rng)
    local = 10 - len(office.area_code) - 4
    first = ""
    if local:
        first = "6" + "".join(map(str, rng.integers(0, 10, local - 1)))
    return f"{office.area_code}-{first}-{int(rng.integers(10000)):04d}"


def mobile(rng: Rng) -> str:
    return f"{pick(rng, ('070', '080', '090', '090'))}-{int(rng.integers(1000, 10000))}-{int(rng.integers(10000)):04d}"


def account(rng: Rng) -> Account:
    """An account at a real bank and branch (全銀 codes), its number drawn."""
    bank = banks().by_code[pick(rng, BANKS)]
    post = bank.code == YUCHO
    branch = pick(
        rng, [b for b in branches(bank.code).by_code.values() if not post or b.code.endswith("8")]
    )
    kind = "普通" if post or chance(rng, 0.9) else "当座"
    # 記号 1abcd ↔ 店番 ab8, 番号 with a 1 at its end ↔ the account number for other banks
    symbol = ""
    if post:
        symbol = f"1{branch.code[:2]}{int(rng.integers(10))}0"
    return Account(
        bank.code,
        bank_title(bank),
        branch.code,
        branch_title(bank.code, branch),
        (bank.name, branch.name),
        kind,
        f"{int(rng.integers(1000, 10**7)):07d}",
        symbol,
    )


def household(rng: Rng, office: Office) -> Household:
    """A family with children, a parent and an agent, on a day of the last two years."""
    today = day_between(rng, dt.date(2024, 4, 1), dt.date(2026, 3, 31))
    applicant = person(rng, day_between(rng, years_before(today, 52), years_before(today, 23)))
    family = (applicant.family, applicant.family_kana)
    other = "女" if applicant.sex == "男" else "男"
    near = applicant.born + dt.timedelta(days=int(rng.integers(-2500, 2500)))
    spouse = person(rng, near, family, other)
    youngest = max(years_before(today, 17), years_before(applicant.born, -20))
    births = sorted(
        day_between(rng, youngest, today - dt.timedelta(days=3))
        for _ in range(int(rng.integers(1, 5)))
    )
    children = tuple(person(rng, born, family) for born in births)
    parent = person(rng, day_between(rng, years_before(today, 90), years_before(today, 65)), family)
    agent = person(rng, day_between(rng, years_before(today, 70), years_before(today, 25)))
    others = tuple(
        person(rng, day_between(rng, years_before(today, 80), years_before(today, 19)))
        for _ in range(8)
    )
    town, lives = address(rng, office)
    email = f"{pick(rng, ('sakura', 'taro', 'k.yama', 'info', 'hana', 'nao'))}{int(rng.integers(100))}@example.jp"
    return Household(
        applicant,
        spouse,
        children,
        parent,
        agent,
        town,
        lives,
        address(rng, office)[1],
        phone(rng, office),
        mobile(rng),
        email,
        account(rng),
        today,
        others,
    )
