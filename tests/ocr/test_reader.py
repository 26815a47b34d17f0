"""The whole way of a sheet, on the committed scans: the folder is the test, its truth files say
what must come out."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

from ocr.judging import _key, compose
from ocr.place.blank import load_blanks
from ocr.reader import Reader
from ocr.seen import Seen
from ocr.trust.model import group_of, shipped
from records.codec import public_json, record_to_json
from records.compare import same
from records.errors import DocumentError
from records.forms import Era, FieldDef, FormDef, Part
from records.refusal import Refusal
from records.site import IntakeSettings, ReadingSettings
from records.types import Box, Record, Value
from tests.kashima import KASHIMA
from tests.ocr.drawnpages import SAMPLES, Pen

SCANS = {
    path.name: path for path in sorted((SAMPLES / "scans").glob("*")) if path.suffix != ".json"
}
TRUTH: dict[str, dict[str, Any]] = {
    name: json.loads((SAMPLES / "truth" / f"{name}.json").read_text(encoding="utf-8"))
    for name in SCANS
}

READ = (
    "child_allowance_02.tif",
    "child_allowance_fax_fine.tif",
    "account_transfer_sideways.tif",
    "citizen_opinion_photo.jpg",
    "citizen_opinion_fax_standard_02.tif",
    "staff_survey_scan.pdf",
    "online_application_02.pdf",
    "online_application_flat.pdf",
)
"""One of each form, and each way in: 300 dpi, FAX fine and standard, sideways, photo, PDF scan,
form fields, text layer."""


@pytest.fixture(scope="module")
def results(reader: Reader) -> Mapping[str, list[Record | Refusal]]:
    """What became of each of READ; read once, two at a time, as each takes a second or two."""
    with ThreadPoolExecutor(2) as pool:
        return dict(
            zip(READ, pool.map(lambda name: list(reader.read(SCANS[name])), READ), strict=True)
        )


def records(items: list[Record | Refusal]) -> list[Record]:
    found = [item for item in items if isinstance(item, Record)]
    assert len(found) == len(items), [
        item.error.message for item in items if isinstance(item, Refusal)
    ]
    return found


def compared(results: Mapping[str, list[Record | Refusal]]) -> Iterator[tuple[str, str, Any, Any]]:
    """(file, field name, truth, field) of all fields that have a truth."""
    for name, items in results.items():
        for record, told in zip(records(items), TRUTH[name]["sheets"], strict=True):
            for field, truth in told["fields"].items():
                yield name, field, truth, record.fields[field]


# --- the folder -----------------------------------------------------------------------------------


def test_the_folder_is_there_and_every_scan_has_its_truth() -> None:
    """An empty glob would let every test below pass."""
    assert len(SCANS) >= 40
    assert set(READ) <= set(SCANS)
    assert {told["sheets"][0]["form"] for told in TRUTH.values() if told["sheets"]} == {
        TRUTH[name]["sheets"][0]["form"] for name in READ
    }


@pytest.mark.parametrize("name", READ)
def test_the_form_and_its_pages_are_found(
    name: str, results: Mapping[str, list[Record | Refusal]]
) -> None:
    for record, told in zip(records(results[name]), TRUTH[name]["sheets"], strict=True):
        assert record.form == told["form"]
        assert list(record.pages) == told["pages"]
        assert record.fit > 0.9
        assert record.id == f"{record.document[:16]}-{told['pages'][0]:03d}"
        assert set(record.fields) == set(told["fields"])


def test_no_wrong_value_is_unseen(results: Mapping[str, list[Record | Refusal]]) -> None:
    """The promise to the office. Whoever makes a change that breaks it has made the product
    worse."""
    wrong = [
        (name, field, truth, made.value, made.p)
        for name, field, truth, made in compared(results)
        if made.unseen and not same(made.kind, truth, made.value)
    ]
    assert wrong == []


def test_few_values_need_eyes_and_most_are_right(
    results: Mapping[str, list[Record | Refusal]],
) -> None:
    """Nothing unseen is no achievement where everything goes to a person."""
    rows = list(compared(results))
    assert len(rows) > 180
    assert sum(same(made.kind, truth, made.value) for *_, truth, made in rows) > 0.9 * len(rows)
    assert sum(made.unseen for *_, made in rows) > 0.6 * len(rows)


def test_what_was_typed_is_right_to_the_letter(
    results: Mapping[str, list[Record | Refusal]],
) -> None:
    for name in ("online_application_02.pdf", "online_application_flat.pdf"):
        for _, field, truth, made in compared({name: results[name]}):
            assert same(made.kind, truth, made.value), field
            assert made.readings[0].engine in ("acroform", "textlayer", "mark")


ENDINGS = {
    name: told["expect"]
    for name, told in TRUTH.items()
    if (told["expect"] or "").startswith("failed:")
}


@pytest.mark.parametrize("name", ENDINGS)
def test_what_cannot_be_read_ends_as_its_truth_says(name: str, reader: Reader) -> None:
    try:
        items = list(reader.read(SCANS[name]))
    except DocumentError as error:
        items = [Refusal((), error)]
    assert all(isinstance(item, Refusal) for item in items)
    assert {f"failed:{item.error.code}" for item in items if isinstance(item, Refusal)} == {
        ENDINGS[name]
    }
    for item in items:
        assert isinstance(item, Refusal)
        assert name in item.error.message
        assert re.search("ください|見られます", item.error.message)


def test_the_endings_are_all_there() -> None:
    assert set(ENDINGS.values()) == {
        "failed:truncated",
        "failed:password",
        "failed:no_form",
        "failed:blank",
    }


# --- the same again -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["citizen_opinion_fax_standard_02.tif", "online_application_02.pdf"]
)
def test_the_same_file_gives_the_same_record(
    name: str, reader: Reader, results: Mapping[str, list[Record | Refusal]]
) -> None:
    """Ids, values and p are what sinks and the journal rest on. ``results`` were read by two
    threads at once, this by one."""
    again = records(list(reader.read(SCANS[name])))
    assert [record_to_json(r) for r in again] == [record_to_json(r) for r in records(results[name])]


# --- the contract of the JSON ---------------------------------------------------------------------


def test_the_public_json_has_the_keys_that_were_promised(
    results: Mapping[str, list[Record | Refusal]], sample_forms: Mapping[str, FormDef]
) -> None:
    for name, items in results.items():
        for record in records(items):
            made = json.loads(
                json.dumps(public_json(record, name, sample_forms), ensure_ascii=False)
            )
            assert {"file", "document", "form", "fit", "pages", "fields", "lines"} <= set(made)
            assert made["file"] == name
            assert re.fullmatch("[0-9a-f]{64}", made["document"])
            for field in made["fields"].values():
                assert {"value", "text", "p", "unseen", "problems"} <= set(field)
                assert 0 <= field["p"] <= 1
                assert not (field["unseen"] and field["problems"])


def test_an_unseen_value_has_p_above_the_bar_of_its_form(
    results: Mapping[str, list[Record | Refusal]], sample_forms: Mapping[str, FormDef]
) -> None:
    trust = shipped()
    for items in results.values():
        for record in records(items):
            target = sample_forms[record.form].wrong_per_unseen
            for field in record.fields.values():
                facts = next((r.features for r in field.readings if r.engine == "trust"), {})
                if field.unseen:
                    assert field.p >= trust.bar(target, group_of(field.kind, facts))


def test_no_my_number_is_in_a_message(
    results: Mapping[str, list[Record | Refusal]],
    sample_forms: Mapping[str, FormDef],
    reader: Reader,
    tmp_path: Path,
) -> None:
    """Neither in what a clerk is told about a field, nor in the public JSON, nor in an error about
    a file named after one."""
    sheets = [r for name in READ if name.startswith("child") for r in records(results[name])]
    told = [
        problem.message for r in sheets for field in r.fields.values() for problem in field.problems
    ]
    shown = [
        json.dumps(public_json(r, "x", sample_forms)["fields"]["my_number"], ensure_ascii=False)
        for r in sheets
    ]
    assert any(r.fields["my_number"].value for r in sheets)
    assert not [text for text in told + shown if re.search(r"(?<!\d)\d{12}(?!\d)", text)]
    (tmp_path / "123456789018.pdf").write_bytes(b"")
    with pytest.raises(DocumentError) as caught:
        list(reader.read(tmp_path / "123456789018.pdf"))
    assert "123456789018" not in str(caught.value)
    assert "9018" in str(caught.value)


# --- sheets of several pages ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def survey(sample_forms: Mapping[str, FormDef]) -> list[Image.Image]:
    """The two pages of a filled staff survey."""
    with Image.open(SCANS["staff_survey_02.tif"]) as image:
        return [frame.convert("1") for frame in ImageSequence.Iterator(image)]


def stack(path: Path, pages: list[Image.Image]) -> Path:
    pages[0].save(
        path, save_all=True, append_images=pages[1:], compression="group4", dpi=(200, 200)
    )
    return path


WHITE = Image.new("1", (1654, 2339), 1)


def spoilt(path: Path, page: int) -> Path:
    """Take away where the pixels of a page lie."""
    data = bytearray(path.read_bytes())
    with Image.open(path) as image:
        image.seek(page)
        start = image._frame_pos[page]  # type: ignore[attr-defined]
    for entry in range(int.from_bytes(data[start : start + 2], "little")):
        at = start + 2 + 12 * entry
        if int.from_bytes(data[at : at + 2], "little") == 273:
            data[at : at + 2] = (65000).to_bytes(2, "little")
    path.write_bytes(bytes(data))
    return path


def shape(items: list[Record | Refusal]) -> list[tuple[str, tuple[int, ...], tuple[str, ...]]]:
    """(form or reason, pages, problems of the whole) of what was read."""
    return [
        (i.form, i.pages, tuple(p.code for p in i.problems))
        if isinstance(i, Record)
        else (i.error.code, i.pages, ())
        for i in items
    ]


def test_an_empty_back_does_not_part_a_sheet(
    survey: list[Image.Image], reader: Reader, tmp_path: Path
) -> None:
    """Duplex scanners deliver the backs as well."""
    path = stack(tmp_path / "duplex.tif", [survey[0], WHITE, survey[1], WHITE])
    assert sorted(shape(list(reader.read(path)))) == sorted(
        [("blank", (2,), ()), ("staff_survey", (1, 3), ()), ("blank", (4,), ())]
    )


def test_a_lost_page_never_joins_two_peoples_sheets(
    survey: list[Image.Image], reader: Reader, tmp_path: Path
) -> None:
    """First of one person, two broken pages, second of another: two incomplete sheets, not one of
    both."""
    path = spoilt(stack(tmp_path / "stack.tif", [survey[0], survey[1], survey[1]]), 1)
    assert shape(list(reader.read(path))) == [
        ("staff_survey", (1,), ("page_missing",)),
        ("truncated", (2,), ()),
        ("staff_survey", (3,), ("page_missing",)),
    ]


def test_pages_in_the_wrong_order_are_joined_and_asked_about(
    survey: list[Image.Image], reader: Reader, tmp_path: Path
) -> None:
    """A stack may be upside down; or the first page of one and the second of another met because
    pages are missing."""
    made = list(reader.read(stack(tmp_path / "turned.tif", [survey[1], survey[0]])))
    assert shape(made) == [("staff_survey", (1, 2), ("page_order",))]


def test_fields_of_a_page_that_is_missing_are_said_to_be(
    survey: list[Image.Image], reader: Reader, tmp_path: Path
) -> None:
    """They are not empty: nobody has seen them."""
    record = records(list(reader.read(stack(tmp_path / "first.tif", [survey[0]]))))[0]
    missing = [field for field in record.fields.values() if field.page == 2]
    assert missing
    assert all(
        [p.code for p in field.problems] == ["page_missing"] and field.p == 0 for field in missing
    )


# --- sheets that are not what they seem -----------------------------------------------------------


def test_a_new_version_of_a_form_is_refused_by_name(
    reader: Reader, sample_forms: Mapping[str, FormDef], tmp_path: Path
) -> None:
    """The old version's boxes would cut its rows in two; the clerk is told that the version
    differs."""
    pen = Pen(load_blanks(sample_forms["child_allowance_v3"])[0])
    pen.text("KASHIMA HANAKO", Box(42, 44.4, 60, 11.2), 5.0).text(
        "TARO", Box(29, 140.5, 40, 9), 5.0
    )
    Image.fromarray(pen.image).save(tmp_path / "v3.png", dpi=(200, 200))
    made = list(reader.read(tmp_path / "v3.png"))
    assert [(type(i), i.error.code, i.nearest) for i in made if isinstance(i, Refusal)] == [
        (Refusal, "no_form", "child_allowance")
    ]
    told = "\n".join(reader.explain(tmp_path / "v3.png"))
    assert "児童手当" in told
    assert "読み取れます" not in told


def test_what_lies_under_a_torn_off_part_is_not_taken_for_empty(
    reader: Reader, tmp_path: Path
) -> None:
    """Half a FAX arrived: the fields of the other half are asked about, one by one."""
    with Image.open(SCANS["child_allowance_02.tif"]) as image:
        page = np.array(image.convert("L"))
    page[int(page.shape[0] * 0.6) :] = 255
    Image.fromarray(page).convert("1").save(
        tmp_path / "half.tif", compression="group4", dpi=(300, 300)
    )
    record = records(list(reader.read(tmp_path / "half.tif")))[0]
    lost = [f for f in record.fields.values() if f.box and f.box.y > 180]
    assert len(lost) > 4
    assert not [f.name for f in lost if f.unseen]
    assert record.fields["applicant"].value


def test_explain_says_what_a_page_is_taken_for(reader: Reader) -> None:
    told = "\n".join(reader.explain(SCANS["child_allowance_02.tif"]))
    assert "1ページ目" in told
    assert "児童手当" in told
    assert "読み取れます" in told
    assert "どれとも" in "\n".join(reader.explain(SCANS["unknown_form_fax.tif"]))
    assert "白紙" in "\n".join(reader.explain(SCANS["blank_sheet.jpg"]))


def test_only_the_form_asked_for_is_tried(reader: Reader) -> None:
    """A sub-folder of the inbox may fix the form: another one must not creep in."""
    made = list(reader.read(SCANS["citizen_opinion_fax_standard_02.tif"], only="child_allowance"))
    assert [i.error.code for i in made if isinstance(i, Refusal)] == ["no_form"]


def test_an_office_that_sets_no_bar_gets_no_unseen_value(
    sample_forms: Mapping[str, FormDef],
) -> None:
    """A target stricter than the model was ever measured at sends everything to a person."""
    strict = dataclasses.replace(sample_forms["online_application"], wrong_per_unseen=0.00001)
    reader = Reader({"online_application": strict}, KASHIMA, ReadingSettings(), IntakeSettings())
    record = records(list(reader.read(SCANS["online_application_02.pdf"])))[0]
    assert not [field.name for field in record.fields.values() if field.unseen]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("ツジ\u3000アイ", "ツジアイ", True),
        ({"holder": "ツジ\u3000アイ"}, {"holder": "ツジ アイ"}, True),
        ("ツジアイ", "ツジマイ", False),
        (["a"], ["a", "b"], False),
    ],
)
def test_values_that_differ_in_blanks_share_their_belief(
    one: Value, other: Value, same: bool
) -> None:
    assert (_key(one) == _key(other)) is same


@pytest.mark.parametrize(
    ("kind", "text", "asked"),
    [
        ("text", "。", True),
        ("name", "・", True),
        ("text", "図書館。", False),
        ("number", "5", False),
    ],
)
def test_a_mark_alone_is_no_word(
    kind: str, text: str, asked: bool, reader: Reader, sample_forms: Mapping[str, FormDef]
) -> None:
    item = FieldDef("f", kind, "件名", place=Part(Box(0, 0, 9, 9)))
    seen = Seen(((text, 1.0),), features={"share": 0.99})
    field = reader._judge.judged(sample_forms["citizen_opinion"], item, {"": seen}, {"fit": 1.0}, 1)
    assert ("only_marks" in [p.code for p in field.problems]) is asked
    assert not (asked and field.unseen)


# --- putting parts together -----------------------------------------------------------------------


def date(**more: Any) -> FieldDef:
    return FieldDef("d", "date", place=Part(Box(0, 0, 9, 9)), **more)


@pytest.mark.parametrize(
    ("item", "texts", "whole"),
    [
        (date(), {"": "2025 4 1"}, "2025.4.1"),
        (date(), {"": "2025.4.1"}, "2025.4.1"),
        (date(), {"": ""}, ""),
        (date(), {"era": "昭和", "year": "50", "month": "4", "day": "1"}, "昭和50年4月1日"),
        (date(era=Era(fixed="令和")), {"year": "7", "month": "12", "day": "3"}, "令和7年12月3日"),
        (date(era=Era(fixed="令和")), {"year": "", "month": "", "day": ""}, ""),
        (date(), {"era": "昭和", "year": "", "month": "", "day": ""}, ""),
        (date(), {"era": "西暦", "year": "1975", "month": "4", "day": "1"}, "1975年4月1日"),
        (FieldDef("m", "month"), {"era": "令和", "year": "7", "month": "4"}, "令和7年4月"),
        (FieldDef("t", "time"), {"hour": "13", "minute": "30"}, "13時30分"),
        (
            FieldDef("p", "phone"),
            {"area": "0954", "exchange": "62", "subscriber": "2111"},
            "0954-62-2111",
        ),
        (FieldDef("p", "postal_code"), {"first": "849", "second": "1311"}, "849-1311"),
    ],
)
def test_parts_become_what_a_person_would_write(
    item: FieldDef, texts: Mapping[str, str], whole: str
) -> None:
    assert compose(item, texts) == whole
