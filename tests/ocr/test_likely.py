"""A list of likely values is evidence: it proposes, it makes likelier, it never forces."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.seen import Seen
from ocr.weigh.likely import LISTED, _near, likely, may_differ
from ocr.weigh.sheetwide import refine
from records.errors import DefinitionError
from records.forms import FieldDef, FormDef, Part
from records.normalise.common import list_key
from records.types import Box
from tests.kashima import KASHIMA

NEVER = -30.0
SECTIONS = ("総務課", "企画財政課", "市民課", "税務課", "福祉課", "水道課", "K-7")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("form")
    rows = "\n".join(f"{number},{name}" for number, name in enumerate(SECTIONS))
    (made / "sections.csv").write_text(f"番号,課名\n{rows}\n", encoding="utf-8")
    return made


def field(kind: str = "text", lexicon: str = "sections.csv#課名") -> FieldDef:
    return FieldDef("section", kind, place=Part(Box(10, 10, 60, 8)), lexicon=lexicon)


def read(folder: Path, logs: Mapping[str, float], item: FieldDef, first: int = 3) -> Seen:
    """What is made of a place of which the engine believes exactly this, natural logs."""

    def scorer(texts: Iterable[str]) -> dict[str, float]:
        return {text: logs.get(text, NEVER) for text in texts}

    ranked = sorted(logs, key=lambda text: -logs[text])[:first]
    look = Seen(tuple((text, 0.5) for text in ranked), scorer=scorer)
    form = FormDef("f", "様式", 1, "EFF-01", folder, fields={item.name: item})
    return refine(form, {item.name: {"": look}}, KASHIMA)[item.name][""]


def test_an_entry_near_what_was_read_is_proposed(folder: Path) -> None:
    """The engine did not name 福祉課, and gives it nearly as much as what it named."""
    logs = {"福社課": -0.5, "福祉課": -0.9}
    assert read(folder, logs, field(lexicon=""), first=1).text == "福社課"
    made = read(folder, logs, field(), first=1)
    assert made.text == "福祉課"
    assert made.features["lift"] == LISTED


def test_a_person_is_asked_where_the_list_decides_against_the_ink(folder: Path) -> None:
    logs = {"K-1": -0.5, "K-7": -2.0}
    made = read(folder, logs, field(), first=1)
    assert made.text == "K-7"
    assert [p.code for p in made.problems] == ["learned"]
    assert "一覧" in made.problems[0].message


def test_a_match_makes_it_surer(folder: Path) -> None:
    logs = {"市民課": -0.4, "帝民課": -1.2}
    with_list, without = read(folder, logs, field()), read(folder, logs, field(lexicon=""))
    assert with_list.text == without.text == "市民課"
    assert with_list.texts[0][1] > without.texts[0][1]
    assert with_list.problems == ()


@given(st.text(st.sampled_from("総務企画財政市民税福祉社水道課係室髙高A1"), min_size=1, max_size=6))
def test_what_the_ink_clearly_says_is_never_replaced(folder: Path, text: str) -> None:
    made = read(folder, {text: -0.01}, field())
    assert made.text == text
    assert made.texts[0][1] > 0.9


def test_what_is_not_on_the_list_stays_as_it_was_read(folder: Path) -> None:
    """An office that lists its sections still gets letters from elsewhere."""
    logs = {"会計検査院": -0.3, "会計検査完": -1.1}
    assert read(folder, logs, field()).texts == read(folder, logs, field(lexicon="")).texts


def test_nothing_written_stays_nothing(folder: Path) -> None:
    form = FormDef("f", "様式", 1, "EFF-01", folder, fields={"section": field()})
    empty = Seen((("", 1.0),), empty=True)
    assert refine(form, {"section": {"": empty}}, KASHIMA)["section"][""].text == ""


def test_a_letter_that_is_another_is_another(tmp_path: Path) -> None:
    """髙 is near 高, and never the same: the list proposes it, the ink decides."""
    (tmp_path / "names.csv").write_text("氏名\n髙橋\n", encoding="utf-8")
    logs = {"高橋": -0.05, "髙橋": -5.0}
    assert read(tmp_path, logs, field("name", "names.csv")).text == "高橋"


@pytest.mark.parametrize(
    ("text", "entry"), [("A1", "B7"), ("市民", "水道課"), ("一二三四五六", "市民課")]
)
def test_what_is_not_near_is_not_proposed(folder: Path, text: str, entry: str) -> None:
    form = FormDef("f", "様式", 1, "EFF-01", folder)
    assert entry not in likely(form, field(), "", [text]).near


def test_a_changed_list_counts_at_once(tmp_path: Path) -> None:
    form, item = FormDef("f", "様式", 1, "EFF-01", tmp_path), field(lexicon="a.csv")
    (tmp_path / "a.csv").write_text("名\n市民課\n", encoding="utf-8")
    assert likely(form, item, "", ["市民譲"]).near == ("市民課",)
    (tmp_path / "a.csv").write_text("名\n市民部\n市民室\n", encoding="utf-8")
    assert set(likely(form, item, "", ["市民譲"]).near) == {"市民部", "市民室"}


def test_a_list_that_went_away_is_said(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"gone\.csv"):
        likely(FormDef("f", "様式", 1, "EFF-01", tmp_path), field(lexicon="gone.csv"), "", ["a"])


def test_a_hundred_thousand_entries_are_quick(tmp_path: Path) -> None:
    """Some ten milliseconds a field, once the list has been read."""
    count = 100_000
    rows = "\n".join(
        f"株式会社{'アイウエオカキクケコ'[n % 10]}産業{n:05d}支店" for n in range(count)
    )
    (tmp_path / "many.csv").write_text(f"名\n{rows}\n", encoding="utf-8")
    form, item = FormDef("f", "様式", 1, "EFF-01", tmp_path), field(lexicon="many.csv")
    likely(form, item, "", ["株式会社ア産業00010支店"])
    begun = time.process_time()
    found = likely(
        form, item, "", ["株式会社ア産業0001O支店", "株式会社ア産業00O1O支店", "株式会社"]
    )
    assert time.process_time() - begun < 0.5
    assert found.near[0] == "株式会社ア産業00010支店"
    assert found.lift("株式会社 ア産業00010支店") == LISTED


@given(
    st.lists(st.text("あいうえお", min_size=1, max_size=6), min_size=1, max_size=20),
    st.text("あいうえお", min_size=1, max_size=6),
)
def test_all_entries_near_enough_are_found(entries: list[str], text: str) -> None:
    """The grouping by length loses none."""
    from rapidfuzz.distance import Levenshtein

    by_length: dict[int, dict[str, str]] = {}
    for entry in entries:
        by_length.setdefault(len(entry), {})[list_key(entry)] = entry
    found = {entry for entry, _ in _near(text, by_length)}
    near = {e for e in entries if Levenshtein.distance(e, text) <= may_differ(len(text))}
    assert found == near or len(near) > 12
