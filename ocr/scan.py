"""Documents in, pages out: PDF, TIFF (all pages, any CCITT), JPEG (EXIF), PNG, BMP; one page in
memory at a time.

A page comes out as uint8 gray with square pixels: FAX standard (204x98 dpi) is stretched to 204x204
first, as nothing reads it otherwise. Born-digital PDF pages carry their text layer and AcroForm
values.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import struct
import warnings
import zlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ocr.acroform import FormValues, form_values, hide
from ocr.pdfium import ALONE
from ocr.textlayer import covered_share, picture_areas, text_words
from records.errors import DocumentError
from records.site import IntakeSettings
from records.types import MM_PER_INCH, Gray, Page, Word

RENDER_DPI = 300
"""PDF pages are rendered at this resolution."""

MIN_DPI, MAX_DPI = 60.0, 700.0
"""A stated resolution outside this range is a file's default, not a measurement, and is not
believed."""

_DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    MemoryError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    RuntimeError,
    struct.error,
    zlib.error,
)
"""What Pillow raises for damaged files: its parsers check little."""

_STRIPS, _TILES, _ORIENTATION = 273, 324, 274
"""TIFF tags: where the pixels are, and how the stored page is turned (from 5 on, rows are
columns)."""

_A4_LONG_INCHES = 297 / MM_PER_INCH
_MIN_SIDE = 200
_SIGNATURES = (
    b"II*\0",
    b"MM\0*",
    b"II+\0",
    b"MM\0+",
    b"\xff\xd8\xff",
    b"\x89PNG",
    b"GIF8",
    b"RIFF",
)
"""How an image begins that Pillow should know: where it does not, the rest is missing."""


def sha256_of(path: Path) -> str:
    """The hex sha256 of a file, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def open_pages(
    path: Path,
    limits: IntakeSettings,
    document: str = "",
    only: Collection[int] | None = None,
) -> Iterator[Page | DocumentError]:
    """Yield the pages of ``path`` in order, keeping one in memory.

    A page that cannot be read is yielded as a :class:`DocumentError` that names it, so that the
    others survive.

    Args:
        path: the file; its content decides what it is, not its name.
        limits: the largest page and the most pages accepted.
        document: sha256 of the file where it is known already.
        only: leave out all pages but these (1-based); None for all.

    Raises:
        DocumentError: the whole file cannot be read (``empty``, ``truncated``, ``password``,
            ``unsupported``, ``too_large``).
    """
    document = document or sha256_of(path)
    with path.open("rb") as stream:
        head = stream.read(1024)
    if not head:
        raise DocumentError(
            "empty",
            f"「{path.name}」は中身が空(0バイト)です。もう一度スキャンしてください",
            path=path,
        )
    if b"%PDF-" in head:
        yield from _pdf_pages(path, limits, document, only)
    else:
        yield from _image_pages(path, limits, document, only)


# --- images ---------------------------------------------------------------------------------------


def _image_pages(
    path: Path,
    limits: IntakeSettings,
    document: str,
    only: Collection[int] | None,
) -> Iterator[Page | DocumentError]:
    with path.open("rb") as stream, _open_image(stream, path) as image:
        frames, whole = _count_frames(image)
    with (
        path.open("rb") as stream,
        _open_image(stream, path) as image,
    ):  # afresh: a failed step leaves it between two pages
        if frames > limits.max_pages:
            raise _too_many(path, frames, limits)
        for index in range(frames):
            if only is None or index + 1 in only:
                made = _frame(image, path, index, limits, document, alone=frames == 1 and whole)
                if isinstance(made, DocumentError) and frames == 1 and whole:
                    raise made
                yield made
        if not whole and (only is None or frames + 1 in only):
            yield _truncated(path, frames + 1)


