"""The engines that Torikomi is compared with, each behind one small door."""

from __future__ import annotations

import functools
import shutil
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from records.types import Gray

DIGITS = "0123456789-"


@functools.cache
def rapid() -> Any:
    """RapidOCR with its own settings: the same PP-OCRv6 models, detection and recognition."""
    from rapidocr import RapidOCR

    return RapidOCR()


def rapid_page(image: Gray) -> str:
    """Everything RapidOCR reads on a page."""
    found = rapid()(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR))
    return "\n".join(found.txts or ())


def rapid_crop(image: Gray) -> str:
    """RapidOCR on one field's crop, recognition only, as its users do who know where the field
    is."""
    found = rapid()(
        cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), use_det=False, use_cls=False, use_rec=True
    )
    return "".join(found.txts or ())


def tesseract_version() -> str:
    """Version of the installed Tesseract with Japanese, or an empty string."""
    if shutil.which("tesseract") is None:
        return ""
    listed = subprocess.run(
        ["tesseract", "--list-langs"], capture_output=True, text=True, check=False
    ).stdout
    if "jpn" not in listed.split():
        return ""
    return subprocess.run(
        ["tesseract", "--version"], capture_output=True, text=True, check=False
    ).stdout.split("\n")[0]


def tesseract(image: Gray, psm: int, whitelist: str = "", language: str = "jpn") -> str:
    """Tesseract on an image.

    Args:
        psm: page segmentation mode: 3 for a page, 7 for one line.
        whitelist: the only characters allowed, where its user knows the kind.
        language: its model.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "image.png"
        cv2.imwrite(str(path), image)
        command = ["tesseract", str(path), "-", "-l", language, "--psm", str(psm)]
        if whitelist:
            command += ["-c", f"tessedit_char_whitelist={whitelist}"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def versions() -> dict[str, str]:
    """Versions of what is compared, for the report."""
    return {
        "rapidocr": version("rapidocr"),
        "onnxruntime": version("onnxruntime"),
        "tesseract": tesseract_version() or "-",
    }


def border(image: Gray) -> Gray:
    """A white border, as Tesseract wants it about a line."""
    return np.asarray(
        cv2.copyMakeBorder(image, 12, 12, 12, 12, cv2.BORDER_CONSTANT, value=(255,)), np.uint8
    )
