"""Writers: a handwriting font (or cells of real characters) with a person's own habits laid over
it.

A writer is a font and a number; the number fixes slant, size, spacing, pen and how the digits are
drawn. Each character is then bent anew. So one font gives many writers, and whoever fits on some
fonts can test on the others (:attr:`Hand.family`).
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from records.errors import ServiceError

FONT_FOLDER = Path("/usr/share/fonts")
FONTS_VARIABLE = "TORIKOMI_HAND_FONTS"
"""Environment variable that names a folder of further handwriting fonts: TTF, OTF, or the WOFF
parts that npm's ``@fontsource`` packages hold (``npm install @fontsource/yomogi``, then the folder
is ``node_modules/@fontsource``)."""

APT_LINE = "sudo apt-get install fonts-klee fonts-kiloji fonts-yusei-magic fonts-aoyagi-kouzan-t fonts-kouzan-mouhitsu"

DEBIAN_FONTS: Mapping[str, str] = {
    "klee": "truetype/klee/KleeOne-Regular.ttf",
    "klee-semibold": "truetype/klee/KleeOne-SemiBold.ttf",
    "kiloji": "truetype/kiloji/kiloji.ttf",
    "kiloji-b": "truetype/kiloji/kiloji_b.ttf",
    "kiloji-p": "truetype/kiloji/kiloji_p.ttf",
    "kiloji-d": "truetype/kiloji/kiloji_d.ttf",
    "yusei-magic": "truetype/yusei-magic/YuseiMagic-Regular.ttf",
    "aoyagi": "truetype/aoyagi-kouzan-t/AoyagiKouzanT.ttf",
    "kouzan": "truetype/kouzan-mouhitsu/kouzan-mouhitsu.ttf",
    "kouzan-gyosho": "truetype/kouzan-mouhitsu/kouzan-mouhitsu-gyosho.ttf",
}
"""Handwriting fonts of Debian by our name for them. The cursive 草書 is left out: nobody fills in a
form with it."""


_WEB_FONT = re.compile(
    r"(?P<name>.+?)-(?:[0-9]+|[a-z]+(?:-ext)?)-(?P<weight>[0-9]{3})-normal\.woff2"
)


@dataclass(frozen=True, slots=True)
class Habits:
    """What stays the same in everything that one person writes.

    Attributes:
        slant: horizontal shear; 0.1 leans to the right by a tenth of the height.
        tilt: rotation of each character in degrees.
        size: height of the writing relative to the box.
        narrow: width of characters relative to the font's.
        spacing: added between characters, in characters.
        slope: rise of the line, relative to its length.
        wander: unsteadiness of the base line, in characters.
        jitter: unsteadiness of size and place.
        bend: how far each character is bent anew, in characters; ``own`` how far this writer's
        shape of it is off the font's.
        lean, broad: slant and width that digits have beyond the rest: many people write them
        faster.
        fill: height of a character in its own cell, relative to the cell.
        reach: how often writing leaves its place, 0 to 1.
        pen: width of the pen in mm.
        ink: darkness of the ink, 0 to 1.
        grain: how uneven the ink is (pencil, dry ballpoint), 0 to 1.
        line: ``font`` keeps the font's strokes at the pen's width, ``pen`` draws along their
            middle, ``brush`` keeps thick and thin but nothing thinner than a pen.
        drawn_digits: digits as pen strokes in this writer's own shapes instead of the font's.
        mark: habits of marking, a number that chooses among them.
    """

    slant: float
    tilt: float
    size: float
    narrow: float
    spacing: float
    slope: float
    wander: float
    jitter: float
    bend: float
    own: float
    lean: float
    broad: float
    fill: float
    reach: float
    pen: float
    ink: float
    grain: float
    line: str
    drawn_digits: bool
    mark: int


@dataclass(frozen=True, slots=True)
class CellPicture:
    """A picture of one real character: a whole file, or the square of ``side`` pixels at (left,
    top) of a sheet."""

    path: Path
    left: int = 0
    top: int = 0
    side: int = 0


@dataclass(frozen=True, slots=True)
class Hand:
    """One writer.

    Attributes:
        name: ``family/number``.
        family: the font, by which hands are held apart.
        fonts: the font's files (a web font comes in many), then a spare one for characters that it
        lacks.
        number: the writer's number; habits and digit shapes follow from family and number.
        cells: pictures of real characters that stand in for the font's, by character.
    """

    name: str
    family: str
    fonts: tuple[Path, ...]
    number: int
    habits: Habits
    cells: Mapping[str, tuple[CellPicture, ...]] = field(default_factory=dict)

    @property
    def seed(self) -> int:
        return zlib.crc32(self.name.encode())


BRUSHES = ("aoyagi", "kouzan", "kouzan-gyosho")


def _habits(name: str, family: str) -> Habits:
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    care = float(rng.uniform(0.35, 1.5))  # one careless person is careless in everything
    pencil = rng.random() < 0.2

    def spread(deviation: float, most: float) -> float:
        return float(np.clip(rng.normal(0, deviation), -most, most))

    lines = ("pen", "pen", "brush") if family in BRUSHES else ("font", "font", "pen")
    return Habits(
        slant=spread(0.09, 0.26),
        tilt=spread(1.6, 4.0),
        size=float(rng.uniform(0.5, 0.86)),
        narrow=float(rng.uniform(0.84, 1.12)),
        spacing=float(rng.uniform(-0.06, 0.16)),
        slope=spread(0.012, 0.035),
        wander=0.025 * care,
        jitter=0.045 * care,
        bend=0.02 * care,
        own=float(rng.uniform(0.004, 0.034)),
        lean=float(np.clip(rng.normal(0.06, 0.11), -0.15, 0.35)),
        broad=float(rng.uniform(0.85, 1.3)),
        fill=float(rng.uniform(0.55, 0.98)),
        reach=float(rng.uniform(0.0, 0.12)) * care,
        pen=float(rng.uniform(0.5, 0.65) if rng.random() < 0.1 else rng.uniform(0.22, 0.48)),
        ink=float(rng.uniform(0.6, 0.8) if pencil else rng.uniform(0.72, 1.0)),
        grain=float(rng.uniform(0.35, 0.7) if pencil else rng.uniform(0.0, 0.3)),
        line=lines[int(rng.integers(3))],
        drawn_digits=bool(rng.random() < 0.65),
        mark=int(rng.integers(1 << 16)),
    )


def make_hand(
    family: str,
    fonts: tuple[Path, ...],
    number: int,
    cells: Mapping[str, tuple[CellPicture, ...]] | None = None,
) -> Hand:
    """The writer ``number`` of a font; the same two always give the same writer."""
    name = f"{family}/{number}"
    return Hand(name, family, fonts, number, _habits(name, family), dict(cells or {}))


def installed_fonts(folder: Path | None = None) -> dict[str, tuple[Path, ...]]:
    """Files of each handwriting font by family: Debian's that are installed, and those of the
    optional folder.

    Args:
        folder: further fonts; by default the folder that ``TORIKOMI_HAND_FONTS`` names, if any.
    """
    found: dict[str, tuple[Path, ...]] = {}
    for name, path in DEBIAN_FONTS.items():
        if (FONT_FOLDER / path).is_file():
            found[name] = (FONT_FOLDER / path,)
    named = os.environ.get(FONTS_VARIABLE, "")
    folder = folder or (Path(named) if named else None)
    if folder is not None:
        found |= _fonts_in(folder)
    return found


def _fonts_in(folder: Path) -> dict[str, tuple[Path, ...]]:
    files: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        suffix = path.suffix.lower()
        part = _WEB_FONT.fullmatch(path.name)
        if suffix in (".ttf", ".otf"):
            files.setdefault(path.stem, []).append(path)
        elif part:
            files.setdefault(f"{part['name']}-{part['weight']}", []).append(path)
    return {name: tuple(paths) for name, paths in files.items()}


def find_hands(
    folder: Path | None = None,
    *,
    per_font: int = 12,
    families: Sequence[str] = (),
    without: Sequence[str] = (),
    cells: Path | None = None,
) -> list[Hand]:
    """Writers from the fonts of this machine.

    Args:
        folder: further fonts, see :func:`installed_fonts`.
        per_font: writers of each font.
        families: only these fonts; all where empty.
        without: fonts to leave out, to test on hands that a fitting did not see.
        cells: a folder of real characters, see :func:`load_cells`.

    Raises:
        ServiceError: no handwriting font is installed; the message holds the line to type.
    """
    fonts = {
        name: path
        for name, path in installed_fonts(folder).items()
        if name not in without and (not families or name in families)
    }
    if not fonts:
        raise ServiceError(
            "fonts",
            f"手書きフォントが見つかりません。次を実行してから、もう一度お試しください: {APT_LINE}",
            retry_after=0,
        )
    real = load_cells(cells) if cells else {}
    spare = {
        name: next(iter(paths for other, paths in fonts.items() if other != name), ())
        for name in fonts
    }
    return [
        make_hand(name, paths + spare[name], n, real)
        for n in range(per_font)
        for name, paths in fonts.items()
    ]


def load_cells(folder: Path, side: int = 28) -> dict[str, tuple[CellPicture, ...]]:
    """Pictures of single real characters, dark on light, by character.

    A picture belongs to the character that its folder is named after (``7/…png``), or that ends its
    own name as a Unicode number (``…_U30BF.png``). A picture that is itself named by one character
    (``7.png``) is a sheet of squares.

    Args:
        side: pixels of a square of such sheets.
    """
    import cv2

    found: dict[str, list[CellPicture]] = {}
    for path in sorted(folder.rglob("*.png")):
        tail = path.stem.rsplit("_U", 1)
        if len(path.parent.name) == 1:
            found.setdefault(path.parent.name, []).append(CellPicture(path))
        elif len(tail) == 2 and len(tail[1]) in (4, 5):
            found.setdefault(chr(int(tail[1], 16)), []).append(CellPicture(path))
        elif len(path.stem) == 1:
            sheet = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_GRAYSCALE)
            height, width = sheet.shape if sheet is not None else (0, 0)
            found.setdefault(path.stem, []).extend(
                CellPicture(path, left, top, side)
                for top in range(0, height - side + 1, side)
                for left in range(0, width - side + 1, side)
                if sheet is not None and (sheet[top : top + side, left : left + side] < 128).any()
            )
    return {char: tuple(pictures) for char, pictures in found.items()}


@lru_cache(maxsize=64)
def digit_shapes(seed: int) -> dict[str, tuple[int, tuple[float, ...]]]:
    """A writer's own way of drawing each digit: the allograph, and how the writer bends it (a seed
    for the bend)."""
    rng = np.random.default_rng(seed)
    found = {}
    for d in "0123456789":
        found[d] = (int(rng.integers(12)), tuple(map(float, rng.integers(0, 1 << 31, 1))))
    return found
