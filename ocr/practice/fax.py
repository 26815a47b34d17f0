"""A sheet sent by FAX: ITU-T T.4 resolutions, one-bit pixels, a sender line, and the errors of a
telephone line."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ocr.practice.households import Rng, chance, pick
from records.types import MM_PER_INCH, Gray

COLUMNS = 1728
"""Pixels of a line (T.4: 1728 over 215 mm)."""
ACROSS = 204.0
FINE = 196.0
STANDARD = 98.0
"""dpi as FAX software tags them: 8.03 dots/mm across; 7.7 (fine) or 3.85 (standard) lines/mm
down."""


_CLOCK = ((24, 27), (1, 13), (1, 29), (8, 19), (0, 60))
"""Ranges of the sending machine's clock: year, month, day, hour, minute."""


def faxed(
    pages: Sequence[Gray], dpi: float, fine: bool, rng: Rng
) -> tuple[list[Gray], tuple[float, float]]:
    """Pages at ``dpi`` as the receiving machine stores them, black and white, and their dpi across
    and down."""
    down = FINE if fine else STANDARD
    year, month, day, hour, minute = (int(rng.integers(*limits)) for limits in _CLOCK)
    stamp = f"20{year}-{month:02d}-{day:02d} {hour:02d}:{minute:02d}"
    sender = f"{pick(rng, ('FROM:', 'TEL:', ''))}0120-6{int(rng.integers(2, 9))}-{int(rng.integers(10000)):04d}"
    made = []
    for number, page in enumerate(pages, 1):
        bits = _sent(page, dpi, down, rng)
        if chance(rng, 0.85):
            text = (
                f"{stamp}    {sender}    "
                f"{pick(rng, ('', 'CITYHALL', 'TO:CITY OFFICE'))}    "
                f"P.{number:02d}/{len(pages):02d}"
            )
            bits = _header(bits, text, fine, rng)
        made.append(_line_errors(bits, rng))
    return made, (ACROSS, down)


def _sent(page: Gray, dpi: float, down: float, rng: Rng) -> Gray:
    """The sending machine: its feed is never quite straight or even, its sensor soft, its threshold
    its own."""
    # To leave room for the sender line.
    shrunk = float(rng.uniform(0.92, 0.975)) if chance(rng, 0.2) else 1.0
    rx = ACROSS / dpi * shrunk
    ry = down / dpi * shrunk * (1 + rng.uniform(-0.012, 0.022))
    angle = np.deg2rad(rng.normal(0, 0.55))
    rows = round(page.shape[0] * ry / shrunk)
    matrix = np.array(
        [
            [rx * np.cos(angle), -rx * np.sin(angle), 0.0],
            [ry * np.sin(angle), ry * np.cos(angle), 0.0],
        ]
    )
    center = np.array([page.shape[1], page.shape[0]]) / 2
    move = rng.uniform(-2.5, 2.5, 2) / MM_PER_INCH * np.array([ACROSS, down])
    matrix[:, 2] = np.array([COLUMNS, rows]) / 2 - matrix[:, :2] @ center + move
    soft = cv2.GaussianBlur(page, (0, 0), sigmaX=0.38 / rx, sigmaY=0.38 / ry)
    seen = cv2.warpAffine(soft, matrix, (COLUMNS, rows), flags=cv2.INTER_LINEAR, borderValue=255)
    edges = cv2.GaussianBlur(seen, (0, 0), 2.0)
    sharp = cv2.addWeighted(seen, 1 + (amount := float(rng.uniform(0.2, 1.0))), edges, -amount, 0)
    level = rng.uniform(152, 210)
    rough = rng.standard_normal(sharp.shape, np.float32) * np.float32(rng.uniform(4, 16))
    return np.where(sharp + rough > level, 255, 0).astype(np.uint8)


def _header(bits: Gray, text: str, fine: bool, rng: Rng) -> Gray:
    """The sender line: printed over the top edge, or set above the page, which then stands
    lower."""
    from PIL import Image, ImageDraw, ImageFont

    height = 30
    line = Image.new("L", (COLUMNS, height), 255)
    ImageDraw.Draw(line).text(
        (int(rng.integers(30, 160)), 3), text, fill=0, font=ImageFont.load_default(23)
    )
    strip = np.asarray(line)
    if not fine:
        strip = np.asarray(cv2.resize(strip, (COLUMNS, height // 2), interpolation=cv2.INTER_AREA))
    strip = np.where(strip > 128, 255, 0).astype(np.uint8)
    top = int(rng.integers(4, 14))
    if chance(rng, 0.5):
        out = bits.copy()
        out[top : top + strip.shape[0]] = np.minimum(out[top : top + strip.shape[0]], strip)
        return out
    return np.vstack([np.full((top, COLUMNS), 255, np.uint8), strip, bits])


def _line_errors(bits: Gray, rng: Rng) -> Gray:
    """Speckle, dirt streaks, and lines that the receiver could not decode and filled with the line
    before."""
    out = bits.copy()
    rows, columns = out.shape
    for _ in range(int(rng.gamma(1.2, 25))):
        y = int(rng.integers(rows))
        x = int(rng.integers(columns))
        out[y : y + int(rng.integers(1, 3)), x : x + int(rng.integers(1, 4))] = 0
    if chance(rng, 0.12):
        out[:, int(rng.integers(columns))] = 0
    for _ in range(int(rng.poisson(1.5)) if chance(rng, 0.5) else 0):
        y = int(rng.integers(1, rows - 12))
        count = int(rng.integers(1, 6))
        kind = rng.random()
        if kind < 0.55:
            out[y : y + count] = out[y - 1]
        elif kind < 0.8:
            out[y : y + count, int(rng.integers(columns)) :] = 255
        else:  # a lost run shifts the rest of the line
            shift = int(rng.integers(-60, 60))
            out[y : y + count] = np.roll(out[y : y + count], shift, axis=1)
    if chance(rng, 0.08):  # a dropped block: the page is shorter from there
        y = int(rng.integers(rows // 6, rows))
        out = np.vstack([out[:y], out[y + int(rng.integers(2, 7)) :]])
    return out
