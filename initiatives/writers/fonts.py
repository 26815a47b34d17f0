"""A Japanese font for PDF: BIZ UD or IPAex where the system has one, else the reader's own Japanese
font."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont

_WANTED = (
    ("BIZUDPGothic-Regular.ttf", "BIZUDPGothic-Bold.ttf"),
    ("BIZUDGothic-Regular.ttf", "BIZUDGothic-Bold.ttf"),
    ("BIZ-UDGothicR.ttc", "BIZ-UDGothicB.ttc"),
    ("ipaexg.ttf", "ipaexg.ttf"),
    ("ipag.ttf", "ipag.ttf"),
)
"""Regular and bold files, the best for readers first (BIZ UD is made for legibility; the .ttc is
Windows' own)."""


@dataclass(frozen=True, slots=True)
class Fonts:
    """Names that reportlab knows the fonts by; ``embedded`` is False for the reader's own font."""

    regular: str
    bold: str
    embedded: bool


@functools.cache
def japanese() -> Fonts:
    """The fonts that every page uses, registered with reportlab once a process."""
    found = {path.name: path for folder in _folders() for path in _files(folder)}
    for regular, bold in _WANTED:
        if regular in found:
            try:
                pdfmetrics.registerFont(TTFont("Torikomi", str(found[regular])))
                pdfmetrics.registerFont(
                    TTFont("Torikomi-Bold", str(found.get(bold, found[regular])))
                )
            except TTFError:
                continue  # a damaged font file; the next one will do
            return Fonts("Torikomi", "Torikomi-Bold", True)
    pdfmetrics.registerFont(UnicodeCIDFont("HeiseiKakuGo-W5"))
    return Fonts("HeiseiKakuGo-W5", "HeiseiKakuGo-W5", False)


def _folders() -> Iterator[Path]:
    home = Path.home()
    if sys.platform == "win32":
        yield Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts"
        yield home / "AppData/Local/Microsoft/Windows/Fonts"
    else:
        yield from (
            Path("/usr/share/fonts"),
            Path("/usr/local/share/fonts"),
            Path("/Library/Fonts"),
            home / "Library/Fonts",
            home / ".local/share/fonts",
            home / ".fonts",
        )


def _files(folder: Path) -> Iterator[Path]:
    wanted = {name for pair in _WANTED for name in pair}
    for where, _, names in os.walk(folder):
        for name in names:
            if name in wanted:
                yield Path(where) / name
