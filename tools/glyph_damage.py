"""What happens to a character between the pen and the network: the hand, the pen, the cell's lines,
the scanner, the FAX.

Everything is modelled on the reader's own path: paper, then a scan at the resolution of the device,
then the reader's canvas of 200 dpi, then only what is dark, cut close (:mod:`ocr.place.align`,
:mod:`ocr.ink.strokes`, :mod:`ocr.decode.cells`).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.place.align import ink_level
from ocr.place.blank import CANVAS_DPI, PX
from records.types import MM_PER_INCH, Gray
from tools.glyph_strokes import SIZE, TALL, Ink

PAPER_DPI = 300.0
_PAPER = PAPER_DPI / MM_PER_INCH
_MARGIN_MM = 1.0

SCANS = ("gray300", "gray200", "fine", "standard")
"""Ways onto the canvas: scanner, FAX 204x196 and 204x98 (ITU-T T.4), the last two of 1 bit."""


@dataclass(frozen=True)
class DamageHand:
    """How far a character may be bent: each a standard deviation."""

    turn: float = 5.0
    slant: float = 0.13
    aspect: float = 0.13
    bend: float = 0.028


def spoil(
    ink: Ink,
    rng: np.random.Generator,
    hand: DamageHand,
    scan: str | None = None,
    spare: bool = False,
) -> Gray | None:
    """One character as the reader would cut it out of a scanned cell.

    Args:
        ink: the character, 255 is full ink, shape (128, 128).
        hand: how much its shape may change.
        scan: one of :data:`SCANS`; a random one where it is None.
        spare: leave out what can turn one character into another (remains of lines, cuts, gaps).

    Returns:
        Dark on white, cut close; None where no ink was left.
    """
    tall = float(np.clip(rng.normal(4.4, 1.0), 2.3, 7.5))
    paper = _write(_pen(ink, rng, tall), rng, hand, tall)
    if not spare:
        _cell_lines(paper, rng)
        _neighbour(paper, rng)
        _cut_off(paper, rng)
        _gaps(paper, rng)
    if rng.random() < 0.12:
        paper *= 1 - rng.random(paper.shape, np.float32) * float(rng.uniform(0.2, 0.7))
    canvas = _scan(paper, rng, scan or str(rng.choice(SCANS, p=(0.22, 0.28, 0.26, 0.24))))
    return _cut(canvas, rng)


def _pen(ink: Ink, rng: np.random.Generator, tall: float) -> Ink:
    """The same character with a finer or a broader pen: half of them as fine as a ballpoint
    (0.3-0.75 mm)."""
    depth = cv2.distanceTransform((ink > 127).astype(np.uint8), cv2.DIST_L2, 3)
    # A band of width w is w/4 deep on average.
    now = 4 * float(depth[depth > 0].mean()) if depth.any() else 1.0
    wanted = (
        float(rng.uniform(0.3, 0.75)) / tall * TALL
        if rng.random() < 0.5
        else now * float(np.exp(rng.normal(0, 0.25)))
    )
    wanted = min(wanted, 15.0)
    size = 2 * round(abs(wanted - now) / 2) + 1
    if size < 3:
        return ink
    if wanted > now:
        return np.asarray(cv2.dilate(ink, _disc(min(size, 11))), np.uint8)
    ridge = ((depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8)) - 0.3) & (depth > 1.2)).astype(
        np.uint8
    )
    line = cv2.dilate(ridge, _disc(max(3, 2 * int(wanted / 2) + 1)))
    return np.asarray(
        np.maximum(cv2.erode(ink, _disc(size)), cv2.blur(ink * line, (2, 2))), np.uint8
    )


def _disc(size: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)


def _write(
    ink: Ink, rng: np.random.Generator, hand: DamageHand, tall: float
) -> NDArray[np.float32]:
    """The character on paper at 300 dpi, turned, slanted, stretched and bent; ink from 0 to 1."""
    side = round((tall * 1.35 + 2 * _MARGIN_MM) * _PAPER)
    turn = np.deg2rad(rng.normal(0, hand.turn))
    slant = rng.normal(0, hand.slant)
    aspect = float(np.exp(rng.normal(0, hand.aspect)))
    zoom = TALL / (tall * _PAPER)
    cos = np.cos(turn)
    sin = np.sin(turn)
    matrix = (
        np.asarray([[cos, -sin], [sin, cos]])
        @ np.asarray([[1, slant], [0, 1]])
        @ np.diag([aspect, 1 / aspect**0.3])
        * zoom
    )
    ys, xs = np.mgrid[0:side, 0:side].astype(np.float32) - (side - 1) / 2
    turned_x = matrix[0, 0] * xs + matrix[0, 1] * ys
    turned_y = matrix[1, 0] * xs + matrix[1, 1] * ys
    grid = np.stack([turned_x, turned_y], axis=2)
    waves = int(rng.integers(3, 6))
    bend = rng.normal(0, hand.bend * TALL, (waves, waves, 2)).astype(np.float32)
    grid += cv2.resize(bend, (side, side), interpolation=cv2.INTER_CUBIC)
    places = (grid + (SIZE - 1) / 2).astype(np.float32)
    soft = ink
    if zoom > 1.3:
        soft = np.asarray(cv2.GaussianBlur(ink, (0, 0), 0.45 * zoom), np.uint8)
    bent = cv2.remap(soft, places[:, :, 0], places[:, :, 1], cv2.INTER_LINEAR)
    return np.asarray(bent, np.float32) / np.float32(255)


def _extent(paper: NDArray[np.float32]) -> tuple[int, int, int, int]:
    ys = np.flatnonzero(paper.max(axis=1) > 0.3)
    xs = np.flatnonzero(paper.max(axis=0) > 0.3)
    if len(ys) and len(xs):
        return (int(ys[0]), int(ys[-1]), int(xs[0]), int(xs[-1]))
    return (0, 0, 0, 0)


def _cell_lines(paper: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Remains of the cell's lines at an edge of the character, whole or in part; or the line taken
    away with the ink."""
    if rng.random() > 0.38:
        return
    top, bottom, left, right = _extent(paper)
    tall = max(bottom - top, right - left, 8)
    for _ in range(1 if rng.random() < 0.75 else 2):
        upright = rng.random() < 0.45
        low, high = (left, right) if upright else (top, bottom)
        inside = float(rng.normal(-0.03, 0.06)) * tall
        at = low + inside if rng.random() < 0.5 else high - inside
        start, end = (top, bottom) if upright else (left, right)
        middle = rng.uniform(start, end)
        half = (end - start) / 2 * float(rng.choice([0.25, 0.5, 1.2]))
        thick = max(1, round(float(rng.uniform(0.08, 0.35)) * _PAPER))
        tilt = rng.normal(0, 0.01) * tall
        ends = (
            [(at, middle - half), (at + tilt, middle + half)]
            if upright
            else [(middle - half, at), (middle + half, at + tilt)]
        )
        mask = np.zeros(paper.shape, np.uint8)
        one_end, other_end = ([round(v) for v in point] for point in ends)
        cv2.line(mask, one_end, other_end, (255,), thick, cv2.LINE_AA)
        if rng.random() < 0.4:
            paper *= 1 - mask / 255.0
        else:
            np.maximum(paper, mask / 255.0 * float(rng.uniform(0.5, 1)), out=paper)


