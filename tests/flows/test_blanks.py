"""What is wrong with a form's blank is said to whoever asks how things stand."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.blanks import blank_troubles
from flows.cli import torikomi
from records.errors import DefinitionError
from records.formloading import load_forms
from records.site import load_site

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The sample office with one damaged blank."""
    for name in ("site.toml", "strategy.toml"):
        shutil.copy(SAMPLES / name, tmp_path / name)
    shutil.copytree(SAMPLES / "forms", tmp_path / "forms")
    (tmp_path / "forms" / "online_application" / "blank.pdf").write_bytes(b"%PDF-1.4 rubbish")
    return tmp_path


def test_status_names_the_form_that_is_closed_and_why(site: Path) -> None:
    result = CliRunner().invoke(torikomi, ["status", "--site", str(site)])
    assert "「市民会館使用許可申請書」の用紙は読み取りません" in result.output
    assert "途中で切れているか壊れています" in result.output


def test_form_show_says_what_is_wrong_with_the_blank(site: Path) -> None:
    arguments = ["form", "show", "online_application", "--site", str(site)]
    result = CliRunner().invoke(torikomi, arguments)
    assert isinstance(result.exception, DefinitionError)
    assert "壊れています" in result.exception.message


def test_a_reader_that_needs_no_blanks_is_not_troubled(site: Path) -> None:
    toml = site / "site.toml"
    text = toml.read_text(encoding="utf-8")
    forms = load_forms(site / "forms")
    assert len(blank_troubles(load_site(site), forms.values())) == 1
    head = "[reading]\n" if "[reading]\n" in text else ""
    new = '[reading]\nreader = "replay"\n'
    toml.write_text(text.replace(head, new, 1) if head else f"{text}\n{new}", encoding="utf-8")
    assert blank_troubles(load_site(site), forms.values()) == []
