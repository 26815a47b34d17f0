"""A pen and a notebook: every line that draws a place on the blank also writes it into form.toml.

Lengths are mm from the page's top-left corner, as everywhere. Text sizes are points.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas

from records.types import Box

WIDTH, HEIGHT = 210.0, 297.0
POINT = 25.4 / 72

FONTS = {
    "gothic": "/usr/share/fonts/truetype/bizud-gothic/BIZUDPGothic-Regular.ttf",
    "bold": "/usr/share/fonts/truetype/bizud-gothic/BIZUDPGothic-Bold.ttf",
    "mincho": "/usr/share/fonts/truetype/bizud-mincho/BIZUDMincho-Regular.ttf",
    "ipagothic": "/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf",
    "ipamincho": "/usr/share/fonts/opentype/ipaexfont-mincho/ipaexm.ttf",
}
APT = "sudo apt-get install fonts-morisawa-bizud-gothic fonts-morisawa-bizud-mincho fonts-ipaexfont"


def load_fonts() -> None:
    """Register the fonts that the blanks embed.

    Raises:
        SystemExit: a font is not installed; names the package to install.
    """
    for name, path in FONTS.items():
        if not Path(path).is_file():
            raise SystemExit(f"フォント {path} がありません。次を実行してください: {APT}")
        pdfmetrics.registerFont(TTFont(name, path))


class Definition:
    """The form.toml that grows while the blank is drawn.

    Args:
        head: the keys at the top of the file.
        keywords: printed words of each page, one list a page.
    """

    def __init__(self, head: Mapping[str, Any], keywords: Sequence[Sequence[str]]) -> None:
        self.head = dict(head)
        self.keywords = keywords
        self._parts: list[str] = []

    def field(self, name: str, kind: str, label: str, **keys: Any) -> None:
        """Add a field; keys are those of forms.md, boxes as :class:`Box`."""
        self._parts.append(
            _table("[[field]]", {"name": name, "kind": kind, "label": label, **keys})
        )

    def table(
        self, name: str, rows: int, pitch: float, fields: Sequence[Mapping[str, Any]], **keys: Any
    ) -> None:
        """Add repeating rows; ``fields`` are placed as in the first row."""
        self._parts.append(
            _table(
                "[[table]]", {"name": name, "rows": rows, "pitch": pitch, **keys, "fields": fields}
            )
        )

    def check(self, rule: str, of: Sequence[str], **keys: Any) -> None:
        self._parts.append(_table("[[check]]", {"rule": rule, "of": list(of), **keys}))

    def silent(self, box: Box, reason: str, page: int | None = None) -> None:
        """Add a place that is the office's own: what is written there is nobody's note."""
        self._parts.append(_table("[[silent]]", {"page": page, "box": box, "reason": reason}))

    def deliver(self, to: str, path: str, **keys: Any) -> None:
        self._parts.append(_table("[[deliver]]", {"to": to, "path": path, **keys}))

    def write(self, path: Path, note: str) -> None:
        """Write form.toml; ``note`` says in a comment who wrote it."""
        pages = [
            _table(
                "[[page]]",
                {
                    "blank": "blank.pdf",
                    **({"blank_page": n} if n > 1 else {}),
                    "keywords": list(words),
                },
            )
            for n, words in enumerate(self.keywords, 1)
        ]
        head = "".join(f"{key} = {_toml(value)}\n" for key, value in self.head.items())
        path.write_text("\n".join([f"# {note}\n{head}", *pages, *self._parts]), encoding="utf-8")


def _table(header: str, keys: Mapping[str, Any]) -> str:
    return (
        header
        + "\n"
        + "".join(f"{key} = {_toml(value)}\n" for key, value in keys.items() if value is not None)
    )


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, Box):
        return "[" + ", ".join(f"{v:g}" for v in (round(v, 2) for v in value.as_list())) + "]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        if value and isinstance(value[0], Mapping):
            return "[\n" + "".join(f"    {_toml(v)},\n" for v in value) + "]"
        return "[" + ", ".join(_toml(v) for v in value) + "]"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _key(key: str) -> str:
    return key if key.isascii() and key.replace("_", "").isalnum() else _toml(key)


@dataclass
class Pen:
    """Draws on one blank; y grows downwards."""

    path: Path
    title: str
    body: str = "mincho"
    _canvas: canvas.Canvas = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # invariant: no date and no random id, so that the same program writes the same bytes
        self._canvas = canvas.Canvas(str(self.path), pagesize=A4, invariant=1, pageCompression=1)
        self._canvas.setTitle(self.title)
        self._canvas.setAuthor("鹿島市(見本)")

    @property
    def canvas(self) -> canvas.Canvas:
        """reportlab's own canvas, for AcroForm fields."""
        return self._canvas

    def line(
        self, x1: float, y1: float, x2: float, y2: float, width: float = 0.25, dash: bool = False
    ) -> None:
        self._canvas.setLineWidth(width * mm)
        self._canvas.setDash([0.8 * mm, 0.6 * mm] if dash else [])
        self._canvas.line(x1 * mm, (HEIGHT - y1) * mm, x2 * mm, (HEIGHT - y2) * mm)

    def frame(
        self, box: Box, width: float = 0.25, fill: float | None = None, dash: bool = False
    ) -> Box:
        """A rectangle, shaded where ``fill`` gives a gray (0 black to 1 white); returns ``box``."""
        self._canvas.setLineWidth(width * mm)
        self._canvas.setDash([0.8 * mm, 0.6 * mm] if dash else [])
        if fill is not None:
            self._canvas.setFillGray(fill)
        self._canvas.rect(
            box.x * mm,
            (HEIGHT - box.bottom) * mm,
            box.width * mm,
            box.height * mm,
            stroke=int(width > 0),
            fill=int(fill is not None),
        )
        self._canvas.setFillGray(0)
        return box

    def ellipse(self, box: Box, width: float = 0.25, dash: bool = False) -> None:
        self._canvas.setLineWidth(width * mm)
        self._canvas.setDash([0.6 * mm, 0.5 * mm] if dash else [])
        self._canvas.ellipse(
            box.x * mm, (HEIGHT - box.y) * mm, box.right * mm, (HEIGHT - box.bottom) * mm
        )

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 8,
        align: str = "left",
        font: str = "",
        gray: float = 0.0,
    ) -> float:
        """Text whose middle line is at ``y``; returns its width in mm."""
        font = font or self.body
        width = pdfmetrics.stringWidth(text, font, size) * POINT
        left = x - {"left": 0.0, "center": width / 2, "right": width}[align]
        self._canvas.setFont(font, size)
        self._canvas.setFillGray(gray)
        self._canvas.drawString(left * mm, (HEIGHT - y - size * POINT * 0.37) * mm, text)
        self._canvas.setFillGray(0)
        return width

    def label(
        self,
        box: Box,
        text: str,
        size: float = 8,
        fill: float | None = 0.93,
        font: str = "",
        align: str = "center",
        width: float = 0.25,
    ) -> Box:
        """A framed heading; ``text`` may hold line breaks, and is set vertically where the box is
        narrow."""
        self.frame(box, width, fill)
        lines = text.split("\n")
        leading = size * POINT * 1.3
        top = box.y + box.height / 2 - leading * (len(lines) - 1) / 2
        for n, part in enumerate(lines):
            x = box.x + (box.width / 2 if align == "center" else 1.2)
            self.text(
                x, top + n * leading, part, size, "center" if align == "center" else "left", font
            )
        return box

    def vertical(
        self, box: Box, text: str, size: float = 9, fill: float | None = 0.88, font: str = "bold"
    ) -> None:
        """A narrow heading written downwards, spread over the box."""
        self.frame(box, 0.25, fill)
        step = min(box.height / len(text), size * POINT * 1.9)
        top = box.y + box.height / 2 - step * (len(text) - 1) / 2
        for n, char in enumerate(text):
            self.text(box.x + box.width / 2, top + n * step, char, size, "center", font)

    def cells(self, box: Box, count: int, width: float = 0.3, marks: Iterable[int] = ()) -> Box:
        """A row of character cells, thick after the 1-based positions in ``marks``; returns
        ``box``."""
        self.frame(box, width)
        step = box.width / count
        thick = set(marks)
        for n in range(1, count):
            x = box.x + n * step
            self.line(x, box.y, x, box.bottom, width if n in thick else 0.15, dash=n not in thick)
        return box

    def words(
        self,
        x: float,
        y: float,
        words: Iterable[str],
        gap: float = 5.0,
        size: float = 9,
        between: str = "・",
    ) -> dict[str, Box]:
        """Words to be circled, side by side with middle line ``y``; returns the box of each
        word."""
        boxes: dict[str, Box] = {}
        half = size * POINT * 0.62
        for n, word in enumerate(words):
            if n:
                self.text(x - gap / 2, y, between, size, "center")
            width = self.text(x, y, word, size)
            boxes[word] = Box(x - 0.7, y - half - 0.4, width + 1.4, 2 * half + 0.8)
            x += width + gap
        return boxes

    def ticks(
        self,
        places: Iterable[tuple[float, float, str]],
        size: float = 8,
        square: float = 3.4,
        round_: bool = False,
    ) -> dict[str, Box]:
        """Small squares (or ovals) to tick or fill, each with its words to the right; y is the
        middle line."""
        boxes: dict[str, Box] = {}
        for x, y, word in places:
            box = Box(x, y - square / 2, square * (1.45 if round_ else 1.0), square)
            if round_:
                self.ellipse(box, 0.25)
            else:
                self.frame(box, 0.25)
            self.text(box.right + 1.2, y, word, size)
            boxes[word] = box
        return boxes

    def next_page(self) -> None:
        self._canvas.showPage()

    def save(self) -> None:
        self._canvas.showPage()
        self._canvas.save()


def inner(box: Box, by: float = 0.4) -> Box:
    """The writable inside of a ruled cell."""
    return box.grown(-by)
