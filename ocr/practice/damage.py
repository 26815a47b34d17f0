"""What happens between the filled sheet and the file: office scanners, phone cameras and FAX
machines.

Each damage is a named recipe; what is drawn at random lies within what office machines do. The
order is that of the light: paper and print, lens and geometry, sensor, then the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ocr.practice.fax import faxed
from ocr.practice.households import Rng, chance
from ocr.practice.photo import photographed
from ocr.practice.sensor import jpeg, noisy
from records.errors import DefinitionError
from records.types import MM_PER_INCH, Gray

SOURCE_DPI = 300


@dataclass(frozen=True, slots=True)
class ScanRecipe:
    """How a scanner treats a sheet; pairs are ranges to draw from.

    Attributes:
        dpi: of the file. skew: degrees, either way. scale: relative error of size, each axis on its
        own.
        shift: mm, either way. blur: sigma in pixels of the file. noise: standard deviation in gray
        levels.
        gamma, contrast: of the tone curve; a contrast of 0.7 makes print gray.
        jpeg: quality, None for none. threshold: of a black-and-white scan, relative to the paper;
        None for gray.
        turned: quarter turns. cut: mm lost at one edge. shadow: a dark border and uneven light.
        through: darkness of what shines through from the back.
        shrunk: the form was printed "to fit the page", that much smaller.
    """

    dpi: int = 300
    skew: float = 0.5
    scale: float = 0.004
    shift: float = 1.5
    blur: tuple[float, float] = (0.3, 0.8)
    noise: tuple[float, float] = (1.0, 5.0)
    gamma: tuple[float, float] = (0.85, 1.2)
    contrast: tuple[float, float] = (0.8, 1.0)
    jpeg: tuple[int, int] | None = None
    threshold: tuple[float, float] | None = None
    turned: int = 0
    cut: tuple[float, float] | None = None
    shadow: bool = False
    through: tuple[float, float] | None = None
    shrunk: tuple[float, float] | None = None


SCANS: Mapping[str, ScanRecipe] = {
    "scan300": ScanRecipe(),
    "scan200": ScanRecipe(dpi=200, skew=1.0),
    "mono300": ScanRecipe(threshold=(0.66, 0.88)),
    "mono200": ScanRecipe(dpi=200, skew=1.0, threshold=(0.66, 0.88)),
    "skewed": ScanRecipe(skew=3.0, scale=0.008, shift=3.0),
    "skewed200": ScanRecipe(dpi=200, skew=3.0, scale=0.008, shift=3.0, jpeg=(40, 75)),
    "upside_down": ScanRecipe(turned=2, skew=1.5),
    "sideways": ScanRecipe(turned=1, skew=1.5, dpi=200),
    "cut": ScanRecipe(cut=(4.0, 13.0), skew=1.5),
    "shadow": ScanRecipe(shadow=True, skew=2.0, noise=(3.0, 8.0)),
    "show_through": ScanRecipe(through=(0.06, 0.2), dpi=200),
    "shrunk": ScanRecipe(shrunk=(0.92, 0.975), dpi=200, threshold=(0.66, 0.88)),
    "jpeg": ScanRecipe(dpi=200, jpeg=(18, 40), noise=(3.0, 7.0)),
    "faint": ScanRecipe(contrast=(0.42, 0.62), gamma=(0.6, 0.9)),
    "blurred": ScanRecipe(dpi=200, blur=(1.0, 1.7), noise=(2.0, 6.0)),
}
"""Recipes of the scanner by name."""

FAXES = ("fax_fine", "fax_standard")

DAMAGES = ("clean", *SCANS, "photo", *FAXES)
"""Every damage that :func:`damaged` knows."""


def source_dpi(damage: str) -> int:
    """The resolution at which a sheet is filled before this damage.

    Raises:
        DefinitionError: there is no such damage; names those that there are.
    """
    if damage not in DAMAGES:
        raise DefinitionError(f"損傷「{damage}」はありません", key=damage, allowed=DAMAGES)
    return SOURCE_DPI


def damaged(pages: Sequence[Gray], damage: str, rng: Rng) -> tuple[list[Gray], tuple[float, float]]:
    """Pages at :data:`SOURCE_DPI` as the file would hold them after ``damage``.

    Returns:
        The images (FAX pixels are not square; black-and-white ones hold 0 and 255 only), and the
        horizontal and vertical dpi that the file states (a phone states 72, which means nothing).
    """
    if damage == "clean":
        return list(pages), (float(SOURCE_DPI), float(SOURCE_DPI))
    if damage == "photo":
        return [photographed(page, SOURCE_DPI, rng) for page in pages], (72.0, 72.0)
    if damage in FAXES:
        return faxed(pages, SOURCE_DPI, damage == "fax_fine", rng)
    recipe = SCANS[damage]
    light = _light(recipe, rng)
    return [scanned(page, recipe, light, rng) for page in pages], (
        float(recipe.dpi),
        float(recipe.dpi),
    )


@dataclass(frozen=True, slots=True)
class _Light:
    """What a scanner is set to: the same for all pages of a document."""

    blur: float
    gamma: float
    contrast: float
    noise: float
    white: int
    level: float
    through: float


def _light(recipe: ScanRecipe, rng: Rng) -> _Light:
    return _Light(
        float(rng.uniform(*recipe.blur)),
        float(rng.uniform(*recipe.gamma)),
        float(rng.uniform(*recipe.contrast)),
        float(rng.uniform(*recipe.noise)),
        int(rng.integers(238, 256)),
        float(rng.uniform(*(recipe.threshold or (0, 0)))),
        float(rng.uniform(*(recipe.through or (0, 0)))),
    )


def scanned(page: Gray, recipe: ScanRecipe, light: _Light, rng: Rng) -> Gray:
    """One page through a scanner."""
    if recipe.through:
        page = _through(page, light.through)
    page = _placed(page, recipe, rng)
    if recipe.shadow:
        page = shaded(page, rng, 0.55)
    if light.blur > 0.35:
        page = np.asarray(cv2.GaussianBlur(page, (0, 0), light.blur), np.uint8)
    page = noisy(toned(page, light.gamma, light.contrast, light.white), light.noise, rng)
    if chance(rng, 0.25):
        _dust(page, recipe.dpi, rng)
    if recipe.threshold:
        page = blackened(page, light.level)
    if recipe.jpeg:
        page = jpeg(page, int(rng.integers(*recipe.jpeg)))
    if recipe.turned:
        return np.ascontiguousarray(np.rot90(page, recipe.turned))
    return page


def blackened(page: Gray, level: float) -> Gray:
    """Black and white: paper is what is lighter than ``level`` times the usual gray of the
    sheet."""
    paper = float(np.median(page[::7, ::7]))
    return np.where(page > level * paper, 255, 0).astype(np.uint8)


def _through(page: Gray, darkness: float) -> Gray:
    """The back of the sheet shining through: the mirrored page, soft and faint."""
    back = cv2.GaussianBlur(cv2.flip(page, 1), (0, 0), 3.0)
    faint = cv2.convertScaleAbs(back, alpha=darkness, beta=255 * (1 - darkness))
    return np.asarray(cv2.multiply(page, faint, scale=1 / 255), np.uint8)


def _placed(page: Gray, recipe: ScanRecipe, rng: Rng) -> Gray:
    """Skew, scale, shear and shift in one warp, onto a page of the file's resolution; a cut loses
    one edge."""
    height, width = page.shape
    ratio = recipe.dpi / SOURCE_DPI
    out = (round(width * ratio), round(height * ratio))
    if recipe.shrunk:
        ratio *= float(rng.uniform(*recipe.shrunk))
    angle = np.deg2rad(rng.uniform(-recipe.skew, recipe.skew))
    sx, sy = ratio * (1 + rng.uniform(-recipe.scale, recipe.scale, 2))
    shear = rng.uniform(-0.3, 0.3) * recipe.scale
    linear = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ np.array(
        [[sx, shear * sx], [0, sy]]
    )
    move = rng.uniform(-recipe.shift, recipe.shift, 2) / MM_PER_INCH * recipe.dpi
    if recipe.cut:
        lost = float(rng.uniform(*recipe.cut)) / MM_PER_INCH * recipe.dpi
        move[int(rng.integers(2))] += float(rng.choice([-1, 1])) * lost
    center = np.array([width, height]) / 2
    offset = np.array(out) / 2 - linear @ center + move
    matrix = np.hstack([linear, offset[:, None]])
    behind = 255.0
    if recipe.skew > 0.9:
        behind = float(rng.choice([255, 255, 250, 60, 0]))
    if ratio < 0.9:  # what a coarser sensor does: it sees the mean of its pixel
        page = np.asarray(cv2.GaussianBlur(page, (0, 0), 0.42 / ratio), np.uint8)
    return np.asarray(
        cv2.warpAffine(
            page,
            matrix,
            out,
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=behind,
        ),
        np.uint8,
    )


def shaded(page: Gray, rng: Rng, darkest: float) -> Gray:
    """Uneven light, darkest at one edge or corner, at most down to ``darkest`` of the paper's
    white."""
    grid = rng.uniform(0.86, 1.0, (6, 6)).astype(np.float32)
    edge = np.linspace(float(rng.uniform(darkest, 0.85)), 1.0, 6, dtype=np.float32) ** 0.6
    side = int(rng.integers(4))
    grid *= np.rot90(np.broadcast_to(edge, (6, 6)), side)
    light = cv2.resize(
        np.clip(grid, 0, 1) * 255, (page.shape[1], page.shape[0]), interpolation=cv2.INTER_CUBIC
    )
    return np.asarray(
        cv2.multiply(page, np.clip(light, 0, 255).astype(np.uint8), scale=1 / 255), np.uint8
    )


def toned(page: Gray, gamma: float, contrast: float, white: int) -> Gray:
    """A tone curve: ``contrast`` lifts the black, ``white`` is the paper."""
    levels = (np.arange(256) / 255.0) ** gamma
    return np.asarray(
        cv2.LUT(page, np.clip(white * (1 - contrast * (1 - levels)), 0, 255).astype(np.uint8)),
        np.uint8,
    )


def _dust(page: Gray, dpi: int, rng: Rng) -> None:
    """Specks, now and then a punch hole at the left or a streak from dirt on the glass; in
    place."""
    height, width = page.shape
    for _ in range(int(rng.integers(3, 30))):
        x = int(rng.integers(width))
        y = int(rng.integers(height))
        cv2.circle(
            page,
            (x, y),
            int(rng.integers(1, max(2, dpi // 90))),
            int(rng.integers(20, 140)),
            -1,
            cv2.LINE_AA,
        )
    if chance(rng, 0.3):
        for at in (0.43, 0.57):  # ISO 838: holes 80 mm apart about the middle
            cv2.circle(
                page,
                (round(dpi * 0.35), round(height * at)),
                round(dpi * 0.11),
                int(rng.integers(0, 120)),
                -1,
            )
    if chance(rng, 0.3):  # folded in three for the envelope
        for at in (1 / 3, 2 / 3):
            level = round(height * (at + rng.normal(0, 0.01)))
            fold = page[level : level + max(1, dpi // 150)]
            np.minimum(fold, int(rng.integers(175, 240)), out=fold)
    if chance(rng, 0.2):
        x = int(rng.integers(width))
        page[:, x : x + max(1, dpi // 200)] = np.minimum(
            page[:, x : x + max(1, dpi // 200)], int(rng.integers(90, 190))
        )
