"""Pages of image files: TIFF (all pages, any CCITT), JPEG (EXIF), PNG, BMP, WebP, HEIC, AVIF,
JPEG 2000.

The size of a page is known before it is decoded, and one page at a time is in memory.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ocr.pages.filekinds import kind_of
from ocr.pages.tiff import ORIENTATION, Directory, directories, is_tiff, open_directory, unpacked
from ocr.pages.tones import TonesError, gray_of, seen_tones
from ocr.pages.unreadable import DAMAGED, check_size, too_many, truncated, unsupported
from records.errors import DocumentError
from records.site import IntakeSettings
from records.types import MM_PER_INCH, Gray, Page

MIN_DPI, MAX_DPI = 60.0, 700.0
"""A stated resolution outside this range is a file's default, not a measurement, and is not
believed."""

MAX_WIDTH_MM = 330.0
"""Nor is one by which the sheet is wider than A3 both ways."""

A4_LONG_INCHES = 297 / MM_PER_INCH

_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF", b"\0\0\0\x0cjP", b"\xff\x4f\xff\x51")
"""How an image begins that Pillow should know: where it does not, the rest is missing."""

_SNIFFED = 65536
"""Bytes that are looked at to say what an unknown file is."""

_FORMATS = ("JPEG", "PNG", "BMP", "GIF", "WEBP", "PPM", "JPEG2000")
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_AVIF_BRANDS = (b"avif", b"avis")

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_COPY_SIDE, _COPY_LIKENESS = 900, 0.9
"""A page smaller than this is a thumbnail where it is so much like a page beside it."""


def image_pages(
    path: Path, limits: IntakeSettings, document: str, only: Collection[int] | None
) -> Iterator[Page | DocumentError]:
    """As :func:`ocr.pages.opening.open_pages`, for a file that is no PDF."""
    with path.open("rb") as stream:
        head = stream.read(1024)
        if is_tiff(head):
            yield from _without_thumbnails(_tiff_pages(stream, path, limits, document, only))
        else:
            yield from _other_pages(stream, head, path, limits, document, only)


# --- TIFF -----------------------------------------------------------------------------------------


def _tiff_pages(
    stream: BinaryIO,
    path: Path,
    limits: IntakeSettings,
    document: str,
    only: Collection[int] | None,
) -> Iterator[Page | DocumentError]:
    found, whole = directories(stream)
    if not found:
        raise truncated(path, 0)
    if len(found) > limits.max_pages:
        raise too_many(path, len(found), limits)
    numbered = list(enumerate(found, 1))
    pages = [(n, d) for n, d in numbered if d.is_page] or numbered
    alone = len(pages) == 1 and whole
    for number, directory in pages:
        if only is not None and number not in only:
            continue
        made = _tiff_page(stream, directory, path, number, limits, document, alone)
        if isinstance(made, DocumentError) and alone:
            raise made
        yield made
    if not whole and (only is None or len(found) + 1 in only):
        yield truncated(path, len(found) + 1)


def _tiff_page(
    stream: BinaryIO,
    directory: Directory,
    path: Path,
    number: int,
    limits: IntakeSettings,
    document: str,
    alone: bool,
) -> Page | DocumentError:
    """One page of a TIFF, or why it cannot be read."""
    where = 0 if alone else number
    try:
        with _quiet():
            if not directory.has_pixels:
                return truncated(path, where)
            check_size(directory.size, path, number, limits)
            image = _tiff_image(stream, directory)
            image.load()
            gray = gray_of(image, directory.white_is_zero)
            dpi = _tiff_dpi(directory.tags, directory.size)
            lying = directory.number(ORIENTATION) >= 5
            return _page(gray, dpi, lying, document, number)
    except DocumentError as error:
        return error
    except TonesError as error:
        return unsupported(path, where, str(error), error.todo)
    except UnidentifiedImageError:
        return _unknown(path, where, directory)
    except DAMAGED:
        if directory.method:
            return _unknown(path, where, directory)
        return truncated(path, where)


def _tiff_image(stream: BinaryIO, directory: Directory) -> Image.Image:
    image = unpacked(stream, directory)
    if image is None:
        return open_directory(stream, directory)  # Pillow turns it by its tag
    turn = _TURNS.get(directory.number(ORIENTATION))
    if turn is None:
        return image
    return image.transpose(turn)


def _unknown(path: Path, page: int, directory: Directory) -> DocumentError:
    bits = "+".join(str(n) for n in directory.numbers(258)) or "1"
    kind = f"{directory.method}方式" if directory.method else f"1画素{bits}ビット"
    what = f"読めない種類のTIFF({kind})です"
    return unsupported(path, page, what, "スキャナーの設定を変えるか、PDFで保存し直してください")


def _tiff_dpi(tags: Mapping[int, Any], size: tuple[int, int]) -> tuple[float, float] | None:
    if 282 not in tags or 283 not in tags:
        return None
    factor = {2: 1.0, 3: 2.54}.get(int(tags.get(296, 2)), 0.0)
    return _believed(float(tags[282]) * factor, float(tags[283]) * factor, size)


def _without_thumbnails(
    pages: Iterator[Page | DocumentError],
) -> Iterator[Page | DocumentError]:
    """Leave out small pages that show the page before or behind them and do not say so."""
    large: Page | None = None
    held: Page | None = None
    for item in pages:
        small = isinstance(item, Page) and max(item.image.shape) < _COPY_SIDE
        if held is not None:
            if not (isinstance(item, Page) and _is_copy(held, item)):
                yield held
            held = None
        if isinstance(item, Page) and small:
            if large is None or not _is_copy(item, large):
                held = item
            continue
        if isinstance(item, Page):
            large = item
        yield item
    if held is not None:
        yield held


def _is_copy(small: Page, large: Page) -> bool:
    """True where a page is another one at half its size or less."""
    high, wide = small.image.shape
    if max(large.image.shape) < 2 * max(high, wide):
        return False
    ratio = (high / wide) / (large.image.shape[0] / large.image.shape[1])
    if abs(ratio - 1) > 0.03:
        return False
    one, other = (
        cv2.resize(p.image, (96, 128), interpolation=cv2.INTER_AREA).astype(np.float32)
        for p in (small, large)
    )
    spread = float(one.std() * other.std())
    alike = float(((one - one.mean()) * (other - other.mean())).mean())
    return spread > 1.0 and alike / spread > _COPY_LIKENESS


# --- the others -----------------------------------------------------------------------------------


def _other_pages(
    stream: BinaryIO,
    head: bytes,
    path: Path,
    limits: IntakeSettings,
    document: str,
    only: Collection[int] | None,
) -> Iterator[Page | DocumentError]:
    image = _open_image(stream, head, path)
    frames = 1
    if image.format == "HEIF":
        frames = int(getattr(image, "n_frames", 1))
    if image.format != "MPO" and frames == 1 and getattr(image, "is_animated", False):
        todo = "用紙を写した写真かスキャンを入れてください"
        raise unsupported(path, 0, "動く画像(アニメーション)です", todo)
    if frames > limits.max_pages:
        raise too_many(path, frames, limits)
    for index in range(frames):
        if only is not None and index + 1 not in only:
            continue
        made = _other_page(image, index, path, limits, document, alone=frames == 1)
        if isinstance(made, DocumentError) and frames == 1:
            raise made
        yield made


def _other_page(
    image: Image.Image,
    index: int,
    path: Path,
    limits: IntakeSettings,
    document: str,
    alone: bool,
) -> Page | DocumentError:
    where = 0 if alone else index + 1
    try:
        with _quiet():
            if index:
                image.seek(index)
            check_size(image.size, path, index + 1, limits)
            dpi = stated_dpi(image)
            lying = int(image.getexif().get(ORIENTATION, 1)) >= 5
            frame = ImageOps.exif_transpose(image)
            frame.load()
            return _page(gray_of(frame), dpi, lying, document, index + 1)
    except DocumentError as error:
        return error
    except TonesError as error:
        return unsupported(path, where, str(error), error.todo)
    except DAMAGED:
        return truncated(path, where)


def _open_image(stream: BinaryIO, head: bytes, path: Path) -> Image.Image:
    """Open from a stream: from a path Pillow maps the file."""
    formats = _formats(head)
    stream.seek(0)
    limit = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = None
    try:
        with _quiet():
            return Image.open(stream, formats=formats)
    except UnidentifiedImageError as error:
        if head.startswith(_SIGNATURES) or formats != _FORMATS:
            raise truncated(path, 0) from error
        stream.seek(0)
        what = kind_of(stream.read(_SNIFFED), path)
        if not what:
            what = "画像でもPDFでもありません"
        elif what.endswith("PDF"):
            what = f"{what}で、開けません"
        else:
            what = f"{what}で、画像でもPDFでもありません"
        todo = "PDF、TIFF、JPEG、PNGのどれかで保存し直してください"
        raise unsupported(path, 0, what, todo) from error
    except DAMAGED as error:
        raise truncated(path, 0) from error
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _formats(head: bytes) -> tuple[str, ...]:
    """Pillow's names of what the file may be."""
    if head[4:8] != b"ftyp":
        return _FORMATS
    length = int.from_bytes(head[:4], "big")
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, min(length, len(head)), 4))}
    if brands & set(_AVIF_BRANDS):
        return ("AVIF",)
    if brands & set(_HEIF_BRANDS):
        import pi_heif

        pi_heif.register_heif_opener()
        return ("HEIF",)
    return _FORMATS


