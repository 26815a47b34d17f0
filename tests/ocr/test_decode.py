"""From probabilities to text: exact where it can be checked by counting every path, and honest
about what was thrown away."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ocr.decode.alphabets import DIGIT_ALIKE, KANA_ALIKE, Alphabets, japanese, writing
from ocr.decode.ctc import Alphabet, decode, greedy, score_texts
from ocr.engines.ppocr import PpOcr
from records.forms import Cells, FieldDef, Part
from records.types import Box

CHARACTERS = ("", "1", "2", "I", "l", "Z", "ア", "漢")
"""Class 0 is the CTC blank."""


def frames(*peaks: Mapping[str, float]) -> NDArray[np.float32]:
    """One row a frame; what is not said goes to the blank."""
    made = np.zeros((len(peaks), len(CHARACTERS)), np.float32)
    for row, peak in zip(made, peaks, strict=True):
        for character, belief in peak.items():
            row[CHARACTERS.index(character)] = belief
        row[0] += 1 - sum(peak.values())
    return made


def collapse(path: Sequence[int], names: Sequence[str]) -> str:
    """CTC's rule: merge repeats, then drop blanks."""
    return "".join(names[n] for n, _ in itertools.groupby(path) if n)


def every_path(held: NDArray[np.floating], names: Sequence[str]) -> dict[str, float]:
    """Probability of each text by adding up all paths: what the forward recursion and the beam must
    come to."""
    texts: dict[str, float] = {}
    for path in itertools.product(range(held.shape[1]), repeat=len(held)):
        chance = math.prod(float(held[f, n]) for f, n in enumerate(path))
        text = collapse(path, names)
        texts[text] = texts.get(text, 0.0) + chance
    return texts


def beliefs(classes: int) -> st.SearchStrategy[NDArray[np.float64]]:
    """Up to five frames over ``classes`` classes, every class believed at least a little."""
    row = st.lists(st.floats(0.02, 1.0), min_size=classes, max_size=classes)
    return st.lists(row, min_size=1, max_size=5).map(
        lambda rows: np.asarray([np.asarray(r) / sum(r) for r in rows], np.float64)
    )


# --- exact ----------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(held=beliefs(4))
def test_the_beam_finds_what_counting_every_path_finds(held: NDArray[np.float64]) -> None:
    characters = ("", "1", "2", "3")
    exact = every_path(held, characters)
    found = decode(held.astype(np.float32), Alphabet(characters, None), characters, beam=2000)
    assert {h.text for h in found.best} == set(exact)
    for hypothesis in found.best:
        assert math.exp(hypothesis.log) == pytest.approx(exact[hypothesis.text], rel=1e-3, abs=1e-7)
        assert hypothesis.share == pytest.approx(exact[hypothesis.text], rel=1e-3, abs=1e-6)
    shares = [h.share for h in found.best]
    assert shares == sorted(shares, reverse=True)


@settings(max_examples=40, deadline=None)
@given(held=beliefs(4))
def test_a_narrow_beam_never_claims_more_than_there_is(held: NDArray[np.float64]) -> None:
    characters = ("", "1", "2", "3")
    exact = every_path(held, characters)
    for hypothesis in decode(
        held.astype(np.float32), Alphabet(characters, None), characters, beam=3
    ).best:
        assert math.exp(hypothesis.log) <= exact[hypothesis.text] * 1.001 + 1e-6


@settings(max_examples=60, deadline=None)
@given(held=beliefs(4), extra=st.lists(st.text("123", max_size=6), max_size=5))
def test_a_score_is_the_sum_over_all_alignments(
    held: NDArray[np.float64], extra: list[str]
) -> None:
    """Texts of unlike length are scored at once; none may disturb another."""
    characters = ("", "1", "2", "3")
    exact = every_path(held, characters)
    scored = score_texts(held.astype(np.float32), Alphabet(characters, None), [*exact, *extra])
    for text, log in scored.items():
        if text in exact:
            assert math.exp(log) == pytest.approx(exact[text], rel=1e-3, abs=1e-9)
        else:
            assert log < -20, "longer than the frames allow"


