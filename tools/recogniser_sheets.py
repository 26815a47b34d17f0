"""Lines to fit the recogniser on, taken from whole sheets: printed, filled in, damaged, aligned,
cleared of print and cut out.

:mod:`recogniser_lines` makes a line from characters and imitates what a scan and :mod:`ocr.ink.strokes` do
to it. What is left of a rule, a stroke that went with the print, writing that is squeezed into a
narrow box or lies over its edge are easier had than imitated: here a form of boxes and cells is
made up for every few sheets, :mod:`ocr.practice` writes on it, and the product's own alignment and
clearing cut the lines out again. No form of the samples is used, nor any of the texts of practice
sheets.
"""

from __future__ import annotations

import argparse
import multiprocessing
import pickle
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.decode.cells import glyphs_of, string_together
from ocr.ink.crops import cut, lines_of, rules_in
from ocr.laid_sheet import make_sheet
from ocr.pages.opening import open_pages
from ocr.place.align import best_blank, prepare
from ocr.practice.blankpaper import Paper
from ocr.practice.damage import SOURCE_DPI, damaged
from ocr.practice.fontglyphs import can_write
from ocr.practice.hands import Hand, find_hands
from ocr.practice.lettering import SMALLEST, Writer
from ocr.practice.write import is_bilevel, save_images
from records.forms import Cells, FieldDef, Part
from records.site import IntakeSettings
from records.types import Gray, Page
from tools.line_texts import a_number, a_sentence, anything, some_kana, some_latin, some_writing
from tools.made_forms import MadeForm, WritingPlace, make_form
from tools.recogniser_lines import CUTS, FittedLine

DAMAGES = (
    *("scan300", "scan200") * 5,
    *("fax_fine", "fax_standard") * 4,
    *("mono200", "skewed200") * 2,
    "mono300",
    "skewed",
    "shadow",
    "show_through",
    "jpeg",
    "faint",
    "blurred",
    "shrunk",
    "photo",
    "cut",
)
"""What happens to the sheets, the usual things more often."""


SHEETS_A_FORM = 4
SIDE = 28
"""Pixels of a square in the sheets of real digits."""


Text = tuple[str, str]


def _text(place: WritingPlace, writer: Writer, rng: np.random.Generator) -> Text:
    """Text and kind for a place, no longer than people would try to write there."""
    kind = rng.random()
    shown = ""
    if place.cells:
        name = "digits" if kind < 0.55 else "kana" if kind < 0.88 else "writing"
        for _ in range(20):
            shown = (
                "".join(str(n) for n in rng.integers(0, 10, int(rng.integers(1, place.cells + 1))))
                if name == "digits"
                else (some_kana(rng) if name == "kana" else some_writing(rng))
            )
            if len(shown) <= place.cells:
                break
        return shown[: place.cells].strip(), name
    if place.short:
        for _ in range(20):
            shown = (
                a_number(rng)
                if kind < 0.35
                else str(rng.integers(1, 2030 if kind < 0.5 else 64))
                if kind < 0.93
                else "元"
            )
            if len(shown) <= 5:
                break
        name = "digits"
    elif place.many:
        return "".join(a_sentence(rng) for _ in range(int(rng.integers(1, 6)))), "sentence"
    else:
        name = str(
            rng.choice(
                ["digits", "kana", "writing", "sentence", "latin", "anything"],
                p=[0.20, 0.17, 0.43, 0.12, 0.05, 0.03],
            )
        )
        made = {
            "digits": a_number,
            "kana": some_kana,
            "writing": some_writing,
            "sentence": a_sentence,
            "latin": some_latin,
            "anything": anything,
        }[name]
        shown = made(rng)
    most = float(rng.uniform(1.0, 1.15)) * place.box.width / SMALLEST
    while len(shown) > 1 and writer.width(shown) > most:
        shown = shown[:-1]
    return shown.strip(), name


def _write(form: MadeForm, hand: Hand, rng: np.random.Generator) -> tuple[Gray, list[Text]]:
    """The filled form, and what stands in each place (empty where nothing does)."""
    paper = Paper(form.image, SOURCE_DPI)
    writer = Writer(hand, rng, float(rng.uniform(0.92, 1.08)))
    texts: list[Text] = []
    for place in form.places:
        shown, kind = _text(place, writer, rng)
        if not shown or not can_write(hand, shown):
            texts.append(("", kind))
            continue
        if place.cells:
            row = Cells(place.box, place.cells)
            drift = float(rng.normal(0, 0.05))
            first = 0
            if rng.random() < 0.3:
                first = int(rng.integers(0, place.cells - len(shown) + 1))
            for n, character in enumerate(shown):
                if not character.isspace():
                    writer.cell(paper, character, row.cell(first + n), drift)
        elif place.many:
            shown = writer.paragraph(paper, place.box, shown)
        else:
            writer.line(
                paper,
                place.box,
                shown,
                writer.natural_size(place.box),
                str(rng.choice(["left", "left", "center", "right"])),
            )
        texts.append((shown, kind))
    return paper.finished(
        hand.habits.ink * float(rng.uniform(0.94, 1)), hand.habits.grain, rng
    ), texts


