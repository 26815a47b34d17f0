"""Make the sample office's scans and their truth: ``python samples/make_scans.py``.

Deterministic: the same fonts give the same sheets. What it wrote is committed; the fonts come from Debian
(``ocr.practice.hands.APT_LINE``).
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent)]

from ocr.practice import practice_sheets  # noqa: E402
from ocr.practice.fill import Slips  # noqa: E402
from ocr.practice.hands import installed_fonts, make_hand  # noqa: E402
from ocr.practice.write import save_images, save_truth, truth_of  # noqa: E402
from records.forms import load_forms  # noqa: E402
from records.site import Office  # noqa: E402


def main() -> None:
    forms = load_forms(HERE / "forms")
    fonts = installed_fonts()
    hand = make_hand("klee", fonts["klee"], 3)
    name = "child_allowance_01.jpg"
    sheet = next(practice_sheets(forms["child_allowance"], Office(), 1, 11, [hand], ["clean"], Slips(0, 0, 0)))
    save_images(HERE / "scans" / name, sheet.images, sheet.dpi, quality=55)
    save_truth(HERE / "truth" / f"{name}.json", name, [truth_of(sheet, [1])])


if __name__ == "__main__":
    main()
