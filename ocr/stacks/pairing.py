"""Which pages of a document are one sheet, for forms of several pages.

A value that stands on both pages joins them: a number, a barcode, a name. Where it is read
differently on the two, their ink is asked (:mod:`ocr.stacks.likeness`). Order only confirms it.
Where nothing stands on both, order is all there is, and a feeder that takes two sheets at once, or
a stack that was turned by hand, makes a perfect order of two people's pages. So what only the order
says goes to a person, but for a file that holds one sheet and nothing else of its form, and for a
form whose office says that its stacks are in order (``[joining] order``).

Everything here is a pure function over what was read, and over what its ink says to a question.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from ocr.stacks.likeness import Distances
from ocr.stacks.stated import Evidence, Leaf, evidence

Doubt = Literal["", "stack", "order", "reversed", "values"]
"""Why a person must say whether the pages are one sheet: nobody needs to (""); the order of the
whole stack says it and nothing else; the order of a few pages does; they lie in the wrong order;
what should be the same on them is not."""

_CONFIRMING = 2
"""So many sheets joined by their values show in which order a stack lies."""

_MOSTLY = 2
"""Order speaks where it accounts for so many sheets for each page that is left over."""

ALIKE = 8.0
_APART = 5.0
NEAR = 14.0
"""Natural log of belief (:mod:`ocr.stacks.likeness`): pages whose ink speaks no more than the first against
one value on both are one sheet, where it speaks so much more against every other page. Where
something else confirms it, it may speak as much as the third. Measured by ``python -m
benchmarks.stacks`` and ``benchmarks.families``: see decision 0055."""


@dataclass(frozen=True, slots=True)
class Group:
    """Pages that are one sheet, by their page in the form, and why a person must confirm it."""

    leaves: tuple[Leaf, ...]
    doubt: Doubt = ""


def joined(leaves: Sequence[Leaf], pages: int, order: str = "file") -> list[Group]:
    """The sheets among the pages of one form in one document.

    Args:
        leaves: in any order.
        pages: how many pages the form has.
        order: what the order alone may say without a person: ``none`` nothing, ``file`` that the
            only pages in a file are one sheet, ``stack`` that pages in strict alternation are.

    Returns:
        Every leaf in exactly one group, by the first place in the document. A group with fewer
        leaves than ``pages`` is part of a sheet.
    """
    leaves = sorted(leaves, key=lambda leaf: leaf.at)
    by_values = _by_values(leaves, pages)
    by_order = list(_by_order(leaves, by_values, pages, order))
    placed = _places(by_order)
    made = by_order + [group for group in by_values if not _places([group]) & placed]
    placed = _places(made)
    made += [Group((leaf,)) for leaf in leaves if leaf.at not in placed]
    return sorted(made, key=lambda group: min(leaf.at for leaf in group.leaves))


def _places(groups: Iterable[Group]) -> set[int]:
    return {leaf.at for group in groups for leaf in group.leaves}


# --- by what stands on both -----------------------------------------------------------------------


def _follows(one: Leaf, other: Leaf) -> bool:
    return other.at == one.at + 1 and other.page == one.page + 1


def _by_values(leaves: Sequence[Leaf], pages: int) -> list[Group]:
    """Sheets by what stands on their pages: equal values first, then values that the ink of both
    may be, then those that were nearly read alike, where the order says the same."""
    pairs = {}
    for a, b in combinations(leaves, 2):
        if a.page != b.page:
            pairs[(a.at, b.at)] = evidence(a, b)
    by_place = {leaf.at: leaf for leaf in leaves}
    sure = _equal_pairs(pairs, by_place)
    matched = {place for pair in sure for place in pair}
    distances = _asked_pairs(pairs, by_place, matched)
    sure += _alike_pairs(distances, by_place, matched)
    matched = {place for pair in sure for place in pair}
    near, asked = _near_pairs(pairs, distances, by_place, sure, matched)
    against = {pair for pair, (what, _) in pairs.items() if what == "contradicts"}
    made = []
    for places, doubtful in _clusters([*sure, *near], asked):
        members = sorted((by_place[place] for place in places), key=lambda leaf: leaf.page)
        faces = {leaf.page for leaf in members}
        clash = any(pair in against for pair in combinations(sorted(places), 2))
        if len(faces) == len(members) <= pages and not clash:
            made.append(Group(tuple(members), "values" if doubtful else ""))
    return made


def _equal_pairs(
    pairs: Mapping[tuple[int, int], tuple[Evidence, int]], by_place: Mapping[int, Leaf]
) -> list[tuple[int, int]]:
    """Pairs with equal values that no other page shares; where others share them (two people of
    one name, a sheet that was scanned twice), those of them that are in strict order."""
    rivals: dict[tuple[int, int], list[int]] = defaultdict(list)
    equal = {pair: count for pair, (what, count) in pairs.items() if what == "equal"}
    for (a, b), count in equal.items():
        rivals[a, by_place[b].page].append(count)
        rivals[b, by_place[a].page].append(count)
    made: list[tuple[int, int]] = []
    shared: list[tuple[int, int]] = []
    for (a, b), count in equal.items():
        ends = [rivals[a, by_place[b].page], rivals[b, by_place[a].page]]
        if all(max(end) == count for end in ends):
            alone = all(end.count(count) == 1 for end in ends)
            (made if alone else shared).append((a, b))
    for places, _ in _clusters(shared, ()):
        members = [by_place[place] for place in sorted(places)]
        runs, left = _runs(members, len({leaf.page for leaf in members}))
        if not left:
            made += [pair for run in runs for pair in combinations([o.at for o in run], 2)]
    return made


def _asked_pairs(
    pairs: Mapping[tuple[int, int], tuple[Evidence, int]],
    by_place: Mapping[int, Leaf],
    matched: set[int],
) -> dict[tuple[int, int], float]:
    """How far the pages of each pair are apart that is still open, or that has one in it that is;
    what cannot be asked is not there."""
    differ = [pair for pair, (what, _) in pairs.items() if what in ("near", "differs")]
    open_places = {place for pair in differ if not matched & set(pair) for place in pair}
    if not open_places:
        return {}
    distances = Distances(by_place.values(), open_places)
    made = {}
    for a, b in pairs:
        if pairs[a, b][0] in ("equal", "near", "differs") and open_places & {a, b}:
            distance = distances.between(by_place[a], by_place[b])
            if distance is not None:
                made[a, b] = distance
    return made


def _alike_pairs(
    distances: Mapping[tuple[int, int], float], by_place: Mapping[int, Leaf], matched: set[int]
) -> list[tuple[int, int]]:
    """Pairs whose ink says one value, and far better than that of any other pair that either of
    them is in."""
    ends: dict[tuple[int, int], list[float]] = defaultdict(list)
    for (a, b), distance in distances.items():
        ends[a, by_place[b].page].append(distance)
        ends[b, by_place[a].page].append(distance)
    made = []
    for (a, b), own in distances.items():
        # Each of the two has only this pair so near: the pair itself counts in both lists.
        near = (ends[a, by_place[b].page], ends[b, by_place[a].page])
        is_alone = all(sum(other < own + _APART for other in found) == 1 for found in near)
        is_free = not matched & {a, b}
        if own <= ALIKE and is_alone and is_free:
            made.append((a, b))
    return made


def _near_pairs(
    pairs: Mapping[tuple[int, int], tuple[Evidence, int]],
    distances: Mapping[tuple[int, int], float],
    by_place: Mapping[int, Leaf],
    sure: Sequence[tuple[int, int]],
    matched: set[int],
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Pairs that may well say one value: those that something else confirms, and those that a
    person must. The order confirms one, and so does it where no other page is left."""
    open_pairs = [
        pair
        for pair, (what, _) in pairs.items()
        if not matched & set(pair) and _is_near(what, distances.get(pair))
    ]
    ends = [(pair[0], by_place[pair[1]].page) for pair in open_pairs]
    ends += [(pair[1], by_place[pair[0]].page) for pair in open_pairs]
    faces = [leaf.page for at, leaf in by_place.items() if at not in matched]
    confirmed, asked = [], []
    for a, b in open_pairs:
        one = by_place[a]
        other = by_place[b]
        if ends.count((a, other.page)) > 1 or ends.count((b, one.page)) > 1:
            continue
        is_last = (a, b) in distances and faces.count(one.page) == faces.count(other.page) == 1
        if is_last or _follows(one, other) or _in_line((a, b), sure, by_place):
            confirmed.append((a, b))
        else:
            asked.append((a, b))
    told = matched.union(*confirmed, *asked)
    return confirmed, [*asked, *_left_in_line(pairs, by_place, sure, told)]


