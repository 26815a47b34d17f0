"""One suite for every engine: a line goes in, its looks come out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from ocr.engines.contract import LineEngine
from ocr.engines.ppocr import STEP, PpOcr
from ocr.reader import Reader
from records.site import IntakeSettings, Office, ReadingSettings
from records.types import Gray

ENGINES: Mapping[str, Callable[[], LineEngine]] = {"ppocr": PpOcr}


@pytest.fixture(params=sorted(ENGINES), scope="module")
def engine(request: pytest.FixtureRequest) -> LineEngine:
    return ENGINES[str(request.param)]()


def line(text: str, height: int = 48, width: int = 240) -> Gray:
    """A line of print, dark on white."""
    image = np.full((64, 320), 255, np.uint8)
    cv2.putText(image, text, (10, 48), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 0, 3)
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def test_class_0_is_the_blank_and_each_character_has_its_class(engine: LineEngine) -> None:
    assert engine.characters[0] == ""
    assert all(engine.characters[1:])
    assert all(engine.characters[engine.index[c]] == c for c in engine.characters)


@pytest.mark.parametrize(("height", "width"), [(48, 240), (1, 1), (200, 30), (20, 3000)])
def test_rows_are_probabilities_of_the_characters(
    engine: LineEngine, height: int, width: int
) -> None:
    believed, looked = engine.look(line("2026", height, width))
    assert believed.shape[1] == len(engine.characters)
    assert believed.shape[0] >= 1
    assert np.allclose(believed.sum(axis=1), 1.0, atol=1e-3)
    assert (believed >= 0).all()
    assert looked is None or len(looked) == len(believed)


def test_a_row_stands_for_eight_pixels(engine: LineEngine) -> None:
    for width in (80, 240, 480):
        steps = len(engine.recognise(line("2026", 48, width)))
        assert abs(steps - width / STEP) <= 1


def test_to_recognise_is_to_look(engine: LineEngine) -> None:
    picture = line("0954")
    assert np.array_equal(engine.recognise(picture), engine.look(picture)[0])


def test_a_picture_is_not_changed_and_read_alike_again(engine: LineEngine) -> None:
    picture = line("63-2111")
    before = picture.copy()
    first = engine.recognise(picture)
    assert np.array_equal(picture, before)
    assert np.array_equal(engine.recognise(picture), first)


def test_threads_share_it(engine: LineEngine) -> None:
    pictures = [line(str(n)) for n in range(4)]
    alone = [engine.recognise(picture) for picture in pictures]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(engine.recognise, pictures))
    assert all(map(np.array_equal, alone, together))


def test_the_likeliest_characters_are_those_that_stand_there(engine: LineEngine) -> None:
    best = engine.recognise(line("2026")).argmax(axis=1)
    said = [c for c, before in zip(best, [0, *best], strict=False) if c and c != before]
    assert "".join(engine.characters[c] for c in said) == "2026"


def test_a_reader_takes_no_engine_without_trust_of_its_own() -> None:
    with pytest.raises(ValueError, match="fitted on another engine"):
        Reader({}, Office(), ReadingSettings(), IntakeSettings(), engine=PpOcr())
