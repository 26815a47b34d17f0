"""An office that told nothing of its towns gives no evidence, and loses nothing else."""

from __future__ import annotations

import time

import numpy as np
import pytest

from ocr.practice.truths import answers
from ocr.weigh.priors.addresses import _town_spelled, address_expected, postal_expected
from ocr.weigh.priors.asked import FOREIGN, Asked
from ocr.weigh.priors.phones import phone_expected
from records.formloading import load_form
from records.forms import FieldDef
from records.normalise import normalise
from records.places import municipality
from records.site import Office
from tests.kashima import KASHIMA
from tests.ocr.drawnpages import SAMPLES

NAMED = Office(name="どこか市")


def asked(kind: str, read: str) -> Asked:
    return Asked(FieldDef("f", kind), "", "", [read], NAMED)


def codes(kind: str, text: str, office: Office) -> list[str]:
    return [p.code for p in normalise(FieldDef("f", kind), text, office).problems]


@pytest.mark.parametrize("text", ["鹿島市大字納富分2643番地1", "東京都千代田区千代田1-1", "中町5"])
def test_no_address_is_compared_with_towns(text: str) -> None:
    assert codes("address", text, NAMED) == []
    assert codes("postal_code", "849-1399", NAMED) == []
    assert codes("postal_code", "849-1319", KASHIMA) == ["unknown_postal_code"]


def test_no_reading_is_likelier_for_a_city() -> None:
    """All texts are as usual as any other: the prior moves nothing."""
    codes_, prior = postal_expected(asked("postal_code", "8491312"))
    assert (codes_, {prior("8491312"), prior("1000001")}) == ([], {FOREIGN})
    _, phone = phone_expected(asked("phone", "0954632111"))
    assert len({phone("0954632111"), phone("0352531111"), phone("09012345678")}) == 1
    _, address = address_expected(asked("address", "鹿島市納富分1"))
    assert address("鹿島市納富分1") == address("佐賀市納富分1")


def test_practice_sheets_can_be_made_for_it() -> None:
    form = load_form(SAMPLES / "forms" / "child_allowance")
    for seed in range(5):
        values, _ = answers(form, NAMED, np.random.default_rng(seed))
        assert not any("鹿島" in str(value) or "849-" in str(value) for value in values.values())


def test_a_table_of_a_thousand_towns_is_as_quick() -> None:
    """Spelling an address by its towns costs some milliseconds for 富山市, too."""
    place = municipality("富山市")
    assert len(place.towns) > 1000
    office = Office(place.name, place.prefecture, place.city, towns=place.towns)
    text = "富山市安養坊245-1"
    _town_spelled(text, office)
    begun = time.process_time()
    for _ in range(10):
        _town_spelled(text, office)
    assert time.process_time() - begun < 0.2
    assert "富山市安養坊1" in _town_spelled("富山市安養妨1", office)
