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

LANGUAGE = "jpn"


@functools.cache
def is_installed() -> bool:
    """True where the program and its Japanese model are there."""
    if shutil.which("tesseract") is None:
        return False
    try:
        listed = subprocess.run(
            ["tesseract", "--list-langs"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return LANGUAGE in listed.stdout.split()


def read_line(line: Gray) -> str:
    """Read one line.

    Args:
        line: dark ink on white, any size.

    Returns:
        The text without blanks at its ends; empty where nothing was read or Tesseract failed.
    """
    import pytesseract

    scale = max(1.0, 48 / line.shape[0])
    big = cv2.resize(line, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    framed = cv2.copyMakeBorder(big, 14, 14, 14, 14, cv2.BORDER_CONSTANT, value=(255,))
    try:
        text = pytesseract.image_to_string(
            Image.fromarray(framed), lang=LANGUAGE, config="--psm 7", timeout=10
        )
    except (RuntimeError, OSError, pytesseract.TesseractError):
        return ""
    return str(text).strip()