@settings(max_examples=100, deadline=None)
@given(beliefs(len(CHARACTERS)), beliefs(len(CHARACTERS)), st.integers(0, 40))
def test_wide_paper_between_characters_weighs_what_narrow_paper_weighs(
    left: NDArray[np.float64], right: NDArray[np.float64], wide: int
) -> None:
    paper = np.zeros((1, len(CHARACTERS)))
    paper[:, 0] = 1.0
    narrow = np.vstack([left, paper, right]).astype(np.float32)
    wider = np.vstack([left, paper, np.repeat(paper, wide, axis=0), right]).astype(np.float32)
    everything = Alphabet(CHARACTERS, None)
    texts = ["", "1", "12", "2Z", "アア"]
    one, other = (score_texts(held, everything, texts) for held in (narrow, wider))
    assert other == pytest.approx(one, abs=1e-3)
    beams = [decode(held, everything, CHARACTERS).best for held in (narrow, wider)]
    assert [b.text for b in beams[0]] == [b.text for b in beams[1]]


def test_a_text_with_a_character_the_field_cannot_hold_has_no_score() -> None:
    held = frames({"1": 0.9}, {}, {"2": 0.8})
    assert set(score_texts(held, Alphabet(CHARACTERS, "12"), ["12", "1漢", "", "Z"])) == {"12", ""}


def test_a_character_that_nobody_believed_can_still_be_asked_about() -> None:
    """A lexicon proposes 2 where the engine saw 1 only: its score is low, not missing."""
    held = frames({"1": 0.99}, {})
    scored = score_texts(held, Alphabet(CHARACTERS, "12"), ["1", "2"])
    assert scored["1"] > math.log(0.9)
    assert scored["2"] < scored["1"] - 5


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (({"1": 0.9}, {"1": 0.9}), "1"),
        (({"1": 0.9}, {}, {"1": 0.9}), "11"),
        (({"1": 0.9}, {"2": 0.9}, {"1": 0.9}), "121"),
        (({}, {}), ""),
        (({"1": 0.9}, {"1": 0.9}, {}, {"1": 0.9}, {"2": 0.9}, {"2": 0.9}), "112"),
    ],
)
def test_a_repeated_character_needs_a_gap(rows: Sequence[Mapping[str, float]], text: str) -> None:
    """0011 and 01 are different account numbers."""
    found = decode(frames(*rows), Alphabet(CHARACTERS, "12"), CHARACTERS)
    assert found.text == text
    assert greedy(frames(*rows), CHARACTERS)[0] == text


# --- limited, and honest about it -----------------------------------------------------------------


def test_a_look_alike_becomes_the_digit_and_costs_nothing() -> None:
    """A handwritten 1 is 「I」 and 「l」 to a free engine; told that both are 1, it knows no
    doubt."""
    found = decode(
        frames({"I": 0.5, "l": 0.4}), Alphabet(CHARACTERS, "12", {"1": "Il"}), CHARACTERS
    )
    assert found.text == "1"
    assert found.free == "I"
    assert found.kept == pytest.approx(1.0, abs=1e-6)
    assert found.weakest > 0.85


def test_a_constraint_shows_what_it_threw_away() -> None:
    """The engine saw 漢; the field holds digits. Whatever digit comes out, nearly nothing was
    kept."""
    found = decode(frames({"漢": 0.93, "2": 0.01}), Alphabet(CHARACTERS, "12"), CHARACTERS)
    assert found.free == "漢"
    assert found.kept < 0.05


def test_the_blank_keeps_its_share_when_the_rest_is_shared_out() -> None:
    """A frame that is mostly gap stays a gap: restricting must not make characters out of
    nothing."""
    found = decode(frames({"漢": 0.2, "1": 0.02}), Alphabet(CHARACTERS, "12"), CHARACTERS)
    assert found.text == ""
    assert found.best[0].share == pytest.approx(0.78, abs=0.01)