def _frame(
    image: Image.Image, path: Path, index: int, limits: IntakeSettings, document: str, alone: bool
) -> Page | DocumentError:
    """One page of an image file, or why it cannot be read."""
    try:
        with _quiet():
            image.seek(index)
            _check_size(image.size, path, index + 1, limits)
            return _image_page(image, document, index + 1)
    except DocumentError as error:
        return error
    except _DAMAGED:
        return _truncated(path, 0 if alone else index + 1)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Pillow warns of odd TIFF tags and of large images; sizes are checked here before anything is
    decoded."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _open_image(stream: BinaryIO, path: Path) -> Image.Image:
    """Open from a stream: from a path Pillow maps the file and garbles an uncompressed TIFF that
    its tag turns."""
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with _quiet():
            return Image.open(stream, formats=("TIFF", "JPEG", "PNG", "BMP", "GIF", "WEBP", "PPM"))
    except UnidentifiedImageError as error:
        stream.seek(0)
        if stream.read(8).startswith(_SIGNATURES):
            raise _truncated(path, 0) from error
        raise DocumentError(
            "unsupported",
            f"「{path.name}」は画像でもPDFでもありません。PDF、TIFF、JPEG、PNGのどれかで保存し直してください",
            path=path,
        ) from error
    except _DAMAGED as error:
        raise _truncated(path, 0) from error
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _count_frames(image: Image.Image) -> tuple[int, bool]:
    """How many pages can be found, and whether the list of pages goes on to its end (a file cut
    short does not)."""
    if image.format not in ("TIFF", "GIF"):
        return 1, True
    frames = 1
    with _quiet():
        warnings.filterwarnings(
            "error", "Corrupt EXIF|Truncated File"
        )  # then libtiff would give the page before
        while True:
            try:
                image.seek(frames)
            except EOFError:
                return frames, True
            except (*_DAMAGED, UserWarning):
                return frames, False
            frames += 1


def _truncated(path: Path, page: int) -> DocumentError:
    where = f"の{page}ページ目" if page else ""
    return DocumentError(
        "truncated",
        f"「{path.name}」{where}は途中で切れているか壊れています。もう一度スキャンするか、送信元に再送を頼んでください",
        path=path,
        pages=(page,) if page else (),
    )


def _too_many(path: Path, pages: int, limits: IntakeSettings) -> DocumentError:
    return DocumentError(
        "too_large",
        f"「{path.name}」は{pages}ページあり、上限{limits.max_pages}ページを超えています。分けて入れ直してください",
        path=path,
    )


def _check_size(size: tuple[int, int], path: Path, page: int, limits: IntakeSettings) -> None:
    width, height = size
    if width * height > limits.max_pixels:
        raise DocumentError(
            "too_large",
            f"「{path.name}」の{page}ページ目は{width}×{height}画素で大きすぎます"
            f"(上限{limits.max_pixels // 1_000_000}百万画素)。300dpi程度でスキャンし直してください",
            path=path,
            pages=(page,),
        )
    if min(width, height) < _MIN_SIDE:
        raise DocumentError(
            "unsupported",
            f"「{path.name}」の{page}ページ目は{width}×{height}画素で小さすぎ、読めません。200dpi以上でスキャンしてください",
            path=path,
            pages=(page,),
        )


def _image_page(image: Image.Image, document: str, number: int) -> Page:
    source = _stated_dpi(image)
    if image.format == "TIFF" and not {_STRIPS, _TILES} & set(getattr(image, "tag_v2", {})):
        raise ValueError(
            "no place of the pixels is stated"
        )  # Pillow would give the page before once more
    lying = int(image.getexif().get(_ORIENTATION, 1)) >= 5
    frame = image if image.format == "TIFF" else ImageOps.exif_transpose(image)
    frame.load()  # Pillow turns a TIFF by its tag here
    gray = _to_gray(frame)
    if source and lying:
        source = (source[1], source[0])
    if source and abs(source[0] / source[1] - 1) > 0.02:
        gray, dpi = _square(gray, source)
    elif source:
        dpi = source[0]
    else:
        dpi = max(gray.shape) / _A4_LONG_INCHES
    return Page(document, number, np.ascontiguousarray(gray), float(dpi), source_dpi=source)


def _to_gray(frame: Image.Image) -> Gray:
    """Gray on white: transparency is paper, 16-bit images keep their range."""
    if frame.mode in ("RGBA", "LA", "PA") or "transparency" in frame.info:
        rgba = frame.convert("RGBA")
        paper = Image.new("RGBA", rgba.size, "white")
        paper.alpha_composite(rgba)
        frame = paper.convert("RGB")
    if frame.mode.startswith("I") or frame.mode == "F":
        data = np.asarray(frame, dtype=np.float64)
        top = 65535.0 if data.max() > 255 else 255.0
        return np.clip(data / top * 255, 0, 255).astype(np.uint8)
    return np.asarray(frame.convert("L"), dtype=np.uint8)


