"""What a page says that other pages of its sheet say, too: the values as read, and their ink, which
can be asked about any other value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ocr.seen import Scorer
from records.compare import bare, comparable
from records.forms import FormDef
from records.pageties import ties_of
from records.types import Field

_SHORT = 2
"""A value of fewer characters that was not read for certain is no proof."""


_MOST = 8
"""Texts of one page that another one is asked about."""


class AskedInk:
    """The ink of one place on a page, which can be asked about any text.

    Args:
        texts: what it may say, likeliest first.
        anew: reads the ink and gives its scorer; called when somebody asks about a text that nobody
            has asked about. The scorer, some megabytes, is not kept.
    """

    def __init__(self, texts: Sequence[str], anew: Callable[[], Scorer]) -> None:
        self.texts = _spellings(texts)
        self._anew = anew
        self._known: dict[str, float] = {}

    def _logs(self, texts: Iterable[str]) -> dict[str, float]:
        """Natural log of belief by text; what is impossible here is not there."""
        wanted = dict.fromkeys(texts)
        if new := [text for text in wanted if text not in self._known]:
            self._known |= dict.fromkeys(new, -math.inf) | self._anew()(new)
        return {text: log for text in wanted if (log := self._known[text]) > -math.inf}

    def costs(self, texts: Iterable[str]) -> dict[str, float]:
        """For each value among ``texts`` and what is read here: natural log of belief that it lies
        behind the likeliest of them. A value is a text without its blanks."""
        logs = self._logs((*self.texts, *texts))
        if not logs:
            return {}
        best = max(logs.values())
        made: dict[str, float] = {}
        for text, log in logs.items():
            value = bare(text)
            made[value] = min(made.get(value, math.inf), best - log)
        return made


def _spellings(texts: Sequence[str]) -> tuple[str, ...]:
    """The texts, with and without their blanks."""
    written = [text for text in texts if bare(text)][:_MOST]
    return tuple(dict.fromkeys((*written, *map(bare, written))))


@dataclass(frozen=True, slots=True)
class Stated:
    """What a page says in a field that stands on several pages.

    Attributes:
        value: as :func:`records.compare.comparable` gives it.
        others: what else may be written there.
        sure: nobody needs to look at it.
        asked: its ink; None where it cannot be asked.
    """

    value: Hashable
    others: frozenset[Hashable] = frozenset()
    sure: bool = False
    asked: AskedInk | None = None


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of a form of several pages, as it was read.

    Attributes:
        at: its place among all that was found in the document. Blank sheets have none; whatever
            else lies between two pages does, so only neighbours follow each other.
        page: its page in the form, from 1.
        stated: by the number of the tie (:func:`records.pageties.ties_of`); what is empty is not
            there.
    """

    at: int
    page: int
    stated: Mapping[int, Stated] = field(default_factory=dict)


def stated_on(
    form: FormDef,
    page: int,
    fields: Mapping[str, Field],
    asked: Mapping[str, AskedInk] | None = None,
) -> dict[int, Stated]:
    """What a page says that other pages of its sheet say, too.

    Args:
        fields: those of the page, as read.
        asked: the ink of its fields, where it can be asked.
    """
    told: dict[int, Stated] = {}
    for number, tie in enumerate(ties_of(form)):
        name = tie.get(page)
        read = fields.get(name) if name else None
        if read is None:
            continue
        value = comparable(read.kind, read.value)
        if value is None:
            continue
        texts = [text for reading in read.readings for text, _ in reading.alternatives]
        texts += [reading.text for reading in read.readings]
        others = {comparable(read.kind, text) for text in texts} - {None, value}
        ink = (asked or {}).get(read.name)
        told[number] = Stated(value, frozenset(others), read.unseen, ink)
    return told


Evidence = Literal["equal", "near", "none", "differs", "contradicts"]


def evidence(one: Leaf, other: Leaf) -> tuple[Evidence, int]:
    """What two pages say about being one sheet, and how many of their values are equal."""
    equal = 0
    near = 0
    differs = 0
    for number in one.stated.keys() & other.stated.keys():
        a = one.stated[number]
        b = other.stated[number]
        if a.value == b.value:
            proof = (a.sure and b.sure) or len(str(a.value)) >= _SHORT
            equal = equal + int(proof)
            near = near + int(not proof)
        elif a.sure and b.sure:
            return "contradicts", 0
        elif is_near(a, b):
            near += 1
        else:
            differs += 1
    if equal:
        return "equal", equal
    if near:
        return "near", 0
    return ("differs" if differs else "none"), 0


def is_near(one: Stated, other: Stated) -> bool:
    """True where one value is among what else may be written on the other page."""
    return one.value in other.others or other.value in one.others
