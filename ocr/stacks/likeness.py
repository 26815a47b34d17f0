"""How far the ink on two pages speaks against one value standing on both.

Two readings of one handwriting differ: 安藤 奈々 on the front is 安藤 奈江 on the back. Which texts
were read says little then, and how alike they are says nothing: brothers' names differ in one
character, too. So each page's ink is asked about what the other pages may say. A value costs as
much belief (natural log) as it lies behind what the ink would rather be, on both pages together,
and two pages are as far apart as the value that costs least: the log of a generalised likelihood
ratio.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ocr.stacks.stated import AskedInk, Leaf, is_near
from records.compare import bare

Costs = Mapping[str, float]
"""Natural log of belief by value, without blanks, that each lies behind the likeliest one."""


class Distances:
    """How far pages are apart.

    Args:
        leaves: all pages of a form.
        open_places: of those whose ink is asked; what was read on the others is taken as right.
    """

    def __init__(self, leaves: Iterable[Leaf], open_places: set[int]) -> None:
        self._costs: dict[tuple[int, int], Costs] = {}
        leaves = list(leaves)
        for number in {number for leaf in leaves for number in leaf.stated}:
            inks: dict[int, AskedInk] = {}
            for leaf in leaves:
                told = leaf.stated.get(number)
                if told is None:
                    continue
                if leaf.at not in open_places:
                    self._costs[leaf.at, number] = {bare(str(told.value)): 0.0}
                elif told.asked is not None:
                    inks[leaf.at] = told.asked
            taken = [text for costs in self._costs.values() for text in costs]
            for at, costs in _costs_of(inks, taken).items():
                self._costs[at, number] = costs

    def between(self, one: Leaf, other: Leaf) -> float | None:
        """Natural log of belief against one value on both, over all values that should be the
        same; None where one of them differs and cannot be asked, or none of them was."""
        total, is_asked = 0.0, False
        for number in one.stated.keys() & other.stated.keys():
            a = one.stated[number]
            b = other.stated[number]
            places = [self._costs.get((leaf.at, number)) for leaf in (one, other)]
            if a.value == b.value:
                is_asked = True
            elif places[0] is not None and places[1] is not None:
                total += _apart(places[0], places[1])
                is_asked = True
            elif is_near(a, b):
                total += _NEAR_COST
            else:
                return None
        return total if is_asked else None


_NEAR_COST = 4.0
"""Of a value whose ink cannot be asked (a number in cells), and that is among what was read on the
other page, too."""

_NEVER = 1e3
"""Two places of which no value is possible in both."""


def _costs_of(asked: Mapping[int, AskedInk], also: Iterable[str]) -> dict[int, Costs]:
    """What each value costs in each place, by the place: every place is asked about what all of
    them may say, and about ``also``."""
    texts = dict.fromkeys((*also, *(text for one in asked.values() for text in one.texts)))
    return {place: one.costs(texts) for place, one in asked.items()}


def _apart(one: Costs, other: Costs) -> float:
    return min((one[value] + other[value] for value in one.keys() & other.keys()), default=_NEVER)
