"""Kinds of files that offices get: each is read, or refused for what it really is."""

from __future__ import annotations

import base64
import io
import itertools
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pypdf
import pytest
from PIL import Image
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    TextStringObject,
)
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from ocr.pages.opening import open_pages
from records.errors import DocumentError
from records.site import IntakeSettings
from records.types import Gray, Page
from tests.ocr.drawnpages import read_all

LIMITS = IntakeSettings()
HIGH, WIDE = 1169, 827


def sheet(seed: int = 0) -> Gray:
    """A page of rules and strokes, another one for each seed."""
    rng = np.random.default_rng(seed)
    page = np.full((HIGH, WIDE), 255, np.uint8)
    page[60:1100:45, 60:760] = 0
    for _ in range(300):
        y, x = int(rng.integers(60, 1090)), int(rng.integers(60, 740))
        page[y : y + 10, x : x + 3] = 0
    return page


def only_page(path: Path) -> Page:
    pages, errors = read_all(open_pages(path, LIMITS))
    assert not errors
    assert len(pages) == 1
    return pages[0]


def refusal(path: Path) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        list(open_pages(path, LIMITS))
    return caught.value


def same(page: Page, wanted: Gray, within: float = 4.0) -> bool:
    alike = page.image.shape == wanted.shape
    return alike and float(np.abs(page.image.astype(int) - wanted).mean()) < within


# --- TIFF written by hand -------------------------------------------------------------------------


def tiff(pages: list[tuple[dict[int, tuple[int, list[int]]], bytes]]) -> bytes:
    """A TIFF of raw directories: tag to (type, values), and the pixels, which tag 273 or 513
    marks with -1 and 279 or 514 with -2."""
    out = bytearray(b"II*\0\0\0\0\0")
    link = 4
    for tags, data in pages:
        start = len(out)
        out += data + b"\0" * (len(data) % 2)
        places = {-1: start, -2: len(data)}
        struct.pack_into("<I", out, link, len(out))
        out += struct.pack("<H", len(tags))
        for tag, (kind, values) in sorted(tags.items()):
            value = places.get(values[0], values[0])
            packed = struct.pack(
                "<HH" if kind == 3 else "<I", *([value, 0] if kind == 3 else [value])
            )
            out += struct.pack("<HHI", tag, kind, 1) + packed
        link = len(out)
        out += b"\0\0\0\0"
    return bytes(out)


def tags(compression: int, photometric: int = 1, **more: int) -> dict[int, tuple[int, list[int]]]:
    made = {256: WIDE, 257: HIGH, 258: 8, 259: compression, 262: photometric, 277: 1, 278: HIGH}
    named = {tag: (4 if tag in (256, 257, 278) else 3, [value]) for tag, value in made.items()}
    extra = {int(tag[1:]): (4, [value]) for tag, value in more.items()}
    return {**named, 273: (4, [-1]), 279: (4, [-2]), **extra}


def coded(image: Gray, kind: str, **options: Any) -> bytes:
    data = io.BytesIO()
    Image.fromarray(image).save(data, kind, **options)
    return data.getvalue()


@pytest.mark.parametrize("strips", [True, False])
@pytest.mark.parametrize("colour", [True, False])
def test_old_style_jpeg_is_read(strips: bool, colour: bool, tmp_path: Path) -> None:
    image = np.dstack([sheet()] * 3) if colour else sheet()
    directory = tags(6, t513=-1, t514=-2)
    if not strips:
        directory = {t: v for t, v in directory.items() if t not in (273, 278, 279)}
    (tmp_path / "a.tif").write_bytes(tiff([(directory, coded(image, "JPEG", quality=95))]))
    assert same(only_page(tmp_path / "a.tif"), sheet())


@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_jpeg_2000_in_tiff_is_read_and_turned(orientation: int, tmp_path: Path) -> None:
    data = coded(sheet(), "JPEG2000")
    (tmp_path / "a.tif").write_bytes(tiff([(tags(34712, t274=orientation), data)]))
    turns = {1: 0, 3: 2, 6: 3}[orientation]
    assert same(only_page(tmp_path / "a.tif"), np.rot90(sheet(), turns))


