"""A scan is laid on its blank to half a millimetre however it went through the machine, or it is
not laid on it at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ocr.ink.strokes import find_ink
from ocr.pages.opening import open_pages
from ocr.place.align import Aligned, best_blank, even_paper, prepare
from ocr.place.blank import CANVAS_DPI, PX, Blank
from ocr.place.matching import alike
from records.forms import FormDef
from records.site import IntakeSettings
from records.types import Box, Gray, Page
from tests.ocr.drawnpages import page_of

GetBlank = Callable[[str], Blank]
Matrix = NDArray[np.float64]
Places = tuple[tuple[float, float], ...]


@pytest.fixture(scope="module")
def places(blank_of: GetBlank) -> Places:
    """Points all over child_allowance with no print within 2.6 mm, mm."""
    near = blank_of("child_allowance").near_print
    reach, found = round(2.6 * PX), []
    for y in range(36, 280, 9):
        for x in range(18, 198, 9):
            cx, cy = round(x * PX), round(y * PX)
            if not near[cy - reach : cy + reach + 1, cx - reach : cx + reach + 1].any():
                found.append((float(x), float(y)))
    assert len(found) > 60
    assert {int(x > 105) + 2 * int(y > 148) for x, y in found} == {0, 1, 2, 3}, (
        "all quarters of the sheet"
    )
    return tuple(found)


@pytest.fixture(scope="module")
def marked(blank_of: GetBlank, places: Places) -> Gray:
    """The blank with a cross of 2.4 mm on each place, at canvas resolution: to be found again after
    alignment."""
    image = blank_of("child_allowance").image.copy()
    for x, y in places:
        for dx, dy in ((1.2, 0.0), (0.0, 1.2)):
            a, b = ((round((x + s * dx) * PX), round((y + s * dy) * PX)) for s in (-1, 1))
            cv2.line(image, a, b, 0, 3, cv2.LINE_AA)
    return image


def errors_mm(aligned: Aligned, places: Places) -> list[float]:
    """How far each cross is from where it was drawn; inf where it is not found within 2.5 mm."""
    ink = aligned.dark & ~aligned.blank.near_print
    found = []
    for x, y in places:
        reach, cx, cy = round(2.5 * PX), round(x * PX), round(y * PX)
        ys, xs = np.nonzero(ink[cy - reach : cy + reach + 1, cx - reach : cx + reach + 1])
        enough = len(ys) > 20
        found.append(
            float(np.hypot(xs.mean() - reach, ys.mean() - reach)) / PX if enough else float("inf")
        )
    return found


def warped(image: Gray, matrix: Matrix, size: tuple[int, int], behind: int = 255) -> Gray:
    return np.asarray(
        cv2.warpPerspective(
            image,
            matrix,
            size,
            flags=cv2.INTER_AREA,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(behind,),
        ),
        np.uint8,
    )


def rotated(image: Gray, degrees: float, scale: float = 1.0) -> Gray:
    """Turned about its middle, on a page of ``scale`` times the pixels."""
    height, width = image.shape
    turn = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0), [0, 0, 1]])
    return warped(
        image, np.diag([scale, scale, 1.0]) @ turn, (round(width * scale), round(height * scale))
    )


def laid(blank: Blank, image: Gray, dpi: float = CANVAS_DPI) -> Aligned:
    ranked = best_blank(prepare(page_of(image, dpi)), [blank])
    assert ranked
    return ranked[0]


# --- the machine's ways ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quarter", "skew", "dpi"), [(0, 0.0, 200), (1, 2.5, 200), (2, -3.0, 300), (3, 1.0, 150)]
)
def test_a_sheet_fed_any_way_round(
    quarter: int, skew: float, dpi: int, blank_of: GetBlank, marked: Gray, places: Places
) -> None:
    turned = np.ascontiguousarray(np.rot90(rotated(marked, skew, dpi / 200), quarter))
    aligned = laid(blank_of("child_allowance"), turned, dpi)
    assert max(errors_mm(aligned, places)) < 0.45
    assert aligned.fit > 0.97


def test_a_photo_from_aside_in_bad_light(blank_of: GetBlank, marked: Gray, places: Places) -> None:
    """A phone sees the far edge smaller, the paper gray and one side in shadow."""
    height, width = marked.shape
    corners = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    seen = np.float32([[210, 160], [1500, 230], [1640, 2300], [120, 2180]])
    photo = warped(
        marked,
        cv2.getPerspectiveTransform(corners, seen).astype(np.float64),
        (1800, 2450),
        behind=70,
    )
    light = np.linspace(0.45, 0.85, 1800)[None, :]
    aligned = laid(blank_of("child_allowance"), (photo * light).astype(np.uint8), 190)
    assert max(errors_mm(aligned, places)) < 0.5
    assert aligned.fit > 0.93


def faxed(image: Gray, stretch: float, dropped: tuple[int, ...], down: float) -> Gray:
    """As a FAX machine sends it: 204 dpi across, ``down`` dpi, black or white, fed unevenly, some
    lines lost."""
    height, width = image.shape
    size = (round(width * 204 / CANVAS_DPI), round(height * stretch * down / CANVAS_DPI))
    rows = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
    bits = np.where(rows > 175, 255, 0).astype(np.uint8)
    return np.delete(bits, [n + k for n in dropped for k in range(3)], axis=0)


@pytest.mark.parametrize(("down", "stretch"), [(98.0, 1.02), (196.0, 0.985)])
def test_a_fax_with_stretch_and_lost_lines(
    down: float, stretch: float, blank_of: GetBlank, marked: Gray, places: Places, tmp_path: Path
) -> None:
    """Paper feed is 2 % off and three blocks of lines are gone, each of 0.8 mm at 98 dpi: the print
    after each has jumped."""
    dropped = tuple(round(down / 98 * n) for n in (260, 560, 850))
    bits = Image.fromarray(faxed(marked, stretch, dropped, down)).convert("1")
    bits.save(tmp_path / "fax.tif", compression="group3", dpi=(204, down))
    pages = list(open_pages(tmp_path / "fax.tif", IntakeSettings()))
    assert isinstance(pages[0], Page)
    aligned = best_blank(prepare(pages[0]), [blank_of("child_allowance")])[0]
    errors = errors_mm(aligned, places)
    assert float(np.median(errors)) < 0.3
    assert max(errors) < 0.6, "a cross beside lost lines may keep half of their height"
    assert aligned.fit > 0.93


def test_a_sheet_printed_smaller_under_a_sender_line(
    blank_of: GetBlank, marked: Gray, places: Places
) -> None:
    """Machines shrink the page to 94 % to print who sent it on top."""
    height, width = marked.shape
    small = np.full((height + 40, width), 255, np.uint8)
    body = cv2.resize(marked, None, fx=0.94, fy=0.94, interpolation=cv2.INTER_AREA)
    small[60 : 60 + body.shape[0], 30 : 30 + body.shape[1]] = body
    cv2.putText(
        small, "2026-11-22 10:15 FROM 0954-63-0000 P.01", (60, 30), cv2.FONT_HERSHEY_PLAIN, 2, 0, 2
    )
    aligned = laid(blank_of("child_allowance"), small)
    assert max(errors_mm(aligned, places)) < 0.4
    assert aligned.fit > 0.95


@pytest.mark.parametrize("edge", ["left", "bottom"])
def test_a_sheet_that_lost_an_edge(
    edge: str, blank_of: GetBlank, marked: Gray, places: Places
) -> None:
    """12 mm beyond the glass: what is left lies where it should, what is lost does not fit."""
    lost = round(12 * PX)
    cut = {"left": marked[:, lost:], "bottom": marked[:-lost]}[edge]
    aligned = laid(blank_of("child_allowance"), np.ascontiguousarray(cut))
    width, height = aligned.blank.size_mm
    kept = tuple((x, y) for x, y in places if 15 < x < width - 15 and 15 < y < height - 15)
    assert max(errors_mm(aligned, kept)) < 0.4
    assert aligned.fit > 0.85


def test_a_folded_corner_makes_only_its_own_fields_misfit(
    blank_of: GetBlank, marked: Gray, sample_forms: Mapping[str, FormDef]
) -> None:
    """Whatever lies over part of the sheet, the fields beneath must not be read as empty with a
    good fit."""
    covered = marked.copy()
    covered[round(180 * PX) :, :] = 255
    aligned = laid(blank_of("child_allowance"), covered)
    fields = sample_forms["child_allowance"].fields
    fits = {name: aligned.fit_around(item.area) for name, item in fields.items() if item.area}
    assert all(fits[name] < 0.5 for name in ("account", "consent", "seal", "attachments"))
    assert all(fits[name] > 0.95 for name in ("applicant", "phone", "children.1.name", "spouse"))


# --- which form -----------------------------------------------------------------------------------

FORMS = (
    "child_allowance",
    "account_transfer",
    "citizen_opinion",
    "online_application",
    "staff_survey",
)


@pytest.mark.parametrize("name", FORMS)
def test_each_form_is_itself_and_no_other(name: str, blank_of: GetBlank) -> None:
    scan = rotated(blank_of(name).image, 1.2)
    ranked = best_blank(prepare(page_of(scan)), [blank_of(n) for n in FORMS])
    assert ranked[0].blank.form == name
    assert ranked[0].fit > 0.97
    assert all(other.fit < 0.5 for other in ranked[1:])


def nothing_of_a_form() -> dict[str, Gray]:
    rng = np.random.default_rng(4)
    return {
        "paper": np.full((1169, 827), 255, np.uint8),
        "black": np.zeros((1169, 827), np.uint8),
        "grain": rng.integers(0, 256, (1169, 827), dtype=np.uint8),
        "speckle": np.where(rng.random((1169, 827)) < 0.02, 0, 255).astype(np.uint8),
    }


@pytest.mark.parametrize("what", ["park_permit_v1", *nothing_of_a_form()])
def test_a_form_that_nobody_defined_and_no_form_at_all_do_not_fit(
    what: str, blank_of: GetBlank
) -> None:
    page = (
        page_of(nothing_of_a_form()[what], 100)
        if what in nothing_of_a_form()
        else page_of(rotated(blank_of(what).image, -0.7))
    )
    ranked = best_blank(prepare(page), [blank_of(n) for n in FORMS])
    assert all(a.fit < 0.5 for a in ranked)


# --- the form's next version ----------------------------------------------------------------------


def test_a_version_that_moved_its_rows_is_told_from_the_old_one(blank_of: GetBlank) -> None:
    """The two differ by 1 to 4 mm in the lower half; with both defined each sheet finds its own."""
    versions = [blank_of("child_allowance"), blank_of("child_allowance_v3")]
    for right in versions:
        ranked = best_blank(prepare(page_of(rotated(right.image, 0.8))), versions)
        assert ranked[0].blank.version == right.version
        assert ranked[0].fit > ranked[1].fit + 0.1


def test_a_moved_field_does_not_fit_where_it_was(
    blank_of: GetBlank, sample_forms: Mapping[str, FormDef]
) -> None:
    """Only the old version is defined: the sheet as a whole fits, so it is the field's own
    surroundings that must tell.

    The new version's table has a lower row pitch; what stands below it moved as one and is found by
    its print again.
    """
    aligned = laid(blank_of("child_allowance"), rotated(blank_of("child_allowance_v3").image, 0.8))
    old, new = sample_forms["child_allowance"].fields, sample_forms["child_allowance_v3"].fields
    fits = {name: aligned.fit_around(item.area) for name, item in old.items() if item.area}
    table = [name for name in fits if name.startswith("children.")] + ["account"]
    assert all(old[name].area != new[name].area for name in table)
    assert aligned.fit > 0.5
    assert all(fits[name] < 0.85 for name in table)
    assert sum(fits[name] < 0.8 for name in table) > 0.9 * len(table)
    above = [name for name, item in old.items() if item.area and item.area.bottom < 125]
    assert len(above) >= 15
    assert all(fits[name] > 0.95 for name in above)


# --- measures -------------------------------------------------------------------------------------


def test_fit_is_the_share_of_print_that_is_there(blank_of: GetBlank) -> None:
    """Half of the form wiped: the fit falls by the print that was wiped, no more and no less."""
    blank = blank_of("child_allowance")
    half = blank.image.copy()
    half[half.shape[0] // 2 :] = 255
    lost = float(blank.print_mask[half.shape[0] // 2 :].sum() / blank.print_mask.sum())
    assert laid(blank, half).fit == pytest.approx(1 - lost, abs=0.04)


def test_where_nothing_is_printed_nothing_can_misfit(blank_of: GetBlank) -> None:
    aligned = laid(blank_of("child_allowance"), blank_of("child_allowance").image)
    empty = Box(1, 285, 3, 3)
    assert not blank_of("child_allowance").print_mask[round(280 * PX) :, : round(8 * PX)].any()
    assert aligned.fit_around(empty, 1.0) == 1.0


def test_shadow_becomes_paper_and_bits_stay_bits() -> None:
    """Uneven light would make an ink level for the whole page impossible; a FAX must not be
    touched."""
    page = np.full((800, 600), 255, np.uint8)
    page[100:700:50, 80:520] = 0
    assert np.array_equal(even_paper(page), page)
    shaded = (page * np.linspace(0.4, 1.0, 600)[None, :]).astype(np.uint8)
    even = even_paper(shaded)
    assert float(np.percentile(even[page == 255], 5)) > 225
    assert int(even[page == 0].max()) < 60


def test_a_piece_of_a_sheet_is_looked_at_once_more(blank_of: GetBlank) -> None:
    """The middle third of a FAX has too few landmarks at the first look; the second, finer one
    finds the sheet all the same."""
    blank = blank_of("child_allowance")
    piece = np.full_like(blank.image, 255)
    rows, columns = slice(round(105 * PX), round(160 * PX)), slice(round(15 * PX), round(110 * PX))
    piece[rows, columns] = np.where(blank.image[rows, columns] > 175, 255, 0)
    scan = prepare(page_of(rotated(piece, 1.5)))
    ranked = best_blank(scan, [blank_of(n) for n in FORMS])
    assert ranked[0].blank.form == "child_allowance"
    assert len(scan.fine_landmarks[0]) > 1.5 * len(scan.landmarks()[0])
    aligned = ranked[0]
    printed = blank.print_mask[rows, columns]
    assert float(aligned.dark[rows, columns][printed].mean()) > 0.8


def test_landmarks_are_compared_in_pieces_as_in_one() -> None:
    rng = np.random.default_rng(1)
    for rows, columns in ((1, 1), (31, 65), (300, 700)):
        left, right = rng.random((rows, 128), np.float32), rng.random((columns, 128), np.float32)
        assert alike(left, right) == pytest.approx(left @ right.T, rel=1e-5)


def test_side_by_side_a_page_is_laid_and_cleared_as_one_after_the_other(blank_of: GetBlank) -> None:
    """Threads share out tiles, bands and the search for strokes; what comes out is the same to the
    pixel."""
    blank = blank_of("child_allowance")
    page = page_of(rotated(blank.image, 1.2))
    with ThreadPoolExecutor(2) as pool:
        plain, shared = (
            best_blank(prepare(page), [blank], each=each)[0] for each in (map, pool.map)
        )
        assert np.array_equal(plain.image, shared.image)
        assert plain.fit == shared.fit
        assert np.array_equal(find_ink(plain).labels, find_ink(shared, each=pool.map).labels)
