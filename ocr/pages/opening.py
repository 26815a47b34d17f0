"""Documents in, pages out: PDF here, pictures in :mod:`ocr.pages.images`; one page in memory at a time.

A page comes out as uint8 gray with square pixels: FAX standard (204x98 dpi) is stretched to 204x204
first, as nothing reads it otherwise. Born-digital PDF pages carry their text layer and AcroForm
values.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ocr.ink.showthrough import before_of
from ocr.pages.acroform import FormValues, form_values, hide
from ocr.pages.images import image_pages
from ocr.pages.pdfium import ALONE
from ocr.pages.pdfpaper import paper_of, user_unit
from ocr.pages.pdfshells import refuse_shell
from ocr.pages.textlayer import covered_share, picture_areas, text_words
from ocr.pages.tones import TonesError, seen_tones
from ocr.pages.unreadable import check_size, too_many, truncated, unsupported
from records.errors import DocumentError
from records.site import IntakeSettings
from records.types import Page, Word


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
    """The same pages, each with a small copy of the one before it.

    A copy is made when the next page is there, which the last one has not. Whoever asks for the
    next page still has this one, so that no image is kept longer for it.
    """
    last: Page | None = None
    for item in pages:
        if not isinstance(item, Page):
            yield item
            continue
        before = None
        if last is not None:
            before = before_of(last.image, last.dpi)
        last = None
        yield replace(item, before=before)
        last = item


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
                raise too_many(path, count, limits)
            attached = refuse_shell(pdf, path)
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
            except TonesError as error:
                made = unsupported(path, index + 1, str(error), error.todo)
            except (pdfium.PdfiumError, ValueError, MemoryError):
                made = truncated(path, index + 1)
            yield made
        if attached is not None and only is None:
            yield attached
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
    values: FormValues,
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
        # before PDFium adds what it draws of its own
        words: tuple[Word, ...] = ()
        if paper.as_stated:
            words = _page_words(page, width, height)
        hide(page, values.undrawn)
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
    finally:
        page.close()
    return Page(
        document,
        index + 1,
        image,
        paper.dpi,
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