def _neighbour(paper: NDArray[np.float32], rng: np.random.Generator) -> None:
    """A bit of the character in the next cell, which reaches into this one."""
    if rng.random() > 0.1:
        return
    top, bottom, left, right = _extent(paper)
    wide = max(3, round(float(rng.uniform(0.06, 0.25)) * (right - left)))
    gap = round(float(rng.uniform(0.02, 0.2)) * (bottom - top))
    bit = paper[:, left : left + wide].copy()
    start = right + gap
    if rng.random() < 0.5:
        bit = paper[:, right - wide : right].copy()
        start = left - gap - wide
    if start >= 0 and start + wide <= paper.shape[1]:
        where = paper[:, start : start + wide]
        np.maximum(
            where, np.roll(bit, round(rng.normal(0, 0.1) * (bottom - top)), axis=0), out=where
        )


def _cut_off(paper: NDArray[np.float32], rng: np.random.Generator) -> None:
    """A bit of the character lost at one edge."""
    if rng.random() > 0.15:
        return
    top, bottom, left, right = _extent(paper)
    share = float(rng.uniform(0.02, 0.13))
    side = int(rng.integers(4))
    if side == 0:
        paper[: top + round(share * (bottom - top))] = 0
    elif side == 1:
        paper[bottom - round(share * (bottom - top)) :] = 0
    elif side == 2:
        paper[:, : left + round(share * (right - left))] = 0
    else:
        paper[:, right - round(share * (right - left)) :] = 0


