"""ZXing: barcodes and two-dimensional codes, as bytes and a place.

ZXing's own text is not used where it is not plain ASCII: it takes Windows-31J for JIS X 0208, so
髙, 﨑, ① and ㈱ come out as U+FFFD while the bytes are right.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines import qrheader
from ocr.engines.qrheader import SetPart
from records.types import Gray

FORMATS = (
    *("QRCode", "MicroQRCode", "RMQRCode", "DataMatrix", "Aztec", "PDF417", "MicroPDF417"),
    *("Code128", "Code39Std", "Code93", "Codabar", "ITF", "EAN13", "EAN8", "UPCA", "UPCE"),
    *("DataBarOmni", "DataBarStk", "DataBarLtd", "DataBarExp", "DataBarExpStk"),
)
"""What is read. Code 39 is plain: ZXing would turn a printed ``A+B`` into ``Ab`` (full ASCII)."""


@dataclass(frozen=True, eq=False)
class Code:
    """One code on a picture.

    Attributes:
        symbology: ZXing's name of it (``QR Code``, ``ITF``…).
        data: the bytes that it carries; FNC1 as separator is 0x1D.
        text: ZXing's own text.
        gs1: it carries GS1 element strings.
        corners: shape (4, 2): (x, y) in pixels of the picture.
        valid: False where something is a code and its content cannot be made out.
        part: which part of a set this is (structured append); None for a code that stands alone.
    """

    symbology: str
    data: bytes
    text: str
    gs1: bool
    corners: NDArray[np.float64]
    valid: bool
    part: SetPart | None = None

    @property
    def centre(self) -> tuple[float, float]:
        x, y = self.corners.mean(axis=0)
        return float(x), float(y)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """left, top, right, bottom in pixels."""
        (left, top), (right, bottom) = self.corners.min(axis=0), self.corners.max(axis=0)
        return float(left), float(top), float(right), float(bottom)

    def moved(self, x: float, y: float) -> Code:
        """The same code on the picture from which this one was cut out at (x, y)."""
        return replace(self, corners=self.corners + np.asarray([x, y]))


@functools.cache
def _formats() -> Any:
    import zxingcpp

    return [getattr(zxingcpp.BarcodeFormat, name) for name in FORMATS]


def read_codes(picture: Gray, scale: float = 1.0) -> list[Code]:
    """All codes of a gray picture, enlarged ``scale`` times for reading; places are those of the
    picture itself. Codes that are damaged beyond their error correction are among them."""
    import zxingcpp

    seen = picture
    if scale != 1.0:
        seen = np.asarray(
            cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8
        )
    found = zxingcpp.read_barcodes(
        np.ascontiguousarray(seen),
        formats=_formats(),
        text_mode=zxingcpp.TextMode.Plain,
        return_errors=True,
    )
    return _without_ghosts(_code(barcode, scale) for barcode in found)


def _code(barcode: Any, scale: float) -> Code:
    import zxingcpp

    at = barcode.position
    corners = [(p.x, p.y) for p in (at.top_left, at.top_right, at.bottom_right, at.bottom_left)]
    valid = bool(barcode.valid) and barcode.error is None
    part = None
    if valid and barcode.format == zxingcpp.BarcodeFormat.QRCode:
        part = _part(barcode)
    return Code(
        str(barcode.format),
        bytes(barcode.bytes),
        str(barcode.text),
        barcode.content_type == zxingcpp.ContentType.GS1,
        np.asarray(corners, np.float64) / scale,
        valid,
        part,
    )


def _part(barcode: Any) -> SetPart | None:
    facts = barcode.extra or {}
    if not {"DataMask", "ECLevel"} <= set(facts):
        return qrheader.UNSURE
    modules = np.asarray(barcode.to_image(scale=1, add_quiet_zones=False)) < 128
    return qrheader.part_of(
        modules, int(facts["DataMask"]), str(facts["ECLevel"]), float(facts.get("UEC", 0.0))
    )


def _without_ghosts(codes: Iterable[Code]) -> list[Code]:
    """Without unreadable codes that lie on readable ones: a corner of a QR code passes for a
    Micro QR code that is damaged."""
    every = list(codes)
    valid = [code for code in every if code.valid]
    broken = [code for code in every if not code.valid]
    return [*valid, *(b for b in broken if not any(_overlap(b, v) for v in valid))]


def _overlap(a: Code, b: Code) -> bool:
    left, top, right, bottom = a.bounds
    other = b.bounds
    return left < other[2] and other[0] < right and top < other[3] and other[1] < bottom
