"""Columns of vertical writing, turned by a right angle and read as lines.

The recogniser that ships with ``rapidocr`` learnt turned columns beside lines; the one that was
fitted further on handwriting (:mod:`ocr.engines.ppocr`) forgot them. It leaves 、。「」 and small kana
out, so that its word alone is never enough (:mod:`ocr.letters.tworeadings`).
"""

from __future__ import annotations

import functools
import threading
from typing import Any

import cv2
import numpy as np

from ocr.engines.ppocr import HEIGHT, STEP, Probabilities, models_folder
from ocr.engines.sessions import open_session
from records.errors import ServiceError
from records.types import Gray

LONGEST = 3200
"""Pixels of a turned column at most; a longer one is squeezed."""


class TurnedReader:
    """The recogniser of the wheel; loaded on first use, safe to share by threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._session: Any = None

    def _loaded(self) -> Any:
        with self._lock:
            if self._session is None:
                found = sorted(models_folder().glob("PP-OCRv6_rec_*.onnx"))
                if not found:
                    message = "PP-OCRv6のモデルがありません。入れ直してください(make demo)"
                    raise ServiceError("engine", message)
                self._session = open_session(found[-1], 1)
            return self._session

    @functools.cached_property
    def characters(self) -> tuple[str, ...]:
        """The character of each class; class 0 (blank) is the empty string."""
        listed = self._loaded().get_modelmeta().custom_metadata_map["character"]
        return ("", *listed.split("\n"), " ")

    def read(self, column: Gray) -> Probabilities:
        """Read one column from its top.

        Args:
            column: dark ink on white, upright, uint8.
        """
        line = np.rot90(column)
        height, width = line.shape
        steps = max(1, min(LONGEST, round(width * HEIGHT / height)) // STEP)
        how = cv2.INTER_AREA if height > HEIGHT else cv2.INTER_CUBIC
        scaled = cv2.resize(line, (steps * STEP, HEIGHT), interpolation=how)
        tensor = (scaled.astype(np.float32) / 127.5 - 1.0)[None, None].repeat(3, axis=1)
        (probabilities,) = self._loaded().run(None, {"x": tensor})
        return np.asarray(probabilities[0], np.float32)
