"""Documents in, pages out: PDF here, pictures in :mod:`ocr.images`; one page in memory at a time.

A page comes out as uint8 gray with square pixels: FAX standard (204x98 dpi) is stretched to 204x204
first, as nothing reads it otherwise. Born-digital PDF pages carry their text layer and AcroForm
values, which are never OCRed.
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ocr.images import image_pages
from ocr.pdfpaper import paper_of, user_unit
from ocr.pdfshells import refuse_shell
from ocr.showthrough import before_of
from ocr.tones import TonesError, seen_tones
from ocr.unreadable import check_size, too_many, truncated, unsupported
from records.errors import DocumentError
from records.site import IntakeSettings
from records.types import MM_PER_INCH, Box, Gray, Page, Word


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
    pages = _pdf_pages if b"%PDF-" in head else image_pages
    yield from _with_before(pages(path, limits, document, only))


def _with_before(pages: Iterator[Page | DocumentError]) -> Iterator[Page | DocumentError]:
    """The same pages, each with a small copy of the one before it."""
    before: Gray | None = None
    for item in pages:
        if isinstance(item, Page):
            yield replace(item, before=before)
            before = before_of(item.image, item.dpi)
        else:
            yield item


# --- PDF ------------------------------------------------------------------------------------------


_ALONE = threading.RLock()
"""PDFium must not be called by two threads at once (its documentation); it may be released while a
page is used."""


def _pdf_pages(
    path: Path,
    limits: IntakeSettings,
    document: str,
    only: Collection[int] | None,
) -> Iterator[Page | DocumentError]:
    import pypdfium2 as pdfium

    with _ALONE:
        pdf = _open_pdf(path)
    try:
        with _ALONE:
            count = len(pdf)
            if count > limits.max_pages:
                raise too_many(path, count, limits)
            refuse_shell(pdf, path)
            values = _form_values(pdf, path)
            if pdf.get_formtype():
                pdf.init_forms()
        for index in range(count):
            if only is not None and index + 1 not in only:
                continue
            made: Page | DocumentError
            try:
                with _ALONE:
                    made = _pdf_page(pdf, path, index, limits, document, values.get(index, {}))
            except DocumentError as error:
                made = error
            except TonesError as error:
                made = unsupported(path, index + 1, str(error), error.todo)
            except (pdfium.PdfiumError, ValueError, MemoryError):
                made = truncated(path, index + 1)
            yield made
    finally:
        with _ALONE:
            pdf.close()


def _open_pdf(path: Path) -> Any:
    import pypdfium2 as pdfium

    try:
        return pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        # PDFium keeps the error of the document before where this one has no pages: ask the file as
        # well
        reason = str(error).lower()
        locked = "password" in reason or "security" in reason
        if locked and b"/Encrypt" in path.read_bytes():
            if "security" in reason:
                what = "証明書や専用のソフトで保護されたPDFです"
                raise unsupported(path, 0, what, "保護を外したPDFを入れ直してください") from error
            raise DocumentError(
                "password",
                f"「{path.name}」にはパスワードがかかっています。解除したPDFを入れ直してください",
                path=path,
            ) from error
        raise truncated(path, 0) from error


def _pdf_page(
    pdf: Any,
    path: Path,
    index: int,
    limits: IntakeSettings,
    document: str,
    values: Mapping[str, str],
) -> Page:
    page = pdf[index]
    try:
        width, height = page.get_size()
        pictures = _pictures(page)
        paper = paper_of(page, pictures, lambda: user_unit(path, index))
        check_size(paper.pixels, path, index + 1, limits)
        for picture in pictures:
            if math.prod(picture.get_px_size()) > limits.max_pixels:
                check_size(picture.get_px_size(), path, index + 1, limits)
        bitmap = page.render(scale=paper.scale, grayscale=True, may_draw_forms=True)
        image = np.array(bitmap.to_numpy(), dtype=np.uint8, copy=True).reshape(
            bitmap.height, bitmap.width
        )
        bitmap.close()
        if image.min() == image.max():
            for picture in pictures:
                # raises where the picture is damaged; a page without it is not an empty page
                picture.get_bitmap()
        image = seen_tones(image)
        words = (
            _words(path, index)
            if paper.as_stated and _has_text(page) and not _is_scan(pictures, width, height)
            else ()
        )
    finally:
        page.close()
    return Page(document, index + 1, image, paper.dpi, words, dict(values))


def _has_text(page: Any) -> bool:
    text = page.get_textpage()
    try:
        return bool(text.count_chars() > 0)
    finally:
        text.close()


def _pictures(page: Any) -> list[Any]:
    """The image objects on a page."""
    import pypdfium2.raw as raw

    return list(page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,), max_depth=4))


def _is_scan(pictures: Iterable[Any], width: float, height: float) -> bool:
    """A page more than half covered by images is a scan; the text on it, if any, is another
    program's OCR."""
    area = 0.0
    for item in pictures:
        left, bottom, right, top = item.get_bounds()
        area += max(0.0, right - left) * max(0.0, top - bottom)
    return area > 0.5 * width * height


