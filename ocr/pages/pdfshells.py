"""PDFs whose pages are only a cover: portfolios, and XFA forms that Acrobat alone can draw.

What such a page says ("Please wait…", "open this in Acrobat") is nobody's application.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ocr.pages.unreadable import unsupported
from records.errors import DocumentError

_XFA_FULL, _XFA_FOREGROUND = 2, 3
_NAMED = 3


def refuse_shell(pdf: Any, path: Path) -> DocumentError | None:
    """Refuse a document whose content is not on its pages.

    Args:
        pdf: a document of PDFium.

    Returns:
        What is to be told of files that are attached to a document that has pages of its own.

    Raises:
        DocumentError: it is a portfolio, holds an encrypted document, or is a dynamic XFA form.
    """
    names = [pdf.get_attachment(n).get_name() for n in range(pdf.count_attachments())]
    if names and _is_collection(path):
        raise _portfolio(path, names)
    kind = pdf.get_formtype()
    if kind == _XFA_FULL or (kind == _XFA_FOREGROUND and not _has_content(pdf)):
        what = "XFA形式の入力フォームで、内容がページに描かれていません"
        todo = "Acrobatで開いて「Microsoft Print to PDF」などで印刷し直したPDFを入れてください"
        raise unsupported(path, 0, what, todo)
    return _attached(path, names) if names else None


def _attached(path: Path, names: list[str]) -> DocumentError:
    message = (
        f"「{path.name}」に添付ファイル{_listed(names)}が付いています。添付は読み取っていません。"
        "取り出して、必要なら一つずつ入れてください"
    )
    return DocumentError("attachment", message, path=path, pages=(1,))


def _listed(names: list[str]) -> str:
    more = ""
    if len(names) > _NAMED:
        more = f"など{len(names)}個"
    return "".join(f"「{name}」" for name in names[:_NAMED]) + more


def _portfolio(path: Path, names: list[str]) -> DocumentError:
    what = f"PDFポートフォリオ(ほかのファイルを入れたPDF)です。中に{_listed(names)}があります"
    return unsupported(path, 0, what, "中のファイルを取り出して、一つずつ入れ直してください")


def _is_collection(path: Path) -> bool:
    """True where the document is a cover for the files in it (ISO 32000-2, 12.3.5)."""
    import pdfplumber

    try:
        with pdfplumber.open(path, pages=[1]) as document:
            return "Collection" in document.doc.catalog
    except Exception:  # what pdfminer cannot parse, PDFium may still render
        return False


def _has_content(pdf: Any) -> bool:
    """True where some page has form fields that any program draws, or a picture."""
    for index in range(len(pdf)):
        page = pdf[index]
        try:
            if _widgets(page) or _has_picture(page):
                return True
        finally:
            page.close()
    return False


def _has_picture(page: Any) -> bool:
    import pypdfium2.raw as raw

    found = page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,), max_depth=4)
    return next(iter(found), None) is not None


def _widgets(page: Any) -> int:
    """How many form fields stand on a page."""
    import pypdfium2.raw as raw

    count = 0
    for number in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, number)
        if not annotation:
            continue
        count += raw.FPDFAnnot_GetSubtype(annotation) == raw.FPDF_ANNOT_WIDGET
        raw.FPDFPage_CloseAnnot(annotation)
    return count