def test_a_character_that_vanishes_altogether_is_not_forgotten() -> None:
    """No digit got anything of a clear 漢: 1漢2 must not become 12 as if nothing had stood
    there."""
    found = decode(
        frames({"1": 0.98}, {}, {"漢": 1.0}, {}, {"2": 0.98}),
        Alphabet(CHARACTERS, "12"),
        CHARACTERS,
    )
    assert found.kept < 0.01


def test_kept_is_that_of_the_worst_character_of_the_text() -> None:
    """Six sure digits do not hide a seventh that was forced."""
    sure = {"1": 0.99}
    found = decode(
        frames(sure, {}, sure, {}, {"漢": 0.9, "2": 0.05}, {}, sure),
        Alphabet(CHARACTERS, "12"),
        CHARACTERS,
    )
    assert found.text == "1121"
    assert found.kept == pytest.approx(0.05 / 0.95, rel=0.05)


def test_a_rival_shows_as_second_and_in_the_shares() -> None:
    found = decode(frames({"1": 0.55, "2": 0.4}), Alphabet(CHARACTERS, "12"), CHARACTERS)
    assert [h.text for h in found.best[:2]] == ["1", "2"]
    assert found.second == pytest.approx(0.4, abs=0.01)
    assert found.weakest == pytest.approx(0.55, abs=0.01)


@settings(max_examples=60, deadline=None)
@given(held=beliefs(len(CHARACTERS)), allowed=st.sets(st.sampled_from(CHARACTERS[1:]), min_size=1))
def test_limited_decoding_never_leaves_its_alphabet_and_loses_no_belief(
    held: NDArray[np.float64], allowed: set[str]
) -> None:
    alphabet = Alphabet(CHARACTERS, allowed)
    found = decode(held.astype(np.float32), alphabet, CHARACTERS)
    assert set("".join(h.text for h in found.best)) <= allowed
    restricted, kept, _ = alphabet.restrict(held.astype(np.float32))
    assert restricted.sum(axis=1) == pytest.approx(1.0, abs=1e-3)
    assert ((kept >= 0) & (kept <= 1)).all()
    assert 0 <= found.kept <= 1
    assert sum(h.share for h in found.best) == pytest.approx(1.0)


def test_allowing_everything_changes_nothing() -> None:
    held = frames({"ア": 0.7, "漢": 0.2}, {}, {"Z": 0.9})
    found = decode(held, Alphabet(CHARACTERS, None), CHARACTERS)
    assert found.text == found.free == "アZ"
    assert found.kept == pytest.approx(1.0, abs=1e-6)


def test_an_empty_line_is_an_empty_text_with_all_the_belief() -> None:
    found = decode(frames({}, {}, {}), Alphabet(CHARACTERS, "12"), CHARACTERS)
    assert (found.text, found.free, found.free_score) == ("", "", 0.0)
    assert found.best[0].share == pytest.approx(1.0)


# --- alphabets of fields --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def alphabets(engine: PpOcr) -> Alphabets:
    return Alphabets(engine.characters)


def field(kind: str, cells: bool = False, **more: object) -> FieldDef:
    place = Part(cells=(Cells(Box(0, 0, 50, 8), 5),)) if cells else Part(Box(0, 0, 50, 8))
    return FieldDef("item", kind, place=place, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "kind", ["digits", "my_number", "corporate_number", "postal_code", "amount", "number"]
)
def test_cells_of_numbers_hold_ten_digits(alphabets: Alphabets, kind: str) -> None:
    assert set(alphabets.of(field(kind, cells=True)).names) == {"", *"0123456789"}


def test_kana_fields_hold_kana_only(alphabets: Alphabets) -> None:
    names = set(alphabets.of(field("kana")).names) - {"", " "}
    assert {"ア", "ン", "ッ", "ー", "ヴ"} <= names
    assert not {n for n in names if "一" <= n <= "鿿" or n.isascii()}


