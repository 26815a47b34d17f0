"""Signs and units that a reader takes for letters or digits, known by what stands beside them.

Nobody writes 士10%, 25m大4本 or 月7金: a person meant ±10%, 25m×4本 and 月~金. Each rule names what is
seen, what may be meant by it, and how unlikely it is that what is seen was meant. The ink still
decides among what may be meant, and a text that had to be argued for against the reader is shown
(:func:`ocr.trust.ceilings.ceiling`).
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

NEVER, SELDOM, MAYBE = -9.0, -4.0, 0.0
"""Natural log by which a text is the less likely for what is seen in it."""

_DAYS = "月火水木金土日"
_UNITS = "(?:c?m|㎡|[gtLAVW])"
_TIME = "[0-9]{1,2}:[0-5][0-9]"


@dataclass(frozen=True, slots=True)
class Rule:
    """What is seen, and what may be meant.

    Attributes:
        meant: replacements as of :func:`re.sub`, the likeliest first.
        odds: one of :data:`NEVER`, :data:`SELDOM`, :data:`MAYBE`.
    """

    seen: re.Pattern[str]
    meant: tuple[str, ...]
    odds: float


def _rule(seen: str, *meant: str, odds: float) -> Rule:
    return Rule(re.compile(seen), meant, odds)


_COUNTER = "人名回日月年台個枚本時分組班度週泊階号丁番件部冊区棟基脚張歳目店校か"
_INNER = f"(?![{_COUNTER}])[一-鿿ぁ-ゖァ-ヺー]"
_OPENS, _CLOSES = "[1l|Iく(]", "[1l|Iノフ)]"

RULES = (
    _rule("[士土](?=[0-9])", "±", odds=NEVER),
    _rule(r"(?<=[0-9])c(?![A-Za-z0-9])", "℃", odds=NEVER),
    _rule(r"(?<=[0-9]\.[0-9])[0C](?![0-9A-Za-z])", "℃", odds=MAYBE),
    _rule(r"(?<=[0-9])[゜°]?C(?![A-Za-z0-9])", "℃", odds=MAYBE),
    _rule(r"(?<=[0-9])[kK](?:9|q)(?![0-9])", "kg", odds=NEVER),
    _rule(r"(?<=[0-9])[kK]w(?![a-wyz])", "kW", odds=NEVER),
    _rule(r"(?<=[0-9])m(?:1|6|I|\|)(?![0-9A-Za-z])", "ml", "mL", odds=NEVER),
    _rule(r"(?<=[0-9])[%nb]a(?![a-z])", "ha", odds=NEVER),
    _rule(rf"(?<=[0-9])({_UNITS})[大区回人又メX×xチナ+](?=[縦横高幅奥]?[0-9])", r"\1×", odds=NEVER),
    _rule(rf"(?<![0-9])(?<=[{_DAYS}])[7フ](?=[火水木金土](?!曜))", "~", odds=NEVER),
    _rule(rf"(?<![0-9])(?<=[{_DAYS}])[一ーへ\-](?=[{_DAYS}](?!曜))", "~", odds=NEVER),
    _rule(r"(?<![A-Za-z])([A-Z])\.(?=[A-Z](?![A-Za-z]))", r"\1・", odds=SELDOM),
    _rule(r"^[の@O](?=[一-鿿ァ-ヺ]{2})", "①", "②", "③", "④", "⑤", odds=SELDOM),
    _rule("^[繁米](?=[一-鿿]{2})", "※", odds=MAYBE),
    _rule("か5(?=[0-9]+[月日時分年階班組番名人回か])", "から", odds=NEVER),
    _rule("か(?=[0-9])", "から", odds=MAYBE),
    _rule(r"(?<=[0-9])0(?=所)", "か", odds=NEVER),
    _rule(r"(?<=[0-9])0(?:日|目|月)", "か月", odds=MAYBE),
    _rule(r"(年[0-9]{1,2})0(?:日|目|月)", r"\1か月", odds=NEVER),
    _rule(rf"(?<![0-9:])({_TIME})(?={_TIME}(?![0-9:]))", r"\1~", odds=NEVER),
    _rule(rf"(?<![0-9:])({_TIME})[・.,、/](?={_TIME}(?![0-9:]))", r"\1-", r"\1~", odds=NEVER),
    _rule(
        r"(?<![0-9.,])([0-9]{1,2})[.,、]([0-5][0-9])([~〜\-])([0-9]{1,2})[.,:、]([0-5][0-9])(?![0-9%])",
        r"\1:\2\3\4:\5",
        odds=SELDOM,
    ),
    _rule(
        rf"(?<![0-9])(1[0-2]|[1-9])[1|lI]([12]?[0-9]|3[01])(?=[(（][{_DAYS}目])",
        r"\1/\2",
        odds=NEVER,
    ),
    _rule(r"(?<=[(（][月火水木金土])[1lIノ7]$", ")", odds=NEVER),
    _rule(r"(?<=[(（])[日目][1lIノ7)]$", "日)", odds=NEVER),
    _rule(r"(?<=[(（])目(?=[)）])", "日", odds=NEVER),
    _rule(rf"(?<![0-9]){_OPENS}([株有社財]){_CLOSES}(?=[一-鿿ぁ-ゖァ-ヺ])", r"(\1)", odds=NEVER),
    _rule(r"(?<=[一-鿿ァ-ヺ])[15l|Iく(]([株有社財])[1l|Iノフ7)]$", r"(\1)", odds=NEVER),
    _rule(r"^[1l|Iく]([株有])(?=[一-鿿]{2})", r"(\1)", odds=NEVER),
    _rule(rf"(?<=[一-鿿ぁ-ゖァ-ヺー]){_OPENS}((?:{_INNER}){{1,4}}){_CLOSES}$", r"(\1)", odds=NEVER),
    _rule(
        rf"(?<=[一-鿿ぁ-ゖァ-ヺー]){_OPENS}({_INNER})1(?=[0-9]+[{_COUNTER}])", r"(\1)", odds=NEVER
    ),
    _rule(rf"^{_OPENS}((?:{_INNER}){{1,4}}){_CLOSES}(?=[一-鿿ァ-ヺ])", r"(\1)", odds=NEVER),
)

_MEANT = -1.0
"""Natural log of the odds of what is meant to what is seen, before the latter is :func:`unlikely`."""

_BLANKS = (
    _rule(rf"(?<=[{_DAYS}祝])[ 、.](?=[{_DAYS}祝](?![一-鿿ぁ-ん]))", "・", odds=SELDOM),
    _rule(r"(?<![A-Za-z])([A-Z]) (?=[A-Z](?![A-Za-z]))", r"\1・", odds=SELDOM),
    _rule(r"(?<=[0-9])[ 　]+(?=[0-9])", ".", ":", "/", "~", odds=NEVER),
)
"""Rules for what is seen as a blank; the others hold whatever blanks there are."""


def meant(texts: Iterable[str]) -> dict[str, tuple[str, float]]:
    """Other texts that may be meant, each with the text that was seen in its place and with the
    natural log of its odds to what that one has."""
    made: dict[str, tuple[str, float]] = {}
    for text in texts:
        for seen, rules in ((text, _BLANKS), ("".join(text.split()), RULES)):
            for other, odds in _others(seen, rules).items():
                made.setdefault(other, (text, odds))
    return made


def _others(seen: str, rules: Iterable[Rule]) -> dict[str, float]:
    """What may be meant by ``seen`` by each rule, and by all of them together."""
    made: dict[str, float] = {}
    whole = seen
    for rule in rules:
        if not rule.seen.search(seen):
            continue
        odds = -math.inf if rule.odds == MAYBE else _MEANT
        for put in rule.meant:
            made.setdefault(rule.seen.sub(put, seen), odds)
        if rule.odds < MAYBE:
            whole = rule.seen.sub(rule.meant[0], whole)
    made.setdefault(whole, _MEANT)
    made.pop(seen, None)
    return made


@functools.lru_cache(maxsize=4096)
def unlikely(text: str) -> float:
    """Natural log by which a text is the less likely for what nobody writes."""
    bare = "".join(text.split())
    return sum(rule.odds for rule in _BLANKS if _sees(rule, text)) + sum(
        rule.odds for rule in RULES if _sees(rule, bare)
    )


def _sees(rule: Rule, text: str) -> bool:
    found = rule.odds < MAYBE and rule.seen.search(text)
    return bool(found) and rule.seen.sub(rule.meant[0], text) != text
