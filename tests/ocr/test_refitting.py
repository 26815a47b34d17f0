"""An office's decisions make its own trust, and only where held-back sheets show that it is no
worse than what ships."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from ocr.trust.fitting import Labelled, fit
from ocr.trust.inputs import NAMES, vector
from ocr.trust.model import Trust
from ocr.trust.refitting import DECISIONS, refit

TARGET = 0.01


def made(seed: int, count: int, shift: float = 0.0, kind: str = "kana") -> list[Labelled]:
    """Readings, eight a document, whose chance of being right follows from their facts; ``shift``
    in log odds."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        facts = {
            "share": float(rng.beta(6, 0.6)),
            "kept": float(rng.beta(8, 0.5)),
            "fit": 1.0,
            "length": float(rng.integers(1, 12)),
        }
        x = dict(zip(NAMES, vector(facts), strict=True))
        z = 3.0 + 2.2 * x["share"] - 1.6 * x["doubt"] + 1.5 * x["kept"] + shift
        found.append(
            Labelled(
                kind,
                facts,
                bool(rng.random() < 1 / (1 + np.exp(-z))),
                source=f"{seed}-{number // 8}",
                target=TARGET,
            )
        )
    return found


def decided(readings: list[Labelled], trust: Trust, share: float, seed: int = 0) -> list[Labelled]:
    """What goes to a person: all that is doubtful, and of the others a drawn share, each standing
    for 1/share."""
    rng = np.random.default_rng(seed)
    bar = trust.bar(TARGET)
    doubtful = [r for r in readings if trust.probability(r.kind, r.features) < bar]
    unseen = [r for r in readings if trust.probability(r.kind, r.features) >= bar]
    return doubtful + [replace(r, weight=1 / share) for r in unseen if rng.random() < share]


def fared(trust: Trust, readings: list[Labelled]) -> tuple[float, int, int]:
    """Log loss a reading, how many are unseen, and how many of these are wrong."""
    p = np.clip([trust.probability(r.kind, r.features) for r in readings], 1e-9, 1 - 1e-9)
    right = np.asarray([r.right for r in readings])
    unseen = np.asarray(
        [
            trust.needs_no_eyes(r.kind, r.features, one, TARGET)
            for r, one in zip(readings, p, strict=True)
        ]
    )
    return (
        float(-np.mean(np.where(right, np.log(p), np.log(1 - p)))),
        int(unseen.sum()),
        int((unseen & ~right).sum()),
    )


@pytest.fixture(scope="module")
def base() -> Trust:
    return fit(made(1, 4000), made(2, 4000), "made up")


def test_an_office_that_writes_more_clearly_gets_fewer_questions_and_stays_within_its_target(
    base: Trust,
) -> None:
    model, judged = refit(decided(made(3, 12000, shift=1.5), base, 0.05), base)
    assert model is not None
    assert [j.taken for j in judged] == [True]
    fresh = made(4, 20000, shift=1.5)
    before, after = fared(base, fresh), fared(model, fresh)
    assert after[0] < before[0]
    assert after[1] > 1.03 * before[1], "more of them need no eyes"
    assert after[2] / after[1] < TARGET


def test_an_office_where_the_shipped_model_is_too_sure_sees_fewer_wrong_values_slip(
    base: Trust,
) -> None:
    """Here the shipped model breaks the office's target; only then may fewer values be unseen."""
    fresh = made(6, 20000, shift=-1.5)
    before = fared(base, fresh)
    assert before[2] / before[1] > 2 * TARGET
    model, _ = refit(decided(made(5, 16000, shift=-1.5), base, 0.05), base)
    assert model is not None
    after = fared(model, fresh)
    assert after[0] < before[0]
    assert after[2] / after[1] < 0.6 * before[2] / before[1]
    assert after[1] > 0.1 * before[1], "to let nothing through is no answer"


@pytest.mark.parametrize("seed", range(20, 26))
def test_an_office_like_all_others_keeps_what_ships_or_gets_nothing_worse(
    base: Trust, seed: int
) -> None:
    model, judged = refit(decided(made(seed, 4000), base, 0.03, seed), base)
    for j in judged:
        assert not j.taken or (
            j.loss[1] < j.loss[0] and (j.unseen[1] >= j.unseen[0] or j.wrong[1] < j.wrong[0])
        )
    if model is not None:
        fresh = made(99, 20000)
        before, after = fared(base, fresh), fared(model, fresh)
        assert after[0] < before[0] + 0.002
        assert after[2] / after[1] < TARGET


def test_drawn_values_count_for_those_that_nobody_saw(base: Trust) -> None:
    """Doubtful values are a biased draw. Counted alike, they make everything look worse than it
    is."""
    readings = decided(made(7, 12000, shift=1.5), base, 0.05)
    fresh = made(8, 20000, shift=1.5)
    right, _ = refit(readings, base)
    assert right is not None
    p = np.asarray([right.probability(r.kind, r.features) for r in fresh])
    assert abs(p.mean() - np.mean([r.right for r in fresh])) < 0.006
    figures = refit(readings, base)[1][0]
    assert figures.unseen[0] == 20 * sum(r.weight > 1 for r in readings), (
        "each drawn one stands for twenty"
    )


def test_few_decisions_few_documents_or_no_error_leave_everything(base: Trust) -> None:
    many = made(9, 400, shift=2)
    few = many[: DECISIONS - 1]
    assert refit(few, base)[0] is None
    assert refit([replace(r, source="one") for r in many], base)[0] is None
    assert refit([replace(r, right=True) for r in many], base)[0] is None
    assert [j.reason for j in refit([replace(r, right=True) for r in many], base)[1]] == ["few"]
    assert refit([], base) == (None, [])


def test_a_value_that_a_person_sees_in_any_case_moves_no_figure_of_unseen_ones(base: Trust) -> None:
    capped = [replace(r, most=0.5) for r in made(10, 1000, shift=2)]
    spoilt = [replace(r, problems=True) for r in made(10, 1000, shift=2)]
    for readings in (capped, spoilt):
        judged = refit(readings, base)[1]
        assert judged[0].unseen == (0, 0)


def test_ten_thousand_decisions_take_seconds(base: Trust) -> None:
    """An office's year, over all groups of kinds; the bound is a minute."""
    kinds = ("kana", "name", "digits", "date", "text", "bank_account", "choice")
    whole = Trust(
        dict.fromkeys(
            ("kana", "name", "number", "date", "text", "bank", "mark"), base.weights["kana"]
        ),
        base.bars,
        "",
    )
    readings = [r for n, kind in enumerate(kinds) for r in made(30 + n, 1430, shift=0.8, kind=kind)]
    began = time.process_time()
    _, judged = refit(readings, whole)
    assert sum(j.readings for j in judged) >= 10_000
    assert time.process_time() - began < 30
