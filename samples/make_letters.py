"""Make the sample office's letters and their truth: ``python samples/make_letters.py``.

Every file is a line of :data:`PLAN`; the same fonts give the same letters. What it wrote is
committed; the fonts come from Debian (``ocr.practice.hands.APT_LINE`` and fonts-ipaexfont).
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent)]

from ocr.practice.damage import damaged  # noqa: E402
from ocr.practice.hands import FONT_FOLDER, installed_fonts, make_hand  # noqa: E402
from ocr.practice.households import household  # noqa: E402
from ocr.practice.letterpages import (  # noqa: E402
    LetterPage,
    LetterText,
    Look,
    letter_page,
    letter_text,
    next_page,
)
from ocr.practice.write import save_images, save_truth  # noqa: E402
from records.site import load_site  # noqa: E402

OFFICE = load_site(HERE).office
FOLDER = HERE / "letters"
PRINTS = {
    "mincho": FONT_FOLDER / "opentype/ipaexfont-mincho/ipaexm.ttf",
    "gothic": FONT_FOLDER / "opentype/ipaexfont-gothic/ipaexg.ttf",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One letter: ``written`` is a print font of :data:`PRINTS`, or a hand (``font/number``)."""

    file: str
    written: str
    vertical: bool
    damage: str
    seed: int
    characters: int = 160
    ruled: bool = False
    tiers: int = 1
    size: float = 3.9


PLAN = (
    Sample("letter_01.jpg", "gothic", False, "scan200", 201),
    Sample("letter_02.tif", "mincho", False, "fax_fine", 202),
    Sample("letter_03.tif", "gothic", False, "fax_standard", 203),
    Sample("letter_04.jpg", "mincho", True, "scan200", 204),
    Sample("letter_05_二段.tif", "mincho", True, "fax_fine", 205, 1000, tiers=2, size=3.2),
    Sample("letter_06.jpg", "klee/21", False, "scan200", 206, ruled=True),
    Sample("letter_07.tif", "kiloji/22", False, "fax_fine", 207),
    Sample("letter_08.jpg", "klee-semibold/23", False, "photo", 208),
    Sample("letter_09.jpg", "kiloji/24", True, "scan200", 209),
    Sample("letter_10.tif", "kiloji-b/25", True, "fax_fine", 210),
    Sample("letter_11.jpg", "mincho", True, "photo", 211),
    Sample("letter_12_二枚.tif", "gothic", False, "fax_fine", 212, 1000, size=4.6),
)


def main() -> None:
    scans, truth = FOLDER / "scans", FOLDER / "truth"
    for folder in (scans, truth):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    for sample in PLAN:
        _make(sample, scans, truth)
    total = sum(path.stat().st_size for path in scans.iterdir())
    print(f"{len(PLAN)} letters, {total / 1e6:.1f} MB")


def _make(sample: Sample, scans: Path, truth: Path) -> None:
    rng = np.random.default_rng(sample.seed)
    text = letter_text(rng, household(rng, OFFICE), OFFICE.city, sample.characters)
    look = _look(sample)
    pages = [letter_page(text, look, rng)]
    while pages[-1].rest:
        pages.append(next_page(pages[-1].rest, look, rng))
    images, dpi = damaged([page.image for page in pages], sample.damage, rng)
    save_images(scans / sample.file, images, dpi, quality=40)
    told = {
        "form": "opinion_letter",
        "pages": list(range(1, len(pages) + 1)),
        "hand": sample.written,
        "damage": sample.damage,
        "fields": _fields(text, pages, sample.vertical),
        "notes": {},
    }
    save_truth(truth / f"{sample.file}.json", sample.file, [told])


def _look(sample: Sample) -> Look:
    shape: dict[str, Any] = {
        "vertical": sample.vertical,
        "ruled": sample.ruled,
        "tiers": sample.tiers,
        "size": sample.size,
    }
    if sample.written in PRINTS:
        return Look(font=PRINTS[sample.written], **shape)
    family, number = sample.written.split("/")
    fonts = installed_fonts()
    return Look(hand=make_hand(family, fonts[family] + fonts["klee"], int(number)), **shape)


def _fields(text: LetterText, pages: list[LetterPage], vertical: bool) -> dict[str, Any]:
    """What stands in the letter; columns bear no labels, so that a name is part of the rest."""
    lines = [line for page in pages for line in page.lines]
    taken = {text.date, text.address, text.phone}
    if not vertical:
        labels = ("住所", "氏名", "電話")
        taken |= {line for line in lines if line.startswith(labels)}
    fields: dict[str, Any] = {
        "written_on": text.day.isoformat(),
        "address": text.address,
        "phone": text.phone,
        "body": "\n".join(line for line in lines if line not in taken),
    }
    if not vertical:
        fields["sender"] = text.name.replace(" ", "\u3000")
    return fields


if __name__ == "__main__":
    main()
