"""A small office for tests: one form, the replay reader, and sheets that are JSON files."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

from flows.commands.init import create_site

FORM = """
id = "survey"
title = "職員アンケート"
initiative = "EFF-01"
department = "福祉課"

[[page]]
blank = "blank.png"

[[field]]
name = "number"
label = "番号"
kind = "text"
box = [20, 20, 60, 10]

[[field]]
name = "phone"
label = "電話"
kind = "phone"
box = [20, 40, 60, 10]

[[deliver]]
to = "excel"
path = "ledgers/survey.xlsx"
sheet = "受付簿"
columns = { "番号" = "number", "電話" = "phone", "記録" = "record_id" }
"""

SITE = """
[intake]
settle_seconds = 0.0
poll_seconds = 0.2
batch = 16
attempts = {attempts}

[reading]
reader = "replay"
"""


def make_office(folder: Path, *, attempts: int = 3, form: str = FORM) -> Path:
    """A site in ``folder`` that reads with the replay reader."""
    create_site(folder)
    (folder / "site.toml").write_text(SITE.format(attempts=attempts), encoding="utf-8")
    place = folder / "forms" / "survey"
    place.mkdir()
    (place / "form.toml").write_text(form, encoding="utf-8")
    Image.new("L", (210, 297), 255).save(place / "blank.png")
    return folder


def sheet(number: str, *, doubtful: bool = False, phone: str = "0954-63-2111") -> dict[str, object]:
    """One sheet as the replay reader takes it."""
    return {
        "form": "survey",
        "texts": {"number": number, "phone": phone},
        "doubtful": ["number"] if doubtful else [],
    }


def drop(
    site: Path, name: str, *sheets: dict[str, object], seconds: float = 0.0, **more: object
) -> Path:
    """Put a document into the inbox the way a careful program does: written beside, then
    renamed."""
    path = site / "inbox" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    beside.write_text(
        json.dumps({"seconds": seconds, "sheets": list(sheets), **more}), encoding="utf-8"
    )
    beside.rename(path)
    return path
