"""Without Tesseract the main job runs and says what it misses."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.commands.run import say_what_is_missing
from flows.definitions import load_definitions
from ocr.engines import tesseract
from tests.flows.office import make_office


def test_a_missing_second_reader_is_said_with_the_line_to_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    definitions = load_definitions(make_office(tmp_path / "office"))
    monkeypatch.setenv("PATH", str(tmp_path))
    tesseract.is_installed.cache_clear()
    try:
        say_what_is_missing(definitions)
    finally:
        tesseract.is_installed.cache_clear()
    said = capsys.readouterr().err
    assert "Tesseract" in said
    assert "apt-get install tesseract-ocr tesseract-ocr-jpn" in said
