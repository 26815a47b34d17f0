"""Tesseract through pytesseract: an independent second reader for printed lines, where it is
installed.

On handwriting it gets 0.00-0.11 of the fields right (docs/benchmarks.md), so it is asked only about
lines that the first reader takes for clear print and still cannot decide.
"""

from __future__ import annotations

import functools
import shutil
import subprocess

import cv2
from PIL import Image

from records.types import Gray

LANGUAGE, VERTICAL = "jpn", "jpn_vert"


@functools.cache
def is_installed() -> bool:
    """True where the program and its Japanese model are there."""
    return LANGUAGE in _languages()


@functools.cache
def reads_columns() -> bool:
    """True where its model for vertical writing is there, too."""
    return VERTICAL in _languages()


def _languages() -> tuple[str, ...]:
    if shutil.which("tesseract") is None:
        return ()
    try:
        listed = subprocess.run(
            ["tesseract", "--list-langs"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(listed.stdout.split())


def read_line(line: Gray) -> str:
    """Read one line.

    Args:
        line: dark ink on white, any size.

    Returns:
        The text without blanks at its ends; empty where nothing was read or Tesseract failed.
    """
    return _read(line, max(1.0, 48 / line.shape[0]), LANGUAGE, 7)


def read_column(column: Gray) -> str:
    """Read one column of vertical print; as :func:`read_line`.

    Args:
        column: dark ink on white, upright.
    """
    return _read(column, max(1.0, 48 / column.shape[1]), VERTICAL, 5)


def _read(image: Gray, scale: float, language: str, layout: int) -> str:
    import pytesseract

    big = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    framed = cv2.copyMakeBorder(big, 14, 14, 14, 14, cv2.BORDER_CONSTANT, value=(255,))
    try:
        text = pytesseract.image_to_string(
            Image.fromarray(framed), lang=language, config=f"--psm {layout}", timeout=10
        )
    except (RuntimeError, OSError, pytesseract.TesseractError):
        return ""
    return str(text).strip()
