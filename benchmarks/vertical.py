"""Vertical writing: a form with fields from top to bottom beside the same ones from left to right,
filled by several hands and in print, scanned and faxed.

Run ``python -m benchmarks.vertical``. It says how many of each kind are right, how many need no
eyes, and how many of these are wrong (there must be none).
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from benchmarks.collect import ReadField, read_practice
from ocr.practice.hands import Hand, find_hands, make_hand
from records.formloading import load_form
from records.forms import FormDef
from records.types import MM_PER_INCH

DPI = 300
DAMAGES = ("scan300", "scan200", "fax_fine", "fax_standard")
PRINT_FONTS = (
    Path("/usr/share/fonts/opentype/ipaexfont-mincho/ipaexm.ttf"),
    Path("/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf"),
    Path("/usr/share/fonts/truetype/bizud-mincho/BIZUDMincho-Regular.ttf"),
)
"""What typed vertical fields, and the blank's own words, are printed with."""


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """A field of the form: its key in form.toml, its label and where it is, mm."""

    name: str
    kind: str
    label: str
    box: tuple[float, float, float, float]
    vertical: bool = True
    cells: int = 0
    parts: tuple[str, ...] = ()
    """Parts one below the other, each with its word printed under it."""

    def part(self, number: int) -> tuple[float, float, float, float]:
        """The box of a part: its step without the word."""
        x, y, w, h = self.box
        step = h / len(self.parts)
        return (x, y + number * step, w, step - 5)


PART_WORDS = {"year": "年", "month": "月", "day": "日"}

PLACES = (
    FieldPlace("kana", "kana", "ふりがな", (186, 52, 9, 74)),
    FieldPlace("name", "name", "氏名", (171, 52, 13, 74)),
    FieldPlace("address", "address", "住所", (152, 52, 17, 100)),
    FieldPlace("birth_date", "date", "生年月日", (138, 52, 12, 80)),
    FieldPlace("phone", "phone", "電話番号", (124, 52, 12, 80)),
    FieldPlace("place", "text", "施設名", (110, 52, 12, 80)),
    FieldPlace("agent_name", "name", "代理人氏名", (96, 52, 12, 74)),
    FieldPlace("opinion", "lines", "意見", (22, 52, 66, 110)),
    FieldPlace("kana_cells", "kana", "申請者カナ", (184, 162, 8, 112), cells=16),
    FieldPlace("number", "digits", "受給者番号", (168, 162, 8, 56), cells=7),
    FieldPlace("claimed_on", "date", "申請日", (142, 162, 11, 72), parts=("year", "month", "day")),
    FieldPlace("child_name", "name", "児童氏名", (20, 180, 70, 11), vertical=False),
    FieldPlace("spouse_name", "name", "配偶者氏名", (20, 196, 70, 11), vertical=False),
    FieldPlace("spouse_kana", "kana", "配偶者フリガナ", (20, 212, 70, 9), vertical=False),
    FieldPlace("purpose", "text", "利用目的", (20, 226, 70, 11), vertical=False),
    FieldPlace("spouse_address", "address", "配偶者住所", (20, 242, 120, 11), vertical=False),
)


def draw_form(folder: Path, places: Sequence[FieldPlace] = PLACES) -> FormDef:
    """Draw the blank and write its form.toml into ``folder``."""
    scale = DPI / MM_PER_INCH
    image = Image.new("L", (round(210 * scale), round(297 * scale)), 255)
    pen = ImageDraw.Draw(image)
    font = next(path for path in PRINT_FONTS if path.is_file())
    _words(pen, font, "縦書き様式 支援金申請書", (20 * scale, 18 * scale), 7 * scale, False)
    _words(pen, font, "次のとおり申請します。", (20 * scale, 30 * scale), 4 * scale, False)
    parts = ['id = "vertical"\ntitle = "縦書き様式"\ninitiative = "EFF-01"\n[[page]]']
    parts.append('blank = "blank.png"\nkeywords = ["縦書き様式", "支援金申請書"]')
    for place in places:
        x, y, w, h = place.box
        for n, part in enumerate(place.parts):
            left, top, wide, high = place.part(n)
            pen.rectangle(_pixels((left, top, wide, high), scale), outline=0, width=3)
            word = ((left + 3) * scale, (top + high + 0.6) * scale)
            _words(pen, font, PART_WORDS[part], word, 3.6 * scale, False)
        if not place.parts:
            pen.rectangle(_pixels(place.box, scale), outline=0, width=3)
        for n in range(1, place.cells):
            at = (y + n * h / place.cells) * scale
            pen.line((x * scale, at, (x + w) * scale, at), fill=60, width=2)
        size = min(3.2, 0.4 * w) * scale
        where = ((x + w / 2 - 1.6) * scale, (y - 3.3 * len(place.label) - 1) * scale)
        if not place.vertical:
            where = (x * scale, (y - 4) * scale)
        _words(pen, font, place.label, where, size, place.vertical)
        parts.append(_toml(place))
    image.save(folder / "blank.png", dpi=(DPI, DPI))
    (folder / "form.toml").write_text("\n".join(parts) + "\n", encoding="utf-8")
    return load_form(folder)


