"""A letter on the desk: its whole page stands beside every field, with the reason why it is shown."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path

from PIL import Image

from flows.composition import open_site
from ocr.letters.judged import FOUND, MISSING
from tests.desk.client import Client
from tests.desk.office import Putter, make_site, serve, users

FORM = """
id = "opinion_letter"
title = "市長への手紙"
initiative = "EFF-03"
kind = "letter"
[[page]]
keywords = ["市長"]
[[field]]
name = "sender"
kind = "name"
label = "氏名"
find = { label = "氏名" }
[[field]]
name = "body"
kind = "lines"
label = "本文"
find = { position = "rest" }
"""


def test_the_page_stands_beside_every_field_of_a_letter(tmp_path: Path) -> None:
    site = make_site(tmp_path / "site")
    folder = site / "forms" / "opinion_letter"
    folder.mkdir()
    (folder / "form.toml").write_text(FORM, encoding="utf-8")
    served, stop = serve(site)
    try:
        served.put.sheet(
            "citizen_opinion_fax_01.tif",
            "opinion_letter",
            ["sender", "body"],
            values={"body": "歩道の段差を直してください。"},
        )
        clerk = Client(served.url, "fukushi1")
        (shown,) = clerk.next("opinion_letter")
        assert [field["name"] for field in shown["fields"]] == ["sender", "body"]
        assert all(field["box"] is None and field["page"] == 1 for field in shown["fields"])
        picture = Image.open(io.BytesIO(clerk.get(shown["pages"]["1"]).content))
        width, height = shown["sizes"]["1"]
        assert (round(width), round(height)) == (210, 297)
        assert abs(picture.width / picture.height - width / height) < 0.02
        clerk.http.close()
    finally:
        stop()


def test_a_letters_pages_stand_one_below_the_other(tmp_path: Path) -> None:
    """No field of it has a page of its own: all of them are shown."""
    site = make_site(tmp_path / "site")
    folder = site / "forms" / "opinion_letter"
    folder.mkdir()
    (folder / "form.toml").write_text(FORM, encoding="utf-8")
    (site / "desk.db").write_bytes(users())
    with open_site(site) as opened:
        desk = opened.desk
        put = Putter(desk).sheet("mixed_batch.tif", "opinion_letter", ["body"], values={})
        record = dataclasses.replace(put, pages=(1, 2))
        image = Image.open(io.BytesIO(desk.pictures.page(record, 1, ())))
        width, height = desk.pictures.size_mm(record, 1)
        assert height > 2.5 * width
        assert abs(image.height / image.width - height / width) < 0.02


def test_the_reasons_say_what_to_do() -> None:
    for reason in (FOUND, MISSING):
        assert "用紙の画像" in reason.message
        assert reason.message.endswith("ください")
