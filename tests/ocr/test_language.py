"""Which of two readings is Japanese, and where language has no say."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.decode import Alphabet, score_texts
from ocr.language import Context, likelier, log_probability, together

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
