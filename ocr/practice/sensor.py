"""What any sensor and any file add to a picture: noise, and the traces of JPEG."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from ocr.practice.households import Rng
from records.types import Gray


@lru_cache(maxsize=1)
def _grain() -> Gray:
    """A tile of sensor noise around 128 with a standard deviation of 32."""
    rng = np.random.default_rng(7)
    fine = rng.normal(0, 1, (1200, 1100)).astype(np.float32)
    mixed = fine + 0.7 * cv2.GaussianBlur(fine, (0, 0), 1.0) * 3
    return np.asarray(np.clip(128 + 32 * mixed / mixed.std(), 0, 255), np.uint8)


def noisy(page: Gray, deviation: float, rng: Rng) -> Gray:
    """Sensor noise of that standard deviation, drawn from a tile at a random offset (a fresh draw
    is far slower)."""
    tile = _grain()
    height, width = page.shape
    top, left = (int(v) for v in rng.integers(0, 600, 2))
    times = (-(-(height + top) // tile.shape[0]), -(-(width + left) // tile.shape[1]))
    noise = np.tile(tile, times)[top : top + height, left : left + width]
    strength = deviation / 32
    return np.asarray(cv2.addWeighted(page, 1.0, noise, strength, -128 * strength), np.uint8)


def jpeg(page: Gray, quality: int) -> Gray:
    """There and back through JPEG."""
    _, data = cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)
