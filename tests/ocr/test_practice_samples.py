"""The sample office: its blanks agree with their definitions, and its scans with their truth."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pypdfium2
import pytest
from PIL import Image, ImageSequence

from ocr.practice.blankpaper import blank_of
from records.formloading import load_form, load_forms
from records.forms import FormDef
from records.site import load_site

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
TRUTHS = sorted((SAMPLES / "truth").glob("*.json"))
ENDINGS = (
    None,
    "failed:truncated",
    "failed:password",
    "failed:no_form",
    "failed:blank",
    "duplicate",
)


def program(name: str) -> ModuleType:
    """One of the programs in samples/, loaded from its file."""
    sys.path.insert(0, str(SAMPLES))
    try:
        spec = importlib.util.spec_from_file_location(f"samples_{name}", SAMPLES / f"{name}.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(SAMPLES))
    return module


def truth(path: Path) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return made


def all_forms() -> dict[str, FormDef]:
    forms = load_forms(SAMPLES / "forms")
    variants = [
        load_form(path.parent) for path in sorted((SAMPLES / "variants").glob("*/form.toml"))
    ]
    assert len(variants) == 2
    return forms | {f"{form.id}_v{form.version}": form for form in variants}


def test_the_site_and_its_forms_load_against_the_strategy() -> None:
    site = load_site(SAMPLES)
    strategy = tomllib.loads((SAMPLES / "strategy.toml").read_text(encoding="utf-8"))
    codes = frozenset(initiative["code"] for initiative in strategy["initiative"])
    assert set(load_forms(site.forms, codes)) == {
        "account_transfer",
        "child_allowance",
        "citizen_opinion",
        "online_application",
        "staff_survey",
    }


@pytest.mark.parametrize("name", sorted(all_forms()))
def test_no_place_lies_outside_the_page_or_on_another(name: str) -> None:
    form = all_forms()[name]
    boxes = [
        (f.name, f.page, part, box)
        for f in form.fields.values()
        for part, place in (("", f.place), *f.parts.items())
        if place
        for box in (
            *([place.box] if place.box else []),
            *(c.box for c in place.cells),
            *place.options.values(),
        )
    ]
    assert boxes
    for n, (field, page, part, a) in enumerate(boxes):
        assert a.x >= 0
        assert a.y >= 0
        assert a.right <= 210
        assert a.bottom <= 297
        for other, its_page, its_part, b in boxes[n + 1 :]:
            if page == its_page:
                wide = min(a.right, b.right) - max(a.x, b.x)
                high = min(a.bottom, b.bottom) - max(a.y, b.y)
                assert wide <= 0.01 or high <= 0.01, (
                    f"{field} {part} and {other} {its_part} overlap"
                )


@pytest.mark.parametrize(
    "name", ["child_allowance", "account_transfer", "citizen_opinion", "park_permit_v1"]
)
def test_places_to_write_are_empty_on_the_blank(name: str) -> None:
    """Where the definition says that people write, nothing is printed (the seal's place has a faint
    word)."""
    form = all_forms()[name]
    for field in form.fields.values():
        blank = blank_of(form.pages[field.page - 1], 150)
        for place in (*([field.place] if field.place else []), *field.parts.values()):
            if place.box and field.kind not in ("seal", "mark", "lines"):
                x, y, w, h = (round(v * 150 / 25.4) for v in place.box.grown(-0.6).as_list())
                assert blank[y : y + h, x : x + w].min() > 200, field.name


def test_every_option_stands_on_print() -> None:
    for form in all_forms().values():
        for field in form.fields.values():
            for place in (*([field.place] if field.place else []), *field.parts.values()):
                blank = blank_of(form.pages[field.page - 1], 150)
                for word, box in place.options.items():
                    x, y, w, h = (round(v * 150 / 25.4) for v in box.grown(0.3).as_list())
                    assert blank[y : y + h, x : x + w].min() < 128, f"{field.name} {word}"


def test_drawing_again_gives_what_is_committed(tmp_path: Path) -> None:
    draw_blanks = program("draw_blanks")
    from blanks.kit import FONTS

    if not all(Path(font).is_file() for font in FONTS.values()):
        pytest.skip("白紙のフォントがありません")
    draw_blanks.draw(tmp_path)
    made = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.*"))
    assert len(made) == 15
    for path in made:
        new, old = tmp_path / path, SAMPLES / path
        if path.suffix == ".pdf":
            assert _pictures(new) == _pictures(old), path
        else:
            assert new.read_text(encoding="utf-8") == old.read_text(encoding="utf-8"), path


def _pictures(path: Path) -> list[bytes]:
    document = pypdfium2.PdfDocument(path)
    try:
        return [page.render(scale=1.5, grayscale=True).to_numpy().tobytes() for page in document]
    finally:
        document.close()


def test_there_are_enough_scans_and_they_are_small() -> None:
    files = sorted(path.name for path in (SAMPLES / "scans").iterdir())
    assert files == sorted(truth(path)["file"] for path in TRUTHS)
    assert 40 <= len(files) <= 50
    assert sum(path.stat().st_size for path in (SAMPLES / "scans").iterdir()) < 6_000_000
    hands = {sheet["hand"] for path in TRUTHS for sheet in truth(path)["sheets"]}
    assert len(hands) > 30


@pytest.mark.parametrize("path", TRUTHS, ids=lambda p: p.stem)
def test_truth_names_every_field_once(path: Path) -> None:
    told, forms = truth(path), load_forms(SAMPLES / "forms")
    assert told["expect"] in ENDINGS
    if told["expect"]:
        assert told["sheets"] == []
        return
    pages = [page for sheet in told["sheets"] for page in sheet["pages"]]
    assert pages == list(range(1, len(pages) + 1))
    assert len(pages) == _page_count(SAMPLES / "scans" / told["file"])
    for sheet in told["sheets"]:
        form = forms[sheet["form"]]
        assert list(sheet["fields"]) == list(form.fields)
        for name, value in sheet["fields"].items():
            field = form.fields[name]
            if field.kind == "choice" and field.place:
                assert value is None or value in field.place.options
            if field.kind == "choices" and field.place:
                assert value == [o for o in field.place.options if o in value]
            if field.kind in ("mark", "seal", "signature"):
                assert isinstance(value, bool)


def _page_count(path: Path) -> int:
    if path.suffix == ".pdf":
        document = pypdfium2.PdfDocument(path)
        try:
            return len(document)
        finally:
            document.close()
    with Image.open(path) as image:
        return sum(1 for _ in ImageSequence.Iterator(image))


def test_the_odd_ones_are_what_they_are_said_to_be() -> None:
    scans = SAMPLES / "scans"
    expect = {told["file"]: told["expect"] for told in map(truth, TRUTHS) if told["expect"]}
    assert set(expect.values()) == set(ENDINGS) - {None}
    for file, how in expect.items():
        data = (scans / file).read_bytes()
        if how == "duplicate":
            same = [
                p.name
                for p in scans.iterdir()
                if hashlib.sha256(p.read_bytes()).digest() == hashlib.sha256(data).digest()
            ]
            assert len(same) == 2
        elif how == "failed:password":
            with pytest.raises(pypdfium2.PdfiumError, match="password"):
                pypdfium2.PdfDocument(scans / file)
        elif how == "failed:blank":
            with Image.open(scans / file) as image:
                assert int(np.asarray(image).min()) > 200


def test_fax_scans_are_fax() -> None:
    found = {"group3": 0, "group4": 0}
    for path in (SAMPLES / "scans").glob("*fax*.tif"):
        with Image.open(path) as image:
            across, down = map(float, image.info["dpi"])
            assert across == 204.0
            assert image.width == 1728
            assert (down, image.info["compression"]) in ((196.0, "group4"), (98.0, "group3"))
            found[image.info["compression"]] += 1
    assert min(found.values()) >= 3


def test_born_digital_samples_hold_their_truth_as_text() -> None:
    from pypdf import PdfReader

    filled = PdfReader(SAMPLES / "scans" / "online_application_01.pdf")
    told = truth(SAMPLES / "truth" / "online_application_01.pdf.json")["sheets"][0]["fields"]
    fields = filled.get_fields() or {}
    for name in ("applicant", "address", "phone", "postal_code"):
        assert fields[name]["/V"] == told[name]
    assert fields[f"room.{told['room']}"]["/V"] == "/Yes"
    flat = PdfReader(SAMPLES / "scans" / "online_application_flat.pdf")
    told = truth(SAMPLES / "truth" / "online_application_flat.pdf.json")["sheets"][0]["fields"]
    assert not flat.get_fields()
    assert told["phone"] in flat.pages[0].extract_text()
