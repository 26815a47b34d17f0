"""What the reading room's tests share: where things lie, pages drawn in code, and strokes on a
blank."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr.place.align import Aligned, ink_level
from ocr.place.blank import CANVAS_DPI, PX, Blank
from ocr.reader import Reader
from records.errors import DocumentError
from records.types import Box, Field, Gray, Page, Record

SAMPLES = Path(__file__).resolve().parents[2] / "samples"

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
"""Real material beside the project; it is not part of it."""

Point = tuple[float, float]


def shared(name: str) -> Path:
    """A file of the material beside the project; skips the test, saying so, where it is absent."""
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"{name} is not beside the project")
    return path


def page_of(
    image: Gray, dpi: float = CANVAS_DPI, source: tuple[float, float] | None = None
) -> Page:
    """An image as a page of a scanned document."""
    return Page("0" * 64, 1, np.ascontiguousarray(image), dpi, source_dpi=source)


def read_all(pages: Iterable[Page | DocumentError]) -> tuple[list[Page], list[DocumentError]]:
    """The pages and the errors of :func:`ocr.pages.opening.open_pages`."""
    items = list(pages)
    return [i for i in items if isinstance(i, Page)], [
        i for i in items if isinstance(i, DocumentError)
    ]


def in_place(blank: Blank, image: Gray) -> Aligned:
    """``image``, drawn on ``blank``, as if it had been aligned: softened by a scanner, everything
    in its place."""
    soft = np.asarray(cv2.GaussianBlur(image, (0, 0), 0.6), np.uint8)
    return Aligned(blank, soft, soft < ink_level(soft), 1.0, 99, 0.0, 1.0, blank.print_mask)


def one_record(reader: Reader, path: Path) -> Record:
    """The only sheet of a file."""
    items = list(reader.read(path))
    assert len(items) == 1
    assert isinstance(items[0], Record)
    return items[0]


def codes_of(field: Field) -> list[str]:
    """Why a field needs eyes."""
    return [problem.code for problem in field.problems]


def engine_of(field: Field) -> str:
    """What a field was read by."""
    return field.readings[0].engine


class Pen:
    """Draws on a copy of a blank, in mm, as a person does.

    Args:
        width: of the stroke, mm; ``gray`` its darkness (0 black).
    """

    def __init__(self, blank: Blank, width: float = 0.45, gray: int = 30) -> None:
        self.image: Gray = blank.image.copy()
        self.width, self.gray = width, gray

    def line(self, *points: Point) -> Pen:
        """Straight strokes from point to point."""
        at = np.asarray([[round(x * PX * 16), round(y * PX * 16)] for x, y in points], np.int32)
        cv2.polylines(
            self.image, [at], False, self.gray, max(1, round(self.width * PX)), cv2.LINE_AA, 4
        )
        return self

    def ring(self, box: Box, grown: float = 0.8, start: float = 0.0, turn: float = 360.0) -> Pen:
        """An ellipse round ``box``, ``grown`` mm outside of it; ``turn`` degrees of it from
        ``start``."""
        angles = np.deg2rad(np.linspace(start, start + turn, 60))
        cx, cy = box.x + box.width / 2, box.y + box.height / 2
        rx, ry = box.width / 2 * 1.1 + grown, box.height / 2 * 1.1 + grown
        return self.line(
            *[(cx + rx * float(np.cos(a)), cy + ry * float(np.sin(a))) for a in angles]
        )

    def tick(self, box: Box, size: float = 1.0) -> Pen:
        """A tick in ``box``, ``size`` times as large as it."""
        w, h = box.width * size, box.height * size
        cx, cy = box.x + box.width / 2, box.y + box.height / 2
        return self.line(
            (cx - 0.4 * w, cy), (cx - 0.1 * w, cy + 0.4 * h), (cx + 0.5 * w, cy - 0.5 * h)
        )

    def fill(self, box: Box, share: float = 0.9) -> Pen:
        """Hatch the middle ``share`` of ``box`` full."""
        top, bottom = box.y + box.height * (1 - share) / 2, box.y + box.height * (1 + share) / 2
        left, right = box.x + box.width * (1 - share) / 2, box.x + box.width * (1 + share) / 2
        for y in np.arange(top, bottom, 0.3):
            self.line((left, float(y)), (right, float(y)))
        return self

    def text(self, text: str, box: Box, height: float | None = None) -> Pen:
        """Latin text with OpenCV's stroke font, ``height`` mm high (default: 60 % of the box), from
        the left of ``box``."""
        tall = (height or 0.6 * box.height) * PX
        scale = tall / 21.0
        origin = (round((box.x + 0.6) * PX), round((box.y + box.height / 2) * PX + tall / 2))
        cv2.putText(
            self.image,
            text,
            origin,
            cv2.FONT_HERSHEY_SIMPLEX,
            scale,
            self.gray,
            max(1, round(self.width * PX)),
            cv2.LINE_AA,
        )
        return self
