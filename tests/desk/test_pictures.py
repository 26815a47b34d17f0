"""Pictures of sheets lie ready before they are asked for, also after a restart, and go when the
original goes."""

from __future__ import annotations

import hashlib
import io
import os
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import desk.pictures
from desk.opendesk import Desk
from desk.pictures import Pictures
from ocr.pages.opening import open_pages
from ocr.place.blank import load_blanks
from records.site import IntakeSettings
from records.types import Page, Record
from tests.desk.office import Putter, make_fields


def sheet(still: Desk, form: str = "citizen_opinion") -> Record:
    scan = {
        "citizen_opinion": "citizen_opinion_fax_01.tif",
        "account_transfer": "account_transfer_02.tif",
    }[form]
    return Putter(still, len(list(still.site.archive.rglob("*.tif")))).sheet(
        scan, form, [next(iter(still.forms[form].fields))], values={}
    )


def kept(still: Desk) -> list[Path]:
    return sorted(still.site.work.glob("desk/*/*"))


def test_what_waits_is_made_ahead_and_is_there_after_a_restart(
    still: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = sheet(still)
    still.begin()
    end = time.monotonic() + 60
    while not still.pictures.kept(record):
        assert time.monotonic() < end
        time.sleep(0.05)
    assert [path.stat().st_mode & 0o077 for path in kept(still)] == [
        0
    ]  # personal data: for the owner only
    first = still.pictures.crop(record, next(iter(record.fields)), ())

    def never(*_: object) -> None:
        raise AssertionError("aligned once more")

    monkeypatch.setattr(Pictures, "_made", never)
    again = Pictures(still.site, still.forms)
    assert again.kept(record)
    assert again.crop(record, next(iter(record.fields)), ()) == first
    width, height = again.size_mm(record, 1)
    image = Image.open(io.BytesIO(again.page(record, 1, ())))
    assert image.width / image.height == pytest.approx(width / height, rel=0.01)
    again.close()


def test_nothing_is_made_twice_and_no_more_than_may_be_kept(
    still: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = sheet(still), sheet(still)
    monkeypatch.setattr(desk.pictures, "MOST_BYTES", 0)
    assert not still.pictures.full
    still.pictures.make(one)
    assert not still.pictures.kept(one)  # more than there may be
    monkeypatch.setattr(desk.pictures, "MOST_BYTES", 1 << 30)
    assert still.prefetch.make(still.journal, still.pictures, {"citizen_opinion": 2}) == 2
    assert still.prefetch.make(still.journal, still.pictures, {"citizen_opinion": 2}) == 0
    assert still.prefetch.make(still.journal, still.pictures, {"citizen_opinion": 0}) == 0
    monkeypatch.setattr(desk.pictures, "MOST_BYTES", 1)
    assert still.pictures.full
    still.pictures.tidy()
    assert not still.pictures.kept(two)
    assert kept(still) == []


def test_pages_go_with_their_original_and_when_nobody_asked_for_long(still: Desk) -> None:
    gone, old, stays = sheet(still), sheet(still), sheet(still)
    for record in (gone, old, stays):
        still.pictures.make(record)
    (original,) = still.site.archive.rglob(f"{gone.document}*")
    original.unlink()
    (page,) = (path for path in kept(still) if path.name.startswith(old.id))
    long_ago = time.time() - 31 * 86400
    os.utime(page, (long_ago, long_ago))
    left = page.with_name("left-by-a-kill.tmp")
    left.write_bytes(b"x")
    os.utime(left, (long_ago, long_ago))
    still.pictures.tidy()
    assert [path.name.split("-form")[0].startswith(stays.id) for path in kept(still)] == [True]
    assert [still.pictures.kept(record) for record in (gone, old, stays)] == [False, False, True]


def test_a_page_that_is_asked_for_stays(still: Desk) -> None:
    record = sheet(still)
    still.pictures.make(record)
    (page,) = kept(still)
    os.utime(page, (time.time() - 20 * 86400,) * 2)
    still.pictures.page(record, 1, ())
    assert page.stat().st_mtime > time.time() - 3600


def test_of_two_sheets_on_a_page_each_has_its_own_picture(still: Desk) -> None:
    """The page lies in the archive as one; a record's id says which part of it is meant."""
    forms = ("citizen_opinion", "account_transfer")
    halves = []
    for name in forms:
        (page,) = open_pages(still.forms[name].pages[0].blank or Path(), IntakeSettings())
        assert isinstance(page, Page)
        halves.append(page.image)
    glass = io.BytesIO()
    Image.fromarray(np.hstack(halves)).save(glass, "PNG", dpi=(300, 300))
    sha = hashlib.sha256(glass.getvalue()).hexdigest()
    place = still.site.archive / "2026" / sha[:2] / f"{sha}.png"
    place.parent.mkdir(parents=True)
    place.write_bytes(glass.getvalue())
    for name, middle in zip(forms, ((0.25, 0.5), (0.75, 0.5)), strict=True):
        fields = make_fields(still.forms[name], {}, {}, frozenset())
        record = Record(Record.id_of(sha, 1, middle), sha, (1,), name, 1, 1.0, fields)
        shown = np.asarray(Image.open(io.BytesIO(still.pictures.page(record, 1, ()))))
        likeness = {}
        for other in forms:
            blank = load_blanks(still.forms[other])[0].image
            small = np.asarray(Image.fromarray(blank).resize((shown.shape[1], shown.shape[0])))
            likeness[other] = float(np.corrcoef(shown.ravel(), small.ravel())[0, 1])
        assert likeness[name] > 0.8
        assert likeness[name] == max(likeness.values()) > min(likeness.values()) + 0.4