def _is_near(what: Evidence, distance: float | None) -> bool:
    """True where two values may be one: by their ink, or where that cannot be asked, by what else
    was read."""
    if what in ("contradicts", "none"):
        return False
    if distance is None:
        return what == "near"
    return distance <= NEAR


def _left_in_line(
    pairs: Mapping[tuple[int, int], tuple[Evidence, int]],
    by_place: Mapping[int, Leaf],
    sure: Sequence[tuple[int, int]],
    told: set[int],
) -> list[tuple[int, int]]:
    """Pairs that only their place in the stack speaks for, each the only one that its pages can
    be in: a value that was misread, or left out."""
    fitting = [
        pair
        for pair, (what, _) in pairs.items()
        if what in ("near", "differs", "none")
        and not told & set(pair)
        and _in_line(pair, sure, by_place)
    ]
    places = [place for pair in fitting for place in pair]
    return [pair for pair in fitting if all(places.count(place) == 1 for place in pair)]


def _in_line(
    pair: tuple[int, int], sure: Sequence[tuple[int, int]], by_place: Mapping[int, Leaf]
) -> bool:
    """True where a pair lies in the stack as those do that are joined for certain: their first and
    second pages in the same order, or in opposite orders."""

    def faced(two: tuple[int, int]) -> tuple[int, int]:
        first, second = sorted(two, key=lambda place: by_place[place].page)
        return first, second

    faces = {by_place[place].page for place in pair}
    known = [faced(two) for two in sure if {by_place[place].page for place in two} == faces]
    if len(known) < _CONFIRMING:
        return False
    seconds = [second for _, second in sorted([*known, faced(pair)])]
    return seconds in (sorted(seconds), sorted(seconds, reverse=True))


