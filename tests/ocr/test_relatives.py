"""Of forms that share print the sheet's own is found, or the sheet is refused with the names of
those that fit alike."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocr.place.align import best_blank, prepare
from ocr.place.blank import PX, Blank
from ocr.place.relatives import choose
from ocr.reader import Reader
from records.forms import FormDef
from records.refusal import Refusal
from records.site import IntakeSettings, Office, ReadingSettings
from records.types import Gray, Record
from tests.ocr.drawnpages import page_of
from tests.ocr.family import ROWS, Relative, blank_of, faxed, filled, relatives

OWN = (
    Relative("base"),
    Relative("title", "住宅新築補助金交付申請書"),
    Relative("row", rows=(*ROWS, "備考")),
    Relative("consent", consent=True),
    Relative("mark1", mark="様式第1号"),
    Relative("mark2", mark="様式第2号"),
    Relative("revised", note="(令和7年4月改正)"),
    Relative("lower", drift=2.0),
)
"""Each differs from the first in one thing: title, a row, more at its foot, a number, a date, where
its lower half stands."""


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, FormDef]:
    folder = tmp_path_factory.mktemp("family")
    return {one.name: one.draw(folder) for one in (*OWN, *relatives(12))}


@pytest.fixture(scope="module")
def blanks(family: Mapping[str, FormDef]) -> Mapping[str, Blank]:
    return {name: blank_of(form) for name, form in family.items()}


def told(image: Gray, blanks: Mapping[str, Blank], dpi: float = 200) -> tuple[str, set[str]]:
    """The form that is chosen for an image, and those that are as much like it."""
    scan = prepare(page_of(image, dpi))
    fitting = [a for a in best_blank(scan, list(blanks.values())) if a.fit >= 0.5]
    choice = choose(scan, fitting)
    return choice.best.blank.form, {a.blank.form for a in choice.alike}


@pytest.mark.parametrize(
    ("name", "fax"),
    [*((one.name, False) for one in OWN), ("title", True), ("row", True), ("mark1", True)],
)
def test_a_form_is_found_among_many_that_differ_in_one_thing(
    name: str, fax: bool, blanks: Mapping[str, Blank]
) -> None:
    image = filled(blanks[name], seed=5)
    image, dpi = (faxed(image), 204.0) if fax else (image, 200.0)
    assert told(image, blanks, dpi) == (name, set())


@pytest.mark.parametrize("name", ["relative0", "relative7", "relative11"])
def test_a_form_is_found_among_many_that_share_two_blocks(
    name: str, blanks: Mapping[str, Blank]
) -> None:
    """More share its print than are ever laid on the page exactly."""
    assert told(filled(blanks[name], seed=8), blanks) == (name, set())


def test_of_four_relatives_each_is_tried(blanks: Mapping[str, Blank]) -> None:
    four = {name: blanks[name] for name in ("base", "title", "row", "consent")}
    for name in four:
        assert told(filled(four[name], seed=2), four) == (name, set())


def test_a_form_that_is_another_and_more_is_not_taken_for_it(
    blanks: Mapping[str, Blank],
) -> None:
    """All print of the smaller form is on a sheet of the larger: only what the sheet has beyond it
    tells."""
    two = {name: blanks[name] for name in ("base", "consent")}
    scan = prepare(page_of(filled(two["consent"])))
    fits = {a.blank.form: a.fit for a in best_blank(scan, list(two.values()))}
    assert fits["base"] > 0.98
    for name in two:
        assert told(filled(two[name], seed=4), two) == (name, set())


@pytest.fixture(scope="module")
def clerk(family: Mapping[str, FormDef], reader: Reader) -> Reader:
    """Reads two forms whose numbers differ."""
    forms = {name: family[name] for name in ("mark1", "mark2")}
    return Reader(forms, Office(), ReadingSettings(), IntakeSettings())


def test_where_the_difference_cannot_be_seen_both_are_named(
    clerk: Reader, blanks: Mapping[str, Blank], tmp_path: Path
) -> None:
    """The corner with the number was cut off: neither ledger gets the sheet."""
    image = filled(blanks["mark1"])
    image[: round(16 * PX)] = 255
    Image.fromarray(image).save(tmp_path / "cut.png", dpi=(200, 200))
    made = list(clerk.read(tmp_path / "cut.png"))
    assert [item.error.code for item in made if isinstance(item, Refusal)] == ["alike"]
    assert not [item for item in made if isinstance(item, Record)]
    (refusal,) = made
    assert isinstance(refusal, Refusal)
    assert refusal.error.message.count("住宅改修補助金交付申請書") == 2
    assert "決められません" in "\n".join(clerk.explain(tmp_path / "cut.png"))


def test_what_explain_takes_a_sheet_for_it_is_read_as(
    clerk: Reader, blanks: Mapping[str, Blank], tmp_path: Path
) -> None:
    Image.fromarray(filled(blanks["mark2"])).save(tmp_path / "two.png", dpi=(200, 200))
    made = list(clerk.read(tmp_path / "two.png"))
    assert [item.form for item in made if isinstance(item, Record)] == ["mark2"]
    lines = clerk.explain(tmp_path / "two.png")
    assert [("mark1" in line, "mark2" in line) for line in lines if "読み取れます" in line] == [
        (False, True)
    ]
    assert any("mark1" in line and "ほかの様式のほうが合います" in line for line in lines)


def test_a_blot_where_a_form_has_more_print_is_not_that_print(
    blanks: Mapping[str, Blank],
) -> None:
    """Ink lies on every pixel of the number that only one of the two has."""
    image = filled(blanks["base"])
    blotted = np.asarray(image.copy())
    blotted[round(5 * PX) : round(15 * PX), round(160 * PX) : round(195 * PX)] = 20
    two = {name: blanks[name] for name in ("base", "mark1")}
    form, alike = told(blotted, two)
    assert form == "base" or alike
