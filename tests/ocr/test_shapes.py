"""A FAX page that lost its resolution is read all the same: its pixels are not square and nothing
says so."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ocr.pages.opening import open_pages
from ocr.pages.shapes import shapes
from ocr.place.align import prepare
from ocr.place.blank import Blank
from ocr.place.found_sheets import Lying, Rule
from ocr.place.search import look_over
from ocr.reader import Reader
from records.compare import same
from records.forms import FormDef
from records.site import IntakeSettings
from records.types import Page, Record
from tests.ocr.drawnpages import SAMPLES, page_of

FAX = "citizen_opinion_fax_standard_01.tif"
Resolution = tuple[float, float] | None


@pytest.fixture(scope="module")
def fax() -> Image.Image:
    """A page of 204×98 dpi as it came over the line."""
    with Image.open(SAMPLES / "scans" / FAX) as image:
        bits = image.convert("1")
    assert bits.width > 1.4 * bits.height
    return bits


def save(image: Image.Image, path: Path, dpi: Resolution) -> Path:
    more: dict[str, Any] = {"dpi": dpi} if dpi else {}
    if path.suffix == ".tif":
        more["compression"] = "group4"
    (image if path.suffix == ".tif" else image.convert("L")).save(path, **more)
    return path


@pytest.fixture(scope="module")
def found(
    blank_of: Callable[[str], Blank], sample_forms: Mapping[str, FormDef]
) -> Callable[[Path], Lying]:
    """The one sheet on the one page of a file."""
    blanks = [blank_of(name) for name in ("citizen_opinion", "child_allowance")]

    def find(path: Path) -> Lying:
        (page,) = open_pages(path, IntakeSettings())
        assert isinstance(page, Page)
        look = look_over(prepare(page), blanks, Rule(sample_forms, 0.5))
        (sheet,) = look.sheets
        assert sheet.aligned.blank.form == "citizen_opinion"
        assert sheet.aligned.fit > 0.95
        assert not look.beside
        return sheet

    return find


Find = Callable[[Path], Lying]


@pytest.mark.parametrize("dpi", [None, (200, 200), (72, 72), (98, 204), (204, 196), (600, 600)])
def test_a_standard_page_with_another_resolution_or_none(
    dpi: Resolution, fax: Image.Image, found: Find, tmp_path: Path
) -> None:
    sheet = found(save(fax, tmp_path / "fax.tif", dpi))
    rows = min(sheet.page.source_dpi or (sheet.page.dpi,))
    assert rows == pytest.approx(98, rel=0.15), "a row is 0.26 mm high, whatever the file says"


def test_its_values_are_read(fax: Image.Image, reader: Reader, tmp_path: Path) -> None:
    told = json.loads((SAMPLES / "truth" / f"{FAX}.json").read_text(encoding="utf-8"))
    (record,) = reader.read(save(fax, tmp_path / "fax.tif", None))
    assert isinstance(record, Record)
    fields = told["sheets"][0]["fields"]
    assert (
        sum(same(record.fields[n].kind, v, record.fields[n].value) for n, v in fields.items())
        >= len(fields) - 1
    )


@pytest.mark.parametrize("name", ["fax.png", "fax.jpg", "fax.pdf"])
def test_a_standard_page_in_another_kind_of_file(
    name: str, fax: Image.Image, found: Find, tmp_path: Path
) -> None:
    path = tmp_path / name
    if path.suffix == ".pdf":
        fax.convert("L").save(path, resolution=204)
    else:
        save(fax, path, None)
    found(path)


@pytest.mark.parametrize(
    ("lines", "dpi"), [(4.0, None), (4.0, (204, 98)), (2.0, (204, 98)), (2.0, (196, 204))]
)
def test_more_lines_than_the_page_says(
    lines: float, dpi: Resolution, fax: Image.Image, found: Find, tmp_path: Path
) -> None:
    """Superfine and fine, without their resolution or with that of standard."""
    more = fax.resize((fax.width, round(fax.height * lines)))
    found(save(more, tmp_path / "fine.tif", dpi))


def test_any_way_round(fax: Image.Image, found: Find, tmp_path: Path) -> None:
    for number, quarter in enumerate((90, 180)):
        image = fax.rotate(quarter, expand=True)
        found(save(image, tmp_path / f"{number}.tif", None))


def test_explain_says_that_the_page_was_stretched(
    fax: Image.Image, reader: Reader, tmp_path: Path
) -> None:
    # with its resolutions changed for each other it is made four times as wide as high
    told = "\n".join(reader.explain(save(fax, tmp_path / "fax.tif", (98, 204))))
    assert "正方形でない" in told
    assert "読み取れます" in told


def test_a_page_of_the_shape_of_paper_is_not_stretched() -> None:
    """What has no form must not cost a second search."""
    upright = np.full((3508, 2480), 255, np.uint8)
    assert shapes(page_of(upright)) == []
    assert shapes(page_of(np.full((1145, 1728), 255, np.uint8)))
