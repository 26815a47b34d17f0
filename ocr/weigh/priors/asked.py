"""What a prior is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ocr.weigh.lexicon import Names
from records.forms import FieldDef
from records.site import Office

Prior = Callable[[str], float]
"""Natural log by which a text is the likelier for what its place is for."""

Expected = tuple[list[str], Prior]
"""Further candidates, and the log prior of any text."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A place of a form and what was read there.

    Attributes:
        part: name of the part of a composite field; empty for a whole one.
        era: the era that was chosen, or that the form prints.
        read: texts by falling belief; at least one.
        office: gives towns, area code and day of receipt.
        table: of names; None for the usual one.
    """

    item: FieldDef
    part: str
    era: str
    read: Sequence[str]
    office: Office
    table: Names | None = None


FOREIGN = -2.5
"""Log prior of a postal code or town that is not the office's own, against one that is."""

WRONG = 4.0
"""Log by which a text that cannot be right (a wrong check digit, no telephone number) is the less
likely: people slip, too."""
