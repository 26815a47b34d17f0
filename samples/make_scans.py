"""Make the sample office's scans and their truth: ``python samples/make_scans.py``.

Every file is a line of :data:`PLAN`; the same fonts give the same sheets. What it wrote is
committed; the fonts come from Debian (``ocr.practice.hands.APT_LINE``), pypdf from the ``dev``
extra.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from filled_pdf import fill_form, flatten  # noqa: E402

from ocr.practice import PracticeSheet, practice_sheets  # noqa: E402
from ocr.practice.damage import blackened  # noqa: E402
from ocr.practice.fill import NONE, USUAL  # noqa: E402
from ocr.practice.hands import APT_LINE, installed_fonts, make_hand  # noqa: E402
from ocr.practice.sensor import noisy  # noqa: E402
from ocr.practice.truths import answers  # noqa: E402
from ocr.practice.write import save_images, save_truth, truth_of  # noqa: E402
from records.formloading import load_forms  # noqa: E402
from records.forms import FormDef  # noqa: E402
from records.site import load_site  # noqa: E402

OFFICE = load_site(HERE).office


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a file: the form, the writer (``font/number``), the damage and the seed."""

    form: str
    hand: str
    damage: str
    seed: int


@dataclass(frozen=True, slots=True)
class Scan:
    """One file; ``mono`` makes a gray scan black and white at that share of the paper's gray,
    ``slips`` lets the writer make mistakes."""

    file: str
    sheets: tuple[Sheet, ...]
    expect: str | None = None
    mono: float = 0.0
    quality: int = 40
    compression: str = ""
    slips: bool = False


def one(file: str, form: str, hand: str, damage: str, seed: int, **options: object) -> Scan:
    return Scan(file, (Sheet(form, hand, damage, seed),), **options)  # type: ignore[arg-type]


CHILD, TRANSFER, OPINION, SURVEY = (
    "child_allowance",
    "account_transfer",
    "citizen_opinion",
    "staff_survey",
)

PLAN: tuple[Scan, ...] = (
    one("child_allowance_01.jpg", CHILD, "klee/3", "scan300", 11),
    one("child_allowance_02.tif", CHILD, "kiloji/1", "mono300", 12),
    one("child_allowance_03.tif", CHILD, "kiloji-p/2", "mono200", 13),
    one("児童手当 傾き.jpg", CHILD, "yusei-magic/1", "skewed200", 14),
    one("child_allowance_upside_down.tif", CHILD, "kiloji-d/4", "upside_down", 15, mono=0.72),
    one("child_allowance_fax_fine.tif", CHILD, "klee-semibold/2", "fax_fine", 16),
    one(
        "child_allowance_fax_standard.tif",
        CHILD,
        "kiloji/5",
        "fax_standard",
        17,
        compression="group3",
    ),
    one("child_allowance_photo.jpg", CHILD, "klee/6", "photo", 18),
    one("child_allowance_scan.pdf", CHILD, "kouzan/2", "mono300", 19),
    one("child_allowance_cut.tif", CHILD, "kiloji-b/7", "cut", 20, mono=0.72),
    one("child_allowance_訂正.tif", CHILD, "kiloji/8", "mono300", 23, slips=True),
    one("account_transfer_01.jpg", TRANSFER, "klee/9", "scan200", 31),
    one("account_transfer_02.tif", TRANSFER, "yusei-magic/2", "mono300", 32),
    one("account_transfer_03.tif", TRANSFER, "aoyagi/1", "mono300", 33),
    one("account_transfer_skewed.tif", TRANSFER, "kiloji/3", "skewed", 34, mono=0.7),
    one("account_transfer_fax_fine.tif", TRANSFER, "kiloji-p/4", "fax_fine", 35),
    one("account_transfer_scan.pdf", TRANSFER, "klee/11", "scan200", 36, quality=35),
    one("account_transfer_show_through.jpg", TRANSFER, "kouzan-gyosho/1", "show_through", 37),
    one("account_transfer_sideways.tif", TRANSFER, "kiloji-d/6", "sideways", 38, mono=0.72),
    one("citizen_opinion_fax_01.tif", OPINION, "klee/4", "fax_fine", 41),
    one("citizen_opinion_fax_02.tif", OPINION, "kiloji/6", "fax_fine", 42),
    one("citizen_opinion_fax_03.tif", OPINION, "kouzan/4", "fax_fine", 43),
    one(
        "citizen_opinion_fax_standard_01.tif",
        OPINION,
        "kiloji-b/2",
        "fax_standard",
        44,
        compression="group3",
    ),
    one(
        "citizen_opinion_fax_standard_02.tif",
        OPINION,
        "yusei-magic/5",
        "fax_standard",
        45,
        compression="group3",
    ),
    one(
        "citizen_opinion_fax_standard_03.tif",
        OPINION,
        "klee-semibold/5",
        "fax_standard",
        46,
        compression="group3",
    ),
    one("citizen_opinion_scan.jpg", OPINION, "aoyagi/3", "scan200", 47),
    one("citizen_opinion_photo.jpg", OPINION, "kiloji-p/1", "photo", 48),
    one("citizen_opinion_faint.tif", OPINION, "klee/8", "faint", 49, mono=0.86),
    one("staff_survey_01.tif", SURVEY, "kiloji/9", "mono300", 51),
    one("staff_survey_02.tif", SURVEY, "klee/2", "mono200", 52),
    one("staff_survey_scan.pdf", SURVEY, "kiloji-d/1", "mono300", 53),
    one("staff_survey_slips.tif", SURVEY, "kiloji-p/5", "mono200", 54, slips=True),
    Scan(
        "staff_survey_三人分.tif",
        (
            Sheet(SURVEY, "klee/7", "mono200", 55),
            Sheet(SURVEY, "kouzan-gyosho/2", "mono200", 56),
            Sheet(SURVEY, "yusei-magic/4", "mono200", 57),
        ),
    ),
    Scan(
        "mixed_batch.tif",
        (
            Sheet(CHILD, "kiloji/4", "mono200", 61),
            Sheet(TRANSFER, "klee/5", "mono200", 62),
            Sheet(CHILD, "aoyagi/2", "mono200", 63),
            Sheet(OPINION, "kiloji-b/5", "mono200", 64),
        ),
    ),
    Scan(
        "fax_two_letters.tif",
        (
            Sheet(OPINION, "kiloji/2", "fax_fine", 65),
            Sheet(OPINION, "yusei-magic/7", "fax_fine", 66),
        ),
    ),
    one("unknown_form.tif", "park_permit", "klee/1", "mono300", 71, expect="failed:no_form"),
    one("unknown_form_fax.tif", "park_permit", "kiloji/7", "fax_fine", 72, expect="failed:no_form"),
)