def _words(path: Path, index: int) -> tuple[Word, ...]:
    """The text layer's words with boxes in mm, by pdfplumber; empty where there is none or it
    cannot be parsed."""
    import pdfplumber
    from pdfminer.pdfparser import PDFSyntaxError

    try:
        with pdfplumber.open(path, pages=[index + 1]) as pdf:
            left, top = pdf.pages[0].cropbox[
                :2
            ]  # what is shown; the words count from the sheet's own origin
            found = pdf.pages[0].extract_words(
                keep_blank_chars=False, use_text_flow=False, x_tolerance=2
            )
    except (PDFSyntaxError, ValueError, KeyError, TypeError, IndexError, AssertionError):
        return ()  # pdfium can render what pdfminer cannot parse: the page is then read as an image
    mm = MM_PER_INCH / 72
    return tuple(
        Word(
            w["text"],
            Box(
                (w["x0"] - left) * mm,
                (w["top"] - top) * mm,
                max(0.01, (w["x1"] - w["x0"]) * mm),
                max(0.01, (w["bottom"] - w["top"]) * mm),
            ),
        )
        for w in found
        if w["text"].strip()
    )


def _form_values(pdf: Any, path: Path) -> dict[int, dict[str, str]]:
    """AcroForm values by 0-based page index and full field name.

    Check boxes and radio buttons give their export value; an unchecked one gives an empty string.
    """
    if not pdf.get_formtype():
        return {}
    import pdfplumber

    values: dict[int, dict[str, str]] = {}
    try:
        with pdfplumber.open(path) as plumber:
            for index, page in enumerate(plumber.pages):
                for annotation in page.annots:
                    name, value = _widget(annotation.get("data") or {})
                    if name and (value or name not in values.get(index, {})):
                        values.setdefault(index, {})[name] = value
    except (ValueError, KeyError, TypeError, IndexError, AssertionError):
        return {}
    return values


def _widget(data: Mapping[str, Any]) -> tuple[str, str]:
    """The full name and value of one form widget, following its parents."""
    from pdfminer.pdftypes import resolve1

    names: list[str] = []
    value: Any = None
    state: Any = resolve1(data.get("AS"))
    node: Any = data
    for _ in range(8):
        if not isinstance(node, dict):
            break
        if "T" in node:
            names.insert(0, _text(resolve1(node["T"])))
        if value is None and "V" in node:
            value = resolve1(node["V"])
        node = resolve1(node.get("Parent"))
    if data.get("Subtype") is not None and "Widget" not in str(data.get("Subtype")):
        return "", ""
    text = _text(value)
    if state is not None and _text(state) == "Off":
        text = ""
    return ".".join(names), "" if text == "Off" else text


def _text(value: Any) -> str:
    """A PDF string or name as text: UTF-16 with mark, UTF-8 with mark, else PDFDocEncoding (here
    Latin-1)."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        if value.startswith((b"\xfe\xff", b"\xff\xfe")):
            return value.decode("utf-16", "replace")
        if value.startswith(b"\xef\xbb\xbf"):
            return value[3:].decode("utf-8", "replace")
        return value.decode("latin-1")
    name = getattr(value, "name", None)
    if name is not None:
        return _text(name) if isinstance(name, bytes) else str(name)
    return str(value)