def test_a_page_that_is_not_decoded_is_named_and_hides_no_other(tmp_path: Path) -> None:
    raw = (tags(1), sheet().tobytes())
    (tmp_path / "a.tif").write_bytes(tiff([raw, (tags(34661), b"jbig"), raw]))
    pages, errors = read_all(open_pages(tmp_path / "a.tif", LIMITS))
    assert [p.number for p in pages] == [1, 3]
    assert [(e.code, e.pages) for e in errors] == [("unsupported", (2,))]
    assert "JBIG" in str(errors[0])


def test_a_jpeg_2000_piece_larger_than_its_page_is_refused(tmp_path: Path) -> None:
    large = coded(np.full((2 * HIGH, 2 * WIDE), 255, np.uint8), "JPEG2000")
    (tmp_path / "a.tif").write_bytes(tiff([(tags(34712), large)]))
    assert refusal(tmp_path / "a.tif").code in ("unsupported", "truncated")


# --- thumbnails -----------------------------------------------------------------------------------


def small(image: Gray, wide: int) -> Gray:
    size = (wide, round(wide * HIGH / WIDE))
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BOX))


def directory_of(image: Gray, **more: int) -> tuple[dict[int, tuple[int, list[int]]], bytes]:
    made = tags(1, **more)
    sized = {**made, 256: (4, [image.shape[1]]), 257: (4, [image.shape[0]])}
    return {**sized, 278: (4, [image.shape[0]])}, image.tobytes()


@pytest.mark.parametrize("wide", [120, 330])
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("said", [{"t254": 1}, {"t255": 2}, {}])
def test_a_thumbnail_is_no_sheet(
    said: dict[str, int], first: bool, wide: int, tmp_path: Path
) -> None:
    if not said and wide < 200:
        return  # too small to be a page: said to be, as a scan of that size must be
    files = []
    for seed in (1, 2):
        pair = [directory_of(sheet(seed)), directory_of(small(sheet(seed), wide), **said)]
        files += pair[::-1] if first else pair
    (tmp_path / "a.tif").write_bytes(tiff(files))
    pages, errors = read_all(open_pages(tmp_path / "a.tif", LIMITS))
    assert not errors
    assert [np.array_equal(p.image, sheet(n)) for n, p in enumerate(pages, 1)] == [True, True]


def test_a_small_page_of_its_own_is_a_page(tmp_path: Path) -> None:
    files = [directory_of(sheet(1)), directory_of(small(sheet(2), 330)), directory_of(sheet(3))]
    (tmp_path / "a.tif").write_bytes(tiff(files))
    pages, errors = read_all(open_pages(tmp_path / "a.tif", LIMITS))
    assert not errors
    assert [p.number for p in pages] == [1, 2, 3]


def test_masks_are_no_sheets(tmp_path: Path) -> None:
    files = [directory_of(sheet(1)), directory_of(sheet(2), t254=4)]
    (tmp_path / "a.tif").write_bytes(tiff(files))
    assert np.array_equal(only_page(tmp_path / "a.tif").image, sheet(1))


# --- phones ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.avif", "a.jp2", "a.j2k"])
def test_avif_and_jpeg_2000_are_read(name: str, tmp_path: Path) -> None:
    kind = "AVIF" if name == "a.avif" else "JPEG2000"
    (tmp_path / name).write_bytes(coded(np.dstack([sheet()] * 3), kind))
    assert same(only_page(tmp_path / name), sheet())


HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAVZtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAA"
    "AAAAAAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAABegABAAAAAAAAAPEAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAA"
    "AAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA1mlwcnAAAAC3aXBjbwAAAHhodmNDAQNwAAAAkAAAAAAAPPAA/P34"
    "+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAPLoCQGEAAQArQgEBA3AAAAMAkAAAAwAAAwA8oB4gFBZbqSSm"
    "ubgIaDAgAAADAyAAAAMAIWIAAQAHRAHBcrBiQAAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAADwAAAB"
    "QAAAABBwaXhpAAAAAAMICAgAAAAXaXBtYQAAAAAAAAABAAEEgQIDBAAAAPltZGF0AAAA7SgBrwnKeoPGw4Djv8Ka"
    "Uu8f4Yp7YG4U3goh2o+JoB4vVPrZaIbgFu5bQVnhdUhoaR90LUcj+pwUdxMH4VfcbRNZEO0y+UjRC/rR3F+Zkq6o"
    "VtMgJ3mSBllxIS7H4EvA3cMj389/J3aAADCAAADAgJMAAMIACbAAAAMAACqghwAAAwAAAwAugCaAGdogVEhVAGKH"
    "MMNs9/jPseFul48M8TwjyWAAAtXoHIi14E8BvTFG0ADOvP9wmeANF/AOusAAz4AAAAMAAAMAANbCHjheWW2QMvH3"
    "uAOcV6KGQchGuiIgBFuAri2OnbmJLBTB8Q=="
)
"""Two black bars on 240 x 320 pixels of paper, drawn by the project: no free library that is a
dependency writes HEIC."""


def test_heic_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.heic").write_bytes(HEIC)
    image = only_page(tmp_path / "a.heic").image
    assert image.shape == (320, 240)
    assert image[42:58, 32:118].max() < 40
    assert image[252:278, 192:218].max() < 40
    assert np.median(image) > 240


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_cut_heic_is_damaged(share: float, tmp_path: Path) -> None:
    (tmp_path / "a.heic").write_bytes(HEIC[: int(len(HEIC) * share)])
    assert refusal(tmp_path / "a.heic").code == "truncated"


def test_a_heic_that_is_too_large_is_refused_by_its_size(tmp_path: Path) -> None:
    (tmp_path / "a.heic").write_bytes(HEIC)
    with pytest.raises(DocumentError) as caught:
        list(open_pages(tmp_path / "a.heic", IntakeSettings(max_pixels=50_000)))
    assert caught.value.code == "too_large"


@pytest.mark.parametrize(("name", "kind"), [("a.gif", "GIF"), ("a.webp", "WEBP"), ("a.png", "PNG")])
def test_moving_pictures_are_named(name: str, kind: str, tmp_path: Path) -> None:
    frames = [Image.fromarray(sheet(n)) for n in (1, 2)]
    frames[0].save(tmp_path / name, kind, save_all=True, append_images=frames[1:], duration=100)
    error = refusal(tmp_path / name)
    assert error.code == "unsupported"
    assert "アニメーション" in str(error)


