"""A sheet photographed with a phone on a desk: perspective, uneven light, a shadow, soft focus."""

from __future__ import annotations

import cv2
import numpy as np

from ocr.practice.households import Rng, chance
from ocr.practice.sensor import jpeg, noisy
from records.types import MM_PER_INCH, Gray

PIXELS = 2600
"""Height of the photo: a 12-megapixel phone, scaled down by the messenger that sends it."""


def photographed(page: Gray, dpi: float, rng: Rng) -> Gray:
    """``page`` at ``dpi`` as a gray photo, upright give or take a few degrees."""
    height = PIXELS + int(rng.integers(-300, 400))
    width = round(height * 3 / 4)
    matrix = _view(page.shape, width, height, rng)
    desk = _desk(height, width, rng)
    ratio = height / page.shape[0] * 0.85
    soft = cv2.GaussianBlur(page, (0, 0), max(0.3, 0.45 / ratio))
    paper = cv2.convertScaleAbs(
        soft, alpha=float(rng.uniform(0.72, 0.92)), beta=float(rng.uniform(4, 22))
    )
    seen = cv2.warpPerspective(
        _creased(paper, dpi, rng), matrix, (width, height), flags=cv2.INTER_LINEAR
    )
    mask = cv2.warpPerspective(
        np.full_like(page, 255), matrix, (width, height), flags=cv2.INTER_LINEAR
    )
    shadow = cv2.GaussianBlur(cv2.resize(mask, None, fx=0.125, fy=0.125), (0, 0), 4)
    shadow = cv2.resize(shadow, (width, height))
    ground = cv2.multiply(desk, cv2.convertScaleAbs(shadow, alpha=-0.25, beta=255), scale=1 / 255)
    photo = np.where(mask > 127, seen, ground).astype(np.uint8)
    photo = np.asarray(cv2.multiply(photo, _light(height, width, rng), scale=1 / 255), np.uint8)
    return _camera(photo, rng)


def _view(shape: tuple[int, ...], width: int, height: int, rng: Rng) -> np.ndarray:
    """The perspective: the sheet fills most of the frame, its far side is a little shorter."""
    rows, columns = shape
    size = float(rng.uniform(0.8, 0.93)) * min(width / columns, height / rows)
    half = (
        np.array([[-columns, -rows], [columns, -rows], [columns, rows], [-columns, rows]])
        * size
        / 2
    )
    turn = np.deg2rad(rng.normal(0, 2.5))
    turned = half @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    tilt = rng.normal(0, 0.035, 2)
    depth = 1 + (turned / (np.array([width, height]) / 2)) @ tilt
    corners = (
        turned / depth[:, None]
        + np.array([width, height]) / 2
        + rng.normal(0, 0.006, (4, 2)) * width
    )
    source = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
    return np.asarray(cv2.getPerspectiveTransform(source, corners.astype(np.float32)))


def _desk(height: int, width: int, rng: Rng) -> Gray:
    """A desk top: a tone with long streaks."""
    streaks = cv2.resize(
        rng.normal(0, 1, (60, 3)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )
    if chance(rng, 0.5):
        streaks = np.ascontiguousarray(cv2.resize(streaks.T, (width, height)))
    desk: Gray = np.clip(
        float(rng.uniform(45, 170)) + streaks * float(rng.uniform(1, 7)), 0, 255
    ).astype(np.uint8)
    return desk


def _creased(page: np.ndarray, dpi: float, rng: Rng) -> np.ndarray:
    """Folded in three for the envelope, as many letters are: two soft bands of shade."""
    if not chance(rng, 0.5):
        return page
    rows = page.shape[0]
    light = np.full(rows, 1.0, np.float32)
    for fold in (rows / 3, rows * 2 / 3):
        distance = (np.arange(rows) - fold - rng.normal(0, 2) * dpi / MM_PER_INCH) / (
            dpi / MM_PER_INCH
        )
        light -= np.float32(rng.uniform(0.03, 0.14)) * np.exp(-((distance / 1.5) ** 2)).astype(
            np.float32
        )
        light -= np.float32(rng.uniform(0.0, 0.04)) * (distance > 0)
    bands = np.broadcast_to((np.clip(light, 0, 1) * 255).astype(np.uint8)[:, None], page.shape)
    return np.asarray(cv2.multiply(page, np.ascontiguousarray(bands), scale=1 / 255))


def _light(height: int, width: int, rng: Rng) -> Gray:
    """The room's light: bright on one side, and often the soft shadow of the phone itself."""
    ramp = np.linspace(float(rng.uniform(0.55, 0.95)), 1.0, 12, dtype=np.float32)
    grid = np.rot90(np.broadcast_to(ramp, (12, 12)), int(rng.integers(4))) * rng.uniform(
        0.96, 1.0, (12, 12)
    )
    if chance(rng, 0.5):
        y, x = np.mgrid[0:12, 0:12]
        middle = rng.uniform(3, 9, 2)
        grid = grid * (
            1 - rng.uniform(0.1, 0.3) * np.exp(-((y - middle[0]) ** 2 + (x - middle[1]) ** 2) / 8)
        )
    light = cv2.resize(
        (grid * 255).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )
    return np.asarray(np.clip(light, 0, 255), np.uint8)


def _camera(photo: Gray, rng: Rng) -> Gray:
    """Focus, a little shake, noise reduction's smear, and JPEG."""
    photo = np.asarray(cv2.GaussianBlur(photo, (0, 0), float(rng.uniform(0.5, 1.1))), np.uint8)
    if chance(rng, 0.3):
        length = int(rng.integers(2, 5))
        kernel = np.eye(length, dtype=np.float32) / length
        photo = np.asarray(cv2.filter2D(photo, -1, kernel), np.uint8)
    return jpeg(noisy(photo, float(rng.uniform(2, 7)), rng), int(rng.integers(55, 88)))
