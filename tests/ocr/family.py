"""Families of forms that share print, as one office's forms do, and sheets of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from ocr.place.blank import Blank, load_blanks
from records.formloading import load_form
from records.forms import FormDef
from records.types import Box, Gray
from samples.blanks.kit import Definition, Pen, inner, load_fonts

SHARED = ("フリガナ", "氏名", "生年月日", "住所", "電話番号")
BANK = ("金融機関名", "支店名", "預金種目", "口座番号", "口座名義")
ROWS = ("申請の理由", "対象の施設", "使用の期間", "利用人数", "金額")
MORE = ("世帯の人数", "勤務先", "学校名", "車両番号", "面積", "数量", "備考", "続柄", "開始日")
ABOUT = ("住宅", "福祉", "環境", "水道", "農地", "図書", "公園", "道路", "高齢", "児童", "介護")


@dataclass(frozen=True)
class Relative:
    """What is a form's own among forms with one letterhead, applicant's block and bank block.

    Attributes:
        drift: mm that the lower half stands lower.
        mark: small print in the upper right corner.
        note: small print at the foot.
        consent: True where a line is asked for below the bank block.
    """

    name: str
    title: str = "住宅改修補助金交付申請書"
    rows: Sequence[str] = field(default=ROWS)
    mark: str = ""
    note: str = ""
    consent: bool = False
    drift: float = 0.0

    def draw(self, folder: Path) -> FormDef:
        """Draw the blank, write form.toml beside it, and load both."""
        load_fonts()
        folder = folder / self.name
        folder.mkdir(parents=True)
        head = {"id": self.name, "title": self.title, "version": 1, "zone": "lgwan"}
        head |= {"department": "建設課", "initiative": "EFF-05"}
        pen, form = Pen(folder / "blank.pdf", self.title), Definition(head, [[self.title]])
        pen.text(105, 20, self.title, 16, "center")
        pen.text(20, 32, "鹿島市長 様", 11)
        pen.text(185, 10, self.mark, 8, "right")
        pen.text(20, 285, self.note, 7)
        y = self._block(pen, form, 40.0, SHARED, 10.0)
        y = self._block(pen, form, y + 10 + self.drift, self.rows, 9.0)
        pen.text(20, 216 + self.drift, "振込先口座", 10)
        y = self._block(pen, form, 220.0 + self.drift, BANK, 9.0)
        if self.consent:
            pen.text(20, y + 6, "上記の内容について税情報を確認することに同意します。", 9)
            pen.frame(Box(150, y + 2, 40, 8))
        pen.save()
        form.write(folder / "form.toml", "様式の一族")
        return load_form(folder)

    @staticmethod
    def _block(pen: Pen, form: Definition, y: float, labels: Sequence[str], pitch: float) -> float:
        for label in labels:
            pen.label(Box(20, y, 40, pitch), label, 9)
            box = pen.frame(Box(60, y, 130, pitch))
            form.field(f"f{round(10 * y)}", "text", label, box=inner(box))
            y += pitch
        return y


def relatives(count: int, seed: int = 3) -> list[Relative]:
    """Forms that differ in title and rows."""
    rng = random.Random(seed)
    made = []
    for number in range(count):
        title = f"{''.join(rng.sample(ABOUT, 2))}補助金交付申請書"
        rows = rng.sample(ROWS + MORE, rng.randint(5, 9))
        made.append(Relative(f"relative{number}", title, rows))
    return made


def blank_of(form: FormDef) -> Blank:
    return load_blanks(form)[0]


def filled(blank: Blank, seed: int = 1, lines: int = 30) -> Gray:
    """The blank with pen strokes all over it, turned by a degree or so, as a scanner gives it."""
    rng = np.random.default_rng(seed)
    image = blank.image.copy()
    height, width = image.shape
    for _ in range(lines):
        at = (int(rng.integers(500, width - 400)), int(rng.integers(330, height - 100)))
        word = "".join(chr(rng.integers(48, 90)) for _ in range(5))
        cv2.putText(image, word, at, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 1.2, 30, 3, cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(rng.uniform(-1.5, 1.5)), 1.0)
    turned = cv2.warpAffine(
        image, turn, (width, height), flags=cv2.INTER_AREA, borderValue=(255.0,)
    )
    return np.asarray(turned, np.uint8)


def faxed(image: Gray) -> Gray:
    """As FAX of standard resolution (204×98 dpi) has it, stretched to square pixels again."""
    height, width = image.shape
    size = (round(width * 204 / 200), round(height * 98 / 200))
    rows = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
    bits = np.where(rows > 175, 255, 0).astype(np.uint8)
    square = cv2.resize(bits, (size[0], round(size[1] * 204 / 98)))
    return np.asarray(square, np.uint8)
