"""What the form fields of a PDF say: their values, and what about them is uncertain.

A value is one view of a field; what is drawn on the page is the other. Where the file leaves open
what a value is (bytes without a mark of their encoding, an option with a number and a name) all
that it may be is given, and :mod:`ocr.views.twoviews` asks the picture.
"""

from __future__ import annotations

import ctypes
import struct
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_DAMAGED = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    RecursionError,
    OSError,
    struct.error,
    zlib.error,
)
"""What pdfminer raises for damaged files beside its own errors."""

_DEPTH = 8
"""So many parents of a field are followed: a damaged file may lead in a circle."""


@dataclass(frozen=True, slots=True)
class FormValues:
    """The form fields of one page.

    Attributes:
        values: by full field name; a chosen button gives what its state is called, one that is not
            chosen an empty text.
        others: by full field name, what else the value may be, likeliest first.
        undrawn: names of fields with a value and no appearance of their own in the file: a viewer
            draws the value itself.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    undrawn: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Widget:
    name: str
    texts: tuple[str, ...]
    drawn: bool


def form_values(path: Path) -> dict[int, FormValues]:
    """The form fields of a PDF by 0-based page; empty where the file cannot be taken apart."""
    import pdfplumber
    from pdfminer.psexceptions import PSException
    from pdfplumber.utils.exceptions import PdfminerException

    found = {}
    try:
        with pdfplumber.open(path) as pdf:
            for index, page in enumerate(pdf.pages):
                data = [annotation.get("data") or {} for annotation in page.annots]
                made = _together(w for d in data if (w := _widget(d)) is not None)
                if made.values:
                    found[index] = made
    except (PSException, PdfminerException, *_DAMAGED):
        return {}  # PDFium can draw what pdfminer cannot take apart: it is read as a picture
    return found


def hide(page: Any, names: Collection[str]) -> None:
    """Leave form fields out of the page's picture, so that it shows only what the file draws.

    PDFium would draw their values itself, in the first Japanese font it finds, without the
    characters that this font lacks.

    Args:
        page: a PDFium page of a document whose forms are initialised.
        names: full names of form fields.
    """
    import pypdfium2.raw as raw

    environment = page.pdf.formenv
    if not names or environment is None:
        return
    for index in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        try:
            if _name_of(environment, annotation) in names:
                flags = raw.FPDFAnnot_GetFlags(annotation)
                raw.FPDFAnnot_SetFlags(annotation, flags | raw.FPDF_ANNOT_FLAG_HIDDEN)
        finally:
            raw.FPDFPage_CloseAnnot(annotation)


def _name_of(environment: Any, annotation: Any) -> str:
    """The full name of a form field; empty for other annotations."""
    import pypdfium2.raw as raw

    size = raw.FPDFAnnot_GetFormFieldName(environment, annotation, None, 0)
    if size <= 2:
        return ""
    text = (ctypes.c_ushort * (size // 2))()
    raw.FPDFAnnot_GetFormFieldName(environment, annotation, text, size)
    return bytes(text)[:-2].decode("utf-16-le", "replace")


def _together(widgets: Iterator[_Widget]) -> FormValues:
    values: dict[str, str] = {}
    others: dict[str, tuple[str, ...]] = {}
    undrawn = set()
    for widget in widgets:
        text = widget.texts[0]
        if not text and widget.name in values:
            continue
        values[widget.name] = text
        others.pop(widget.name, None)
        if len(widget.texts) > 1:
            others[widget.name] = widget.texts[1:]
        if text and not widget.drawn:
            undrawn.add(widget.name)
    return FormValues(values, others, frozenset(undrawn))


def _widget(data: Mapping[str, Any]) -> _Widget | None:
    """One form field as it stands on a page, with what its parents say; None for other
    annotations."""
    if data.get("Subtype") is not None and "Widget" not in str(data.get("Subtype")):
        return None
    family = list(_family(data))
    parts = []
    for node in reversed(family):
        if "T" in node:
            parts.append(_texts(node["T"])[0])
    name = ".".join(parts)
    if not name:
        return None
    kind = _texts(_first(family, "FT"))[0]
    if kind == "Btn":
        texts, drawn = _button(data, family)
    else:
        texts = _choice(family) if kind == "Ch" else _texts(_first(family, "V"))
        drawn = _appearance(data) is not None
    return _Widget(name, texts, drawn)


def _family(data: Any) -> Iterator[Mapping[str, Any]]:
    """A field and its parents."""
    from pdfminer.pdftypes import resolve1

    node: Any = data
    for _ in range(_DEPTH):
        if not isinstance(node, dict):
            return
        yield node
        node = resolve1(node.get("Parent"))


def _first(family: list[Mapping[str, Any]], key: str) -> Any:
    """The nearest value of an inheritable key."""
    from pdfminer.pdftypes import resolve1

    return next((resolve1(node[key]) for node in family if key in node), None)


def _appearance(data: Mapping[str, Any]) -> Any:
    """The normal appearance: a stream, a dict of streams by state, or None."""
    from pdfminer.pdftypes import resolve1

    drawn = resolve1(data.get("AP"))
    if not isinstance(drawn, dict):
        return None
    return resolve1(drawn.get("N"))


def _button(
    data: Mapping[str, Any], family: list[Mapping[str, Any]]
) -> tuple[tuple[str, ...], bool]:
    """What a check box or radio button says, and whether the file draws its states.

    The state shown (``AS``) decides where there is one: some programs leave the old value. Acrobat
    numbers the states of buttons whose names are not Latin and keeps the names in ``Opt``.
    """
    from pdfminer.pdftypes import resolve1

    shown = resolve1(data.get("AS"))
    value = _first(family, "V")
    states = _appearance(data)
    state = _texts(shown if shown is not None else value)[0]
    names = []
    if isinstance(states, dict):
        names = [_texts(key)[0] for key in states]
    if state in ("", "Off"):
        return ("",), True
    if shown is None and names and state not in names:
        return ("",), True  # another button of the group
    options = _first(family, "Opt")
    texts = _texts(shown if shown is not None else value)
    if isinstance(options, list) and state.isdecimal() and int(state) < len(options):
        texts = (*_texts(options[int(state)]), *texts)
    return texts, bool(names)


def _choice(family: list[Mapping[str, Any]]) -> tuple[str, ...]:
    """What is chosen in a list: the value, and the words that are shown for it."""
    from pdfminer.pdftypes import resolve1

    value = _first(family, "V")
    chosen = [_texts(item) for item in value] if isinstance(value, list) else [_texts(value)]
    exported = "\n".join(texts[0] for texts in chosen)
    shown = {}
    for option in _first(family, "Opt") or []:
        pair = resolve1(option)
        if isinstance(pair, list) and len(pair) == 2:
            shown[_texts(pair[0])[0]] = _texts(pair[1])[0]
    words = "\n".join(shown.get(texts[0], texts[0]) for texts in chosen)
    more: tuple[str, ...] = ()
    if len(chosen) == 1:
        more = chosen[0][1:]
    return tuple(dict.fromkeys((exported, words, *more)))


def _texts(value: Any) -> tuple[str, ...]:
    """A PDF string, name or stream as text, and what else it may be.

    With a mark it is UTF-16 or UTF-8. Without one it should be PDFDocEncoding (here Latin-1), but
    Japanese programs also write UTF-8 and Shift-JIS. UTF-8 is hardly ever anything else by chance.
    """
    from pdfminer.pdftypes import PDFStream, resolve1

    value = resolve1(value)
    if value is None:
        return ("",)
    if isinstance(value, PDFStream):
        value = value.get_data()
    name = getattr(value, "name", None)
    if name is not None:
        value = name
    if not isinstance(value, bytes):
        return (str(value),)
    if value.startswith((b"\xfe\xff", b"\xff\xfe")):
        return (value.decode("utf-16", "replace"),)
    if value.startswith(b"\xef\xbb\xbf"):
        return (value[3:].decode("utf-8", "replace"),)
    if value.isascii():
        return (value.decode("ascii"),)
    found = []
    for encoding in ("utf-8", "cp932", "euc_jp", "latin-1"):
        try:
            found.append(value.decode(encoding))
        except UnicodeDecodeError:
            continue
    return tuple(dict.fromkeys(found))
