"""Signs and units that a reader takes for letters or digits."""

from __future__ import annotations

import pytest

from benchmarks.texts import SETS
from ocr.office.taught import NO_CORRECTIONS
from ocr.seen import Seen
from ocr.trust.ceilings import OVER_THE_READER, ceiling
from ocr.weigh.language import Speech
from ocr.weigh.mistaken import meant, unlikely
from ocr.weigh.weighing import weigh


@pytest.mark.parametrize(
    ("seen", "wanted"),
    [
        ("士10%", "±10%"),
        ("37.5c", "37.5℃"),
        ("水100m1", "水100ml"),
        ("約6k9", "約6kg"),
        ("8kw", "8kW"),
        ("25m大4本", "25m×4本"),
        ("縦2m人横3m", "縦2m×横3m"),
        ("月7金", "月~金"),
        ("火一土", "火~土"),
        ("土 日 祝", "土・日・祝"),
        ("A B C棟", "A・B・C棟"),
        ("の物置", "①物置"),
        ("4月か56か月", "4月から6か月"),
        ("調理室50所", "調理室5か所"),
        ("約1 2km", "約1.2km"),
        ("10:3012:00", "10:30~12:00"),
        ("8.30~17.15", "8:30~17:15"),
        ("7120(日)", "7/20(日)"),
        ("1有山田組", "(有)山田組"),
        ("山下電気1株1", "山下電気(株)"),
        ("テント1白12張", "テント(白)2張"),
        ("人工芝1緑)", "人工芝(緑)"),
    ],
)
def test_what_is_meant_is_among_what_is_tried(seen: str, wanted: str) -> None:
    assert wanted in meant([seen])
    assert unlikely(seen) < unlikely(wanted) == 0


@pytest.mark.parametrize("name", SETS)
def test_nothing_that_people_write_is_unlikely(name: str) -> None:
    assert [text for text in SETS[name] if unlikely(text)] == []


@pytest.mark.parametrize(
    "text",
    ["1人1回", "8月7日", "7月1日から8月31日まで", "土日", "2-3日", "土地10筆まで", "高橋 太郎"],
)
def test_what_looks_like_a_slip_and_is_none(text: str) -> None:
    assert unlikely(text) == 0


def _read(texts: dict[str, float]) -> Seen:
    def scorer(wanted: object) -> dict[str, float]:
        return {text: texts.get(text, -25.0) for text in wanted}  # type: ignore[attr-defined]

    return Seen(tuple((text, 0.5) for text in texts), features={}, scorer=scorer)


def test_what_is_meant_takes_the_belief_in_what_was_seen_and_is_shown() -> None:
    look = weigh(_read({"士10%": -0.1, "〒10%": -4.0}), [], Speech("士10%", unlikely))
    assert look.text == "±10%"
    assert look.features["meant"] == 1.0
    assert ceiling("text", look.text, look.features) <= OVER_THE_READER


def test_of_several_that_may_be_meant_the_ink_chooses() -> None:
    ink = {"の開催": -0.1, "②開催": -9.0, "①開催": -12.0}
    look = weigh(_read(ink), [], Speech("の開催", unlikely), corrections=NO_CORRECTIONS)
    assert look.text == "②開催"
