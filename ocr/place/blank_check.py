"""Is a blank drawn here as it is printed elsewhere? A PDF without its fonts is drawn in others.

PDFium takes an installed Japanese font for one that the file lacks, whichever its name sorts first,
and leaves characters that this font lacks blank. Sheets are then matched to print that they do not
have, and print counts as ink.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ocr.pages.pdfium import opened_page
from ocr.pages.textlayer import characters_of
from records.forms import FormDef
from records.types import Gray

_LATIN = ("helvetica", "arial", "times", "courier", "symbol", "zapfdingbats")
"""How the names of the fonts begin that every PDF program has (ISO 32000-1, 9.6.2.2), and of those
that stand for them."""

_DRAWN = 200
"""A character has something darker than this in its place."""

_SCALE = 2.0
"""Pixels per point of the picture that is looked at."""

_NAMED = 12
"""So many characters are named."""

_INVISIBLE = (3, 7)
"""Text render modes that draw nothing (ISO 32000-1, table 106)."""


def blank_warnings(form: FormDef) -> list[str]:
    """What about the fonts of a form's blanks a person should know, as Japanese lines.

    A blank that cannot be read at all is not spoken of here (:func:`ocr.place.blank.load_all`).
    """
    found = []
    for page in form.pages:
        if page.blank is None or page.blank.suffix.lower() != ".pdf":
            continue
        fonts, lost = _look_at(page.blank, page.blank_page - 1)
        where = f"様式「{form.title}」の白紙({page.blank.name})"
        if fonts:
            names = "」「".join(fonts)
            found.append(
                f"{where}には、フォント「{names}」が埋め込まれていません。この機械にある別の字体で"
                "描くので、実際の用紙と字の形が違います。フォントを埋め込んだPDFに作り直してください"
            )
        if lost:
            more = "など" if len(lost) > _NAMED else ""
            found.append(
                f"{where}のうち「{''.join(lost[:_NAMED])}」{more}は、この機械では描けません。"
                "フォントを埋め込んだPDFに作り直してください"
            )
    return found


def _look_at(path: Path, index: int) -> tuple[list[str], list[str]]:
    """Names of fonts that the file lacks, and the characters that are not drawn."""
    with opened_page(path, index) as page:
        lacking = _lacking(page) if page is not None else []
        if not lacking:
            return [], []
        picture = page.render(scale=_SCALE, grayscale=True).to_numpy()
        lost = _not_drawn(characters_of(page), picture.reshape(picture.shape[:2]))
    foreign = [name for name in lacking if not name.lower().startswith(_LATIN)]
    return foreign, lost


def _lacking(page: Any) -> list[str]:
    """Names of the fonts that text on a page is seen in and that the file does not hold."""
    import pypdfium2.raw as raw

    names = []
    for item in page.get_objects(filter=(raw.FPDF_PAGEOBJ_TEXT,)):
        if raw.FPDFTextObj_GetTextRenderMode(item) in _INVISIBLE:
            continue
        font = raw.FPDFTextObj_GetFont(item)
        if font and raw.FPDFFont_GetIsEmbedded(font) == 0:
            names.append(_name_of(font))
    return [name for name in dict.fromkeys(names) if name]


def _name_of(font: Any) -> str:
    """The font's name; empty for one that is drawn by the file itself (Type 3)."""
    import ctypes

    import pypdfium2.raw as raw

    size = raw.FPDFFont_GetBaseFontName(font, None, 0)
    text = ctypes.create_string_buffer(max(1, size))
    raw.FPDFFont_GetBaseFontName(font, text, size)
    return text.value.decode("utf-8", "replace")


def _not_drawn(
    characters: Iterable[tuple[str, tuple[float, float, float, float]]],
    image: Gray,
) -> list[str]:
    """The characters in whose places nothing is drawn on a page of :data:`_SCALE`: what fonts lack
    is Japanese."""
    lost = []
    for text, area in characters:
        if text.isascii():
            continue
        left, top, right, bottom = (max(0, round(value * _SCALE)) for value in area)
        inside = image[top : bottom + 1, left : right + 1]
        if inside.size and np.min(inside) >= _DRAWN:
            lost.append(text)
    return list(dict.fromkeys(lost))
