"""Letters without a layout: this product, RapidOCR and Tesseract on the same pages in one run.

Run ``make bench-letters``. Pages are made up: print and pen, lines and columns, as scans, FAX and
photos, in fonts and hands that nothing was fitted on. Tesseract is told the direction of the
writing (``jpn`` or ``jpn_vert``); the others find it themselves.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from rapidfuzz.distance import LCSseq, Levenshtein

from benchmarks import peers
from benchmarks.handsets import MEASURING
from benchmarks.resultpage import write_section
from benchmarks.speed import processor
from ocr.decode.alphabets import Alphabets
from ocr.engines.ppocr import PpOcr
from ocr.letters.letter import LetterReader
from ocr.place.align import prepare
from ocr.practice.damage import damaged
from ocr.practice.hands import installed_fonts, make_hand
from ocr.practice.households import household
from ocr.practice.letterpages import Look, letter_page, letter_text
from records.errors import ServiceError
from records.site import Office, load_site
from records.types import Gray, Page

SAMPLES = Path(__file__).parent.parent / "samples"
DAMAGES = ("scan200", "fax_fine", "fax_standard", "photo")
PRINT_FONTS = (
    "NotoSerifCJK-Regular.ttc",
    "VL-Gothic-Regular.ttf",
    "ipaexm.ttf",
    "BIZUDGothic-Regular.ttf",
)
"""Of those that are installed the first two print the letters. Nothing was fitted on the first
two (Debian: fonts-noto-cjk, fonts-vlgothic)."""

FONTS_VARIABLE = "TORIKOMI_PRINT_FONTS"
"""Environment variable that names a folder of further print fonts."""

_SEED = 20270401

Reads = Callable[[Page, bool], str]
"""An engine: a page and whether its writing is vertical → its text."""


@dataclass(frozen=True, eq=False, slots=True)
class Task:
    """One page to read, and what stands on it."""

    by_pen: bool
    vertical: bool
    damage: str
    page: Page
    truth: str

    @property
    def group(self) -> tuple[str, str, str]:
        return (
            "pen" if self.by_pen else "print",
            "vertical" if self.vertical else "horizontal",
            self.damage,
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an engine made of one page.

    Attributes:
        edits: Levenshtein distance to the truth; ``ordered`` length of the longest common
            subsequence, ``found`` characters found wherever they stand.
        seconds: of the processor.
    """

    engine: str
    group: tuple[str, str, str]
    length: int
    edits: int
    ordered: int
    found: int
    seconds: float


def print_fonts() -> list[Path]:
    """Two fonts of :data:`PRINT_FONTS`.

    Raises:
        ServiceError: none is installed.
    """
    named = os.environ.get(FONTS_VARIABLE, "")
    folders = [Path(named)] if named else []
    folders.append(Path("/usr/share/fonts"))
    found = {path.name: path for folder in reversed(folders) for path in folder.rglob("*.tt[fc]")}
    fonts = [found[name] for name in PRINT_FONTS if name in found][:2]
    if not fonts:
        raise ServiceError(
            "fonts", "印刷用のフォントが見つかりません。fonts-noto-cjk を入れてください"
        )
    return fonts


def tasks(count: int, seed: int, office: Office) -> Iterator[Task]:
    """``count`` pages of each kind of writing, direction and damage; every third one is on ruled
    paper, every fourth printed one densely set in two tiers."""
    number = 0
    for _ in range(count):
        for damage in DAMAGES:
            for by_pen in (False, True):
                for vertical in (False, True):
                    yield _task(number, by_pen, vertical, damage, seed, office)
                    number += 1


def _task(
    number: int, by_pen: bool, vertical: bool, damage: str, seed: int, office: Office
) -> Task:
    rng = np.random.default_rng([seed, number])
    turn = number // 4
    dense = not by_pen and turn % 4 == 3
    length = int(rng.integers(150, 350)) if by_pen else int(rng.integers(250, 600))
    text = letter_text(rng, household(rng, office), office.city, 2 * length if dense else length)
    look = _look(turn, by_pen, vertical, dense)
    made = letter_page(text, look, rng)
    images, dpi = damaged([made.image], damage, rng)
    page = _page(images[0], dpi, damage)
    return Task(by_pen, vertical, damage, page, "\n".join(made.lines))


def _look(turn: int, by_pen: bool, vertical: bool, dense: bool) -> Look:
    if by_pen:
        family = MEASURING[turn % len(MEASURING)]
        fonts = installed_fonts()
        hand = make_hand(family, fonts[family] + fonts["klee"], 100 + turn)
        return Look(hand=hand, vertical=vertical, ruled=turn % 3 == 2)
    fonts_of_print = print_fonts()
    font = fonts_of_print[turn % len(fonts_of_print)]
    size, tiers = (3.2, 2) if dense else (3.9, 1)
    return Look(font=font, vertical=vertical, tiers=tiers, size=size)


def _page(image: Gray, dpi: tuple[float, float], damage: str) -> Page:
    """The page with square pixels, as every engine gets it."""
    across, down = dpi
    if damage == "photo":
        across = down = image.shape[1] / 210 * 25.4
    if across != down:
        shape = (image.shape[1], round(image.shape[0] * across / down))
        image = np.asarray(cv2.resize(image, shape, interpolation=cv2.INTER_CUBIC), np.uint8)
    return Page("0" * 64, 1, np.ascontiguousarray(image), across)


