"""Searching by words gives the same with the index of letters as by reading every text, on both
databases."""

from __future__ import annotations

import pytest

from records.journal import Journal, open_journal
from tests.records.test_journal.made import decision, field, read

WORDS = (
    "東島",
    "重ノ木丁",
    "鹿島市 東島",
    '"引用"',
    "100%",
    "a_b",
    "ない言葉",
    "OR axb",
    "*",
    "鹿島市重ノ木丁2196 東島",
    "ＡＢＣＤ",
    "abcd",
)


def texts(journal: Journal) -> None:
    for n, text in enumerate(
        (
            "東島 裕太 鹿島市重ノ木丁2196",
            '東島 「"引用"」 100% a_b',
            "光武 礼子 鹿島市浜町 abcd",
            "100x axb OR",
        )
    ):
        read(journal, n, field("name", text), form="f" if n % 2 else "g")


@pytest.mark.parametrize("word", WORDS)
def test_the_index_finds_what_reading_finds(url: str, word: str) -> None:
    with open_journal(url) as journal:
        texts(journal)
        by_index = [line.id for line in journal.records.search(text=word)]
        by_forms = [line.id for line in journal.records.search(text=word, forms=["f", "g"])]
        with journal.store._locked() as connection:
            connection.exec_driver_sql("DROP TABLE words")
        assert by_index == by_forms == [line.id for line in journal.records.search(text=word)]
    assert bool(by_index) == (word not in ("ない言葉", "*"))


def test_a_journal_of_before_gets_the_index_and_corrections_are_in_it(url: str) -> None:
    with open_journal(url) as journal:
        texts(journal)
        with journal.store._locked() as connection:
            sqlite = connection.dialect.name == "sqlite"
            for name in (
                ("words_insert", "words_update", "words_delete")
                if sqlite
                else ("words_rows", "words_update")
            ):
                connection.exec_driver_sql(
                    f"DROP TRIGGER {name}" + ("" if sqlite else " ON records")
                )
            connection.exec_driver_sql("DROP TABLE words")
    with open_journal(url) as journal:
        (line,) = journal.records.search(text="鹿島市浜町")
        row = journal.records.get(line.id)
        assert row is not None
        journal.reviews.decide(decision(row.record, "name", "古賀 千夏 嬉野市"))
        assert journal.records.search(text="鹿島市浜町") == []
        assert [found.id for found in journal.records.search(text="古賀 千夏 嬉野市")] == [line.id]


def test_several_forms_are_one_list_in_order(url: str) -> None:
    with open_journal(url) as journal:
        for n in range(9):
            read(journal, n, form="fgh"[n % 3])
        everything = [line.id for line in journal.records.search()]
        assert [line.id for line in journal.records.search(forms=["f", "g", "h"])] == everything
        pages = [
            line.id
            for start in (0, 4, 8)
            for line in journal.records.search(forms=["h", "f", "g", "f"], limit=4, offset=start)
        ]
        assert pages == everything
        assert journal.records.search(forms=[]) == []


def test_a_word_on_very_many_sheets_is_found_in_order(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("records.journal.wordsearch._MOST", 3)
    with open_journal(url) as journal:
        for n in range(8):
            read(journal, n, field("name", "東島 裕太" if n % 2 else "東島 礼子"), form="fg"[n % 2])
        everything = [line.id for line in journal.records.search()]
        assert [
            line.id for line in journal.records.search(text="東島", forms=["f", "g"])
        ] == everything
        assert [
            line.id
            for line in journal.records.search(text="東島", forms=["f", "g"], limit=3, offset=2)
        ] == everything[2:5]
        assert [line.id for line in journal.records.search(text="礼子", forms=["g"])] == []