def _gaps(paper: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Places where the pen did not write."""
    if rng.random() > 0.14:
        return
    ys, xs = np.nonzero(paper > 0.5)
    for _ in range(int(rng.integers(1, 3))):
        if len(ys):
            k = int(rng.integers(len(ys)))
            size = (
                max(1, round(float(rng.uniform(0.1, 0.35)) * _PAPER)),
                max(1, round(float(rng.uniform(0.1, 0.6)) * _PAPER)),
            )
            cv2.ellipse(
                paper,
                (int(xs[k]), int(ys[k])),
                size,
                float(rng.uniform(0, 180)),
                0,
                360,
                (0.0,),
                -1,
            )


def _scan(paper: NDArray[np.float32], rng: np.random.Generator, scan: str) -> Gray:
    """The paper as the reader's canvas shows it."""
    dark = float(rng.uniform(90, 170)) if rng.random() < 0.15 else float(rng.uniform(0, 70))
    page = np.asarray(255 - paper * np.float32(255 - dark), np.float32)
    if rng.random() < 0.6:
        blurred = cv2.GaussianBlur(page, (0, 0), float(rng.uniform(0.4, 1.5)))
        page = np.asarray(blurred, np.float32)
    across, down = {
        "gray300": (300.0, 300.0),
        "gray200": (200.0, 200.0),
        "fine": (204.0, 196.0),
        "standard": (204.0, 98.0),
    }[scan]
    size = (round(page.shape[1] * across / PAPER_DPI), round(page.shape[0] * down / PAPER_DPI))
    move = np.asarray([[1, 0, rng.uniform(0, 2)], [0, 1, rng.uniform(0, 3)]], np.float32)
    whole = (page.shape[1], page.shape[0])
    moved = cv2.warpAffine(page, move, whole, borderValue=(255.0,))
    device = np.asarray(cv2.resize(moved, size, interpolation=cv2.INTER_AREA), np.float32)
    if scan in ("fine", "standard"):
        device = _one_bit(device, rng, dark)
    else:
        noise = rng.standard_normal(device.shape, np.float32) * float(rng.uniform(0, 9))
        device = np.clip(device + noise, 0, 255)
        if rng.random() < 0.35:
            quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 92))]
            _, coded = cv2.imencode(".jpg", device.astype(np.uint8), quality)
            decoded = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)
            device = np.asarray(decoded, np.float32)
        if rng.random() < 0.15:
            bits = np.where(device < rng.uniform(110, 200), 0, 255)
            device = np.asarray(bits, np.float32)
    wide, tall = (round(side * CANVAS_DPI / PAPER_DPI) for side in (paper.shape[1], paper.shape[0]))
    canvas = cv2.resize(device, (wide, tall), interpolation=cv2.INTER_LINEAR)
    return np.asarray(canvas, np.uint8)


def _one_bit(
    device: NDArray[np.float32], rng: np.random.Generator, dark: float
) -> NDArray[np.float32]:
    """A FAX machine's picture: black or white, with speckle and now and then a lost line."""
    level = dark + (255 - dark) * float(rng.uniform(0.3, 0.85))
    bits = np.where(
        device + 8 * rng.standard_normal(device.shape, np.float32) < level,
        np.float32(0),
        np.float32(255),
    )
    if rng.random() < 0.3:
        bits[rng.random(bits.shape, np.float32) < rng.uniform(0.001, 0.01)] = 0
        bits[rng.random(bits.shape, np.float32) < rng.uniform(0.001, 0.02)] = 255
    if rng.random() < 0.06:
        row = int(rng.integers(1, len(bits)))
        bits[row] = bits[row - 1]
    return bits


def _cut(canvas: Gray, rng: np.random.Generator) -> Gray | None:
    """Only what is dark, without dust, cut close: as :func:`ocr.decode.cells.glyphs_of` hands it on."""
    dark = (canvas < ink_level(canvas)).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    least = 0.05 * PX**2 * float(rng.choice([1, 1, 2]))
    small = stats[:, cv2.CC_STAT_AREA] < least
    small[0] = True
    mask = np.logical_not(small)[labels]
    ys, xs = np.nonzero(mask)
    if not len(ys) or count < 2:
        return None
    window = (slice(ys.min(), ys.max() + 1), slice(xs.min(), xs.max() + 1))
    soft = cv2.dilate(mask[window].astype(np.uint8), np.ones((3, 3), np.uint8))
    return np.asarray(np.where(soft > 0, canvas[window], 255), np.uint8)