def _scanned(image: Gray, damage: str, rng: np.random.Generator, folder: Path) -> Page | None:
    images, dpi = damaged([image], damage, rng)
    path = folder / ("sheet.tif" if is_bilevel(images[0]) else "sheet.jpg")
    save_images(
        path, images, dpi, compression="group3" if damage == "fax_standard" else "", quality=80
    )
    page = next(open_pages(path, IntakeSettings()))
    return page if isinstance(page, Page) else None


def _lines(
    form: MadeForm, page: Page, texts: Sequence[Text], rng: np.random.Generator
) -> Iterator[FittedLine]:
    """What the reader would cut out of the page."""
    ranked = best_blank(prepare(page), [form.blank])
    if not ranked or ranked[0].fit < 0.6:
        return
    aligned = ranked[0]
    sheet = make_sheet(
        page, aligned, [FieldDef("", "text", "", place=Part(box=p.box)) for p in form.places]
    )
    for place, (shown, kind) in zip(form.places, texts, strict=True):
        others = sheet.near(place.box)
        if not shown:
            continue
        if place.cells:
            found, _ = glyphs_of(sheet.ink, Cells(place.box, place.cells), others)
            written = "".join(shown.split())
            if len(found) == len(written):
                glyphs = [picture for _, picture in found]
                yield FittedLine(
                    string_together(glyphs, *((34, 16) if rng.random() < 0.7 else (27, 22))),
                    written,
                    kind,
                )
            continue
        if place.many or (place.box.height >= 9 and kind not in ("digits", "kana")):
            crops = lines_of(
                sheet.ink, place.box, rules_in(aligned.blank.print_mask, place.box), others
            )
            rows = shown.split("\n")
            if len(crops) == len(rows):
                yield from (
                    FittedLine(crop.image, row.strip(), kind)
                    for crop, row in zip(crops, rows, strict=True)
                    if row.strip()
                )
            continue
        crop = cut(sheet.ink, place.box, others)
        if crop is not None:
            yield FittedLine(crop.image, shown, kind)


def real_cells(real: Path, folder: Path) -> None:
    """The part of the real digits that is for learning, as sheets that
    :func:`ocr.practice.hands.load_cells` reads."""
    for path in sorted(real.glob("?.png")):
        sheet = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        assert sheet is not None
        rows = int(CUTS["learn"][1] * sheet.shape[0] / SIDE)
        cv2.imwrite(str(folder / path.name), sheet[: rows * SIDE])


def hands_for(only: Sequence[str], never: Sequence[str], cells: Path) -> list[Hand]:
    """Writers of every font, or of ``only`` these, but not of ``never``; every third writes real
    digits."""
    plain = find_hands(families=only, without=never, per_font=40)
    real = find_hands(families=only, without=never, per_font=40, cells=cells)
    return [r if n % 3 == 0 else p for n, (p, r) in enumerate(zip(plain, real, strict=True))]


_hands: list[Hand] = []


def _make(job: tuple[Sequence[Path], int, int, int]) -> list[tuple[NDArray[np.uint8], str, str]]:
    fonts, seed, number, sheets = job
    cv2.setNumThreads(1)
    rng = np.random.default_rng([seed, number])
    made: list[FittedLine] = []
    with tempfile.TemporaryDirectory() as folder:
        for n in range(sheets):
            if n % SHEETS_A_FORM == 0:
                form = make_form(rng, fonts[int(rng.integers(len(fonts)))])
            hand = _hands[int(rng.integers(len(_hands)))]
            try:
                image, texts = _write(form, hand, rng)
            except ValueError as error:  # Pillow's layout engine gives up on a text now and then
                print(f"{hand.name}: {error}", flush=True)
                continue
            page = _scanned(image, str(rng.choice(DAMAGES)), rng, Path(folder))
            if page is not None:
                made += _lines(form, page, texts, rng)
    found = []
    for line in made:
        if line.image.shape[1] < 36 * line.image.shape[0]:
            found.append((line.image, line.text, line.kind))
    return found


def main() -> None:
    """Make sheets and keep the lines."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--real", type=Path, required=True, help="folder of sheets 0.png ... 9.png")
    parser.add_argument(
        "--printing", type=Path, nargs="+", required=True, help="fonts of print (files)"
    )
    parser.add_argument("--only", nargs="*", default=[], help="hands to test by")
    parser.add_argument(
        "--never", nargs="*", default=["kouzan", "kouzan-gyosho", "yusei-magic", "kiloji-d"]
    )
    parser.add_argument("--sheets", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=1e9)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    start = time.time()
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        real_cells(options.real, Path(folder))
        _hands.extend(hands_for(options.only, () if options.only else options.never, Path(folder)))
        print(
            f"{len({h.family for h in _hands})} hands: {', '.join(sorted({h.family for h in _hands}))}",
            flush=True,
        )
        jobs = [(options.printing, options.seed, n, 8) for n in range(-(-options.sheets // 8))]
        with multiprocessing.get_context("fork").Pool(options.processes) as workers:
            for number, part in enumerate(workers.imap(_make, jobs)):
                lines += part
                if number % 20 == 19:
                    print(
                        f"{8 * number + 8} sheets, {len(lines)} lines, {time.time() - start:.0f} s",
                        flush=True,
                    )
                    with options.out.open("wb") as out:
                        pickle.dump(lines, out)
                if time.time() - start > 60 * options.minutes:
                    break
    with options.out.open("wb") as out:
        pickle.dump(lines, out)
    print(f"{len(lines)} lines in {time.time() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
