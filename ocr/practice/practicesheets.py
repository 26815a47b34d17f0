"""Practice sheets, one after another: people, hands and damage drawn by a seed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from ocr.practice.damage import damaged, source_dpi
from ocr.practice.fill import USUAL, Slips, fill
from ocr.practice.hands import Hand
from ocr.practice.truths import answers
from records.errors import DocumentError
from records.forms import FormDef
from records.site import Office
from records.types import Gray, Value

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class PracticeSheet:
    """One filled and damaged sheet with its truth.

    Attributes:
        images: one gray image a page, as the file would hold it (FAX pixels are not square, its
        values 0 and 255).
        dpi: horizontal and vertical resolution that the file would state.
        truth: typed value of every field.
        hand: name of the writer; ``damage`` of what happened to the sheet.
        notes: what was unusual, by field: ``overflow``, ``struck_out``, ``double_mark``,
        ``two_lines``.
    """

    form: str
    images: tuple[Gray, ...]
    dpi: tuple[float, float]
    truth: Mapping[str, Value]
    hand: str
    damage: str
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def practice_sheets(
    form: FormDef,
    office: Office,
    count: int,
    seed: int,
    hands: Sequence[Hand],
    damages: Sequence[str],
    slips: Slips = USUAL,
) -> Iterator[PracticeSheet]:
    """Fill and damage ``count`` sheets of ``form``.

    The n-th sheet of a seed is the same however many are asked for. Hands and damages take turns in
    a drawn order, so that each appears equally often.

    Raises:
        DocumentError: the form has no blank to fill.
    """
    if not form.pages or any(page.blank is None for page in form.pages):
        raise DocumentError(
            "unsupported",
            f"様式「{form.title}」には白紙がないので、練習用紙は作れません。[[page]] に blank を書いてください",
        )
    for index in range(count):
        yield _sheet(
            form,
            office,
            np.random.default_rng([seed, zlib.crc32(form.id.encode()), index]),
            _turn(hands, seed, index),
            _turn(damages, seed + 1, index),
            slips,
        )


def _turn(items: Sequence[T], seed: int, index: int) -> T:
    """Item ``index`` of an endless run of shuffles of ``items``."""
    block, place = divmod(index, len(items))
    return items[int(np.random.default_rng([seed, block]).permutation(len(items))[place])]


def _sheet(
    form: FormDef, office: Office, rng: np.random.Generator, hand: Hand, damage: str, slips: Slips
) -> PracticeSheet:
    values, home = answers(form, office, rng)
    pages, truth, notes = fill(form, values, home, hand, rng, source_dpi(damage), slips)
    images, dpi = damaged(pages, damage, rng)
    return PracticeSheet(form.id, tuple(images), dpi, truth, hand.name, damage, notes)
