"""The heads that read a script from what the recogniser saw."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.decode.alphabets import Alphabets
from ocr.decode.looks import installed
from ocr.engines.heads import OTHER, LineHead
from ocr.engines.ppocr import PpOcr
from ocr.seen import Seen
from records.forms import FieldDef
from records.types import Gray


def line(text: str) -> Gray:
    image = np.full((60, 40 + 34 * len(text)), 255, np.uint8)
    cv2.putText(image, text, (15, 43), cv2.FONT_HERSHEY_SIMPLEX, 1.4, 0, 3, cv2.LINE_AA)
    return image


def test_there_is_a_head_for_each_script() -> None:
    assert LineHead.names() == ("digits", "kana", "writing")
    for name in LineHead.names():
        characters = LineHead(name).characters
        assert characters[0] == ""
        assert characters[-1] == OTHER
        assert len(set(characters)) == len(characters)
    assert set("0123456789-()/.,") < set(LineHead("digits").characters)
    assert set("アヴッーあゃ") < set(LineHead("kana").characters)
    assert set("鹿島市大字納富分髙") - set(LineHead("writing").characters) <= {"髙"}


@pytest.mark.parametrize("text", ["8493011", "0954-63-2111", "2026/5/19"])
def test_the_digits_head_reads_numbers(text: str, engine: PpOcr) -> None:
    looked = engine.look(line(text))[1]
    assert looked.shape[1] == 120
    head = LineHead("digits")
    believed = head.probabilities(looked)
    assert np.allclose(believed.sum(axis=1), 1.0, atol=1e-3)
    assert head.decode(believed).text == text
    scored = head.score(believed, [text, text[:-1] + "7", text + "0"])
    assert max(scored, key=lambda t: scored[t]) == text


def test_letters_are_others_and_not_the_nearest_digits(engine: PpOcr) -> None:
    looked = engine.look(line("WAXMRK"))[1]
    head = LineHead("digits")
    read = head.decode(head.probabilities(looked))
    assert read.text.count(OTHER) >= 4


def test_blanks_leave_no_trace_and_twins_count_as_one() -> None:
    head = LineHead("digits")
    assert head.spelled("0954 63−2111") == "095463-2111"
    assert head.spelled("R7・5・19") == f"{OTHER}7.5.19"


def test_a_number_of_the_head_stands_among_the_texts(engine: PpOcr) -> None:
    """What the line reader never said can win where the head is sure."""
    alphabet = Alphabets(engine.characters).of(FieldDef("n", "number", "番号"))
    engines = installed(engine)
    look = engines.read(line("4471"), alphabet)
    assert look.heard
    seen = look.weigh(Seen((("4477", 1.0),), (), {}))
    assert seen.text == "4471"
    assert seen.features["head_share"] > 0.9
    assert seen.opinion is not None
    assert seen.opinion("4477")["head_gap"] > 2


def test_a_head_does_not_share_its_belief_among_spellings_with_and_without_blanks(
    engine: PpOcr,
) -> None:
    alphabet = Alphabets(engine.characters).of(FieldDef("n", "number", "番号"))
    look = installed(engine).read(line("4471"), alphabet)
    assert look.opinion(("44 71", "4 471", "4477"), "4471")["head_share"] > 0.9


def test_both_outputs_are_of_one_look(engine: PpOcr) -> None:
    """A head reads what the last layer read from: the same line, the same steps."""
    believed, looked = engine.look(line("佐賀 849"))
    assert believed.shape == (len(looked), len(engine.characters))
    assert looked.shape[1] == 120
    assert (believed == engine.recognise(line("佐賀 849"))).all()
