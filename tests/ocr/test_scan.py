"""Documents in, pages out: what a scanner, a FAX or a camera wrote comes out upright, gray, with
square pixels."""

from __future__ import annotations

import gc
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image

from ocr.ink.showthrough import before_of
from ocr.pages.opening import open_pages, sha256_of
from records.site import IntakeSettings
from records.types import Gray, Page
from tests.ocr.drawnpages import read_all, shared

LIMITS = IntakeSettings()


def sheet(width: int = 420, height: int = 600) -> Gray:
    """White paper with a black bar at the upper left and a gray dot at the lower right."""
    image = np.full((height, width), 255, np.uint8)
    image[height // 10 : height // 10 + 20, width // 10 : width // 2] = 0
    image[-height // 5 : -height // 5 + 30, -width // 5 : -width // 5 + 30] = 0
    return image


def only_page(path: Path) -> Page:
    pages, errors = read_all(open_pages(path, LIMITS))
    assert not errors
    assert len(pages) == 1
    return pages[0]


# --- pixels ---------------------------------------------------------------------------------------


def transparent() -> Image.Image:
    """Black writing on glass: colour black everywhere, and only the writing is opaque."""
    alpha = 255 - sheet()
    return Image.fromarray(np.dstack([np.zeros_like(alpha)] * 3 + [alpha]), "RGBA")


def sixteen() -> Image.Image:
    return Image.fromarray(sheet().astype(np.uint16) * 257)


def palette_with_glass() -> Image.Image:
    image = Image.fromarray(np.where(sheet() < 128, 1, 0).astype(np.uint8), "P")
    image.putpalette([0, 0, 0, 0, 0, 0])
    image.info["transparency"] = 0
    return image


GRAY = Image.fromarray(sheet())
KINDS: dict[str, tuple[Image.Image, dict[str, Any]]] = {
    "gray.png": (GRAY, {}),
    "bits.png": (GRAY.convert("1"), {}),
    "colour.png": (GRAY.convert("RGB"), {}),
    "glass.png": (transparent(), {}),
    "gray-glass.png": (transparent().convert("LA"), {}),
    "palette.png": (palette_with_glass(), {"transparency": 0}),
    "deep.png": (sixteen(), {}),
    "deep.tif": (sixteen(), {}),
    "print.jpg": (GRAY.convert("CMYK"), {"quality": 95}),
    "print.tif": (GRAY.convert("CMYK"), {}),
    "gray.jpg": (GRAY, {"quality": 95}),
    "gray.bmp": (GRAY, {}),
    "gray.webp": (GRAY, {"lossless": True}),
    "g3.tif": (GRAY.convert("1"), {"compression": "group3"}),
    "g4.tif": (GRAY.convert("1"), {"compression": "group4"}),
    "lzw.tif": (GRAY, {"compression": "tiff_lzw"}),
    "jpeg.tif": (GRAY, {"compression": "jpeg", "quality": 95}),
    "packbits.tif": (GRAY.convert("1"), {"compression": "packbits"}),
    "gray.gif": (GRAY, {}),
}


@pytest.mark.parametrize("name", KINDS)
def test_paper_is_white_and_ink_black_whatever_the_file_holds(name: str, tmp_path: Path) -> None:
    image, options = KINDS[name]
    image.save(tmp_path / name, **options)
    page = only_page(tmp_path / name)
    assert page.image.shape == sheet().shape
    assert page.image.dtype == np.uint8
    ink = sheet() < 128
    assert np.abs(page.image.astype(int) - sheet()).mean() < 3, (
        "JPEG may ring, nothing may turn to its negative"
    )
    assert page.image[ink].mean() < 20
    assert page.image[~ink].mean() > 250


def test_dark_sixteen_bit_scan_is_not_stretched_to_white(tmp_path: Path) -> None:
    """A 16-bit scan that holds gray paper keeps its gray: 40000 of 65535 is 155 of 255."""
    Image.fromarray(np.full((300, 300), 40000, np.uint16)).save(tmp_path / "paper.png")
    assert abs(float(only_page(tmp_path / "paper.png").image.mean()) - 40000 / 257) < 1


# --- resolution -----------------------------------------------------------------------------------


def disc_page(dpi: tuple[float, float], mm: float = 25.0) -> Image.Image:
    """A black disc of ``mm`` on a page of 60 x 90 mm, in pixels of ``dpi``."""
    width, height = round(60 / 25.4 * dpi[0]), round(90 / 25.4 * dpi[1])
    x = (np.arange(width) + 0.5) / dpi[0] * 25.4 - 30
    y = (np.arange(height) + 0.5) / dpi[1] * 25.4 - 45
    return Image.fromarray(
        np.where(np.hypot(x[None], y[:, None]) < mm / 2, 0, 255).astype(np.uint8)
    )


def disc_size(page: Page) -> tuple[float, float]:
    """Width and height of the ink in mm."""
    ys, xs = np.nonzero(page.image < 128)
    return float(np.ptp(xs) + 1) / page.pixels_per_mm, float(np.ptp(ys) + 1) / page.pixels_per_mm


@pytest.mark.parametrize(
    ("dpi", "compression"),
    [
        ((204.0, 98.0), "group3"),
        ((204.0, 196.0), "group4"),
        ((200.0, 100.0), "group4"),
        ((408.0, 391.0), "group4"),
        ((200.0, 200.0), "group4"),
        ((300.0, 300.0), "tiff_lzw"),
        ((150.0, 300.0), "tiff_lzw"),
    ],
)
def test_a_disc_is_as_wide_as_high(
    dpi: tuple[float, float], compression: str, tmp_path: Path
) -> None:
    """FAX lines are farther apart than FAX columns; read as they are, every character would be half
    its height."""
    disc_page(dpi).convert("1").save(tmp_path / "fax.tif", compression=compression, dpi=dpi)
    page = only_page(tmp_path / "fax.tif")
    width, height = disc_size(page)
    assert width == pytest.approx(25, abs=0.6)
    assert height == pytest.approx(25, abs=0.6)
    assert page.dpi == pytest.approx(max(dpi), abs=1)
    assert page.source_dpi == pytest.approx(dpi, abs=0.5)


def test_square_pixels_are_left_alone(tmp_path: Path) -> None:
    """A scan is resampled once, onto the blank; doing it here as well would blur it."""
    noise = np.random.default_rng(1).integers(0, 256, (400, 300), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "scan.tif", compression="tiff_lzw", dpi=(200, 200))
    assert np.array_equal(only_page(tmp_path / "scan.tif").image, noise)


def test_dots_per_centimetre_are_understood(tmp_path: Path) -> None:
    disc_page((203.2, 203.2)).save(
        tmp_path / "cm.tif", resolution_unit=3, x_resolution=80, y_resolution=80
    )
    assert only_page(tmp_path / "cm.tif").dpi == pytest.approx(203.2, abs=0.1)


@pytest.mark.parametrize("stated", [None, (1, 1), (72, 72), (9999, 9999)])
def test_a_photo_without_a_true_resolution_is_taken_as_a4(
    stated: tuple[int, int] | None, tmp_path: Path
) -> None:
    """Cameras write 72 dpi into everything; believed, a sheet would be 1.2 m high."""
    image = Image.fromarray(np.full((3508, 2480), 255, np.uint8))
    image.save(tmp_path / "photo.jpg", **({"dpi": stated} if stated else {}))
    page = only_page(tmp_path / "photo.jpg")
    assert page.dpi == pytest.approx(300, abs=1)
    assert page.source_dpi is None


# --- orientation ----------------------------------------------------------------------------------

TURNED = {1: 0, 3: 2, 6: 1, 8: -1}
"""EXIF orientation → quarter turns anticlockwise that were applied to the sheet to get what is
stored."""


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("name", ["photo.jpg", "photo.png", "scan.tif", "fax.tif"])
def test_the_orientation_tag_is_obeyed(orientation: int, name: str, tmp_path: Path) -> None:
    stored = Image.fromarray(np.ascontiguousarray(np.rot90(sheet(), TURNED[orientation])))
    options: dict[str, Any] = {
        "jpg": {"quality": 95},
        "png": {},
        "tif": {"tiffinfo": {274: orientation}},
    }[name[-3:]]
    if name[-3:] != "tif":
        exif = Image.Exif()
        exif[274] = orientation
        options["exif"] = exif
    if name == "fax.tif":
        stored, options["compression"] = stored.convert("1"), "group4"
    stored.save(tmp_path / name, **options)
    page = only_page(tmp_path / name)
    assert page.image.shape == sheet().shape
    assert np.abs(page.image.astype(int) - sheet()).mean() < 3


def test_a_fax_turned_by_its_tag_is_stretched_along_its_own_lines(tmp_path: Path) -> None:
    """Resolutions are those of the stored rows and columns; a quarter turn swaps them."""
    stored = disc_page((204.0, 98.0)).convert("1")
    stored.save(tmp_path / "fax.tif", compression="group4", dpi=(204.0, 98.0), tiffinfo={274: 6})
    width, height = disc_size(only_page(tmp_path / "fax.tif"))
    assert width == pytest.approx(25, abs=0.6)
    assert height == pytest.approx(25, abs=0.6)


def test_each_page_is_turned_by_its_own_tag(tmp_path: Path) -> None:
    """A feeder turns the sheet that went in sideways; the tag of one page is not that of the
    next."""
    images = []
    for orientation in (6, 1, 3, 8):
        stored = Image.fromarray(np.ascontiguousarray(np.rot90(sheet(), TURNED[orientation])))
        stored.encoderinfo = {"tiffinfo": {274: orientation}, "compression": "tiff_lzw"}  # type: ignore[attr-defined]
        images.append(stored)
    first: Any = images[0]
    path = save_tiff(tmp_path / "turned.tif", images, **first.encoderinfo)
    pages, errors = read_all(open_pages(path, LIMITS))
    assert not errors
    assert [p.image.shape for p in pages] == [sheet().shape] * 4
    assert all(np.array_equal(p.image, sheet()) for p in pages)


# --- pages ----------------------------------------------------------------------------------------


def numbered(number: int, width: int = 300, height: int = 400) -> Image.Image:
    """A page that can be told from every other: ``number`` in bars of binary."""
    image = np.full((height, width), 255, np.uint8)
    for bit in range(10):
        if number >> bit & 1:
            image[20 + 30 * bit : 40 + 30 * bit, 50:250] = 0
    return Image.fromarray(image)


def number_of(page: Page) -> int:
    return sum(int(page.image[30 + 30 * bit, 150] < 128) << bit for bit in range(10))


def save_tiff(path: Path, pages: list[Image.Image], **options: Any) -> Path:
    pages[0].save(path, save_all=True, append_images=pages[1:], **options)
    return path


def test_pages_come_in_order_each_with_its_number(tmp_path: Path) -> None:
    path = save_tiff(
        tmp_path / "many.tif", [numbered(n) for n in (7, 3, 1, 12, 9)], compression="tiff_lzw"
    )
    pages, errors = read_all(open_pages(path, LIMITS))
    assert not errors
    assert [(p.number, number_of(p)) for p in pages] == [(1, 7), (2, 3), (3, 1), (4, 12), (5, 9)]
    assert {p.document for p in pages} == {sha256_of(path)}


def test_pages_of_unlike_size_and_depth_keep_their_own(tmp_path: Path) -> None:
    """An office scanner writes what it is fed; nothing of one page may stay for the next."""
    images = [
        numbered(1),
        numbered(2, 500, 700).convert("1"),
        numbered(3, 340, 360).convert("RGB"),
        numbered(4),
    ]
    pages, _ = read_all(open_pages(save_tiff(tmp_path / "mixed.tif", images), LIMITS))
    assert [(number_of(p), p.image.shape) for p in pages] == [
        (1, (400, 300)),
        (2, (700, 500)),
        (3, (360, 340)),
        (4, (400, 300)),
    ]


def test_only_the_pages_asked_for_are_read(tmp_path: Path) -> None:
    path = save_tiff(
        tmp_path / "many.tif", [numbered(n) for n in range(1, 7)], compression="tiff_lzw"
    )
    assert [
        (p.number, number_of(p)) for p in read_all(open_pages(path, LIMITS, "ab" * 32, {2, 5}))[0]
    ] == [(2, 2), (5, 5)]


def test_the_name_does_not_decide_what_a_file_is(tmp_path: Path) -> None:
    """Scan-to-folder and mail attach what they like as a name."""
    numbered(5).save(tmp_path / "sheet", format="PNG")
    (tmp_path / "sheet").rename(tmp_path / "sheet.pdf")
    assert number_of(only_page(tmp_path / "sheet.pdf")) == 5


def test_a_name_of_200_characters_with_blanks_and_japanese(tmp_path: Path) -> None:
    name = ("申請書 その1 " + "x" * 200)[:196] + ".png"
    assert len(name) == 200
    numbered(6).save(tmp_path / name)
    assert number_of(only_page(tmp_path / name)) == 6


def test_reading_leaves_pillow_and_the_warnings_as_they_were(tmp_path: Path) -> None:
    """A reader that is given up half way must not switch off the warnings or limits of the whole
    program."""
    path = save_tiff(tmp_path / "many.tif", [numbered(n) for n in (1, 2, 3)])
    before, limit = list(warnings.filters), Image.MAX_IMAGE_PIXELS
    pages = open_pages(path, LIMITS)
    next(pages)
    assert list(warnings.filters) == before
    with pytest.warns(UserWarning, match="heard"):
        warnings.warn("heard", UserWarning, stacklevel=1)
    pages.close()  # type: ignore[attr-defined]
    assert list(warnings.filters) == before
    assert limit == Image.MAX_IMAGE_PIXELS


@pytest.mark.slow
def test_three_hundred_pages_in_constant_memory(tmp_path: Path) -> None:
    """A year's stack in one TIFF must not need a year's memory: one page is 1 MB, all of them 290
    MB."""
    page = numbered(1, 864, 1100).convert("1")
    path = save_tiff(tmp_path / "stack.tif", [page] * 300, compression="group4", dpi=(100, 100))
    process, seen, first, most = psutil.Process(), 0, 0, 0
    for item in open_pages(path, LIMITS):
        assert isinstance(item, Page)
        seen += number_of(item) == 1
        if seen == 20:
            gc.collect()
            first = process.memory_info().rss
        elif seen > 20 and seen % 20 == 0:
            most = max(most, process.memory_info().rss)
    assert seen == 300
    assert most - first < 20_000_000


# --- real documents -------------------------------------------------------------------------------


@pytest.mark.shared_data
def test_a_real_fax_of_1990() -> None:
    """Group 3 at 204 x 98 dpi: US letter paper comes out in its own proportions, with black on
    white."""
    page = only_page(shared("fax/fax2d.tif"))
    assert page.source_dpi is not None
    assert page.source_dpi[0] / page.source_dpi[1] == pytest.approx(204 / 98, rel=0.01)
    height, width = page.image.shape
    assert 1.2 < height / width < 1.4
    assert float((page.image < 128).mean()) < 0.2


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "count"), [("fax/g3aoe.tif", 1), ("fax/fivepages-scan-causingerrors.tif", 5)]
)
def test_real_files_that_trouble_other_readers(name: str, count: int) -> None:
    pages, errors = read_all(open_pages(shared(name), LIMITS))
    assert not errors
    assert [p.number for p in pages] == list(range(1, count + 1))
    assert all(0.0005 < float((p.image < 128).mean()) < 0.4 for p in pages)


# --- the page before ------------------------------------------------------------------------------


def test_each_page_knows_the_one_before_and_the_last_is_not_shrunk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shrunk: list[tuple[int, ...]] = []

    def counted(image: Gray, dpi: float) -> Gray:
        shrunk.append(image.shape)
        return before_of(image, dpi)

    monkeypatch.setattr("ocr.pages.opening.before_of", counted)
    path = tmp_path / "three.tif"
    images = [Image.fromarray(sheet(400 + 20 * n)) for n in range(3)]
    images[0].save(path, save_all=True, append_images=images[1:], dpi=(200, 200))
    pages, _ = read_all(open_pages(path, LIMITS))
    assert pages[0].before is None
    for page, last in zip(pages[1:], pages, strict=False):
        assert np.array_equal(page.before, before_of(last.image, last.dpi))
    assert shrunk == [page.image.shape for page in pages[:-1]]
