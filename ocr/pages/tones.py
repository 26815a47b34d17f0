"""Gray as the eye sees it: paper light and ink dark, whatever depth and sense the file's numbers
have."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from records.types import Gray

_DEPTHS = (255.0, 1023.0, 4095.0, 16383.0, 65535.0)
"""Largest values of 8, 10, 12, 14 and 16 bits: scanners write fewer bits than they state."""

_SIDE, _WIDE = 600, 100
"""Tones are judged on a copy of this many pixels; an area is wide from a hundredth of it on, 3 mm
of A4. No stroke is as wide."""

_GROUND, _PATCHES = 0.35, 0.25
"""A negative is dark over this share of the page's middle, and its light parts that are wide have
less than that share of the dark ones: bars that were printed in black."""

_UNEXPOSED, _FLAT = 64, 12.0
"""Paper darker than this was hardly exposed; with fewer grays than that between ink and paper there
is nothing to see."""

_LEAST_RANGE = 24.0


class TonesError(ValueError):
    """Nothing can be seen on the page; the text says why, ``todo`` what to do, in Japanese."""

    def __init__(self, what: str, todo: str) -> None:
        super().__init__(what)
        self.todo = todo


def gray_of(frame: Image.Image, white_is_zero: bool = False) -> Gray:
    """An image of any mode as gray on white: transparency is paper, deep images keep their range.

    Args:
        white_is_zero: the numbers of a deep image count up from paper to ink (TIFF's photometric
            interpretation 0). Pillow turns the others itself.
    """
    if frame.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in frame.info:
        rgba = frame.convert("RGBA")
        paper = Image.new("RGBA", rgba.size, "white")
        paper.alpha_composite(rgba)
        frame = paper.convert("RGB")
    if frame.mode.startswith("I") or frame.mode == "F":
        return _deep(np.asarray(frame), white_is_zero)
    if frame.mode == "LAB":
        return np.asarray(frame.getchannel(0), dtype=np.uint8)
    return np.asarray(frame.convert("L"), dtype=np.uint8)


def _deep(data: NDArray[np.generic], white_is_zero: bool) -> Gray:
    """Numbers of more than 8 bits as gray: what the largest ones need says how many bits are
    used."""
    numbers = np.nan_to_num(np.asarray(data, dtype=np.float32), posinf=0.0, neginf=0.0)
    least = float(numbers.min())
    if least < 0:
        numbers = numbers - least
    most = float(np.percentile(numbers[::3, ::3], 99.9))
    if np.issubdtype(data.dtype, np.floating) and most <= 1.0:
        top = 1.0
    else:
        top = next((depth for depth in _DEPTHS if most <= depth), max(most, 1.0))
    gray = np.clip(numbers / top * 255, 0, 255)
    return np.asarray(255 - gray if white_is_zero else gray, dtype=np.uint8)


def seen_tones(gray: Gray) -> Gray:
    """The page with light paper: a negative is turned, an underexposed page is brightened.

    Raises:
        TonesError: the page is black all over, or too dark to tell ink from paper.
    """
    apart = max(1, max(gray.shape) // _SIDE)
    if float(np.median(gray[::apart, ::apart])) > 128:
        return gray
    scale = _SIDE / max(gray.shape)
    small = gray
    if scale < 1:
        size = (max(8, round(gray.shape[1] * scale)), max(8, round(gray.shape[0] * scale)))
        small = np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8)
    if float(np.median(small)) > 128:
        return gray
    darkest, light, lightest = (float(v) for v in np.percentile(small, (0.5, 98, 99.9)))
    if lightest < _UNEXPOSED and lightest - darkest < _FLAT:
        raise TonesError("全面が真っ黒です", "読取面と明るさを確かめ、スキャンし直してください")
    if is_negative(small):
        return np.asarray(255 - gray, np.uint8)
    if light >= _UNEXPOSED:
        return gray
    if light - darkest < _LEAST_RANGE:
        raise TonesError(
            "暗すぎて、字と紙の見分けがつきません", "明るさを上げてスキャンし直してください"
        )
    return np.asarray(cv2.convertScaleAbs(gray, alpha=250 / light), np.uint8)


def is_negative(small: Gray) -> bool:
    """True where a page has a wide dark ground and light strokes on it.

    A dark photo, or a slip on the scanner's black lid, has its paper as a wide light area.

    Args:
        small: the page at about :data:`_SIDE` pixels.
    """
    height, width = small.shape
    middle = small[height // 8 : height - height // 8, width // 8 : width - width // 8]
    level, _ = cv2.threshold(middle, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    side = max(3, max(small.shape) // _WIDE)
    brush = np.ones((side, side), np.uint8)
    light = cv2.morphologyEx((middle > level).astype(np.uint8), cv2.MORPH_OPEN, brush)
    ground = cv2.morphologyEx((middle <= level).astype(np.uint8), cv2.MORPH_OPEN, brush)
    dark_share = float(np.mean(ground))
    light_share = float(np.mean(light))
    return dark_share > _GROUND and light_share < _PATCHES * dark_share
