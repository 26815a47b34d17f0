"""PP-OCRv6 through ONNX Runtime: no download, no network. Its detector lies in the ``rapidocr``
wheel, its recogniser here.

The recogniser is PP-OCRv6 small, fitted further on Japanese handwriting as this program cuts it out
(``tools/train_recogniser.py``). It gives, for each 8-pixel column of a line scaled to 48 pixels
high, a probability for each of some 6,800 characters that Japanese forms are written with (class 0
is the CTC blank). Decoding is :mod:`ocr.decode.ctc`'s work; nothing here knows about fields.
"""

from __future__ import annotations

import functools
import importlib.util
import math
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.sessions import open_session
from records.errors import ServiceError
from records.types import Gray

Probabilities = NDArray[np.float32]
"""Shape (time steps, classes); each row sums to 1; class 0 is the CTC blank."""

Looked = NDArray[np.float32]
"""Shape (time steps, 120): what the recogniser knows of each step before its last layer names a
character."""

HEIGHT = 48
STEP = 8
"""Pixels of the scaled line that one time step stands for."""

MAX_WIDTH = 1600
_DETECT_SIDE = 32


RECOGNISER = Path(__file__).with_name("models") / "recogniser.onnx"


def models_folder() -> Path:
    """Where the wheel keeps its models, found without importing it.

    Raises:
        ServiceError: rapidocr is not installed.
    """
    spec = importlib.util.find_spec("rapidocr")
    if spec is None or not spec.submodule_search_locations:
        raise ServiceError(
            "engine",
            "読み取りエンジン(rapidocr)が入っていません。make demo をもう一度実行してください",
        )
    return Path(next(iter(spec.submodule_search_locations))) / "models"


@dataclass(frozen=True, slots=True)
class Leaning:
    """A line or a column as the detector found it, in pixels: its middle, its extent along and
    across the page, and by how many degrees it is turned clockwise, -45 to 45."""

    x: float
    y: float
    width: float
    height: float
    angle: float


class PpOcr:
    """The recogniser and the detector; each model is loaded on first use, once per process. Safe to
    share by threads.

    Args:
        threads: processor threads of the detector. The recogniser runs on one: its lines are short,
            and two lines at a time on two threads take two thirds of the time of one after the
            other on both (measured).
    """

    def __init__(self, threads: int = 2) -> None:
        self._threads = threads
        self._lock = threading.Lock()
        self._sessions: dict[str, Any] = {}

    def _session(self, part: str) -> Any:
        with self._lock:
            if part not in self._sessions:
                path, threads = (RECOGNISER, 1) if part == "rec" else (_detector(), self._threads)
                if not path.is_file():
                    raise ServiceError(
                        "engine", "PP-OCRv6のモデルがありません。入れ直してください(make demo)"
                    )
                self._sessions[part] = open_session(path, threads)
            return self._sessions[part]

    @functools.cached_property
    def characters(self) -> tuple[str, ...]:
        """The character of each class; class 0 (blank) is the empty string, the last one a blank
        between words."""
        return ("", *self._session("rec").get_modelmeta().custom_metadata_map["characters"])

    @functools.cached_property
    def index(self) -> dict[str, int]:
        """Class of each character."""
        return {character: number for number, character in enumerate(self.characters)}

    def recognise(self, line: Gray) -> Probabilities:
        """Read one line.

        Args:
            line: dark ink on white, uint8, any size; it is scaled to 48 pixels high.
        """
        return self.look(line)[0]

    def look(self, line: Gray) -> tuple[Probabilities, Looked]:
        """Read one line, and say what was seen besides.

        Args:
            line: as for :meth:`recognise`.

        Returns:
            Probabilities, and what :mod:`ocr.engines.heads` reads from.
        """
        tensor = (_scaled(line).astype(np.float32) / 127.5 - 1.0)[None, None]
        probabilities, looked = self._session("rec").run(None, {"x": tensor})
        return np.asarray(probabilities[0], np.float32), np.asarray(looked[0], np.float32)

    def detect(self, image: Gray, side: int = 960) -> list[Leaning]:
        """Find text lines and columns, which may lean.

        Args:
            image: a gray page.
            side: the longer side is scaled down to this many pixels.

        Returns:
            In pixels of ``image``, unordered.
        """
        heat = self._heat(image, side)
        across = image.shape[1] / heat.shape[1]
        down = image.shape[0] / heat.shape[0]
        return _leaning_boxes(heat, across, down)

    def _heat(self, image: Gray, side: int) -> NDArray[np.float32]:
        """How likely each pixel of the scaled page belongs to a line."""
        scale = min(1.0, side / max(image.shape))

        def whole_steps(length: int) -> int:
            steps: int = round(length * scale / _DETECT_SIDE)
            return max(1, steps) * _DETECT_SIDE

        height, width = map(whole_steps, image.shape)
        resized = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        small = resized.astype(np.float32)
        tensor = ((small / 127.5) - 1.0)[None, None].repeat(3, axis=1)
        session = self._session("det")
        name = session.get_inputs()[0].name
        heats = session.run(None, {name: tensor})[0]
        return np.asarray(heats[0, 0], np.float32)


def _detector() -> Path:
    files = sorted(models_folder().glob("PP-OCRv6_det_*.onnx"))
    if files:
        return files[-1]
    return models_folder() / "PP-OCRv6_det_small.onnx"


def _scaled(line: Gray) -> Gray:
    """The line at 48 pixels high, its width a whole number of steps, padded with paper."""
    height, width = line.shape
    target = int(np.clip(round(width * HEIGHT / height), STEP, MAX_WIDTH))
    shrink = height > HEIGHT
    scaled = cv2.resize(
        line, (target, HEIGHT), interpolation=cv2.INTER_AREA if shrink else cv2.INTER_CUBIC
    )
    pad = -target % STEP
    return np.asarray(
        cv2.copyMakeBorder(scaled, 0, 0, 0, pad, cv2.BORDER_CONSTANT, value=(255,)), dtype=np.uint8
    )


_INSIDE, _SURE, _UNCLIP = 0.3, 0.5, 1.6
"""Heat of a line's pixels, mean heat of a line, and by how much a line is wider than its heat."""


def _leaning_boxes(heat: NDArray[np.float32], across: float, down: float) -> list[Leaning]:
    """DB post-processing: threshold, contours, the smallest rectangle about each, score, unclip (Liao
    et al., AAAI 2020)."""
    contours, _ = cv2.findContours(
        cv2.dilate((heat > _INSIDE).astype(np.uint8), np.ones((2, 2), np.uint8)),
        cv2.RETR_EXTERNAL,
        cv2.CHAIN_APPROX_SIMPLE,
    )
    found = []
    for contour in contours:
        (x, y), (width, height), angle = cv2.minAreaRect(contour)
        if min(width, height) < 3 or _mean_heat(heat, contour) < _SURE:
            continue
        if abs(angle) > 45:
            angle -= math.copysign(90, angle)
            width, height = height, width
        grow = width * height * _UNCLIP / (width + height)
        wide, high = (width + grow) * across, (height + grow) * down
        found.append(Leaning(x * across, y * down, wide, high, angle))
    return found


def _mean_heat(heat: NDArray[np.float32], contour: cv2.typing.MatLike) -> float:
    x, y, width, height = cv2.boundingRect(contour)
    mask = np.zeros((height, width), np.uint8)
    cv2.drawContours(mask, [contour - [x, y]], -1, 1, -1)
    return float(heat[y : y + height, x : x + width][mask > 0].mean())
