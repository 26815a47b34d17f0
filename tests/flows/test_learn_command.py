"""``torikomi learn``: learns from the journal, says what, keeps every version, and can be undone;
damage stops no reading."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from flows.cli import torikomi
from flows.commands.demo import make_demo_site
from flows.commands.demo_year import show_year
from flows.composition import journal_of, make_reader, open_site
from flows.definitions import Definitions, load_definitions
from flows.learning import Kept, LearningReader, in_force, study
from initiatives.fiscal import Span
from ocr.office.taught import NOTHING, Learned
from ocr.trust.inputs import NAMES
from ocr.trust.model import Trust
from records.journal import Journal
from records.types import Decision, Field, Reading, Receipt, Record

SAMPLES = Path(__file__).parents[2] / "samples"
FORM = "citizen_opinion"
NOW = dt.datetime(2026, 4, 1, 3, tzinfo=dt.UTC)
STREET = ("鹿島市大字納富分附越12番地", "鹿島市大字納富分鮒越12番地")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    make_demo_site(SAMPLES, tmp_path / "office", scans=False)
    return tmp_path / "office"


@pytest.fixture
def definitions(site: Path) -> Definitions:
    return load_definitions(site)


@pytest.fixture
def journal(definitions: Definitions) -> Iterator[Journal]:
    with journal_of(definitions.site) as opened:
        yield opened


def call(site: Path, *arguments: str) -> Result:
    return CliRunner().invoke(torikomi, ["learn", "--site", str(site), *arguments])


def arrive(
    journal: Journal,
    number: int,
    values: dict[str, tuple[Any, Any, float, bool]],
    *,
    unseen: int = 0,
) -> None:
    """A sheet comes in, is read and decided: field → (kind, (as read, as it is), share, whether it
    was drawn)."""
    document = hashlib.sha256(str(number).encode()).hexdigest()
    journal.documents.receive(document, f"{number}.tif", 1, NOW)
    journal.documents.claim("reader", 1, 60, NOW)
    fields = {}
    for name, (kind, (before, _), share, drawn) in values.items():
        trust = Reading(
            str(before), share, "trust", (), {"share": share, "kept": share, "fit": 1.0}
        )
        fields[name] = Field(
            name, kind, str(before), before, share, readings=(trust,), unseen=drawn, sampled=drawn
        )
    record = Record(Record.id_of(document, 1), document, (1,), FORM, 1, 0.9, fields)
    receipt = Receipt(
        "read", FORM, "EFF-01", {"sheets": 1, "fields": len(fields) + unseen, "unseen": unseen}, 1.0
    )
    assert journal.readings.store(document, [record], receipts=[receipt], at=NOW)
    journal.reviews.decide_many(
        [
            Decision(
                record.id,
                name,
                before,
                after,
                "accept" if before == after else "correct",
                "職員A",
                NOW,
                2.0,
            )
            for name, (_, (before, after), _, _) in values.items()
        ]
    )


def streets(journal: Journal, first: int, count: int) -> None:
    for number in range(first, first + count):
        arrive(
            journal,
            number,
            {
                "address": ("address", STREET, 0.6, False),
                "subject": ("text", ("道路", "道路"), 0.8, False),
            },
        )


def test_few_decisions_change_nothing_and_it_says_so(site: Path, journal: Journal) -> None:
    streets(journal, 1, 4)
    said = call(site)
    assert said.exit_code == 0
    assert "8 件しかないので、まだ学習しません" in said.stdout
    assert Kept(load_definitions(site).site).number() == 0
    assert list(journal.chain.events(kind="learned")) == []


def test_what_was_learned_is_told_kept_and_undone_step_by_step(
    site: Path, journal: Journal
) -> None:
    kept = Kept(load_definitions(site).site)
    streets(journal, 1, 16)
    said = call(site)
    assert said.exit_code == 0, said.output
    assert "地名・建物名 1 語: 鮒越" in said.stdout
    assert "「附」→「鮒」(16文書)" in said.stdout
    assert kept.number() == 1
    assert "変わらないので" in call(site).stdout
    assert kept.numbers() == [1]

    for number, given in enumerate("太花健次", 20):
        arrive(
            journal,
            number,
            {"sender": ("name", (f"鮒越\u3000{given}", f"鮒越\u3000{given}"), 0.6, False)},
        )
    said = call(site)
    assert "姓 1 語: 鮒●" in said.stdout, "what names a person is masked on the screen"
    assert kept.numbers() == [1, 2]
    assert "第2版" in call(site, "--show").stdout

    assert "第1版に戻しました" in call(site, "--undo").stdout
    assert in_force(kept, pytest.fail)[1].words == kept.load(1).lesson.learned.words
    assert "標準のモデルに戻しました" in call(site, "--undo").stdout
    assert in_force(kept, pytest.fail) == (None, NOTHING)
    assert "戻すものはありません" in call(site, "--undo").stdout
    assert kept.numbers() == [1, 2], "no version is ever lost"

    events = list(journal.chain.events(kind=("learned", "unlearned")))
    assert [(e.kind, e.payload["version"], e.payload["before"]) for e in events] == [
        ("learned", 1, 0),
        ("learned", 2, 1),
        ("unlearned", 2, 1),
        ("unlearned", 1, 0),
    ]
    assert "鮒" not in json.dumps([dict(e.payload) for e in events], ensure_ascii=False), (
        "an event can never be deleted"
    )
    assert journal.chain.verify() is None


@pytest.fixture
def base(monkeypatch: pytest.MonkeyPatch) -> Trust:
    """A shipped model that says of a free text what its share says, and of kana likewise."""
    weights = np.zeros(1 + len(NAMES))
    weights[1 + NAMES.index("share")] = 4.0
    trust = Trust(
        {"text": weights, "kana": weights.copy()}, {0.005: 0.99, 0.01: 0.98, 0.05: 0.95}, "made up"
    )
    monkeypatch.setattr("flows.learning.shipped", lambda: trust)
    return trust


def opinions(journal: Journal, count: int, wrong: float) -> None:
    """Sheets of an office where a subject with a middling share is right far more often than the
    shipped model says."""
    rng = np.random.default_rng(1)
    with journal.batch() as batch:
        for number in range(count):
            drawn = number % 4 == 0
            share = 0.9995 if drawn else float(rng.uniform(0.6, 0.9))
            right = drawn or rng.random() > wrong
            arrive(
                batch,
                number,
                {"subject": ("text", ("道路" if right else "通路", "道路"), share, drawn)},
                unseen=10,
            )


def test_the_office_gets_a_trust_of_its_own_where_that_is_better(
    site: Path,
    journal: Journal,
    definitions: Definitions,
    base: Trust,
) -> None:
    opinions(journal, 320, wrong=0.06)
    lesson = study(definitions, journal)
    drawn = lesson.source.drawn
    assert (lesson.source.documents, drawn) == (320, 80)
    judged = next(j for j in lesson.judged if j.group == "text")
    assert judged.readings == 320
    assert judged.unseen[0] == pytest.approx(drawn + 320 * 10), (
        "the drawn ones stand for all that nobody looked at"
    )
    assert judged.taken
    assert lesson.trust is not None
    features = {"share": 0.7, "kept": 0.7, "fit": 1.0}
    assert lesson.trust.probability("text", features) > base.probability("text", features) + 0.02
    said = call(site)
    assert "文字・住所: 合わせ直しました" in said.stdout
    trust, _ = in_force(Kept(definitions.site), pytest.fail)
    assert trust is not None
    assert trust.probability("text", features) == pytest.approx(
        lesson.trust.probability("text", features), abs=1e-4
    )
    assert trust.probability("kana", features) == pytest.approx(
        base.probability("kana", features), abs=1e-4
    )


def test_a_damaged_or_outdated_file_is_told_and_what_ships_is_used(
    site: Path,
    journal: Journal,
    definitions: Definitions,
    base: Trust,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opinions(journal, 320, wrong=0.06)
    assert call(site).exit_code == 0
    kept, told = Kept(definitions.site), list[str]()
    path = kept.folder / "0001.json"
    good = path.read_text(encoding="utf-8")

    with monkeypatch.context() as updated:
        updated.setattr(
            "flows.learning.shipped", lambda: dataclasses.replace(base, bars={0.005: 0.9})
        )
        assert in_force(kept, told.append)[0] is None
        assert "プログラムの更新" in told.pop()
        assert "プログラムの更新" in call(site, "--show").stdout

    for bad in ("", "{", good.replace('"fields": 320', '"fields": 321'), good[:-40], "[]"):
        path.write_text(bad, encoding="utf-8")
        assert in_force(kept, told.append) == (None, NOTHING)
        line = told.pop()
        assert "壊れています" in line
        assert "標準のモデルで読み取ります" in line
    shown = CliRunner().invoke(
        torikomi, ["learn", "--site", str(site), "--show"], standalone_mode=False
    )
    assert "壊れています" in str(shown.exception)
    path.unlink()
    assert in_force(kept, told.append) == (None, NOTHING)
    kept.pointer.write_text("?", encoding="ascii")
    assert in_force(kept, told.append) == (None, NOTHING)
    assert call(site).exit_code == 0, "learning again makes it good"
    assert in_force(kept, pytest.fail)[0] is not None


class Pupil:
    """Stands for the reader: remembers what it was taught."""

    def __init__(self, trust: Trust | None = None, learned: Learned = NOTHING) -> None:
        self.trust, self.learned = trust, learned

    def read(self, path: Path, *given: object) -> Iterator[Any]:
        return iter([self.learned])

    def explain(self, path: Path) -> list[str]:
        return sorted(self.learned.words)

    def taught(self, trust: Trust | None, learned: Learned) -> Pupil:
        return Pupil(trust, learned)


def test_a_running_service_takes_up_a_new_version_with_the_next_document(
    site: Path, journal: Journal, definitions: Definitions
) -> None:
    reader = LearningReader(Pupil(), definitions.site, pytest.fail)
    assert next(reader.read(Path("a"))) is NOTHING
    streets(journal, 1, 16)
    assert call(site).exit_code == 0
    assert next(reader.read(Path("b"))).words == {
        "place": {"鮒越": 16},
        f"text:{FORM}.subject": {"道路": 16},
    }
    assert reader.explain(Path("b")) == ["place", f"text:{FORM}.subject"]
    assert call(site, "--undo").exit_code == 0
    assert not next(reader.read(Path("c")))


def test_every_command_reads_with_what_was_learned(definitions: Definitions) -> None:
    assert isinstance(make_reader(definitions), LearningReader)


def test_made_up_work_teaches_nothing(site: Path, definitions: Definitions) -> None:
    with open_site(site) as office:
        show_year(office, span=Span(dt.date(2025, 7, 1), dt.date(2025, 7, 3)), scale=0.2)
    said = CliRunner().invoke(torikomi, ["learn", "--site", str(site)], standalone_mode=False)
    assert "架空" in str(said.exception)
    assert not Kept(definitions.site).folder.exists()


def test_the_journal_streams_every_decided_sheet_once(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("records.journal.storedrecords._PAGE", 3)
    streets(journal, 1, 7)
    document = "f" * 64
    journal.documents.receive(document, "undecided.tif", 1, NOW)
    journal.documents.claim("reader", 1, 60, NOW)
    field = Field("subject", "text", "道路", "道路", 0.5)
    journal.readings.store(
        document,
        [Record(Record.id_of(document, 1), document, (1,), FORM, 1, 0.9, {"subject": field})],
        at=NOW,
    )
    rows = list(journal.records.decided())
    assert [row.as_read.document for row in rows] == [
        hashlib.sha256(str(n).encode()).hexdigest() for n in range(1, 8)
    ]
    assert all(len(row.decisions) == 2 for row in rows)
