"""A line of one's own words is trusted by a model and bars of its own."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import beta

from benchmarks.jottings import KINDS, jotting, text_form
from benchmarks.texts import FORM, SETS
from ocr.trust.ceilings import UNEXPLAINED, ceiling
from ocr.trust.fitting import CONFIDENCE, Labelled, bounded_bars, fit
from ocr.trust.inputs import NAMES
from ocr.trust.model import FREE, TARGETS, Trust, group_of, shipped, to_json
from ocr.weigh.figures import lacking
from records.formloading import load_form


def _model(weight: float = 4.0) -> Trust:
    """p hangs on the first look's share alone."""
    return Trust({FREE: np.asarray([0.0, weight, *[0.0] * (len(NAMES) - 1)])}, {}, "made up")


def _rows(shares: list[float], wrong: tuple[int, ...] = ()) -> list[Labelled]:
    return [
        Labelled("text", {"share": share, "free": 1.0}, number not in wrong)
        for number, share in enumerate(shares)
    ]


def test_a_free_line_has_a_group_of_its_own() -> None:
    assert group_of("text", {"free": 1.0}) == FREE
    assert group_of("text", {"free": 0.0}) == group_of("text", {}) == "text"
    assert group_of("text", {"free": 1.0, "empty": 1.0}) == "empty"
    assert FREE in shipped().weights
    assert set(shipped().own_bars[FREE]) == set(TARGETS)


def test_a_bar_holds_an_upper_bound_on_what_was_counted() -> None:
    shares = np.linspace(0.999, 0.3, 1500).tolist()
    model, wrong = _model(), (900, 1000, 1100, 1200)
    bar = bounded_bars(model, _rows(shares, wrong))[0.005]
    passed = sum(model.probability("text", {"share": s, "free": 1}) >= bar for s in shares)
    silent = sum(number < passed for number in wrong)
    assert beta.ppf(CONFIDENCE, silent + 1, passed - silent) <= 0.0051
    assert passed >= 900


def test_bars_of_free_lines_fall_as_more_may_be_wrong() -> None:
    rng = np.random.default_rng(5)
    shares = rng.uniform(0.3, 0.999, 2000).tolist()
    wrong = tuple(n for n, share in enumerate(shares) if rng.random() > share)
    found = bounded_bars(_model(), _rows(shares, wrong))
    assert [found[t] for t in TARGETS] == sorted(found.values(), reverse=True)


def test_what_too_few_readings_show_lets_nothing_pass() -> None:
    found = bounded_bars(_model(), _rows([0.99] * 300))
    assert found[0.005] == 1.0
    assert found[0.01] < 1.0


def test_fitting_free_lines_leaves_all_else_as_it_was() -> None:
    rng = np.random.default_rng(7)
    shares = rng.uniform(0.3, 0.999, 900).tolist()
    wrong = tuple(n for n, share in enumerate(shares) if rng.random() > share)
    rows = _rows(shares, wrong)
    before = shipped()
    after = fit(rows, rows, "made up", before)
    mine, theirs = to_json(after), to_json(before)
    for made in (mine, theirs):
        del made["weights"][FREE], made["own_bars"][FREE], made["source"]
    assert json.dumps(mine) == json.dumps(theirs)
    assert not np.array_equal(after.weights[FREE], before.weights[FREE])


@pytest.mark.parametrize(
    "text",
    [
        "9123",
        "約10,359",
        "令和921",
        "6x",
        "月6k",
        "3-5歳",
        "大ホール 交換",
        "参加者(638)",
        "4月か56か月",
    ],
)
def test_what_seems_to_have_lost_a_sign_is_shown_in_a_free_line(text: str) -> None:
    assert lacking(text)
    assert ceiling("text", text, {"free": 1.0}) < 0.9


@pytest.mark.parametrize(
    "text", ["15:00", "8:30~17:15", "5kg", "3人", "森公園", "25m×4本", "(有)山田組"]
)
def test_what_lacks_nothing_is_left_to_trust(text: str) -> None:
    assert not lacking(text)


@pytest.mark.parametrize("fact", UNEXPLAINED)
def test_ink_that_no_letter_explains_is_shown_in_a_free_line(fact: str) -> None:
    most = UNEXPLAINED[fact]
    assert ceiling("text", "森公園", {"free": 1.0, fact: most}) == 1
    assert ceiling("text", "森公園", {"free": 1.0, fact: most + 0.01}) < 0.9
    assert ceiling("text", "森公園", {"free": 0.0, fact: most + 0.01}) == 1


def test_no_jotting_is_a_text_that_is_measured_on() -> None:
    measured = {text for texts in SETS.values() for text in texts}
    rng = np.random.default_rng(3)
    made = {jotting(kind, rng) for kind in KINDS for _ in range(300)}
    assert len(made) > 600
    assert not made & measured


def test_every_box_for_a_line_takes_a_text() -> None:
    fields = text_form(load_form(FORM)).fields
    assert {item.kind for item in fields.values()} == {"text"}
    assert {"address", "applicant", "phone", "purpose"} <= set(fields)
