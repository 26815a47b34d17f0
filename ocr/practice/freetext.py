"""Words for fields that hold free text: by the field's own hints where there are any."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

from ocr.practice.households import Rng, pick
from records.forms import FieldDef


@lru_cache(maxsize=4)
def _lines(name: str) -> tuple[str, ...]:
    text = (
        resources.files("ocr.practice").joinpath("data", f"{name}.txt").read_text(encoding="utf-8")
    )
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))


def opinion(rng: Rng, most: int) -> str:
    """A few sentences to the city, at most ``most`` characters (but always one sentence)."""
    sentences = list(rng.permutation(_lines("opinions")))
    text = str(sentences.pop())
    for sentence in sentences[: int(rng.integers(0, 5))]:
        if len(text) + len(sentence) <= most:
            text += str(sentence)
    return text


def letter_sentences() -> tuple[str, ...]:
    """What people write in letters to a city, one sentence each."""
    return (*_lines("letters"), *_lines("opinions"))


def words_for(field: FieldDef, rng: Rng) -> str:
    """A plausible word for a ``text`` field."""
    hints = f"{field.name} {field.label}".lower()
    for line in _lines("words"):
        hint, *words = line.split()
        if hint in hints:
            return pick(rng, words)
    hint, *words = _lines("words")[-1].split()
    return pick(rng, words)