DIGITAL = (
    ("online_application_01.pdf", 81, False),
    ("online_application_02.pdf", 82, False),
    ("online_application_03.pdf", 83, False),
    ("online_application_flat.pdf", 84, True),
)


def main() -> None:
    scans, truth = HERE / "scans", HERE / "truth"
    for folder in (scans, truth):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    forms = load_forms(HERE / "forms") | {
        "park_permit": load_forms(HERE / "variants")["park_permit"]
    }
    for scan in PLAN:
        _make(scan, forms, scans, truth)
    for file, seed, flat in DIGITAL:
        _digital(forms["online_application"], file, seed, flat)
    _broken(scans, truth)
    total = sum(path.stat().st_size for path in scans.iterdir())
    print(f"{len(list(scans.iterdir()))} files, {total / 1e6:.1f} MB")


def _make(scan: Scan, forms: dict[str, FormDef], scans: Path, truth: Path) -> None:
    made = [_sheet(sheet, forms, scan.slips) for sheet in scan.sheets]
    images = [image for sheet in made for image in sheet.images]
    if scan.mono:
        images = [blackened(image, scan.mono) for image in images]
    save_images(
        scans / scan.file, images, made[0].dpi, compression=scan.compression, quality=scan.quality
    )
    told, page = [], 1
    for sheet in made:
        told.append(truth_of(sheet, range(page, page + len(sheet.images))))
        page += len(sheet.images)
    save_truth(truth / f"{scan.file}.json", scan.file, [] if scan.expect else told, scan.expect)


def _sheet(sheet: Sheet, forms: dict[str, FormDef], slips: bool) -> PracticeSheet:
    family, number = sheet.hand.split("/")
    fonts = installed_fonts()
    if family not in fonts:
        raise SystemExit(f"手書きフォント {family} がありません。次を実行してください: {APT_LINE}")
    hand = make_hand(family, fonts[family] + fonts["klee"], int(number))
    made = practice_sheets(
        forms[sheet.form], OFFICE, 1, sheet.seed, [hand], [sheet.damage], USUAL if slips else NONE
    )
    return next(made)


def _digital(form: FormDef, file: str, seed: int, flat: bool) -> None:
    values, _ = answers(form, OFFICE, np.random.default_rng(seed))
    (flatten if flat else fill_form)(form, values, HERE / "scans" / file)
    told = {
        "form": form.id,
        "pages": [1],
        "hand": "typed",
        "damage": "flattened" if flat else "acroform",
        "fields": values,
        "notes": {},
    }
    save_truth(HERE / "truth" / f"{file}.json", file, [told])


def _broken(scans: Path, truth: Path) -> None:
    """What cannot be read: blank, cut off, locked; and the same sheet handed in twice."""
    rng = np.random.default_rng(5)
    white = noisy(np.full((2339, 1654), 250, np.uint8), 3.0, rng)
    _tell(truth, "blank_sheet.jpg", "failed:blank")
    save_images(scans / "blank_sheet.jpg", [white], (200.0, 200.0), quality=30)
    whole = (scans / "account_transfer_02.tif").read_bytes()
    (scans / "truncated.tif").write_bytes(whole[: len(whole) * 2 // 5])
    _tell(truth, "truncated.tif", "failed:truncated")
    _locked(scans / "child_allowance_scan.pdf", scans / "password.pdf")
    _tell(truth, "password.pdf", "failed:password")
    shutil.copyfile(scans / "child_allowance_02.tif", scans / "もう一度 child_allowance_02.tif")
    _tell(truth, "もう一度 child_allowance_02.tif", "duplicate")


def _tell(truth: Path, file: str, expect: str, sheets: Sequence[dict[str, object]] = ()) -> None:
    save_truth(truth / f"{file}.json", file, sheets, expect)


def _locked(source: Path, target: Path) -> None:
    from pypdf import PdfWriter

    writer = PdfWriter(clone_from=source)
    writer.encrypt("kashima", algorithm="AES-256")
    writer.write(target)


if __name__ == "__main__":
    main()