def _clusters(
    sure: Sequence[tuple[int, int]], asked: Sequence[tuple[int, int]]
) -> Iterator[tuple[set[int], bool]]:
    """Places that hang together, and whether any of it is only asked."""
    clusters: list[tuple[set[int], bool]] = []
    for pairs, doubtful in ((sure, False), (asked, True)):
        for pair in pairs:
            touching = [c for c in clusters if c[0] & set(pair)]
            merged = set(pair).union(*(c[0] for c in touching))
            clusters = [c for c in clusters if c not in touching]
            clusters.append((merged, doubtful or any(c[1] for c in touching)))
    yield from clusters


# --- by order -------------------------------------------------------------------------------------


def _by_order(
    leaves: Sequence[Leaf], by_values: Sequence[Group], pages: int, order: str
) -> Iterator[Group]:
    """Sheets that their order tells of, where their values do not tell of all of their pages."""
    runs, left = _runs(leaves, pages)
    turned = []
    if left and not by_values:
        turned = list(_backwards(leaves, pages))
    if turned:
        yield from turned
        return
    if left and (len(runs) < _MOSTLY * left or len(_turned(leaves, pages)[0]) >= len(runs)):
        return  # too much is left over, or the stack lies upside down as likely as not
    untold = [run for run in runs if _is_untold(run, by_values)]
    alone = left == 0 and len(untold) == len(runs)
    trusted = alone and (order == "stack" or (order == "file" and len(runs) == 1))
    for run in untold:
        said = _said(run)
        if "contradicts" in said:
            continue
        if said & {"differs", "near"}:
            yield Group(run, "values")
        else:
            yield Group(run, "" if trusted else "stack" if alone and len(runs) > 1 else "order")


def _is_untold(run: Sequence[Leaf], by_values: Iterable[Group]) -> bool:
    """True where values join some of these pages at most, and none of them with any other."""
    places = {leaf.at for leaf in run}
    touching = [own for own in (_places([group]) for group in by_values) if own & places]
    return all(own < places for own in touching)


def _said(run: Sequence[Leaf]) -> set[Evidence]:
    return {evidence(a, b)[0] for a, b in combinations(run, 2)}


def _runs(leaves: Iterable[Leaf], pages: int) -> tuple[list[tuple[Leaf, ...]], int]:
    """Neighbours that are page 1, 2, … to the last, and how many pages are in no such run."""
    runs: list[tuple[Leaf, ...]] = []
    run: list[Leaf] = []
    total = 0
    for leaf in leaves:
        total += 1
        if not (run and _follows(run[-1], leaf)):
            run = []
        if run or leaf.page == 1:
            run.append(leaf)
        if len(run) == pages:
            runs.append(tuple(run))
            run = []
    return runs, total - pages * len(runs)


def _backwards(leaves: Sequence[Leaf], pages: int) -> Iterator[Group]:
    """A stack that lies upside down, page by page."""
    runs, left = _turned(leaves, pages)
    if left or not runs:
        return
    by_place = {leaf.at: leaf for leaf in leaves}
    for run in runs:
        if "contradicts" not in _said(run):
            yield Group(tuple(by_place[-leaf.at] for leaf in run), "reversed")


def _turned(leaves: Sequence[Leaf], pages: int) -> tuple[list[tuple[Leaf, ...]], int]:
    """The runs of a stack from its end; places are counted down from there."""
    return _runs([Leaf(-leaf.at, leaf.page, leaf.stated) for leaf in reversed(leaves)], pages)
