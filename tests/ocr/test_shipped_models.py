"""Every fitted file that ships is written down with its hash and where it comes from."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Any

import pytest

from ocr.engines.glyphs import models_folder
from ocr.engines.ppocr import models_folder as wheels_folder

ROOT = Path(__file__).resolve().parents[2]
TOLD = tomllib.loads((models_folder() / "MODELS.toml").read_text(encoding="utf-8"))
MODELS: list[dict[str, Any]] = TOLD["model"]
KEYS = {
    "file",
    "what",
    "sha256",
    "made",
    "base",
    "command",
    "seed",
    "data",
    "licences",
    "figures",
    "unknown",
}
"""None may be left out: what is not known is said."""


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_no_fitted_file_is_missing() -> None:
    found = {path.relative_to(ROOT).as_posix() for path in (ROOT / "ocr").rglob("*.onnx")}
    found |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "ocr").rglob("trust*.json")}
    assert len(found) >= 8
    assert sorted(model["file"] for model in MODELS) == sorted(found)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: Path(model["file"]).name)
def test_a_file_is_the_one_that_is_written_down(model: dict[str, Any]) -> None:
    assert set(model) == KEYS
    assert all(model[key] for key in KEYS)
    assert sha256_of(ROOT / model["file"]) == model["sha256"]
    tools = [word for word in model["command"].split() if word.endswith(".py")]
    assert all((ROOT / tool).is_file() for tool in tools)
    assert tools or model["command"].startswith("as recogniser.onnx")


def test_a_model_of_another_wheel_is_the_one_that_was_measured() -> None:
    for model in TOLD["used"]:
        assert sha256_of(wheels_folder() / model["file"]) == model["sha256"]
