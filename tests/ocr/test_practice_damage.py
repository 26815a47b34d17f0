"""What scanners, phones and FAX machines do to a sheet, measured on the pixels."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from ocr.practice.damage import DAMAGES, SCANS, SOURCE_DPI, damaged
from ocr.practice.write import is_bilevel, save_images
from records.types import Gray

MARGIN = 300


def sheet() -> Gray:
    """A4 with a frame whose corner is marked, and a thin line of 0.3 mm."""
    page = np.full((3508, 2480), 255, np.uint8)
    cv2.rectangle(page, (MARGIN, MARGIN), (2480 - MARGIN, 3508 - MARGIN), 0, 6)
    cv2.rectangle(page, (MARGIN + 100, MARGIN + 100), (MARGIN + 300, MARGIN + 200), 0, -1)
    cv2.line(page, (500, 1500), (2000, 1500), 0, 4)
    return page


@pytest.mark.parametrize("name", DAMAGES)
def test_sizes_and_resolutions_are_what_the_file_says(name: str) -> None:
    (image,), (across, down) = damaged([sheet()], name, np.random.default_rng(1))
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    if name == "photo":
        assert (across, down) == (72.0, 72.0)
        return
    height, width = image.shape if name != "sideways" else image.shape[::-1]
    if name.startswith("fax"):
        assert width == 1728
        assert across == 204.0
        assert down in (196.0, 98.0)
    else:
        assert width == pytest.approx(210 / 25.4 * across, abs=3)
    assert height / down * 25.4 == pytest.approx(297, rel=0.04)


def test_fax_and_mono_scans_are_black_and_white_and_keep_the_line() -> None:
    for name in ("fax_fine", "fax_standard", "mono300", "mono200"):
        for seed in range(4):
            (image,), _ = damaged([sheet()], name, np.random.default_rng(seed))
            assert is_bilevel(image)
            share = float((image == 0).mean())
            assert 0.004 < share < 0.03, (name, seed, share)


def test_gray_writing_survives_the_black_and_white_scanner() -> None:
    page = sheet()
    pencil = np.s_[2000:2012, 500:2000]
    page[pencil] = 95
    for seed in range(8):
        (image,), _ = damaged([page], "mono300", np.random.default_rng(seed))
        around = image[1940:2070, 700:1800]
        assert (around == 0).any(0).mean() > 0.95, seed


def test_upside_down_turns_the_marked_corner() -> None:
    (image,), _ = damaged([sheet()], "upside_down", np.random.default_rng(3))
    half = image[: image.shape[0] // 2]
    rest = image[image.shape[0] // 2 :]
    assert (rest < 100).sum() > (half < 100).sum()


def test_skew_stays_within_its_recipe() -> None:
    for seed in range(6):
        (image,), _ = damaged([sheet()], "skewed", np.random.default_rng(seed))
        dark = np.argwhere(image[1300:1800] < 90)
        dark = dark[(dark[:, 1] > 700) & (dark[:, 1] < 1800)]
        slope = np.polyfit(dark[:, 1], dark[:, 0], 1)[0]
        assert abs(np.rad2deg(np.arctan(slope))) < SCANS["skewed"].skew + 0.5


def test_a_cut_loses_one_edge_and_only_one() -> None:
    """A block of 6 x 1 mm stands 2.5 mm inside the middle of each edge; one of the four is lost."""
    page = np.full((3508, 2480), 255, np.uint8)
    for turn in range(4):
        turned = np.rot90(page, turn)
        middle = turned.shape[1] // 2
        turned[30:42, middle - 35 : middle + 35] = 0
    for seed in range(6):
        (image,), _ = damaged([page], "cut", np.random.default_rng(seed))
        seen = [(np.rot90(image, turn)[5:300, 900:-900] < 100).sum() > 300 for turn in range(4)]
        inner = image[700:-700, 700:-700]
        assert sum(seen) == 3, seed
        assert (inner > 200).mean() > 0.99


def test_a_document_keeps_one_setting_for_all_its_pages() -> None:
    pages, _ = damaged([sheet(), sheet()], "faint", np.random.default_rng(2))
    darkest = [float(np.percentile(page, 0.05)) for page in pages]
    assert abs(darkest[0] - darkest[1]) < 12


@pytest.mark.parametrize(
    ("name", "compression"), [("fax_standard", "group3"), ("fax_fine", "group4")]
)
def test_fax_files_carry_their_compression_and_dpi(
    tmp_path: Path, name: str, compression: str
) -> None:
    images, dpi = damaged([sheet(), sheet()], name, np.random.default_rng(4))
    path = tmp_path / "fax.tif"
    save_images(path, images, dpi, compression=compression)
    with Image.open(path) as file:
        assert file.n_frames == 2
        assert file.mode == "1"
        assert file.info["compression"] == compression
        assert tuple(map(float, file.info["dpi"])) == dpi
        assert np.array_equal(np.asarray(file.convert("L")), images[0])


def test_pdf_and_jpeg_are_the_same_bytes_each_time(tmp_path: Path) -> None:
    images, dpi = damaged([sheet()], "scan200", np.random.default_rng(4))
    for suffix in (".pdf", ".jpg", ".png"):
        first, second = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
        save_images(first, images, dpi)
        save_images(second, images, dpi)
        assert first.read_bytes() == second.read_bytes()


def test_the_source_is_left_alone() -> None:
    page = sheet()
    before = page.copy()
    for name in DAMAGES:
        damaged([page], name, np.random.default_rng(6))
    assert np.array_equal(page, before)
    assert SOURCE_DPI == 300
