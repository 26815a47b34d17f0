"""When is the writing on two pages the same ink? (:mod:`ocr.ink.inkprint` makes the bits.)"""

from __future__ import annotations

from collections.abc import Sequence

SAME = 170
"""Of 1024 bits, so many differ at most between two scans of one page. Two scans of one sheet differ
in 20 to 80 as a rule, the same answers written anew by the same hand in 190 and more, others in 350
and more; measured by ``python -m benchmarks.duplicates``."""


NEARLY = 300
"""So many bits differ at most where one of the scans has lost much of a pencil's strokes. Sheets of
two people differ in 316 and more, the same answers written anew in 190 to 440: so this counts only
beside something else."""


_MEAN = 150
"""Of the pages of one sheet so many differ at most in the mean, where one of them has lost strokes:
people who mark the same in a survey and write nothing differ in 199 and more on one of two pages."""


def differing(one: str, other: str) -> int:
    """How many bits of two pages, hex, differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def is_one_sheet(bits: Sequence[int]) -> bool:
    """True where the ink alone says that two sheets are one, scanned twice.

    Args:
        bits: how many differ, page by page.
    """
    worst = max(bits)
    if worst <= SAME:
        return True
    is_close = sum(bits) <= _MEAN * len(bits)
    return len(bits) > 1 and worst <= NEARLY and is_close


def same_ink(one: str, other: str) -> bool:
    """True where two pages' bits, hex, are those of one page scanned twice."""
    if not one or len(one) != len(other):
        return False
    return differing(one, other) <= SAME