def _stated_dpi(image: Image.Image) -> tuple[float, float] | None:
    """(horizontal, vertical) dots per inch as the file says; None where it says nothing
    believable."""
    stated: Any = image.info.get("dpi")
    if image.format == "TIFF":
        tags: Mapping[int, Any] = getattr(image, "tag_v2", {})
        if 282 not in tags or 283 not in tags:
            return None
        factor = {2: 1.0, 3: 2.54}.get(int(tags.get(296, 2)), 0.0)
        stated = (float(tags[282]) * factor, float(tags[283]) * factor)
    if not stated:
        return None
    x, y = float(stated[0]), float(stated[1])
    if not (MIN_DPI <= x <= MAX_DPI and MIN_DPI <= y <= MAX_DPI):
        return None
    if (
        image.format != "TIFF"
        and x == y
        and abs(max(image.size) / x - _A4_LONG_INCHES) > _A4_LONG_INCHES
    ):
        return None  # a camera's 72 or 96 dpi says nothing about paper
    return x, y


def _square(gray: Gray, dpi: tuple[float, float]) -> tuple[Gray, float]:
    """Stretch the coarser axis so that pixels are square."""
    import cv2

    target = max(dpi)
    size = (round(gray.shape[1] * target / dpi[0]), round(gray.shape[0] * target / dpi[1]))
    return np.asarray(
        cv2.resize(gray, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8
    ), target


# --- PDF ------------------------------------------------------------------------------------------


_SCAN = 0.5
"""A page of which pictures cover more than this share is a scan."""


def _pdf_pages(
    path: Path,
    limits: IntakeSettings,
    document: str,
    only: Collection[int] | None,
) -> Iterator[Page | DocumentError]:
    import pypdfium2 as pdfium

    with ALONE:
        pdf = _open_pdf(path)
    try:
        with ALONE:
            count = len(pdf)
            if count > limits.max_pages:
                raise _too_many(path, count, limits)
            values = form_values(path) if pdf.get_formtype() else {}
            if pdf.get_formtype():
                pdf.init_forms()
        for index in range(count):
            if only is not None and index + 1 not in only:
                continue
            made: Page | DocumentError
            try:
                with ALONE:
                    made = _pdf_page(
                        pdf, path, index, limits, document, values.get(index, FormValues())
                    )
            except DocumentError as error:
                made = error
            except (pdfium.PdfiumError, ValueError, MemoryError):
                made = _truncated(path, index + 1)
            yield made
    finally:
        with ALONE:
            pdf.close()


def _open_pdf(path: Path) -> Any:
    import pypdfium2 as pdfium

    try:
        return pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        # PDFium keeps the error of the document before where this one has no pages: ask the file as
        # well
        locked = "password" in str(error).lower() or "security" in str(error).lower()
        if locked and b"/Encrypt" in path.read_bytes():
            raise DocumentError(
                "password",
                f"「{path.name}」にはパスワードがかかっています。解除したPDFを入れ直してください",
                path=path,
            ) from error
        raise _truncated(path, 0) from error


def _pdf_page(
    pdf: Any,
    path: Path,
    index: int,
    limits: IntakeSettings,
    document: str,
    values: FormValues,
) -> Page:
    page = pdf[index]
    try:
        width, height = page.get_size()
        scale = RENDER_DPI / 72
        _check_size((int(width * scale), int(height * scale)), path, index + 1, limits)
        pictures = _pictures(page)
        for picture in pictures:
            if math.prod(picture.get_px_size()) > limits.max_pixels:
                _check_size(picture.get_px_size(), path, index + 1, limits)
        words = _page_words(page, width, height)  # before PDFium adds what it draws of its own
        hide(page, values.undrawn)
        bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=True)
        image = np.array(bitmap.to_numpy(), dtype=np.uint8, copy=True).reshape(
            bitmap.height, bitmap.width
        )
        bitmap.close()
        if image.min() == image.max():
            for picture in pictures:
                # raises where the picture is damaged; a page without it is not an empty page
                picture.get_bitmap()
    finally:
        page.close()
    return Page(
        document,
        index + 1,
        image,
        float(RENDER_DPI),
        words,
        values.values,
        other_values=values.others,
        undrawn=values.undrawn,
    )


def _pictures(page: Any) -> list[Any]:
    """The image objects on a page."""
    import pypdfium2.raw as raw

    return list(page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,), max_depth=4))


def _page_words(page: Any, width: float, height: float) -> tuple[Word, ...]:
    """The words of a page that somebody typed: none on a scan, whose text is another program's
    OCR."""
    pictures = picture_areas(page)
    if covered_share(pictures, width, height) > _SCAN:
        return ()
    return text_words(page, pictures)