def test_names_may_hold_what_families_write(alphabets: Alphabets) -> None:
    """髙 is in the register of every city; simplified Chinese is in none."""
    names = set(alphabets.of(field("name")).names)
    assert {"髙", "々", "ヶ", "邊", "齋"} <= names
    assert not {"们", "这", "汉"} & names


def test_look_alikes_count_for_the_character_a_field_can_hold(
    alphabets: Alphabets, engine: PpOcr
) -> None:
    """「口」 in a furigana is ロ and 「一」 is ー; in a name both stay what they are."""
    seen = np.zeros((3, len(engine.characters)), np.float32)
    for frame, character in enumerate("口一"):
        seen[2 * frame, engine.index[character]] = 0.97
    seen[:, 0] = 1 - seen.sum(axis=1)
    assert decode(seen, alphabets.of(field("kana")), engine.characters).text == "ロー"
    assert decode(seen, alphabets.of(field("name")), engine.characters).text == "口一"


@pytest.mark.parametrize("table", [DIGIT_ALIKE, KANA_ALIKE])
def test_no_character_is_alike_two_others(table: Mapping[str, str]) -> None:
    """Its belief would count for both."""
    others = [other for alike in table.values() for other in set(alike)]
    assert len(others) == len(set(others))


NUMBERS = ("digits", "amount", "number", "date", "month", "phone", "postal_code", "my_number")


@pytest.mark.parametrize("kind", [*NUMBERS, "time", "corporate_number"])
@pytest.mark.parametrize("dash", "-ー一－")
def test_no_belief_is_split_between_twins_of_a_dash(
    kind: str, dash: str, alphabets: Alphabets, engine: PpOcr
) -> None:
    """A phone number of two dashes that each count for two characters leaves a quarter of the
    belief for the right one."""
    if dash not in engine.index:
        pytest.skip(f"the engine does not know {dash}")
    seen = np.zeros((5, len(engine.characters)), np.float32)
    for frame, character in ((0, "6"), (2, dash), (4, "2")):
        seen[frame, engine.index[character]] = 0.98
    seen[:, 0] = 1 - seen.sum(axis=1)
    found = decode(seen, alphabets.of(field(kind)), engine.characters)
    if len(found.text) == 3:
        assert found.best[0].share > 0.9
        assert found.second < 0.05
    else:
        assert found.kept < 0.01, "a field without dashes says that it threw one away"


def test_the_writing_of_japan_is_cp932_without_what_nobody_writes() -> None:
    assert {"髙", "﨑", "①", "㈱", "々", "ヴ"} <= set(japanese())
    assert not {"ｱ", "Ａ", "α", "Ж", "─"} & set(writing())
    assert len(set(writing())) == len(writing())


def test_an_alphabet_keeps_a_line_as_long_as_somebody_holds_it() -> None:
    """A line is asked about again and again; what was made of it must go with it, or a worker would
    fill up."""
    alphabet = Alphabet(["", *"ABC"], "AB")
    line = np.asarray([[0.1, 0.5, 0.2, 0.2], [0.7, 0.1, 0.1, 0.1]], np.float32)
    first = score_texts(line, alphabet, ["A", "AB"])
    assert score_texts(line, alphabet, ["A", "AB"]) == first
    assert list(alphabet._shared) == [id(line)]
    other = line[:, ::-1].copy()
    assert score_texts(other, alphabet, ["A"]) != {"A": first["A"]}, "each line is its own"
    del line, other
    assert not alphabet._shared


def test_a_text_that_no_frame_believes_is_far_behind_and_finite() -> None:
    """120 frames sure of one character leave next to nothing for another text, and for one longer
    than the line."""
    alphabet = Alphabet(["", *"AB"], "AB")
    line = np.tile(np.asarray([[0.0, 1.0, 0.0]], np.float32), (120, 1))
    scores = score_texts(line, alphabet, ["A", "B", "B" * 300])
    assert scores["A"] == pytest.approx(0.0, abs=1e-6)
    assert all(math.isfinite(s) and s < -500 for t, s in scores.items() if t != "A")
