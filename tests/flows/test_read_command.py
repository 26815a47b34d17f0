"""``torikomi read`` for people: what is wrong with a sheet apart from its fields is said."""

from __future__ import annotations

from pathlib import Path

from flows.commands.reading import describe
from records.types import Box, Field, Place, Problem, Record


def lines(*problems: Problem, unseen: bool = True) -> list[str]:
    field = Field("name", "text", "鹿島", "鹿島", 0.9, (), (), None, 1, unseen)
    record = Record("r", "d", (1,), "f", 1, 0.9, {"name": field}, (), problems)
    return list(describe(record, Path("a.tif"), {}))


def test_a_note_in_the_margin_is_told_with_its_place() -> None:
    place = Place(1, Box(20, 280, 30, 5))
    told = lines(Problem("stray_ink", "余白に書き込みがあります(1か所)", (place,)))
    assert "  ● 余白に書き込みがあります(1か所)(1枚目の上から 280 mm、左から 20 mm)" in told
    assert told[-1] == "  → 用紙を見て確認してください"


def test_a_clear_sheet_asks_for_nothing_and_a_number_in_a_message_is_masked() -> None:
    assert lines()[-1] == "  → 確認の必要な項目はありません"
    told = lines(Problem("x", "123456789018 です"), unseen=False)
    assert "  ● ********9018 です" in told
    assert told[-1] == "  → ● の付いた 1 項目を確認してください"
