"""A journal that is gone, emptied or an older copy is not worked with: its sheets would be delivered
a second time."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.cli import torikomi
from flows.composition import open_site
from records.errors import DefinitionError
from tests.flows.office import drop, make_office, sheet
from tests.flows.test_later_pages import Office


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """An office that has delivered a sheet, and been closed as a command closes it."""
    folder = tmp_path / "office"
    office = Office(folder)
    drop(folder, "a.json", sheet("1"))
    for _ in range(3):
        office.round()
    assert office.rows() == ["1"]
    office.journal.close()
    with open_site(folder) as opened:
        assert opened.journal.tallies.counts().records["delivered"] == 1
    return folder


def _audit(*words: str) -> tuple[int, str]:
    """The exit code of an audit command, as a shell sees it, and what it printed."""
    done = CliRunner().invoke(torikomi, ["audit", *words], standalone_mode=False)
    return int(done.return_value or done.exit_code), done.output


def _lose(site: Path) -> None:
    for path in site.glob("torikomi.db*"):
        path.unlink()


def test_a_lost_journal_stops_the_work_until_somebody_accepts_it(site: Path) -> None:
    assert _audit("verify", "--site", str(site))[0] == 0
    _lose(site)
    with pytest.raises(DefinitionError, match="なくなっています"), open_site(site) as office:
        office.journal.documents.page("failed")
    code, told = _audit("verify", "--site", str(site))
    assert code == 1
    assert "記録がすべてなくなっています" in told
    assert _audit("restored", "--reason", "控えがない", "--site", str(site))[0] == 0
    with open_site(site) as office:
        assert office.journal.tallies.counts().records["delivered"] == 0


def test_a_journal_that_was_lost_before_there_were_anchors(site: Path) -> None:
    _lose(site)
    shutil.rmtree(site / "audit")
    with pytest.raises(DefinitionError, match="なくなっています"), open_site(site) as office:
        office.journal.documents.page("failed")


def test_an_older_copy_stops_the_work(site: Path, tmp_path: Path) -> None:
    shutil.copytree(site, tmp_path / "copy", ignore=shutil.ignore_patterns("audit"))
    with open_site(site) as office:
        office.journal.documents.receive("0" * 64, "b.json", 1, dt.datetime.now(dt.UTC))
    _lose(site)
    for path in (tmp_path / "copy").glob("torikomi.db*"):
        shutil.copy(path, site)
    with pytest.raises(DefinitionError, match="古い写し"), open_site(site) as office:
        office.journal.documents.page("failed")


def test_a_new_office_has_nothing_to_lose(tmp_path: Path) -> None:
    make_office(tmp_path / "new")
    with open_site(tmp_path / "new") as office:
        assert office.journal.tallies.counts().records["delivered"] == 0
