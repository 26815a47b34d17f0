"""The sample office's letters: a form, twelve letters of all kinds with their truth, and the demo that
takes them in."""

from __future__ import annotations

from pathlib import Path

from flows.commands.demo import make_demo_site
from flows.scoring import load_truth
from records.formloading import load_forms

SAMPLES = Path(__file__).parents[2] / "samples"
LETTERS = SAMPLES / "letters"


def test_every_letter_has_its_truth_in_the_forms_own_fields() -> None:
    form = load_forms(LETTERS / "forms")["opinion_letter"]
    scans = {path.name for path in (LETTERS / "scans").iterdir()}
    truths = {path.name.removesuffix(".json"): path for path in (LETTERS / "truth").iterdir()}
    assert len(scans) == 12
    assert truths.keys() == scans
    pages = []
    for path in truths.values():
        (sheet,) = load_truth(path)
        assert sheet.form == form.id
        assert sheet.fields.keys() <= form.fields.keys()
        assert "市政への意見" in str(sheet.fields["body"])
        pages.append(len(sheet.pages))
    assert max(pages) == 2


def test_the_demo_takes_the_letters_and_their_form_in(tmp_path: Path) -> None:
    count = make_demo_site(SAMPLES, tmp_path / "site")
    scans = sum(path.is_file() for path in (SAMPLES / "scans").rglob("*"))
    assert count == scans + 12
    assert "opinion_letter" in load_forms(tmp_path / "site" / "forms")
