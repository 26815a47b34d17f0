"""A source of an installed package beside the inbox: what it brings, and when it is away."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from connectors.sources import GROUP
from flows.composition import open_site
from flows.intake import Intake
from tests.flows.office import drop, make_office, sheet

_NUMBERS = itertools.count()
SOURCE = """
from pathlib import Path

from connectors.sources import Settled, Sweep
from connectors.sources.folder.entering import enter
from connectors.sources.folder.scan import Seen
from records.errors import ServiceError


class Letterbox:
    def __init__(self, folder, work):
        self.folder, self.work = folder, work

    @classmethod
    def from_site(cls, site, forms):
        return cls(site.folder / "letterbox", site.work)

    def look(self, now):
        if not self.folder.is_dir():
            raise ServiceError("letterbox", "郵便受けにつながりません")
        files = sorted(self.folder.iterdir())
        return Sweep(tuple(Settled(f, f"post/{f.name}", 0, 0) for f in files), Seen(), 0, None)

    def take(self, found):
        claimed = enter(self.work, found.path.name, found.path.read_bytes(), "post")
        found.path.unlink()
        return claimed
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An office with a package that brings the source ``post``."""
    module = f"an_offices_letterbox_{next(_NUMBERS)}"
    packages = tmp_path / "packages"
    told = packages / f"{module}-1.0.dist-info"
    told.mkdir(parents=True)
    (packages / f"{module}.py").write_text(SOURCE, encoding="utf-8")
    (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text(f"[{GROUP}]\npost = {module}:Letterbox\n")
    monkeypatch.syspath_prepend(packages)
    return make_office(tmp_path / "office")


def test_what_it_brings_goes_the_way_of_all_documents(site: Path) -> None:
    drop(site, "inbox の用紙.json", sheet("1"))
    (site / "letterbox").mkdir()
    drop(site, "郵便.json", sheet("2"))
    (site / "inbox" / "郵便.json").rename(site / "letterbox" / "郵便.json")
    with open_site(site) as office:
        swept = Intake(office.definitions, office.journal, office.reader).sweep()
        assert (swept.new, swept.duplicates, swept.stuck) == (2, 0, ())
        rows = {row.name: row.channel for row in office.journal.documents.page(limit=10)}
    assert rows == {"inbox の用紙.json": "", "郵便.json": "post"}
    assert list((site / "letterbox").iterdir()) == []


def test_one_that_is_away_is_told_and_stops_nothing(site: Path) -> None:
    drop(site, "a.json", sheet("1"))
    with open_site(site) as office:
        swept = Intake(office.definitions, office.journal, office.reader).sweep()
    assert swept.new == 1
    assert [error.message for error in swept.stuck] == ["郵便受けにつながりません"]
