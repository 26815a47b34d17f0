"""Points, colons, waves and per cent signs of a line, told by their shape, and what a text without
them costs."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from ocr.decode.ctc import Alphabet, score_texts
from ocr.decode.looks import Look
from ocr.engines.ppocr import HEIGHT, STEP, Probabilities
from ocr.ink.small_ink import signs_of
from ocr.weigh.signs import ARGUED, Signs
from records.types import Gray

CHARACTERS = ("", *"0123456789.,:・~-%人mA")
ALPHABET = Alphabet(CHARACTERS, None)
TALL, FOOT, WIDE = 30, 38, 18


def read_as(
    places: Sequence[tuple[str, float]], width: int, ink: Sequence[float] = ()
) -> Probabilities:
    """What a reader believes that sees these characters at these x of a line 48 pixels high, and
    next to nothing at ``ink``."""
    made = np.full((width // STEP, len(CHARACTERS)), 1e-5, np.float32)
    made[:, 0] = 1
    for x in ink:
        made[int(x / STEP), 1:] = 2e-4
    for character, x in places:
        frame = made[min(len(made) - 1, int(x / STEP))]
        frame[0], frame[CHARACTERS.index(character)] = 0.02, 0.98
    return made / made.sum(axis=1, keepdims=True)


class Line:
    """A line that is drawn stroke by stroke, and what a reader makes of it."""

    def __init__(self, width: int = 240) -> None:
        self.image: Gray = np.full((HEIGHT, width), 255, np.uint8)
        self.read: list[tuple[str, float]] = []

    def digit(self, x: int, said: str = "0") -> Line:
        """A tall ring from x, read as ``said``."""
        middle = (x + WIDE // 2, FOOT - TALL // 2)
        cv2.ellipse(self.image, middle, (WIDE // 2, TALL // 2), 0, 0, 360, (30,), 2)
        self.read.append((said, x + WIDE / 2))
        return self

    def dot(self, x: int, y: int, size: int = 2) -> Line:
        cv2.circle(self.image, (x, y), size, (30,), -1)
        return self

    def stroke(self, *points: tuple[int, int]) -> Line:
        cv2.polylines(self.image, [np.asarray(points, np.int32)], False, (30,), 2)
        return self

    def wave(self, x: int, y: int, size: int = 16) -> Line:
        xs = np.arange(size)
        ys = y - 3 * np.sin(xs / size * 2 * np.pi)
        return self.stroke(*[(x + int(a), round(float(b))) for a, b in zip(xs, ys, strict=True)])

    def signs(self) -> Signs | None:
        believed = read_as(self.read, self.image.shape[1], (62, 94))
        return signs_of(self.image, believed, ALPHABET)

    def kinds(self) -> list[str]:
        found = self.signs()
        return [sign.kinds for sign in found.found] if found else []

    def look(self) -> Look:
        """The line as :class:`ocr.decode.looks.Look` weighs it, with and by its signs."""
        believed = read_as(self.read, self.image.shape[1], (62, 94))
        looked = np.zeros((len(believed), 120), np.float32)
        first = "".join(c for c, _ in sorted(self.read, key=lambda read: read[1]))
        signs = signs_of(self.image, believed, ALPHABET)
        return Look(believed, looked, ALPHABET, signs=signs, first=first)


def two(sign: str) -> Line:
    """Two digits with a sign between them that the reader overlooks."""
    line = Line().digit(20, "2").digit(90, "5")
    x = 62
    if sign == ".":
        return line.dot(x, FOOT - 1)
    if sign == "・":
        return line.dot(x, FOOT - TALL // 2)
    if sign == ":":
        return line.dot(x, FOOT - 4).dot(x, FOOT - 18)
    if sign == "-":
        return line.stroke((x - 8, 23), (x + 8, 23))
    return line.wave(x - 8, 23)


@pytest.mark.parametrize("sign", [".", "・", ":", "-", "~"])
def test_a_sign_between_two_digits_is_known_by_its_shape(sign: str) -> None:
    assert [kinds[0] for kinds in two(sign).kinds()] == [sign]


@pytest.mark.parametrize("sign", [".", "・", ":", "-", "~"])
def test_ink_between_two_digits_makes_the_text_that_says_it_the_best(sign: str) -> None:
    look = two(sign).look()
    assert look.signs is not None
    tried = ["25", *look.signs.spellings(["25"])]
    assert f"2{sign}5" in tried
    logs = look.score(tried)
    assert max(logs, key=logs.__getitem__) == f"2{sign}5"
    # the readers would rather have another text: a person looks
    plain = score_texts(look.believed, ALPHABET, tried)
    assert plain["25"] - plain[f"2{sign}5"] > ARGUED
    assert look.doubts(f"2{sign}5")["unsaid"] > 0


def test_a_text_without_the_sign_is_doubtful_whatever_else_is_right() -> None:
    look = two(".").look()
    look.score(["25", "2.5"])
    assert look.doubts("25")["unsaid"] > 0


def test_what_reader_and_shape_agree_on_is_not_doubtful() -> None:
    line = two(".")
    line.read.append((".", 62))
    look = line.look()
    assert look.score(["2.5"])
    assert look.doubts("2.5")["unsaid"] == 0


def test_a_wave_is_none_of_the_digits_that_it_looks_like() -> None:
    line = two("~")
    line.read.append(("7", 62))
    look = line.look()
    assert look.signs is not None
    logs = look.score(["275", *look.signs.spellings(["275"])])
    assert max(logs, key=logs.__getitem__) == "2~5"


def test_a_ring_a_stroke_and_a_ring_are_per_cent() -> None:
    line = Line().digit(20, "5").digit(50, "0")
    line.stroke((84, FOOT), (104, FOOT - TALL))
    cv2.circle(line.image, (84, FOOT - TALL + 5), 5, (30,), 1)
    cv2.circle(line.image, (105, FOOT - 5), 5, (30,), 1)
    line.read.append(("9", 94))
    look = line.look()
    assert look.signs is not None
    assert "%" in [sign.kinds for sign in look.signs.found]
    logs = look.score(["509", *look.signs.spellings(["509"])])
    assert max(logs, key=logs.__getitem__) == "50%"


def test_a_raised_mark_behind_an_m_makes_it_a_square_metre_and_doubtful() -> None:
    line = Line().digit(20, "5").digit(50, "0").digit(80, "m")
    line.stroke((103, 9), (108, 7), (109, 11), (103, 17), (110, 17))
    look = line.look()
    assert look.signs is not None
    logs = look.score(["50m", *look.signs.spellings(["50m"])])
    assert max(logs, key=logs.__getitem__) == "50㎡"
    assert look.doubts("50㎡")["unsaid"] > 0


def test_parts_of_characters_are_no_signs() -> None:
    line = Line().digit(20, "2").digit(90, "5")
    line.dot(29, FOOT - TALL // 2).dot(29, FOOT - TALL - 4)
    assert line.kinds() == []


def test_a_leaning_stroke_between_digits_is_no_sure_one() -> None:
    line = Line().digit(20, "3").digit(90, "4").stroke((56, FOOT), (72, FOOT - TALL))
    line.read.append(("1", 64))
    look = line.look()
    look.score(["314"])
    assert look.doubts("314")["unsaid"] > 0
    upright = Line().digit(20, "3").digit(90, "4").stroke((64, FOOT), (65, FOOT - TALL))
    upright.read.append(("1", 64))
    look = upright.look()
    look.score(["314"])
    assert look.doubts("314").get("unsaid", 0) == 0


def test_a_line_of_words_asks_nothing() -> None:
    line = Line().digit(20, "人").digit(90, "人").dot(62, FOOT - TALL // 2)
    look = line.look()
    assert look.signs is not None
    assert look.score(["人人"]) == pytest.approx(score_texts(look.believed, ALPHABET, ["人人"]))


def test_a_sign_that_the_reader_saw_is_not_lost_in_silence() -> None:
    line = Line().digit(20, "2").digit(60, "5")
    line.read.append((",", 48))
    assert line.look().doubts("25")["unsaid"] == 1
    assert line.look().doubts("2,5")["unsaid"] == 0


def test_a_stroke_that_no_character_explains_is_doubtful() -> None:
    line = Line().digit(50, "5").digit(80, "0").stroke((20, FOOT), (21, FOOT - TALL))
    assert line.look().doubts("50")["unsaid"] == 1
    line.read.insert(0, ("1", 20))
    assert line.look().doubts("150")["unsaid"] == 0


def test_digits_with_a_wide_gap_between_them_are_doubtful() -> None:
    assert Line().digit(20, "1").digit(90, "5").look().doubts("15")["unsaid"] == 1
    assert Line().digit(20, "1").digit(50, "5").look().doubts("15")["unsaid"] == 0
