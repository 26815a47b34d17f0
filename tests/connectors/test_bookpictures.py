"""What people see of their workbook is the same before and after a delivery, but for the new rows:
LibreOffice draws both, and the pictures are compared.

``python -m tests.connectors.test_bookpictures`` does it with the whole set (or those named) and prints the figures.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
import pytest

from tests.connectors.office_workbooks import WORKBOOKS
from tests.connectors.test_untouched import NOT_FOR_LIBREOFFICE, deliver_thrice, made

A_FEW = ("all that grows", "notes", "merged across", "styles without their collections")
MOVED = {
    "drop-downs, data bars, sparklines": "the sparkline stands right of the list, and moves when"
    " the column beside the list is hidden",
    "prepared rows and a total": "the total counts the new rows",
    "unlabelled sum": "the total counts the new rows",
}
"""Of what changes outside the new rows, the reason."""

_DPI = 72 * 2
_END_OF_A_LINE = 3
"""Pixels: a border ends a hair further where the column beside it is hidden."""

_AROUND = 7.0  # points from a letter to the edge of its cell, at most


def drawn(paths: Sequence[Path], folder: Path) -> dict[str, pypdfium2.PdfDocument]:
    """Name → the pages that LibreOffice prints."""
    program = shutil.which("soffice")
    assert program is not None
    profile = (folder / "profile").as_uri()
    line = [program, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf"]
    subprocess.run(
        [*line, "--outdir", str(folder), *map(str, paths)],
        check=True,
        capture_output=True,
        timeout=1800,
    )
    found = {path: folder / f"{path.stem}.pdf" for path in paths}
    return {p.stem: pypdfium2.PdfDocument(pdf) for p, pdf in found.items() if pdf.exists()}


def differences(before: pypdfium2.PdfDocument, after: pypdfium2.PdfDocument) -> Iterator[str]:
    """Where the pages differ outside the new rows. A page with one number only is the sheet that
    counts the rows."""
    for number in range(len(before)):
        said = before[number].get_textpage().get_text_bounded().strip()
        if re.fullmatch("[0-9]+", said):
            continue
        if number >= len(after):
            yield f"page {number + 1} is gone"
            return
        old, new = (_picture(document[number]) for document in (before, after))
        if old.shape != new.shape:
            yield f"page {number + 1} has another size"
            continue
        top, bottom = _new_rows(after[number])
        for x, y, wide, high in _spots(old != new):
            is_end_of_a_line = max(wide, high) <= _END_OF_A_LINE
            is_inside = top <= y and y + high <= bottom
            if not is_end_of_a_line and not is_inside:
                yield f"page {number + 1}: {wide} x {high} pixels at {x}, {y}"


def _spots(differ: np.ndarray) -> list[tuple[int, int, int, int]]:
    """Left, top, width and height of what differs."""
    found = cv2.connectedComponentsWithStats(differ.astype(np.uint8), connectivity=8)[2]
    return [(int(x), int(y), int(wide), int(high)) for x, y, wide, high, _ in found[1:]]


def _picture(page: pypdfium2.PdfPage) -> np.ndarray:
    return page.render(scale=_DPI / 72, grayscale=True).to_numpy().squeeze()


def _new_rows(page: pypdfium2.PdfPage) -> tuple[float, float]:
    """The first and the last line of the picture that new rows take; nothing where there are
    none."""
    texts = page.get_textpage()
    search = texts.search("申請者")
    height = page.get_height()
    tops, bottoms = [], []
    while (found := search.get_next()) is not None:
        _, low, _, high = texts.get_charbox(found[0])
        tops.append(height - high - _AROUND)
        bottoms.append(height - low + _AROUND)
    if not tops:
        return 0.0, -1.0
    return min(tops) * _DPI / 72, max(bottoms) * _DPI / 72


def compare(names: Sequence[str], folder: Path) -> dict[str, list[str]]:
    """Name → what differs, for workbooks of the set."""
    (folder / "before").mkdir()
    (folder / "after").mkdir()
    pairs = [(made(name, folder / "before"), made(name, folder / "after")) for name in names]
    for _, path in pairs:
        deliver_thrice(path)
    before = drawn([old for old, _ in pairs], folder / "before")
    after = drawn([new for _, new in pairs], folder / "after")
    return {
        name: [*differences(before[name], after[name])]
        if name in before and name in after
        else ["not drawn"]
        for name in names
    }


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_pictures_are_the_same_outside_the_new_rows(tmp_path: Path) -> None:
    assert compare(A_FEW, tmp_path) == {name: [] for name in A_FEW}


def main(asked: Sequence[str] = ()) -> int:
    names = asked or [name for name in WORKBOOKS if name not in NOT_FOR_LIBREOFFICE]
    with tempfile.TemporaryDirectory() as folder:
        found = compare(names, Path(folder))
    for name, faults in found.items():
        for fault in faults[:3]:
            print(f"{name}: {fault} ({MOVED.get(name, 'no reason is known')})")
    wrong = [name for name, faults in found.items() if faults and name not in MOVED]
    print(f"{len(names)} workbooks, {len(wrong)} differ outside the new rows")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1:])))