def folded(text: str) -> str:
    """A text without blanks, with width and dashes alike: what is compared."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    return re.sub(r"[‐-―−─－]", "-", plain)


def without_header(text: str) -> str:
    """The text without the line of the sending FAX machine."""
    return "\n".join(line for line in text.split("\n") if not _is_machines(line))


_OF_MACHINES = re.compile(r"\d\d:\d\d|P\.?\d\d|FROM|TEL:|CITY", re.IGNORECASE)


def _is_machines(line: str) -> bool:
    plain = folded(line)
    latin = sum(char.isascii() for char in plain)
    return latin > 0.7 * len(plain) and bool(_OF_MACHINES.search(plain))


def measured(task: Task, engine: str, read: Reads) -> Outcome:
    """One engine on one page."""
    before = processor()
    text = read(task.page, task.vertical)
    seconds = processor() - before
    truth, got = folded(task.truth), folded(without_header(text))
    found = sum((Counter(truth) & Counter(got)).values())
    edits = min(len(truth), Levenshtein.distance(truth, got))
    ordered = LCSseq.similarity(truth, got)
    return Outcome(engine, task.group, len(truth), edits, ordered, found, seconds)


def ours() -> Reads:
    """This product's reading of a letter, from the even page on."""
    engine = PpOcr(1)
    reader = LetterReader(engine, Alphabets(engine.characters))

    def read(page: Page, vertical: bool) -> str:
        scan = prepare(page)
        dpi = page.dpi * scan.image.shape[0] / page.image.shape[0]
        letter = reader.read(scan.image, dpi)
        return "\n".join(line.text for line in letter.lines)

    return read


def rapid(page: Page, vertical: bool) -> str:
    """RapidOCR, which finds the direction itself."""
    return peers.rapid_page(page.image)


def tesseract(page: Page, vertical: bool) -> str:
    """Tesseract with the model and the layout for the direction that it is told."""
    language, layout = ("jpn_vert", 5) if vertical else ("jpn", 3)
    return peers.tesseract(page.image, layout, language=language)


def table(outcomes: Iterable[Outcome]) -> list[str]:
    """Error rate, recall and seconds by kind of page, one row for each engine."""
    groups: dict[tuple[tuple[str, str, str], str], list[Outcome]] = {}
    for outcome in outcomes:
        wider = ((outcome.group[0], outcome.group[1], "all"), outcome.engine)
        groups.setdefault((outcome.group, outcome.engine), []).append(outcome)
        groups.setdefault(wider, []).append(outcome)
    lines = [
        "| writing | direction | page | engine | pages | character error rate | in order | found"
        " | processor s |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for (group, engine), own in sorted(groups.items()):
        lines.append(f"| {' | '.join(group)} | {engine} | {_counts(own)} |")
    return lines


def _counts(own: Sequence[Outcome]) -> str:
    length = sum(o.length for o in own)
    edits, ordered = sum(o.edits for o in own), sum(o.ordered for o in own)
    found, seconds = sum(o.found for o in own), sum(o.seconds for o in own) / len(own)
    shares = " | ".join(f"{part / length:.3f}" for part in (edits, ordered, found))
    return f"{len(own)} | {shares} | {seconds:.2f}"


def main() -> None:
    """Measure, print the table and write it into docs/benchmarks.md."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=1, help="pages of each kind")
    options.add_argument("--seed", type=int, default=_SEED)
    options.add_argument("--ours", action="store_true", help="this product alone, nothing written")
    given = options.parse_args()
    engines: dict[str, Reads] = {"Torikomi": ours()}
    if not given.ours:
        engines |= {"RapidOCR": rapid, "Tesseract": tesseract}
    office = load_site(SAMPLES).office
    _warm(engines)
    outcomes = list(_told(tasks(given.count, given.seed, office), engines))
    lines = table(outcomes)
    if given.ours:
        print("\n".join(lines))
        return
    fonts = ", ".join(path.stem for path in print_fonts())
    told = "Shares of the characters of the page; processor seconds a page. "
    told += f"Hands {', '.join(MEASURING)}; print {fonts}; seed {given.seed}."
    write_section(
        "Letters", "\n".join([told, "", *lines]), f"make bench-letters (--count {given.count})"
    )


def _told(pages: Iterable[Task], engines: Mapping[str, Reads]) -> Iterator[Outcome]:
    """Every engine on every page in turn, each told as soon as it is there: a page takes long on a
    busy machine."""
    for task in pages:
        for name, read in engines.items():
            outcome = measured(task, name, read)
            print(" ".join(task.group), name, _counts([outcome]), file=sys.stderr, flush=True)
            yield outcome


def _warm(engines: dict[str, Reads]) -> None:
    """Load every engine's models before the clock runs."""
    white = Page("0" * 64, 1, np.full((400, 400), 255, np.uint8), 200.0)
    for read in engines.values():
        read(white, False)


if __name__ == "__main__":
    main()
