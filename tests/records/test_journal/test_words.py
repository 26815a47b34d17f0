"""Searching by words gives the same with the index of three letters as by reading every text."""

from __future__ import annotations

import pytest

from records.journal import Journal, open_journal
from tests.records.test_journal.made import decision, field, read

WORDS = ("東島", "重ノ木丁", "鹿島市 東島", '"引用"', "100%", "a_b", "ない言葉", "OR axb", "*",
         "鹿島市重ノ木丁2196 東島", "ＡＢＣＤ", "abcd")


def texts(journal: Journal) -> None:
    for n, text in enumerate(("東島 裕太 鹿島市重ノ木丁2196", '東島 「"引用"」 100% a_b', "光武 礼子 鹿島市浜町 abcd", "100x axb OR")):
        read(journal, n, field("name", text), form="f" if n % 2 else "g")


@pytest.mark.parametrize("word", WORDS)
def test_the_index_finds_what_reading_finds(sqlite_url: str, word: str) -> None:
    with open_journal(sqlite_url) as journal:
        texts(journal)
        by_index = [line.id for line in journal.search(text=word)]
        by_forms = [line.id for line in journal.search(text=word, forms=["f", "g"])]
        with journal._locked() as connection:
            connection.exec_driver_sql("DROP TABLE words")
        assert by_index == by_forms == [line.id for line in journal.search(text=word)]
    assert bool(by_index) == (word not in ("ない言葉", "*"))


def test_a_journal_of_before_gets_the_index_and_corrections_are_in_it(sqlite_url: str) -> None:
    with open_journal(sqlite_url) as journal:
        texts(journal)
        with journal._locked() as connection:
            for name in ("words_insert", "words_update", "words_delete"):
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
            connection.exec_driver_sql("DROP TABLE words")
    with open_journal(sqlite_url) as journal:
        (line,) = journal.search(text="鹿島市浜町")
        row = journal.record(line.id)
        assert row is not None
        journal.decide(decision(row.record, "name", "古賀 千夏 嬉野市"))
        assert journal.search(text="鹿島市浜町") == []
        assert [found.id for found in journal.search(text="古賀 千夏 嬉野市")] == [line.id]


def test_several_forms_are_one_list_in_order(sqlite_url: str) -> None:
    with open_journal(sqlite_url) as journal:
        for n in range(9):
            read(journal, n, form="fgh"[n % 3])
        everything = [line.id for line in journal.search()]
        assert [line.id for line in journal.search(forms=["f", "g", "h"])] == everything
        pages = [line.id for start in (0, 4, 8) for line in journal.search(forms=["h", "f", "g", "f"], limit=4, offset=start)]
        assert pages == everything
        assert journal.search(forms=[]) == []
