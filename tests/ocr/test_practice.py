"""Practice sheets: made-up people are consistent, what is written says what the truth says, and
seeds decide."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocr.practice import practice_sheets
from ocr.practice.datepieces import era_of
from ocr.practice.fill import NONE, Slips, fill
from ocr.practice.hands import APT_LINE, Hand, find_hands, installed_fonts
from ocr.practice.households import corporate_number, household, my_number
from ocr.practice.inkpieces import pieces
from ocr.practice.piecekinds import Mark, Piece, Write, WriteCells
from ocr.practice.truths import answers
from records.checkdigits import is_corporate_number, is_my_number
from records.errors import DefinitionError, DocumentError
from records.formloading import load_form, load_forms
from records.forms import FieldDef, FormDef
from records.kinds import KINDS
from records.normalise import normalise
from records.normalise.names import name_key
from records.types import Value
from tests.kashima import KASHIMA

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
OFFICE = KASHIMA

needs_fonts = pytest.mark.skipif(
    not installed_fonts(), reason=f"手書きフォントがありません: {APT_LINE}"
)


@pytest.fixture(scope="module")
def forms() -> dict[str, FormDef]:
    found = load_forms(SAMPLES / "forms")
    assert len(found) == 5
    return found


@pytest.fixture(scope="module")
def hands() -> list[Hand]:
    return find_hands(per_font=1)


def every_kind(folder: Path) -> FormDef:
    """A form on white paper with one field of each kind, in boxes, and composite kinds in parts as
    well."""
    Image.new("L", (1240, 1754), 255).save(folder / "blank.png", dpi=(150, 150))
    lines = [
        'id = "all"',
        'title = "全種類"',
        'initiative = "EFF-01"',
        "[[page]]",
        'blank = "blank.png"',
    ]
    for n, kind in enumerate(KINDS):
        x, y = 10 + (n % 2) * 100, 10 + (n // 2) * 22
        lines += ["[[field]]", f'name = "{kind}_field"', f'kind = "{kind}"', "required = true"]
        if kind in ("choice", "choices"):
            lines += [
                'mark = "check"',
                f'options = {{ "甲" = [{x}, {y}, 5, 5], "乙" = [{x + 20}, {y}, 5, 5] }}',
            ]
        else:
            lines += [f"box = [{x}, {y}, 80, {18 if kind == 'lines' else 12}]"]
    (folder / "form.toml").write_text("\n".join(lines), encoding="utf-8")
    return load_form(folder)


PARTS_FORM = """
id = "parts"
title = "分かれた欄"
initiative = "EFF-01"
[[page]]
blank = "blank.png"
[[field]]
name = "phone"
kind = "phone"
area = [10, 10, 20, 9]
exchange = [34, 10, 20, 9]
subscriber = [58, 10, 24, 9]
[[field]]
name = "held_at"
kind = "time"
hour = [100, 10, 16, 9]
minute = [120, 10, 16, 9]
[[field]]
name = "postal_code"
kind = "postal_code"
cells = [{ box = [10, 25, 21, 8], count = 3 }, { box = [35, 25, 28, 8], count = 4 }]
[[field]]
name = "western_date"
kind = "date"
cells = { box = [10, 40, 56, 8], count = 8 }
[[field]]
name = "coded_date"
kind = "date"
cells = { box = [80, 40, 49, 8], count = 7 }
[[field]]
name = "reiwa_date"
kind = "date"
era = "令和"
cells = { box = [140, 40, 42, 8], count = 6 }
[[field]]
name = "birth_date"
kind = "date"
era = [10, 55, 14, 9]
year = [28, 55, 12, 9]
month = [44, 55, 12, 9]
day = [60, 55, 12, 9]
[[field]]
name = "month"
kind = "month"
era = "令和"
year = [80, 55, 12, 9]
month = [96, 55, 12, 9]
[[field]]
name = "amount"
kind = "amount"
min = 1
max = 9999999
cells = { box = [10, 70, 56, 8], count = 8, align = "right" }
[[field]]
name = "thousands"
kind = "amount"
unit = 1000
min = 1000
box = [80, 70, 50, 9]
[[field]]
name = "kana"
kind = "kana"
cells = { box = [10, 85, 120, 8], count = 20 }
[[field]]
name = "account"
kind = "bank_account"
bank = [10, 100, 50, 9]
branch = [64, 100, 50, 9]
account_kind = { mark = "circle", options = { "普通" = [120, 100, 12, 6], "当座" = [140, 100, 12, 6] } }
number = { cells = { box = [10, 115, 56, 8], count = 8, align = "right" } }
symbol = { cells = { box = [80, 115, 35, 8], count = 5 } }
holder = [10, 130, 90, 9]
[[field]]
name = "title"
kind = "text"
vertical = true
box = [180, 80, 12, 80]
"""


def parts_form(folder: Path) -> FormDef:
    """The ways of placing composite kinds that the sample office does not use."""
    Image.new("L", (1240, 1754), 255).save(folder / "blank.png", dpi=(150, 150))
    (folder / "form.toml").write_text(PARTS_FORM, encoding="utf-8")
    return load_form(folder)


def sheets_of(form: FormDef, count: int) -> Iterator[tuple[dict[str, Value], np.random.Generator]]:
    for seed in range(count):
        rng = np.random.default_rng(seed)
        yield answers(form, OFFICE, rng)[0], rng


def test_check_digits_are_right() -> None:
    rng = np.random.default_rng(1)
    assert all(is_my_number(my_number(rng)) for _ in range(200))
    assert all(is_corporate_number(corporate_number(rng)) for _ in range(200))


def test_a_household_belongs_together() -> None:
    for seed in range(100):
        home = household(np.random.default_rng(seed), OFFICE)
        family = (home.applicant.family, home.applicant.family_kana)
        assert all(
            (p.family, p.family_kana) == family for p in (home.spouse, home.parent, *home.children)
        )
        assert home.spouse.sex != home.applicant.sex
        assert home.town.name in home.address
        assert home.town in OFFICE.towns
        assert home.phone.startswith("0954-")
        for child in home.children:
            assert 0 <= (home.today - child.born).days <= 18 * 366
            assert (child.born - home.applicant.born).days >= 19 * 365


def test_values_agree_over_the_sheet(forms: dict[str, FormDef]) -> None:
    form = forms["child_allowance"]
    by_zip = {f"{t.postal_code[:3]}-{t.postal_code[3:]}": t.name for t in OFFICE.towns}
    holders = 0
    for values, _ in sheets_of(form, 80):
        if values["postal_code"] and values["address"]:
            assert by_zip[values["postal_code"]] in values["address"]
        if values["applicant_kana"] and values["account"]:
            holders += values["account"]["holder"] == values["applicant_kana"]
        if values["spouse"] == "無":
            assert values["spouse_name"] is None
            assert values["spouse_my_number"] is None
        born = values["birth_date"]
        if born and values["claimed_on"]:
            assert born < values["claimed_on"]
        rows = [n for n in range(1, 5) if values[f"children.{n}.birth_date"]]
        for n in rows:
            assert dt.date.fromisoformat(values[f"children.{n}.birth_date"]) > dt.date(2005, 1, 1)
            living = values[f"children.{n}.living"]
            assert living in (None, "同居", "別居")
    assert holders > 70


def test_post_office_or_bank_never_both(forms: dict[str, FormDef]) -> None:
    seen = {"post": 0, "bank": 0}
    for values, _ in sheets_of(forms["account_transfer"], 150):
        post, bank = values["post_symbol"], values["account"]
        assert not (post and bank)
        seen["post"] += bool(post)
        seen["bank"] += bool(bank)
    assert min(seen.values()) > 2


def test_sums_hold_on_most_sheets_but_not_on_all(forms: dict[str, FormDef]) -> None:
    right = []
    for values, _ in sheets_of(forms["staff_survey"], 200):
        right.append(values["q6_total"] == sum(values[f"q6_{n}"] or 0 for n in range(1, 7)))
    assert 0.9 < np.mean(right) < 1.0


def _said(field: FieldDef, made: list[Piece]) -> dict[str, str]:
    """The text that stands in each part of a field; "" is the field itself."""
    said: dict[str, str] = {}
    for piece in made:
        if isinstance(piece, Write):
            part = next((n for n, p in field.parts.items() if p.box == piece.box), "")
            said["era" if field.era and field.era.box == piece.box else part] = piece.text
        elif isinstance(piece, WriteCells):
            said[next((n for n, p in field.parts.items() if p.cells == piece.cells), "")] = (
                piece.text
            )
        elif isinstance(piece, Mark):
            options = {("era", e): b for e, b in (field.era.circle if field.era else {}).items()}
            options |= {(n, o): b for n, p in field.parts.items() for o, b in p.options.items()}
            ((part, word),) = [key for key, box in options.items() if box == piece.box]
            said[part] = word
    return said


@pytest.mark.parametrize(
    "form_id",
    [
        "child_allowance",
        "account_transfer",
        "citizen_opinion",
        "staff_survey",
        "online_application",
    ],
)
def test_what_is_written_normalises_to_the_truth(forms: dict[str, FormDef], form_id: str) -> None:
    assert _agreements(forms[form_id]) > 300


def test_parts_and_cells_in_every_way_normalise_to_the_truth(tmp_path: Path) -> None:
    assert _agreements(parts_form(tmp_path)) > 300


def _agreements(form: FormDef) -> int:
    """How many values of 60 sheets were written so that they normalise to themselves; fails at the
    first that is not."""
    checked = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        values, home = answers(form, OFFICE, rng)
        for name, field in form.fields.items():
            if values[name] is None or field.kind in (
                "choice",
                "choices",
                "mark",
                "seal",
                "signature",
                "lines",
            ):
                continue
            said = _said(field, pieces(field, values[name], home, rng))
            got = normalise(field, said.pop("", ""), OFFICE, said)
            assert got.value == values[name], (name, said)
            checked += 1
    return checked


def test_every_kind_has_an_answer_and_ink(tmp_path: Path) -> None:
    form = every_kind(tmp_path)
    rng = np.random.default_rng(3)
    values, home = answers(form, OFFICE, rng)
    for name, field in form.fields.items():
        assert name in values
        if values[name] not in (None, False, []):
            assert pieces(field, values[name], home, rng), name


@needs_fonts
def test_every_kind_can_be_drawn(tmp_path: Path, hands: list[Hand]) -> None:
    (tmp_path / "kinds").mkdir()
    (tmp_path / "parts").mkdir()
    for form in (every_kind(tmp_path / "kinds"), parts_form(tmp_path / "parts")):
        _assert_ink(form, hands)


def _assert_ink(form: FormDef, hands: list[Hand]) -> None:
    for sheet in practice_sheets(form, OFFICE, 4, 1, hands, ["clean"], NONE):
        page = sheet.images[0]
        assert page.dtype == np.uint8
        assert page.shape == (3508, 2480)
        for name, value in sheet.truth.items():
            area = form.fields[name].area
            assert area is not None
            x, y, w, h = (round(v * 300 / 25.4) for v in (area.x, area.y, area.width, area.height))
            dark = float((page[y : y + h, x : x + w] < 200).mean())
            if value in (None, False, []):
                continue
            assert dark > 0.002, f"{name} = {value} left no ink"


@needs_fonts
def test_the_seed_decides_and_the_count_does_not(
    forms: dict[str, FormDef], hands: list[Hand]
) -> None:
    form = forms["citizen_opinion"]
    few = list(practice_sheets(form, OFFICE, 2, 9, hands, ["scan200", "fax_fine"]))
    more = list(practice_sheets(form, OFFICE, 3, 9, hands, ["scan200", "fax_fine"]))
    other = next(practice_sheets(form, OFFICE, 1, 10, hands, ["scan200", "fax_fine"]))
    for a, b in zip(few, more, strict=False):
        assert a.truth == b.truth
        assert (a.hand, a.damage) == (b.hand, b.damage)
        assert np.array_equal(a.images[0], b.images[0])
    assert other.truth != few[0].truth


@needs_fonts
def test_slips_change_the_truth_and_are_noted(forms: dict[str, FormDef], hands: list[Hand]) -> None:
    form = forms["staff_survey"]
    rng = np.random.default_rng(0)
    values, home = answers(form, OFFICE, rng)
    _, truth, notes = fill(form, values, home, hands[0], rng, 150, Slips(0, 1.0, 0))
    doubled = [name for name, note in notes.items() if "double_mark" in note]
    assert len(doubled) > 10
    assert all(truth[name] is None and form.fields[name].kind == "choice" for name in doubled)
    _, truth, notes = fill(
        form, values, home, hands[0], np.random.default_rng(1), 150, Slips(1.0, 0, 0)
    )
    struck = [name for name, note in notes.items() if "struck_out" in note]
    assert len(struck) > 10
    assert all(truth[name] == values[name] for name in struck)


def test_a_letter_has_no_blank_to_fill(tmp_path: Path) -> None:
    (tmp_path / "form.toml").write_text(
        'id = "l"\ntitle = "手紙"\nkind = "letter"\ninitiative = "EFF-03"\n'
        '[[page]]\nkeywords = ["意見"]\n'
        '[[field]]\nname = "body"\nkind = "lines"\nfind = { position = "body" }\n',
        encoding="utf-8",
    )
    with pytest.raises(DocumentError, match="白紙がない"):
        next(practice_sheets(load_form(tmp_path), OFFICE, 1, 1, [], ["clean"]))


@needs_fonts
def test_an_unknown_damage_is_refused_with_the_known_ones(
    forms: dict[str, FormDef], hands: list[Hand]
) -> None:
    with pytest.raises(DefinitionError, match="fax_standard"):
        next(practice_sheets(forms["citizen_opinion"], OFFICE, 1, 1, hands, ["fax_normal"]))


def test_eras_begin_on_their_first_day() -> None:
    assert era_of(dt.date(2019, 4, 30)) == ("平成", 31)
    assert era_of(dt.date(2019, 5, 1)) == ("令和", 1)
    assert era_of(dt.date(1989, 1, 7)) == ("昭和", 64)


def test_seal_and_signature_are_of_the_applicant(forms: dict[str, FormDef]) -> None:
    form = forms["child_allowance"]
    rng = np.random.default_rng(2)
    _, home = answers(form, OFFICE, rng)
    (written,) = pieces(form.fields["signature"], True, home, rng)
    assert isinstance(written, Write)
    assert name_key(written.text) == name_key(home.applicant.name)
