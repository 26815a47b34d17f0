"""Which of two readings is Japanese, and where language has no say."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ocr.decode.ctc import Alphabet, score_texts
from ocr.weigh.language import (
    Context,
    Speech,
    likelier,
    log_probability,
    marks_of,
    settled,
    together,
)

CHARACTERS = ("", *"医療素費責助動成夜8時の人んかがーロ口窓。、きぎすま多 1")


def line(*frames: Mapping[str, float]) -> NDArray[np.float32]:
    """A frame for each mapping, with one of blank after it."""
    made = np.zeros((2 * len(frames), len(CHARACTERS)), np.float32)
    made[1::2, 0] = 1
    for row, peak in zip(made[::2], frames, strict=True):
        for character, belief in peak.items():
            row[CHARACTERS.index(character)] = belief
        row[0] += 1 - sum(peak.values())
    return made


def best(believed: NDArray[np.float32], text: str, context: Context | None = None) -> str:
    alphabet = Alphabet(CHARACTERS, None)
    logs = likelier(
        believed,
        alphabet,
        lambda texts: score_texts(believed, alphabet, texts),
        [text],
        context or Context(),
    )
    return max(logs, key=logs.__getitem__)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("医療費の助成", "医素責の動成"),
        ("図書館について", "回言館について"),
        ("窓口", "窓ロ"),
        ("干潟の保全", "千潟の保全"),
        ("対策を強化してください。", "村葉を強化してくださしい。"),
        ("開館時間", "開館時問"),
    ],
)
def test_japanese_is_likelier_than_what_looks_like_it(right: str, wrong: str) -> None:
    assert log_probability(right) > log_probability(wrong) + 3


def test_blanks_do_not_count_and_nothing_costs_nothing() -> None:
    assert log_probability("保育園の 申し込み") == log_probability("保育園の申し込み")
    assert log_probability(" ") == 0.0


def test_two_wrong_characters_are_put_right_together() -> None:
    believed = line(
        {"医": 0.99},
        {"素": 0.6, "療": 0.3},
        {"責": 0.5, "費": 0.4},
        {"の": 0.99},
        {"動": 0.55, "助": 0.4},
        {"成": 0.99},
    )
    assert best(believed, "医素責の動成") == "医療費の助成"


def test_a_lost_mark_is_found_again() -> None:
    assert (
        best(
            line({"多": 0.99}, {"す": 0.9}, {"き": 0.7, "ぎ": 0.2}, {"ま": 0.99}, {"す": 0.99}),
            "多すきます",
        )
        == "多すぎます"
    )


def test_what_the_reader_is_sure_of_stays() -> None:
    believed = line({"医": 0.9999}, {"素": 0.9999}, {"責": 0.9999})
    assert best(believed, "医素責") == "医素責"


@pytest.mark.parametrize(
    "peaks",
    [({"8": 0.6, "時": 0.3},), ({"8": 0.6, "1": 0.39},), ({"8": 0.5},), ({"1": 0.3, "人": 0.29},)],
)
def test_language_has_no_say_in_numbers(peaks: Sequence[Mapping[str, float]]) -> None:
    believed = line({"夜": 0.99}, *peaks, {"時": 0.99})
    own = max(peaks[0], key=peaks[0].__getitem__)
    assert best(believed, f"夜{own}時") == f"夜{own}時"


def test_the_line_before_and_the_one_after_count() -> None:
    alphabet = Alphabet(CHARACTERS, None)
    first = line({"医": 0.99})
    second = line({"素": 0.55, "療": 0.4}, {"費": 0.99})
    lines = [
        (b, alphabet, lambda texts, b=b: score_texts(b, alphabet, texts), [t])
        for b, t in ((first, "医"), (second, "素費"))
    ]
    logs = together(lines)
    assert [max(found, key=found.__getitem__) for found in logs] == ["医", "療費"]


def test_many_threads_may_ask_at_once() -> None:
    texts = ["医療費の助成", "窓口の待ち時間が長い", "公園の遊具が古くなっています。"]
    alone = [log_probability(t) for t in texts]
    found: list[list[float]] = []
    threads = [
        threading.Thread(target=lambda: found.append([log_probability(t) for t in texts * 200]))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [alone * 200] * 4


@pytest.mark.parametrize(
    ("one", "other"),
    [("午後1時から", "午後１２時から"), ("3年2組", "15年2組"), ("第3駐車場", "第 3駐車場")],
)
def test_which_number_it_is_language_does_not_know(one: str, other: str) -> None:
    assert log_probability(one) == log_probability(other)


def test_numbers_cost_no_more_than_words() -> None:
    assert log_probability("午後1時から3時まで") > log_probability("午後時から3時まで")
    assert log_probability("第3駐車場") > log_probability("第駐車場") - 6


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("午後1時から3時まで", "w1w3w"),
        ("15:00", "15:00"),
        ("幅1.8m", "w1.8m"),
        ("(仮称)森公園", "(w)w"),
        ("第 ３ 駐車場", "w3w"),
        ("LINE登録", "w"),
    ],
)
def test_numbers_and_signs_are_told_from_words(text: str, marks: str) -> None:
    assert marks_of(text) == marks


LETTERS = "午後時毎週回公園人大会場3150:~.()・%m"


@given(
    st.dictionaries(
        st.text(LETTERS, min_size=1, max_size=8),
        st.floats(-12, 0, allow_nan=False),
        min_size=1,
        max_size=8,
    )
)
def test_the_text_that_wins_has_the_numbers_and_signs_that_the_ink_says(
    logs: dict[str, float],
) -> None:
    seen = max(logs, key=logs.__getitem__)
    for made in (settled(logs, log_probability), Speech(seen, lambda _: 0.0).settled(logs)):
        best = max(made, key=made.__getitem__)
        family = [log for text, log in logs.items() if marks_of(text) == marks_of(best)]
        assert max(family) == pytest.approx(logs[seen])
        assert max(made.values()) == pytest.approx(logs[seen])


@given(st.text("午後時から毎週回公園", min_size=1, max_size=8), st.data())
def test_a_digit_or_sign_put_in_is_kept_where_the_ink_has_it(
    words: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(words)))
    sign = data.draw(st.sampled_from("0123456789.:~()・%"))
    written = words[:place] + sign + words[place:]
    made = settled({written: -1.0, words: -1.5}, log_probability)
    assert max(made, key=made.__getitem__) == written
    made = settled({written: -1.5, words: -1.0}, log_probability)
    assert max(made, key=made.__getitem__) == words


def test_language_still_chooses_the_words_beside_a_number() -> None:
    logs = {"毎遇3回": -0.5, "毎週3回": -1.5, "毎遇30": -4.0}
    made = settled(logs, log_probability)
    assert max(made, key=made.__getitem__) == "毎週3回"


def test_where_language_would_have_another_number_it_objects_and_decides_nothing() -> None:
    speech = Speech("21時終7", lambda _: 0.0)
    logs = {"21時終7": -0.1, "21時終了": -4.0}
    assert max(speech.settled(logs).items(), key=lambda t: t[1])[0] == "21時終7"
    assert speech.objection(logs, "21時終7") > 0.5
    assert speech.objection({"21時終了": -0.1, "21時終7": -4.0}, "21時終了") == 0
