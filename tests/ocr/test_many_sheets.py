"""Whatever lies on a page is read sheet by sheet or goes to a person: no sheet is lost beside
another."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter, Transformation

from ocr.place.align import prepare
from ocr.place.blank import PX, Blank
from ocr.place.found_sheets import PageLook, Rule
from ocr.place.search import look_over, pages_of
from ocr.reader import Reader
from records.compare import same
from records.forms import FormDef
from records.refusal import Refusal
from records.types import Gray, Record
from tests.ocr.drawnpages import SAMPLES, page_of

GetBlank = Callable[[str], Blank]
FORMS = ("child_allowance", "account_transfer", "citizen_opinion", "staff_survey")

A4 = (2339, 1654)
WHITE: Gray = np.full(A4, 255, np.uint8)


@pytest.fixture(scope="module")
def look(blank_of: GetBlank, sample_forms: Mapping[str, FormDef]) -> Callable[[Gray], PageLook]:
    """What lies on a page of 200 dpi."""
    blanks = [blank_of(name) for name in FORMS]
    return lambda image: look_over(prepare(page_of(image)), blanks, Rule(sample_forms, 0.5))


def shrunk(image: Gray, scale: float) -> Gray:
    return np.asarray(
        cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
    )


def beside(*images: Gray, gap: int = 0) -> Gray:
    space = np.full((images[0].shape[0], gap), 255, np.uint8)
    parts = [part for image in images for part in (image, space)]
    return np.hstack(parts)


def below(*images: Gray) -> Gray:
    return np.vstack(images)


def turned(image: Gray) -> Gray:
    return np.ascontiguousarray(image[::-1, ::-1])


def over(page: Gray, slip: Gray, x_mm: float, y_mm: float) -> Gray:
    """A slip with its paper laid on a page."""
    image, left, top = page.copy(), round(x_mm * PX), round(y_mm * PX)
    height, width = slip.shape
    image[top : top + height, left : left + width] = slip
    return image


Layout = Callable[[GetBlank], Gray]
LAYOUTS: Mapping[str, tuple[Layout, Sequence[str]]] = {
    "two alike on A3": (
        lambda of: beside(of("child_allowance").image, of("child_allowance").image),
        ["child_allowance", "child_allowance"],
    ),
    "two kinds on A3": (
        lambda of: beside(of("citizen_opinion").image, of("child_allowance").image),
        ["citizen_opinion", "child_allowance"],
    ),
    "head to foot": (
        lambda of: below(of("account_transfer").image, turned(of("child_allowance").image)),
        ["account_transfer", "child_allowance"],
    ),
    "three": (
        lambda of: beside(*[of(n).image for n in FORMS[:3]]),
        list(FORMS[:3]),
    ),
    "two up, sideways": (
        lambda of: np.rot90(beside(*[shrunk(of(n).image, 0.707) for n in FORMS[:2]])),
        ["account_transfer", "child_allowance"],
    ),
    "four on a page": (
        lambda of: below(
            beside(*[shrunk(of(n).image, 0.5) for n in FORMS[:2]]),
            beside(*[shrunk(of(n).image, 0.5) for n in (FORMS[2], FORMS[0])]),
        ),
        [*FORMS[:3], "child_allowance"],
    ),
    "a slip half over a form": (
        lambda of: over(
            beside(of("child_allowance").image, WHITE[:, :600]),
            shrunk(of("account_transfer").image, 0.5),
            170,
            100,
        ),
        ["child_allowance", "account_transfer"],
    ),
    "a slip over a form": (
        lambda of: over(
            of("child_allowance").image, shrunk(of("citizen_opinion").image, 0.45), 80, 130
        ),
        ["child_allowance", "citizen_opinion"],
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_sheet_on_a_page_is_found(
    name: str, look: Callable[[Gray], PageLook], blank_of: GetBlank
) -> None:
    draw, forms = LAYOUTS[name]
    found = look(np.ascontiguousarray(draw(blank_of)))
    assert sorted(s.aligned.blank.form for s in found.sheets) == sorted(forms)
    if "slip" not in name:
        assert [s.aligned.blank.form for s in found.sheets] == forms
        assert all(s.aligned.fit > 0.97 for s in found.sheets)
    assert not found.beside
    assert not found.strange
    middles = {Record.id_of("0" * 64, 1, s.middle) for s in found.sheets}
    assert len(middles) == len(forms)


def test_what_lies_under_a_slip_is_known(
    look: Callable[[Gray], PageLook], blank_of: GetBlank, sample_forms: Mapping[str, FormDef]
) -> None:
    """The slip's own print and writing must not be read as the form's."""
    draw, _ = LAYOUTS["a slip over a form"]
    under, slip = look(draw(blank_of)).sheets
    if under.aligned.blank.form != "child_allowance":
        under, slip = slip, under
    assert not slip.hidden
    (box,) = under.hidden
    assert (box.x, box.y) == pytest.approx((80, 130), abs=2)
    assert (box.width, box.height) == pytest.approx((0.45 * 210, 0.45 * 297), abs=2)


STRANGE: Mapping[str, Layout] = {
    "another form beside": lambda of: beside(
        of("child_allowance").image, of("park_permit_v1").image
    ),
    "a small one beside": lambda of: beside(
        of("child_allowance").image,
        below(shrunk(of("park_permit_v1").image, 0.5), WHITE[:1169, :827]),
    ),
    "another version beside": lambda of: beside(
        of("account_transfer").image, of("child_allowance_v3").image
    ),
    "a slip over it": lambda of: over(
        of("child_allowance").image, shrunk(of("park_permit_v1").image, 0.35), 30, 100
    ),
}


@pytest.mark.parametrize("name", STRANGE)
def test_print_that_no_form_explains_is_told(
    name: str, look: Callable[[Gray], PageLook], blank_of: GetBlank
) -> None:
    found = look(np.ascontiguousarray(STRANGE[name](blank_of)))
    assert found.beside or found.strange
    assert len(found.sheets) <= 1


@pytest.mark.parametrize("what", ["sender's line", "dirt", "a dark desk", "skew", "cut"])
def test_an_ordinary_page_has_nothing_beside_its_sheet(
    what: str, look: Callable[[Gray], PageLook], blank_of: GetBlank
) -> None:
    """A false alarm costs a person's time."""
    image = blank_of("child_allowance").image
    rng = np.random.default_rng(3)
    page = np.full((2500, 1900), 255, np.uint8)
    page[100 : 100 + A4[0], 120 : 120 + A4[1]] = image
    if what == "sender's line":
        line = "2026-11-22 10:15 FROM 0954-63-0000 KASHIMA CITY HALL P.01/02"
        for y in (40, 80):
            cv2.putText(page, line, (60, y), cv2.FONT_HERSHEY_PLAIN, 2, 0, 2)
    elif what == "dirt":
        for x, y in rng.integers(0, (1900, 2500), (300, 2)):
            page[y : y + 2, x : x + 2] = 0
    elif what == "a dark desk":
        grain = rng.integers(60, 140, page.shape).astype(np.uint8)
        desk = cv2.GaussianBlur(grain, (0, 0), 2.0)
        desk[::40] = 30
        desk[100 : 100 + A4[0], 120 : 120 + A4[1]] = image
        page = np.asarray(desk, np.uint8)
    elif what == "skew":
        turn = cv2.getRotationMatrix2D((950, 1250), 4.0, 1.0)
        page = np.asarray(cv2.warpAffine(page, turn, (1900, 2500), borderValue=(255.0,)), np.uint8)
    else:
        page = image[:, round(12 * PX) :]
    found = look(np.ascontiguousarray(page))
    assert [s.aligned.blank.form for s in found.sheets] == ["child_allowance"]
    assert not found.beside
    assert not found.sheets[0].hidden


