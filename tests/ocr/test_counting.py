"""A number without what it counts, and a counter without its number, are shown."""

from __future__ import annotations

import pytest

from benchmarks.texts import SETS
from ocr.trust.ceilings import OVER_THE_READER, ceiling
from ocr.weigh.counting import uncounted


@pytest.mark.parametrize(
    "text",
    [
        "午後時から3時まで",
        "午前時半",
        "10:0012:00",
        "消火器本",
        "スマホ台",
        "軽トラック台",
        "鉢植え個",
        "1仮称森公園",
        "テント1白12張",
    ],
)
def test_what_nobody_writes_is_shown(text: str) -> None:
    assert uncounted(text)
    assert ceiling("text", text, {}) <= OVER_THE_READER


@pytest.mark.parametrize(
    "text",
    [
        "参加者名",
        "外国人",
        "絵本",
        "第1土曜",
        "1人1回",
        "1時間おき",
        "令和7年1月",
        "10人分",
        "午後1時から3時まで",
        "10:00~12:00",
        "消火器3本",
    ],
)
def test_what_people_write_is_left_alone(text: str) -> None:
    assert not uncounted(text)


@pytest.mark.parametrize("name", SETS)
def test_none_of_the_everyday_texts_is_doubted(name: str) -> None:
    assert [text for text in SETS[name] if uncounted(text)] == []
