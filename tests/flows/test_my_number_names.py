"""A My Number in a file's name or in a text of a sheet, in any spelling: from the arrival on it stands
in no name, reason, log, ledger, event or list of the site."""

from __future__ import annotations

import datetime as dt
import io
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

from records.types import Decision
from tests.flows.office import drop, sheet
from tests.flows.test_later_pages import Office
from tests.spellings import SPELLINGS, tells

NAMES = {
    name: spelt.replace("/", "-").replace("\n", " ")
    for name, spelt in SPELLINGS.items()
    if name != "with zero-width blanks"  # no scanner makes such a name
}
AT = dt.datetime(2026, 4, 1, 9, tzinfo=dt.UTC)
VALUES = frozenset({"records", "readings", "decisions"})
"""Tables that hold what was read. Whoever may open a record may ask for it there."""


def _texts(path: Path) -> str:
    """A file as text; the parts of a workbook one after another."""
    data = path.read_bytes()
    if not data.startswith(b"PK"):
        return data.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return "\n".join(
            package.read(name).decode("utf-8", "replace") for name in package.namelist()
        )


def _told_by_tables(path: Path) -> dict[str, str]:
    """The rows of each table that holds no values, as text."""
    told = {}
    with closing(sqlite3.connect(path)) as db:
        tables = [row[0] for row in db.execute("select name from sqlite_master where type='table'")]
        for table in tables:
            if table not in VALUES:
                told[table] = repr(db.execute(f'select * from "{table}"').fetchall())
    return told


def test_names_and_texts_with_a_my_number(tmp_path: Path) -> None:
    office = Office(tmp_path / "office")
    for n, (name, spelt) in enumerate(NAMES.items()):
        drop(office.folder, f"{spelt} 申請{n}.json", sheet(f"番号は{SPELLINGS[name]}です"))
        broken = office.folder / "inbox" / f"{spelt} 破損{n}.json"
        broken.write_text(f"{{{n}", encoding="utf-8")
    for _ in range(6):
        office.round()
    journal = office.folder / "torikomi.db"
    office.journal.close()
    assert len(list((office.folder / "failed").iterdir())) >= len(NAMES)
    assert office.rows() == [], "each goes to a person first"
    for line in office.journal.records.search(text="", forms=["survey"], limit=100):
        row = office.journal.records.get(line.id)
        assert row is not None
        value = row.record.fields["number"].value
        seen = Decision(line.id, "number", value, value, "accept", "山田", AT, 3.0)
        office.journal.reviews.decide(seen)
    office.round()
    assert len(office.rows()) == len(NAMES)
    for path in office.folder.rglob("*"):
        assert not tells(path.name), path
        is_original = "archive" in path.parts or ("failed" in path.parts and path.suffix == ".json")
        if path.is_file() and not is_original and not path.name.startswith("torikomi.db"):
            assert not tells(_texts(path)), path
    assert not any(tells(line) for line in office.said)
    for table, told in _told_by_tables(journal).items():
        assert not tells(told), table
