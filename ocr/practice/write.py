"""Practice sheets as files: TIFF as scanners and FAX servers write it, JPEG, PNG and PDF, with the
truth beside them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ocr.practice.practicesheets import PracticeSheet
from records.types import Gray


def is_bilevel(image: Gray) -> bool:
    """Whether an image holds nothing but black and white."""
    return bool(((image == 0) | (image == 255)).all())


def save_images(
    path: Path,
    images: Sequence[Gray],
    dpi: tuple[float, float],
    *,
    compression: str = "",
    quality: int = 70,
) -> None:
    """Write pages to one file; the suffix decides the format.

    Args:
        path: ``.tif`` (all pages), ``.pdf`` (all pages), ``.jpg`` or ``.png`` (one page).
        dpi: horizontal and vertical resolution, written into the file.
        compression: of a TIFF: ``group3``, ``group4``, ``tiff_lzw`` or ``jpeg``; by default group4
            for black and white, LZW for gray.
        quality: of JPEG.
    """
    from PIL import Image

    bilevel = all(is_bilevel(image) for image in images)
    pictures = [Image.fromarray(np.asarray(image)) for image in images]
    if bilevel:
        pictures = [picture.convert("1", dither=Image.Dither.NONE) for picture in pictures]
    kind = path.suffix.lower()
    if kind in (".tif", ".tiff"):
        options: dict[str, Any] = {
            "compression": compression or ("group4" if bilevel else "tiff_lzw"),
            "dpi": dpi,
        }
        if options["compression"] == "jpeg":
            options["quality"] = quality
        pictures[0].save(path, save_all=True, append_images=pictures[1:], **options)
    elif kind == ".pdf":
        made = time.gmtime(0)  # no date of today, so that the same sheets give the same bytes
        lossy: dict[str, Any] = {}
        if not bilevel:
            lossy = {"quality": quality}
        pictures[0].save(
            path,
            save_all=True,
            append_images=pictures[1:],
            resolution=dpi[0],
            title="scan",
            creationDate=made,
            modDate=made,
            **lossy,
        )
    elif kind in (".jpg", ".jpeg"):
        pictures[0].convert("L").save(path, quality=quality, dpi=dpi)
    else:
        pictures[0].save(path, dpi=dpi, optimize=True)


def truth_of(sheet: PracticeSheet, pages: Sequence[int]) -> dict[str, Any]:
    """What a truth file says about one sheet on ``pages`` (1-based) of its document."""
    return {
        "form": sheet.form,
        "pages": list(pages),
        "hand": sheet.hand,
        "damage": sheet.damage,
        "fields": dict(sheet.truth),
        "notes": {name: list(notes) for name, notes in sheet.notes.items()},
    }


def save_truth(
    path: Path, file: str, sheets: Sequence[Mapping[str, Any]], expect: str | None = None
) -> None:
    """Write a truth file: what stands on each sheet of ``file``, or how reading it should end."""
    text = json.dumps(
        {"file": file, "sheets": list(sheets), "expect": expect}, ensure_ascii=False, indent=1
    )
    path.write_text(text + "\n", encoding="utf-8")


def save_practice(sheets: Iterable[PracticeSheet], folder: Path) -> list[Path]:
    """Write each sheet to ``folder`` as a file of its own with its truth as ``<file>.json``;
    returns the files.

    FAX and black-and-white scans become TIFF, photos and gray scans JPEG (several pages: TIFF).
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for number, sheet in enumerate(sheets, 1):
        bilevel = all(is_bilevel(image) for image in sheet.images)
        suffix = ".tif" if bilevel or len(sheet.images) > 1 else ".jpg"
        path = folder / f"{sheet.form}_{number:03d}_{sheet.damage}{suffix}"
        compression = "group3" if sheet.damage == "fax_standard" else ""
        save_images(path, sheet.images, sheet.dpi, compression=compression, quality=80)
        save_truth(
            path.with_name(path.name + ".json"),
            path.name,
            [truth_of(sheet, range(1, len(sheet.images) + 1))],
        )
        made.append(path)
    return made