def stated_dpi(image: Image.Image) -> tuple[float, float] | None:
    """(horizontal, vertical) dots per inch as the file says; None where it says nothing
    believable."""
    stated: Any = image.info.get("dpi")
    if not stated:
        return None
    x = float(stated[0])
    y = float(stated[1])
    if x == y and x > 0 and abs(max(image.size) / x - A4_LONG_INCHES) > A4_LONG_INCHES:
        return None  # a camera's 72 or 96 dpi says nothing about paper
    return _believed(x, y, image.size)


# --- a page ---------------------------------------------------------------------------------------


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Pillow warns of odd TIFF tags and of large images; sizes are checked here before anything is
    decoded."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _believed(x: float, y: float, size: tuple[int, int]) -> tuple[float, float] | None:
    if not (MIN_DPI <= x <= MAX_DPI and MIN_DPI <= y <= MAX_DPI):
        return None
    if min(size[0] / x, size[1] / y) * MM_PER_INCH > MAX_WIDTH_MM:
        return None
    return x, y


def _page(
    gray: Gray, source: tuple[float, float] | None, lying: bool, document: str, number: int
) -> Page:
    """A page of what was decoded; ``source`` belongs to the stored rows, ``lying`` says that they
    are columns now."""
    gray = seen_tones(gray)
    if source and lying:
        source = (source[1], source[0])
    if source and abs(source[0] / source[1] - 1) > 0.02:
        gray, dpi = _square(gray, source)
    elif source:
        dpi = source[0]
    else:
        dpi = max(gray.shape) / A4_LONG_INCHES
    return Page(document, number, np.ascontiguousarray(gray), float(dpi), source_dpi=source)


def _square(gray: Gray, dpi: tuple[float, float]) -> tuple[Gray, float]:
    """Stretch the coarser axis so that pixels are square."""
    target = max(dpi)
    size = (round(gray.shape[1] * target / dpi[0]), round(gray.shape[0] * target / dpi[1]))
    large = cv2.resize(gray, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(large, dtype=np.uint8), target
