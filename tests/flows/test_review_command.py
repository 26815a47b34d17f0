"""Review in the terminal: the person's value is normalised and checked, and the seconds of
attention are measured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.commands.review import Desk
from flows.commands.state import status_lines
from flows.composition import journal_of, make_reader
from flows.definitions import Definitions, load_definitions
from flows.intake import Intake
from flows.terminalreview import IDLE_SECONDS
from records.journal import Journal
from tests.flows.office import drop, make_office, sheet


@pytest.fixture
def definitions(tmp_path: Path) -> Definitions:
    return load_definitions(make_office(tmp_path / "office"))


@pytest.fixture
def journal(definitions: Definitions) -> Iterator[Journal]:
    with journal_of(definitions.site) as opened:
        yield opened


def arrive(
    definitions: Definitions, journal: Journal, name: str, *sheets: dict[str, object]
) -> None:
    """Take in and read a document without Prefect: the steps are plain functions."""
    drop(definitions.site.folder, name, *sheets)
    intake = Intake(definitions, journal, make_reader(definitions))
    assert intake.sweep().new == 1
    row = intake.claim()
    assert row is not None
    assert intake.read(row).state == "read"


class Person:
    """Types the given answers, one second after another question, or as many seconds as told
    before."""

    def __init__(self, *answers: str, seconds: float = 1.0) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.time = 0.0
        self.seconds = seconds

    def ask(self, prompt: str) -> str:
        self.asked.append(prompt)
        self.time += self.seconds
        return self.answers.pop(0)

    def desk(self, definitions: Definitions, journal: Journal) -> Desk:
        return Desk(definitions, journal, "職員A", self.ask, lambda: self.time)


def test_enter_accepts_and_the_seconds_are_kept(definitions: Definitions, journal: Journal) -> None:
    arrive(definitions, journal, "a.json", sheet("1", doubtful=True))
    person = Person("", seconds=3.5)
    assert person.desk(definitions, journal).work(None) == 1
    [made] = journal.work.decisions()
    assert (made.decision.verdict, made.decision.after, made.decision.seconds) == (
        "accept",
        "1",
        3.5,
    )
    assert journal.tallies.counts().records == {
        "waiting": 0,
        "ready": 1,
        "delivered": 0,
        "returned": 0,
    }


def test_a_typed_value_replaces(definitions: Definitions, journal: Journal) -> None:
    arrive(definitions, journal, "a.json", sheet("1", doubtful=True))
    Person("４７１１").desk(definitions, journal).work(None)
    [row] = journal.deliveries.ready(10)
    assert row.record.fields["number"].value == "４７１１"
    assert row.line.checked_by == "職員A"


def test_a_typed_value_is_normalised_and_asked_about_again(
    definitions: Definitions, journal: Journal
) -> None:
    arrive(
        definitions,
        journal,
        "a.json",
        {**sheet("1"), "doubtful": ["phone"], "texts": {"number": "1", "phone": "63-2"}},
    )
    person = Person("63-211", "n", "０９５４(６３)２１１１")
    person.desk(definitions, journal).work(None)
    assert len(person.asked) == 3, (
        "six digits are no number: the person was asked whether they meant it, and typed again"
    )
    [row] = journal.deliveries.ready(10)
    assert row.record.fields["phone"].value == "0954-63-2111"


def test_a_person_may_insist(definitions: Definitions, journal: Journal) -> None:
    arrive(
        definitions,
        journal,
        "a.json",
        {**sheet("1"), "doubtful": ["phone"], "texts": {"number": "1", "phone": "63-2"}},
    )
    person = Person("63-211", "", "63-211", "y")
    person.desk(definitions, journal).work(None)
    assert len(person.asked) == 4, "Enter does not confirm what was questioned"
    [row] = journal.deliveries.ready(10)
    assert row.record.fields["phone"].problems == ()


@pytest.mark.parametrize("answer", ["y", "0954-63-2111"])
def test_enter_alone_keeps_no_value_that_fails_its_own_check(
    definitions: Definitions, journal: Journal, answer: str
) -> None:
    arrive(
        definitions,
        journal,
        "a.json",
        {**sheet("1"), "doubtful": ["phone"], "texts": {"number": "1", "phone": "63-2"}},
    )
    person = Person("", "", "", answer) if answer == "y" else Person("", "", answer)
    person.desk(definitions, journal).work(None)
    [row] = journal.deliveries.ready(10)
    assert row.decisions[-1].verdict == ("accept" if answer == "y" else "correct")
    assert any("y=はい" in prompt for prompt in person.asked)


def test_dash_empties_a_field(definitions: Definitions, journal: Journal) -> None:
    arrive(definitions, journal, "a.json", sheet("1", doubtful=True))
    Person("-").desk(definitions, journal).work(None)
    [row] = journal.deliveries.ready(10)
    assert row.record.fields["number"].value is None


@pytest.mark.parametrize(("key", "code"), [("?", "unreadable"), ("!", "wrong_form")])
def test_a_sheet_can_be_given_back(
    definitions: Definitions, journal: Journal, key: str, code: str
) -> None:
    arrive(definitions, journal, "a.json", sheet("1", doubtful=True))
    Person(key).desk(definitions, journal).work(None)
    assert journal.tallies.counts().records["returned"] == 1
    assert journal.records.search()[0].code == code


def test_quitting_keeps_what_was_decided_and_frees_the_rest(
    definitions: Definitions, journal: Journal
) -> None:
    arrive(definitions, journal, "a.json", sheet("1", doubtful=True), sheet("2", doubtful=True))
    assert Person("", "q").desk(definitions, journal).work(None) == 1
    assert journal.tallies.counts().records["waiting"] == 1
    other = Desk(definitions, journal, "職員B", lambda prompt: "", lambda: 0.0)
    assert other.work(None) == 1, "the sheet that was given up is free for another at once"


def test_time_away_from_the_desk_is_not_attention(
    definitions: Definitions, journal: Journal
) -> None:
    arrive(definitions, journal, "a.json", sheet("1", doubtful=True))
    Person("", seconds=3600.0).desk(definitions, journal).work(None)
    [made] = journal.work.decisions()
    assert made.decision.seconds == IDLE_SECONDS


def test_a_note_in_the_margin_is_confirmed_like_a_field(
    definitions: Definitions, journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    noted = sheet("1") | {"strays": [[20.0, 280.0, 30.0, 5.0]]}
    arrive(definitions, journal, "a.json", noted)
    status = list(status_lines(journal, definitions.forms))
    assert "余白に書き込みのある用紙(確認待ち) 1 枚" in status
    assert Person("").desk(definitions, journal).work(None) == 1
    shown = capsys.readouterr().out
    assert "余白に書き込みがあります" in shown
    assert "1枚目の上から 280 mm、左から 20 mm" in shown
    assert journal.tallies.counts().records["ready"] == 1
    assert not any("余白" in line for line in status_lines(journal, definitions.forms))


def test_a_note_may_send_the_sheet_back_to_the_applicant(
    definitions: Definitions, journal: Journal
) -> None:
    arrive(definitions, journal, "a.json", sheet("1") | {"strays": [[20.0, 280.0, 30.0, 5.0]]})
    Person("?").desk(definitions, journal).work(None)
    assert journal.tallies.counts().records["returned"] == 1
