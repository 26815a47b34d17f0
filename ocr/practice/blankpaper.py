"""The paper: the printed blank, an ink layer over it and the red of the seals, in pixels of one
resolution."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from ocr.practice.households import Rng
from records.forms import PageDef
from records.types import MM_PER_INCH, Box, Gray

SEAL_GRAY = 118
"""Gray of a fresh red seal on a gray scan."""


@lru_cache(maxsize=8)
def render_blank(path: Path, page: int, dpi: int, modified: float) -> Gray:
    """The printed blank in gray at ``dpi``; ``modified`` (mtime) keeps a changed file from being
    served stale."""
    if path.suffix.lower() == ".pdf":
        import pypdfium2 as pdfium

        document = pdfium.PdfDocument(path)
        try:
            image = (
                document[page - 1]
                .render(scale=dpi / 72, grayscale=True, may_draw_forms=True)
                .to_numpy()
            )
        finally:
            document.close()
        made: Gray = np.array(image.reshape(image.shape[:2]), np.uint8)
    else:
        made = _picture(path, page, dpi)
    made.setflags(write=False)
    return made


def _picture(path: Path, page: int, dpi: int) -> Gray:
    from PIL import Image

    with Image.open(path) as picture:
        picture.seek(page - 1)
        # No tag: taken as A4.
        own = float(picture.info.get("dpi", (0, 0))[0]) or picture.width / 210 * MM_PER_INCH
        gray = np.asarray(picture.convert("L"))
    return np.array(
        cv2.resize(gray, None, fx=dpi / own, fy=dpi / own, interpolation=cv2.INTER_AREA), np.uint8
    )


def blank_of(page: PageDef, dpi: int) -> Gray:
    """The blank of a form's page, read-only."""
    assert page.blank is not None
    return render_blank(page.blank, page.blank_page, dpi, page.blank.stat().st_mtime)


@dataclass
class Paper:
    """One page being filled. ``ink`` and ``seal`` hold 0 (nothing) to 255 (full)."""

    blank: Gray
    dpi: int
    ink: Gray = field(init=False)
    seal: Gray = field(init=False)

    def __post_init__(self) -> None:
        self.ink = np.zeros_like(self.blank)
        self.seal = np.zeros_like(self.blank)

    @property
    def scale(self) -> float:
        """Pixels per mm."""
        return self.dpi / MM_PER_INCH

    def pixels(self, box: Box) -> tuple[float, float, float, float]:
        """x, y, width and height in pixels."""
        return (
            box.x * self.scale,
            box.y * self.scale,
            box.width * self.scale,
            box.height * self.scale,
        )

    def lay(self, ink: Gray, x: float, y: float, layer: Gray | None = None) -> None:
        """Lay ink with its top-left corner at (x, y) pixels; what leaves the page is cut."""
        target = self.ink if layer is None else layer
        left = round(x)
        top = round(y)
        x0 = max(left, 0)
        y0 = max(top, 0)
        x1 = min(left + ink.shape[1], target.shape[1])
        y1 = min(top + ink.shape[0], target.shape[0])
        if x1 > x0 and y1 > y0:
            part = target[y0:y1, x0:x1]
            np.maximum(part, ink[y0 - top : y1 - top, x0 - left : x1 - left], out=part)

    def finished(self, darkness: float, grain: float, rng: Rng) -> Gray:
        """Blank, seals and ink together, as a perfect scanner would see them.

        Args:
            darkness: of the ink, 0 to 1. grain: how uneven the ink is, 0 to 1.
        """
        page = self.blank.copy()
        rows = np.flatnonzero(self.ink.any(1))
        columns = np.flatnonzero(self.ink.any(0))
        if self.seal.any():
            red = (self.seal.astype(np.uint16) * (255 - SEAL_GRAY) // 255).astype(np.uint8)
            page = np.minimum(page, 255 - red)
        if rows.size:
            area = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            ink = self.ink[area].astype(np.float32) * np.float32(darkness)
            if grain > 0:
                ink *= _texture(ink.shape, grain, rng)
            page[area] = np.minimum(page[area], 255 - ink.astype(np.uint8))
        return page


def _texture(shape: tuple[int, ...], grain: float, rng: Rng) -> np.ndarray:
    """Unevenness of ink: fine paper grain and slow change of pressure, between 0 and 1."""
    fine = cv2.GaussianBlur(rng.random((128, 131), np.float32), (0, 0), 1.1)
    fine = (fine - fine.min()) / max(float(np.ptp(fine)), 1e-6)
    tiled = np.tile(fine, (shape[0] // 128 + 1, shape[1] // 131 + 1))[: shape[0], : shape[1]]
    slow = cv2.resize(
        rng.random((8, 8), np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR
    )
    return np.asarray(1 - np.float32(grain) * (0.75 * tiled + 0.25 * slow), np.float32)
