"""The empty form as the reader knows it: its print, its landmarks, and where the print is dense
enough to align by."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.pages.opening import open_pages
from records.errors import DefinitionError, DocumentError
from records.forms import FormDef, PageDef
from records.site import IntakeSettings
from records.types import MM_PER_INCH, Box, Gray, Word

CANVAS_DPI = 200.0
"""Scans are warped onto the blank at this resolution. 200 dpi is what a FAX has; more gave no
better reading."""

PX = CANVAS_DPI / MM_PER_INCH
"""Canvas pixels per mm."""

LOW = 0.5
"""Tiles of print are matched on the canvas at this scale (100 dpi)."""

GLANCE, GLANCE_INK = 0.25, 190
"""Forms that share print are compared on the canvas at this scale (50 dpi) first; what is darker
there is ink, hair lines among it."""

LANDMARK_DPI, LANDMARKS = 40.0, 700
"""Landmarks are looked for at this resolution first, and so many are kept: on scans, FAX and photos
alike 75 and more of them agree with the right blank and next to none with another."""

FINE_DPI, FINE_LANDMARKS = 72.0, 1500
"""Where too few agree (half a sheet, a poor photo) they are looked for once more: four times the
work, twice as many."""

Landmarks = tuple[NDArray[np.float32], NDArray[np.float32]]
"""SIFT points (x, y), shape (n, 2), and their RootSIFT descriptors, shape (n, 128)."""


Each = Callable[..., Iterable[Any]]
"""``map``, or the ``map`` of a pool of threads: how parts of one page are worked on that do not
need each other."""


@dataclass(frozen=True, eq=False)
class Blank:
    """One page of one form.

    Attributes:
        form: form id; ``page`` is 1-based within the form.
        image: the blank at :data:`CANVAS_DPI`, gray.
        words: its printed words, where it is a PDF with text.
    """

    form: str
    version: int
    page: int
    image: Gray
    words: tuple[Word, ...] = ()

    @functools.cached_property
    def low(self) -> Gray:
        """The blank at 100 dpi."""
        return shrink(self.image, LOW)

    @functools.cached_property
    def landmarks(self) -> Landmarks:
        """Landmarks in canvas pixels."""
        return landmarks(self.low, LANDMARK_DPI / (LOW * CANVAS_DPI), LOW)

    @functools.cached_property
    def fine_landmarks(self) -> Landmarks:
        """More of them, for pages that ask for more."""
        return landmarks(self.low, FINE_DPI / (LOW * CANVAS_DPI), LOW, FINE_LANDMARKS)

    @functools.cached_property
    def print_mask(self) -> NDArray[np.bool_]:
        """True where the blank has printed ink."""
        return np.asarray(self.image < 170)

    @functools.cached_property
    def glance(self) -> NDArray[np.uint8]:
        """1 where there is print at 50 dpi."""
        return np.asarray(shrink(self.low, GLANCE / LOW) < GLANCE_INK, np.uint8)

    @functools.cached_property
    def near_print(self) -> NDArray[np.bool_]:
        """Print with the tolerance (0.35 mm) that alignment leaves: what is dark there may be
        print."""
        size = 2 * round(0.35 * PX) + 1
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
        return np.asarray(cv2.dilate(self.print_mask.astype(np.uint8), kernel) > 0)

    @property
    def size_mm(self) -> tuple[float, float]:
        return self.image.shape[1] / PX, self.image.shape[0] / PX


def load_blanks(form: FormDef) -> tuple[Blank, ...]:
    """The blanks of a form's pages, in order.

    Raises:
        DefinitionError: a blank cannot be read as a page.
    """
    found = []
    for number, page in enumerate(form.pages, 1):
        if page.blank is not None:
            found.append(_load(form, page, number))
    return tuple(found)


def load_all(forms: Iterable[FormDef]) -> tuple[tuple[Blank, ...], dict[str, str]]:
    """The blanks of many forms, those that can be read, and why others cannot.

    A form with a damaged blank is closed alone. Its other pages stay known, so that its sheets are
    told apart from other forms'.

    Returns:
        Blanks, and form id → the reason, a Japanese sentence without its full stop.
    """
    blanks: list[Blank] = []
    closed: dict[str, str] = {}
    for form in forms:
        for number, page in enumerate(form.pages, 1):
            if form.kind != "form" or page.blank is None:
                continue
            try:
                blank = _load(form, page, number)
            except DefinitionError as error:
                closed.setdefault(form.id, error.message.removeprefix(f"{page.blank}: "))
                continue
            if blank.print_mask.mean() < _LEAST_PRINT:
                why = f"様式「{form.id}」の白紙({page.blank.name})に何も印刷されていません"
                closed.setdefault(form.id, why)
                continue
            blanks.append(blank)
    return tuple(blanks), closed


def closed_message(form: FormDef, reason: str) -> str:
    """Why no sheet of a form is read, for people; ``reason`` as :func:`load_all` gives it."""
    return f"様式「{form.title}」の用紙は読み取りません。{reason}"


_LEAST_PRINT = 0.0002
"""Of a blank at least so much is print: else no sheet could be found by it."""


_WHY = {
    "empty": "中身が空(0バイト)です",
    "truncated": "途中で切れているか壊れています",
    "password": "パスワードがかかっています",
    "unsupported": "PDFでも画像でもないか、小さすぎます",
    "too_large": "ページが多すぎるか、大きすぎます",
}
"""Codes of :class:`DocumentError` as they are said of a blank."""


def _load(form: FormDef, page: PageDef, number: int) -> Blank:
    assert page.blank is not None
    try:
        stamp = page.blank.stat()
        return _loaded(form.id, form.version, page, number, stamp.st_mtime_ns, stamp.st_size)
    except (DocumentError, OSError) as error:
        code = error.code if isinstance(error, DocumentError) else ""
        raise DefinitionError(
            f"様式「{form.id}」の白紙が読めません。「{page.blank.name}」は"
            f"{_WHY.get(code, '開けません')}。元の様式から作り直し、同じ名前で置いてください",
            path=page.blank,
        ) from error


@functools.lru_cache(maxsize=64)
def _loaded(id: str, version: int, page: PageDef, number: int, at: int, size: int) -> Blank:
    """A blank, drawn once for all who ask while its file stays as it is (``at``, ``size``)."""
    assert page.blank is not None
    for found in open_pages(page.blank, IntakeSettings()):
        if isinstance(found, DocumentError):
            if page.blank_page in found.pages or not found.pages:
                raise found
            continue
        if found.number < page.blank_page:
            continue
        scale = CANVAS_DPI / found.dpi
        return Blank(id, version, number, shrink(found.image, scale), found.words)
    raise DefinitionError(
        f"様式「{id}」の白紙に{page.blank_page}ページ目がありません", path=page.blank
    )


def shrink(image: Gray, scale: float) -> Gray:
    """Scale an image; areas are averaged when it gets smaller."""
    if abs(scale - 1) < 1e-3:
        return image
    height, width = (max(1, round(side * scale)) for side in image.shape)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(image, (width, height), interpolation=how)
    return np.asarray(scaled, dtype=np.uint8)


def landmarks(
    image: Gray,
    scale: float,
    zoom: float = 1.0,
    most: int = LANDMARKS,
    strips: int = 1,
    each: Each = map,
) -> Landmarks:
    """SIFT points and RootSIFT descriptors (Arandjelovic & Zisserman, CVPR 2012).

    Args:
        scale: the points are looked for in ``image`` scaled by this.
        zoom: ``image`` is a picture scaled by this, and the points are given in that picture's
        pixels.
        most: how many are kept, the strongest first.
        strips: the image is looked at in so many strips, with as many landmarks in each, ``each``
            (``map``, or that of a pool of threads) strip for itself.
    """
    small = shrink(image, scale)
    edges = [round(n * len(small) / strips) for n in range(strips + 1)]
    parts = list(
        each(lambda top, bottom: _points(small, top, bottom, most // strips), edges[:-1], edges[1:])
    )
    places = np.concatenate([places for places, _ in parts])
    return ((places + 0.5) / (scale * zoom) - 0.5).astype(np.float32), np.concatenate(
        [roots for _, roots in parts]
    )


_BEYOND = 24
"""So many rows beyond its own a strip is looked at: what is found there needs what is around it."""


def _points(image: Gray, top: int, bottom: int, most: int) -> Landmarks:
    """Points in the rows from ``top`` to before ``bottom``."""
    start = max(0, top - _BEYOND)
    sift = cv2.SIFT.create(nfeatures=most, nOctaveLayers=2, contrastThreshold=0.03)
    points, found = sift.detectAndCompute(image[start : bottom + _BEYOND], None)
    if found is None or not len(points):
        return np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32)
    places = np.asarray([(p.pt[0], p.pt[1] + start) for p in points], dtype=np.float32)
    own = (
        (places[:, 1] >= top) & (places[:, 1] < bottom)
        if (top, bottom) != (0, len(image))
        else np.ones(len(places), bool)
    )
    roots = np.sqrt(found / (np.abs(found).sum(axis=1, keepdims=True) + 1e-7)).astype(np.float32)
    return places[own], roots[own]


def windows(
    asked: Sequence[tuple[Box, float]], image: NDArray[np.generic]
) -> list[tuple[slice, slice]]:
    """:func:`pixels` of many boxes, each with its own margin in mm."""
    return [pixels(box, image, margin) for box, margin in asked]


def pixels(box: Box, image: NDArray[np.generic], margin: float = 0.0) -> tuple[slice, slice]:
    """The (rows, columns) of ``box`` grown by ``margin`` mm on the canvas, clipped to the image,
    never empty."""
    height, width = image.shape[:2]
    # np.clip takes a hundred times as long.
    top = min(max(round((box.y - margin) * PX), 0), height - 1)
    left = min(max(round((box.x - margin) * PX), 0), width - 1)
    bottom = min(max(round((box.bottom + margin) * PX), top + 1), height)
    right = min(max(round((box.right + margin) * PX), left + 1), width)
    return slice(top, bottom), slice(left, right)