# --- the whole way --------------------------------------------------------------------------------


def scan(name: str) -> Image.Image:
    with Image.open(SAMPLES / "scans" / name) as image:
        return image.convert("L")


def truth(name: str) -> dict[str, object]:
    told = json.loads((SAMPLES / "truth" / f"{name}.json").read_text(encoding="utf-8"))
    fields: dict[str, object] = told["sheets"][0]["fields"]
    return fields


PAIR = ("child_allowance_02.tif", "account_transfer_03.tif")


@pytest.fixture(scope="module")
def glass(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An A3 scan of two people's sheets."""
    image = beside(*[np.asarray(scan(name)) for name in PAIR])
    path = tmp_path_factory.mktemp("glass") / "a3.tif"
    Image.fromarray(image).convert("1").save(path, compression="group4", dpi=(300, 300))
    return path


@pytest.fixture(scope="module")
def read(glass: Path, reader: Reader) -> list[Record | Refusal]:
    return list(reader.read(glass))


def test_two_sheets_on_a_glass_are_two_records(
    glass: Path, read: list[Record | Refusal], reader: Reader
) -> None:
    made = read
    records = [item for item in made if isinstance(item, Record)]
    assert [r.form for r in records] == ["child_allowance", "account_transfer"]
    assert len(records) == len(made)
    assert [r.pages for r in records] == [(1,), (1,)]
    assert len({r.id for r in records}) == 2
    for record, name in zip(records, PAIR, strict=True):
        told = truth(name)
        right = [same(record.fields[f].kind, v, record.fields[f].value) for f, v in told.items()]
        assert sum(right) > 0.85 * len(right)
        wrong = [
            f
            for f, v in told.items()
            if record.fields[f].unseen
            and not same(record.fields[f].kind, v, record.fields[f].value)
        ]
        assert wrong == []
    assert "2枚" in "\n".join(reader.explain(glass))


def test_an_id_does_not_depend_on_what_else_is_known(
    glass: Path, read: list[Record | Refusal], reader: Reader
) -> None:
    """A form that is defined later must not take over the id of the sheet that was read before;
    and the same sheet read again has the same id."""
    first, second = (item for item in read if isinstance(item, Record))
    alone, rest = reader.read(glass, only="account_transfer")
    assert isinstance(alone, Record)
    assert isinstance(rest, Refusal)
    assert alone.id == second.id != first.id
    assert rest.error.code == "beside"
    assert "口座振替" in rest.error.message
    assert "a3.tif" in rest.error.message


def test_both_pages_of_a_form_on_one_glass_are_one_record(reader: Reader, tmp_path: Path) -> None:
    with Image.open(SAMPLES / "scans" / "staff_survey_01.tif") as image:
        pages = []
        for number in (0, 1):
            image.seek(number)
            pages.append(np.asarray(image.convert("L")))
        dpi = float(image.info["dpi"][0])
    spread = Image.fromarray(beside(*pages)).convert("1")
    spread.save(tmp_path / "spread.tif", compression="group4", dpi=(dpi, dpi))
    (record,) = reader.read(tmp_path / "spread.tif")
    assert isinstance(record, Record)
    assert not record.problems
    assert record.id.endswith("-001")
    twice = Image.fromarray(below(beside(*pages), beside(*pages))).convert("1")
    twice.save(tmp_path / "twice.tif", compression="group4", dpi=(dpi, dpi))
    several = list(reader.read(tmp_path / "twice.tif"))
    assert len(several) == 4, "whose second page is whose nobody can tell"
    assert all(
        isinstance(r, Record) and [p.code for p in r.problems] == ["page_missing"] for r in several
    )


def test_two_born_digital_pages_on_one_are_read_where_they_lie(
    reader: Reader, tmp_path: Path
) -> None:
    """Their words stand at places of the page, not of the form."""
    path, writer = tmp_path / "nup.pdf", PdfWriter()
    page = PdfReader(SAMPLES / "scans" / "online_application_flat.pdf").pages[0]
    width, height = float(page.mediabox.width), float(page.mediabox.height)
    sheet = writer.add_blank_page(height, width)
    scale = height / 2 / width
    for left in (0.0, height / 2):
        sheet.merge_transformed_page(page, Transformation().scale(scale).translate(left, 0.0))
    writer.write(path)
    made = list(reader.read(path))
    assert [type(item) for item in made] == [Record, Record]
    told = truth("online_application_flat.pdf")
    for record in made:
        assert isinstance(record, Record)
        for name, value in told.items():
            field = record.fields[name]
            assert same(field.kind, value, field.value) or not field.unseen, name


def test_a_picture_shows_the_record_s_own_half(
    glass: Path, look: Callable[[Gray], PageLook]
) -> None:
    """The desk finds a sheet again by the place in its id."""
    with Image.open(glass) as image:
        found = look(shrunk(np.asarray(image.convert("L")), 2 / 3))
    for sheet in found.sheets:
        middle = Record.middle_of(Record.id_of("0" * 64, 1, sheet.middle))
        part = pages_of(found.of(sheet.aligned.blank.form), middle)
        assert part == {1: sheet.aligned}
    assert Record.middle_of(Record.id_of("0" * 64, 1)) is None
