"""How far the ink of two pages is apart (:mod:`ocr.stacks.likeness`): of one person, and of brothers and
sisters whose names differ in as little as names do.

Run ``python -m benchmarks.families``. Two members of each family are written by one hand on the two
pages of :mod:`benchmarks.stacks`' form, and both pages of both are read. Pairs whose values are
read for certain and differ are told apart without their ink, and are left out.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from rapidfuzz.distance import Levenshtein

from benchmarks.handsets import MEASURING
from benchmarks.resultpage import table_row
from benchmarks.stacks import DAMAGES, draw_form, pages_read
from ocr.practice.damage import damaged, source_dpi
from ocr.practice.fill import USUAL, fill
from ocr.practice.hands import Hand, find_hands
from ocr.practice.households import NAME_GAP, Rng, given_names, pick, surnames
from ocr.practice.practicesheets import PracticeSheet
from ocr.practice.truths import answers
from ocr.practice.write import save_practice
from ocr.reader import Reader
from ocr.stacks.leaves import ReadPage
from ocr.stacks.likeness import Distances
from ocr.stacks.pairing import ALIKE, NEAR
from ocr.stacks.stated import Leaf, evidence, stated_on
from records.forms import FormDef
from records.pageties import JoiningDef
from records.site import IntakeSettings, Office, ReadingSettings

TIE = ("applicant", "applicant_back")
_NEAREST = 6


def family(rng: Rng) -> tuple[str, str]:
    """Two names of one family; of the given names one of those that are nearest to each other."""
    name = pick(rng, surnames())[0]
    given = list(given_names())
    one, sex = pick(rng, given)
    others = [
        (Levenshtein.distance(one, other), float(rng.random()), other)
        for other, their_sex in given
        if other != one and their_sex == sex and len(other) == len(one)
    ]
    other = one
    if others:
        other = sorted(others)[int(rng.integers(min(_NEAREST, len(others))))][2]
    return f"{name}{NAME_GAP}{one}", f"{name}{NAME_GAP}{other}"


def sheet_with(form: FormDef, name: str, hand: Hand, damage: str, rng: Rng) -> PracticeSheet:
    """Two pages with this name on both."""
    values, home = answers(form, Office(), rng)
    told = {**values, **dict.fromkeys(TIE, name)}
    slips = replace(USUAL, received=0.0)
    pages, truth, _ = fill(form, told, home, hand, rng, source_dpi(damage), slips)
    images, dpi = damaged(pages, damage, rng)
    return PracticeSheet(form.id, tuple(images), dpi, truth, hand.name, damage)


def read_families(form: FormDef, count: int, seed: int) -> Iterator[list[list[ReadPage]]]:
    """For each family, the pages of both members."""
    reader = Reader({form.id: form}, Office(), ReadingSettings(), IntakeSettings())
    hands = find_hands(without=MEASURING)
    with tempfile.TemporaryDirectory() as folder:
        for index in range(count):
            rng = np.random.default_rng([seed, index])
            hand = hands[int(rng.integers(len(hands)))]
            read = []
            for name in family(rng):
                sheet = sheet_with(form, name, hand, DAMAGES[index % len(DAMAGES)], rng)
                path = save_practice([sheet], Path(folder))[0]
                read.append(list(pages_read(reader, path, form)))
                path.unlink()
            yield read


def distances(form: FormDef, members: Sequence[Sequence[ReadPage]]) -> tuple[list[float], ...]:
    """How far the fronts and the backs of a family are apart: of one member, of two."""
    leaves = [
        (who, Leaf(at, page.face, stated_on(form, page.face, page.fields, page.asked)))
        for who, pages in enumerate(members)
        for at, page in enumerate(pages, 10 * who)
    ]
    every = [leaf for _, leaf in leaves]
    found = Distances(every, {leaf.at for leaf in every})
    own: list[float] = []
    other: list[float] = []
    for one, front in leaves:
        for two, back in leaves:
            if (front.page, back.page) != (1, 2):
                continue
            distance = found.between(front, back)
            if distance is None or evidence(front, back)[0] in ("contradicts", "none"):
                continue
            (own if one == two else other).append(distance)
    return own, other


def main() -> None:
    """Read, compare, and print what falls within the bars of :mod:`ocr.stacks.pairing`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--families", type=int, default=60)
    parser.add_argument("--seed", type=int, default=14)
    given = parser.parse_args()
    own: list[float] = []
    other: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        form = draw_form(Path(folder))
        names = {name: form.fields[name] for name in TIE}
        form = replace(form, fields=names, joining=JoiningDef((TIE,)))
        for members in read_families(form, given.families, given.seed):
            for found, into in zip(distances(form, members), (own, other), strict=True):
                into += found
    print(f"| pages of | pairs | within {ALIKE:.0f} | within {NEAR:.0f} | least | most |")
    print("|---|---|---|---|---|---|")
    for name, found in (("one person", own), ("two of a family", other)):
        alike = sum(distance <= ALIKE for distance in found)
        near = sum(distance <= NEAR for distance in found)
        print(table_row(name, len(found), alike, near, f"{min(found):.1f}", f"{max(found):.1f}"))


if __name__ == "__main__":
    main()