def _pixels(
    box: tuple[float, float, float, float], scale: float
) -> tuple[float, float, float, float]:
    x, y, w, h = box
    return x * scale, y * scale, (x + w) * scale, (y + h) * scale


def _words(
    pen: ImageDraw.ImageDraw,
    font: Path,
    text: str,
    where: tuple[float, float],
    size: float,
    down: bool,
) -> None:
    made = ImageFont.truetype(str(font), round(size))
    if not down:
        pen.text(where, text, fill=0, font=made)
        return
    for n, char in enumerate(text):
        pen.text((where[0], where[1] + n * size), char, fill=0, font=made)


def _toml(place: FieldPlace) -> str:
    box = list(place.box)
    if place.parts:
        boxes = [f"{part} = {list(place.part(n))}" for n, part in enumerate(place.parts)]
        where = "\n".join(['era = "令和"', *boxes])
        return "\n".join([*_head(place), where])
    where = f"cells = {{ box = {box}, count = {place.cells} }}" if place.cells else f"box = {box}"
    return "\n".join([*_head(place), where])


def _head(place: FieldPlace) -> list[str]:
    return [
        "[[field]]",
        f'name = "{place.name}"',
        f'kind = "{place.kind}"',
        f'label = "{place.label}"',
        f"vertical = {str(place.vertical).lower()}",
    ]


def typists(count: int = 3) -> list[Hand]:
    """Writers that print: even, upright, in the fonts of offices."""
    made = []
    for path in PRINT_FONTS[:count]:
        hand = make_hand(path.stem, (path, *PRINT_FONTS), 0)
        even = replace(
            hand.habits,
            slant=0.0,
            tilt=0.0,
            size=0.6,
            narrow=1.0,
            spacing=0.0,
            slope=0.0,
            wander=0.0,
            jitter=0.0,
            bend=0.0,
            own=0.0,
            reach=0.0,
            lean=0.0,
            broad=1.0,
            ink=1.0,
            grain=0.0,
            line="font",
            drawn_digits=False,
        )
        made.append(replace(hand, habits=even))
    return made


def measured(
    form: FormDef, hands: Sequence[Hand], count: int, seed: int, damages: Sequence[str] = DAMAGES
) -> list[ReadField]:
    """Filled fields of ``count`` sheets."""
    return [row for row in read_practice([form], hands, damages, count, seed) if row.filled]


def table(rows: Iterable[ReadField], form: FormDef) -> list[str]:
    """Right, unseen and wrong among unseen by kind and direction."""
    groups: dict[tuple[bool, str], list[ReadField]] = {}
    for row in rows:
        item = form.fields[row.name]
        kind = row.kind
        if item.place and item.place.cells:
            kind = f"{row.kind} in cells"
        kind = f"{kind} in parts" if item.parts else kind
        groups.setdefault((item.vertical, kind), []).append(row)
    lines = [
        "| direction | kind | fields | right | unseen | wrong unseen |",
        "|---|---|---|---|---|---|",
    ]
    for (vertical, kind), own in sorted(groups.items(), reverse=True):
        lines.append(f"| {'vertical' if vertical else 'horizontal'} | {kind} | {_counts(own)} |")
    return lines


def _counts(rows: Sequence[ReadField]) -> str:
    right = sum(row.right for row in rows)
    unseen = [row for row in rows if row.unseen]
    wrong = sum(not row.right for row in unseen)
    return f"{len(rows)} | {right / len(rows):.3f} | {len(unseen)} | {wrong}"


def by(rows: Sequence[ReadField], form: FormDef, key: str) -> list[str]:
    """The same for the vertical names and texts, by ``hand`` or ``damage``."""
    found: Mapping[str, list[ReadField]] = {}
    groups = dict(found)
    for row in rows:
        if form.fields[row.name].vertical and row.kind in ("name", "text", "kana"):
            groups.setdefault(str(getattr(row, key)).split("/")[0], []).append(row)
    return [f"| {name} | {_counts(own)} |" for name, own in sorted(groups.items())]


def main() -> None:
    """Measure and print the tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=24, help="sheets by pen")
    options.add_argument("--print-count", type=int, default=8, help="sheets in print")
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("--wrong", action="store_true", help="list what was read wrong")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        form = draw_form(Path(folder))
        for title, hands, count in (
            ("pen", find_hands(per_font=6), given.count),
            ("print", typists(), given.print_count),
        ):
            rows = measured(form, hands, count, given.seed)
            print("\n".join([f"{title}, {count} sheets", "", *table(rows, form), ""]))
            for key in ("hand", "damage"):
                print("\n".join([*by(rows, form, key), ""]))
            for row in rows if given.wrong else ():
                if not row.right:
                    print(
                        row.name,
                        row.hand,
                        row.damage,
                        repr(row.truth),
                        repr(row.value),
                        f"{row.p:.2f}",
                    )


if __name__ == "__main__":
    main()