def test_the_second_picture_of_a_phone_is_no_sheet(tmp_path: Path) -> None:
    first, second = (Image.fromarray(np.dstack([sheet(n)] * 3)) for n in (1, 2))
    first.save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=[second], quality=95)
    assert same(only_page(tmp_path / "a.jpg"), sheet(1))


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.docx", b"PK\x03\x04" + b"\0" * 90, "Word"),
        ("a.bin", b"PK\x03\x04" + b"\0" * 90, "ZIP"),
        ("a.xdw", b"\x60\x0e" + b"\0" * 90, "DocuWorks"),
        ("a.mov", b"\0\0\0\x14ftypqt  " + b"\0" * 90, "動画"),
        ("a.pdf", b"\n" * 3000 + b"%PDF-1.4\n", "余分なデータ"),
    ],
)
def test_other_files_are_named(name: str, data: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    error = refusal(tmp_path / name)
    assert error.code == "unsupported"
    assert said in str(error)


# --- PDF ------------------------------------------------------------------------------------------


def scan_pdf(path: Path, size: tuple[float, float], strips: int = 1) -> Path:
    made = canvas.Canvas(str(path), pagesize=size)
    edges = np.linspace(0, HIGH, strips + 1).astype(int)
    for top, bottom in itertools.pairwise(edges):
        part = ImageReader(Image.fromarray(sheet()[top:bottom]))
        share = size[1] / HIGH
        made.drawImage(part, 0, (HIGH - bottom) * share, size[0], (bottom - top) * share)
    made.save()
    return path


@pytest.mark.parametrize("strips", [1, 12])
@pytest.mark.parametrize("points", [(1654, 2339), (2480, 3508), (4960, 7016), (60, 85)])
def test_pixels_taken_for_points_are_paper_all_the_same(
    points: tuple[float, float], strips: int, tmp_path: Path
) -> None:
    """A scan of 827 x 1169 pixels on pages of every size is a sheet of A4 at 100 dpi."""
    page = only_page(scan_pdf(tmp_path / "a.pdf", points, strips))
    assert page.image.shape[0] == pytest.approx(HIGH, abs=3)
    assert page.dpi == pytest.approx(100, abs=1)


def test_a_page_of_true_size_is_rendered_as_ever(tmp_path: Path) -> None:
    page = only_page(scan_pdf(tmp_path / "a.pdf", (595.28, 841.89)))
    assert page.dpi == 300
    assert page.image.shape[0] == pytest.approx(3508, abs=2)


@pytest.mark.parametrize("unit", [2.0, 4.0])
def test_a_page_with_a_unit_of_its_own(unit: float, tmp_path: Path) -> None:
    size = (595.28 / unit, 841.89 / unit)
    writer = pypdf.PdfWriter(clone_from=scan_pdf(tmp_path / "plain.pdf", size))
    writer.pages[0][NameObject("/UserUnit")] = FloatObject(unit)
    writer.write(tmp_path / "a.pdf")
    page = only_page(tmp_path / "a.pdf")
    assert page.image.shape[0] == pytest.approx(3508, abs=5)


def test_a_negative_in_a_pdf_is_turned(tmp_path: Path) -> None:
    made = canvas.Canvas(str(tmp_path / "a.pdf"), pagesize=(595, 842))
    made.drawImage(ImageReader(Image.fromarray(255 - sheet())), 0, 0, 595, 842)
    made.save()
    assert np.median(only_page(tmp_path / "a.pdf").image) > 240


def cover(path: Path) -> pypdf.PdfWriter:
    made = canvas.Canvas(str(path))
    made.drawString(60, 700, "Please wait... open this in Acrobat")
    made.save()
    return pypdf.PdfWriter(clone_from=path)


def test_a_portfolio_is_named_with_what_is_in_it(tmp_path: Path) -> None:
    writer = cover(tmp_path / "cover.pdf")
    writer.add_attachment("application.pdf", b"%PDF-1.4")
    writer.root_object[NameObject("/Collection")] = DictionaryObject()
    writer.write(tmp_path / "a.pdf")
    error = refusal(tmp_path / "a.pdf")
    assert error.code == "unsupported"
    assert "ポートフォリオ" in str(error)
    assert "application.pdf" in str(error)


def test_a_pdf_with_an_attachment_is_read_and_the_attachment_is_told(tmp_path: Path) -> None:
    writer = pypdf.PdfWriter(clone_from=scan_pdf(tmp_path / "plain.pdf", (595, 842)))
    writer.add_attachment("data.xml", b"<a/>")
    writer.write(tmp_path / "a.pdf")
    pages, errors = read_all(open_pages(tmp_path / "a.pdf", LIMITS))
    assert len(pages) == 1
    assert [error.code for error in errors] == ["attachment"]
    assert "「data.xml」" in errors[0].message


@pytest.mark.parametrize("rendering", [True, False])
def test_a_form_that_only_acrobat_draws_is_named(rendering: bool, tmp_path: Path) -> None:
    writer = cover(tmp_path / "cover.pdf")
    xfa = ArrayObject([TextStringObject("template"), TextStringObject("<template/>")])
    form = DictionaryObject({NameObject("/Fields"): ArrayObject(), NameObject("/XFA"): xfa})
    writer.root_object[NameObject("/AcroForm")] = form
    if rendering:
        writer.root_object[NameObject("/NeedsRendering")] = BooleanObject(True)
    writer.write(tmp_path / "a.pdf")
    error = refusal(tmp_path / "a.pdf")
    assert error.code == "unsupported"
    assert "XFA" in str(error)
